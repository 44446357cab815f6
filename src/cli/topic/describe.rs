//! `mare topic describe`.

use comfy_table::{CellAlignment, Table};
use indicatif::HumanCount;
use rdkafka::admin::ResourceSpecifier;
use rdkafka::metadata::MetadataTopic;
use serde::Serialize;

use super::connection::BrokerConnection;
use super::joined;
use crate::cli::Failure;
use crate::cli::kafka_args::KafkaArgs;
use crate::cli::output::{Printed, print, print_json, table};

/// Show the partitions, offsets and settings of a topic
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare topic describe black-friday-sales")]
pub struct Args {
    /// The topic's name
    name: String,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Printed::Table)]
    format: Printed,
    #[command(flatten)]
    kafka: KafkaArgs,
}

/// A topic, as `docs/scripts.md` has it.
#[derive(Debug, Serialize)]
struct Description {
    topic: String,
    /// How many records there are, if every offset is one.
    records: u64,
    partitions: Vec<Partition>,
    /// The settings that are not Kafka's defaults, by name.
    settings: Vec<Setting>,
}

#[derive(Debug, Serialize)]
struct Partition {
    partition: i32,
    leader: i32,
    replicas: Vec<i32>,
    in_sync: Vec<i32>,
    low: i64,
    high: i64,
    records: u64,
}

#[derive(Debug, Serialize)]
struct Setting {
    name: String,
    /// None where the broker keeps it to itself.
    value: Option<String>,
}

impl Args {
    /// Prints the partitions, the number of records, and the settings that are not Kafka's defaults.
    ///
    /// # Errors
    /// If no broker answers, or the topic does not exist.
    pub fn run(self) -> Result<(), Failure> {
        let connection = BrokerConnection::new(&self.kafka)?;
        connection.contact.partitions(&self.name)?;
        let metadata = connection.contact.metadata(Some(&self.name))?;
        let mut partitions = Vec::new();
        for topic in metadata.topics() {
            partitions.extend(described(topic, &connection)?);
        }
        let records = partitions.iter().map(|partition| partition.records).sum();
        let settings = self.settings(&connection)?;
        let description = Description { topic: self.name, records, partitions, settings };
        match self.format {
            Printed::Table => description.print(),
            Printed::Json => print_json(&description),
        }
        Ok(())
    }

    /// The settings that are not Kafka's defaults, by name.
    fn settings(&self, connection: &BrokerConnection) -> Result<Vec<Setting>, Failure> {
        let admin = connection.admin()?;
        let resource = ResourceSpecifier::Topic(&self.name);
        let refused = |why: &dyn std::fmt::Display| Failure::new(format!("no settings of topic {}: {why}", self.name));
        let answers = pollster::block_on(admin.describe_configs([&resource], &connection.options()))
            .map_err(|error| refused(&error))?;
        let mut settings = Vec::new();
        for answer in answers {
            let entries = answer.map_err(|code| refused(&code))?.entries;
            let own = entries.into_iter().filter(|entry| !entry.is_default);
            settings.extend(own.map(|entry| Setting { name: entry.name, value: entry.value }));
        }
        settings.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(settings)
    }
}

impl Description {
    fn print(&self) {
        let (partitions, records) = (self.partitions.len(), HumanCount(self.records));
        print(format_args!("topic {}: {partitions} partitions, {records} records", self.topic));
        print(self.table());
        for Setting { name, value } in &self.settings {
            print(format_args!("{name} = {}", value.as_deref().unwrap_or("(hidden)")));
        }
    }

    fn table(&self) -> Table {
        let mut table = table(["partition", "leader", "replicas", "in sync", "low", "high", "records"]);
        for Partition { partition, leader, replicas, in_sync, low, high, records } in &self.partitions {
            table.add_row([
                partition.to_string(),
                leader.to_string(),
                joined(replicas),
                joined(in_sync),
                low.to_string(),
                high.to_string(),
                records.to_string(),
            ]);
        }
        for column in table.column_iter_mut() {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }
}

/// The partitions of `topic`, by number.
fn described(topic: &MetadataTopic, connection: &BrokerConnection) -> Result<Vec<Partition>, Failure> {
    let mut partitions: Vec<_> = topic.partitions().iter().collect();
    partitions.sort_by_key(|partition| partition.id());
    let described = partitions.into_iter().map(|partition| {
        let (low, high) = connection.contact.watermarks(topic.name(), partition.id())?;
        Ok(Partition {
            partition: partition.id(),
            leader: partition.leader(),
            replicas: partition.replicas().to_vec(),
            in_sync: partition.isr().to_vec(),
            low,
            high,
            records: u64::try_from(high - low).unwrap_or(0),
        })
    });
    described.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_description_has_one_shape_for_programs_and_a_table_for_people() {
        let partition =
            Partition { partition: 0, leader: 1, replicas: vec![1, 2], in_sync: vec![1], low: 5, high: 9, records: 4 };
        let settings = vec![Setting { name: "retention.ms".into(), value: Some("-1".into()) }];
        let description = Description { topic: "sales".into(), records: 4, partitions: vec![partition], settings };
        let shape = json!({
            "topic": "sales", "records": 4,
            "partitions": [{ "partition": 0, "leader": 1, "replicas": [1, 2], "in_sync": [1], "low": 5, "high": 9, "records": 4 }],
            "settings": [{ "name": "retention.ms", "value": "-1" }],
        });
        assert_eq!(serde_json::to_value(&description).unwrap(), shape);
        assert!(description.table().to_string().contains("1,2"));
    }
}
