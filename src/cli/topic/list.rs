//! `mare topic list`.

use comfy_table::{CellAlignment, Table};
use rdkafka::metadata::Metadata;
use serde::Serialize;

use super::connection::BrokerConnection;
use crate::cli::Failure;
use crate::cli::kafka_args::KafkaArgs;
use crate::cli::output::{Printed, print, print_json, table};

/// List the topics, without Kafka's internal ones
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare topic list --brokers localhost:9092")]
pub struct Args {
    /// How to print them
    #[arg(long, value_enum, default_value_t = Printed::Table)]
    format: Printed,
    #[command(flatten)]
    kafka: KafkaArgs,
}

/// The topics by name, as `docs/scripts.md` has them.
#[derive(Debug, Serialize)]
struct Listing<'a> {
    topics: Vec<Topic<'a>>,
}

#[derive(Debug, Serialize)]
struct Topic<'a> {
    topic: &'a str,
    partitions: usize,
    /// The most copies that a partition has.
    replicas: usize,
}

impl Args {
    /// Prints the topics, sorted by name.
    ///
    /// # Errors
    /// If no broker answers.
    pub fn run(self) -> Result<(), Failure> {
        let metadata = BrokerConnection::new(&self.kafka)?.contact.metadata(None)?;
        let listing = Listing::of(&metadata);
        match self.format {
            Printed::Table => print(listing.table()),
            Printed::Json => print_json(&listing),
        }
        Ok(())
    }
}

impl<'a> Listing<'a> {
    fn of(metadata: &'a Metadata) -> Self {
        let own = metadata.topics().iter().filter(|topic| !topic.name().starts_with("__"));
        let topics = own.map(|topic| {
            let replicas = topic.partitions().iter().map(|partition| partition.replicas().len()).max().unwrap_or(0);
            Topic { topic: topic.name(), partitions: topic.partitions().len(), replicas }
        });
        let mut topics: Vec<Topic<'_>> = topics.collect();
        topics.sort_by_key(|topic| topic.topic);
        Listing { topics }
    }

    fn table(&self) -> Table {
        let mut table = table(["topic", "partitions", "replicas"]);
        for Topic { topic, partitions, replicas } in &self.topics {
            table.add_row([(*topic).to_owned(), partitions.to_string(), replicas.to_string()]);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_has_one_shape_for_programs_and_a_table_for_people() {
        let listing = Listing { topics: vec![Topic { topic: "sales", partitions: 3, replicas: 1 }] };
        let shape = serde_json::json!({ "topics": [{ "topic": "sales", "partitions": 3, "replicas": 1 }] });
        assert_eq!(serde_json::to_value(&listing).unwrap(), shape);
        let words: Vec<String> = listing.table().to_string().split_whitespace().map(str::to_owned).collect();
        assert_eq!(words, ["topic", "partitions", "replicas", "sales", "3", "1"]);
    }
}
