//! `mare topic list`.

use comfy_table::CellAlignment;

use super::connection::Connection;
use crate::cli::Failure;
use crate::cli::kafka_client::KafkaArgs;
use crate::cli::output::{print, table};

/// List the topics, without Kafka's internal ones
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare topic list --brokers localhost:9092")]
pub struct Args {
    #[command(flatten)]
    kafka: KafkaArgs,
}

impl Args {
    /// Prints a table of the topics, sorted by name.
    ///
    /// # Errors
    /// If no broker answers.
    pub fn run(self) -> Result<(), Failure> {
        let metadata = Connection::new(&self.kafka)?.contact.metadata(None)?;
        let mut topics: Vec<_> = metadata.topics().iter().filter(|topic| !topic.name().starts_with("__")).collect();
        topics.sort_by_key(|topic| topic.name());
        let mut table = table(["topic", "partitions", "replicas"]);
        for topic in topics {
            let replicas = topic.partitions().iter().map(|partition| partition.replicas().len()).max().unwrap_or(0);
            table.add_row([topic.name().to_owned(), topic.partitions().len().to_string(), replicas.to_string()]);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        print(table);
        Ok(())
    }
}
