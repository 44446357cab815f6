//! `mare topic describe`.

use comfy_table::{CellAlignment, Table};
use indicatif::HumanCount;
use rdkafka::admin::{ConfigEntry, ResourceSpecifier};
use rdkafka::metadata::MetadataTopic;

use super::connection::Connection;
use super::joined;
use crate::cli::Failure;
use crate::cli::kafka_client::KafkaArgs;
use crate::cli::output::{print, table};

/// Show the partitions, offsets and settings of a topic
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare topic describe black-friday-sales")]
pub struct Args {
    /// The topic's name
    name: String,
    #[command(flatten)]
    kafka: KafkaArgs,
}

impl Args {
    /// Prints a table of the partitions, the number of records, and the settings that are not Kafka's defaults.
    ///
    /// # Errors
    /// If no broker answers, or the topic does not exist.
    pub fn run(self) -> Result<(), Failure> {
        let connection = Connection::new(&self.kafka)?;
        let partitions = connection.contact.partitions(&self.name)?;
        let metadata = connection.contact.metadata(Some(&self.name))?;
        let (mut table, mut records) = (partition_table(), 0);
        for topic in metadata.topics() {
            records += fill(&mut table, topic, &connection)?;
        }
        print(format_args!("topic {}: {partitions} partitions, {} records", self.name, HumanCount(records)));
        print(table);
        for setting in self.settings(&connection)? {
            print(format_args!("{} = {}", setting.name, setting.value.as_deref().unwrap_or("(hidden)")));
        }
        Ok(())
    }

    /// The settings that are not Kafka's defaults, by name.
    fn settings(&self, connection: &Connection) -> Result<Vec<ConfigEntry>, Failure> {
        let admin = connection.admin()?;
        let resource = ResourceSpecifier::Topic(&self.name);
        let refused = |why: &dyn std::fmt::Display| Failure::new(format!("no settings of topic {}: {why}", self.name));
        let answers = pollster::block_on(admin.describe_configs([&resource], &connection.options()))
            .map_err(|error| refused(&error))?;
        let mut settings = Vec::new();
        for answer in answers {
            let entries = answer.map_err(|code| refused(&code))?.entries;
            settings.extend(entries.into_iter().filter(|entry| !entry.is_default));
        }
        settings.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(settings)
    }
}

/// The table of a topic's partitions, empty.
fn partition_table() -> Table {
    let mut table = table(["partition", "leader", "replicas", "in sync", "low", "high", "records"]);
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// Adds the partitions of `topic`, and returns how many records they hold, if every offset is one.
fn fill(table: &mut Table, topic: &MetadataTopic, connection: &Connection) -> Result<u64, Failure> {
    let mut partitions: Vec<_> = topic.partitions().iter().collect();
    partitions.sort_by_key(|partition| partition.id());
    let mut total = 0;
    for partition in partitions {
        let (low, high) = connection.contact.watermarks(topic.name(), partition.id())?;
        let records = u64::try_from(high - low).unwrap_or(0);
        total += records;
        table.add_row([
            partition.id().to_string(),
            partition.leader().to_string(),
            joined(partition.replicas()),
            joined(partition.isr()),
            low.to_string(),
            high.to_string(),
            records.to_string(),
        ]);
    }
    Ok(total)
}
