//! `mare topic create`.

use rdkafka::admin::{NewTopic, TopicReplication};
use rdkafka::types::RDKafkaErrorCode;
use serde::Serialize;

use super::connection::BrokerConnection;
use crate::cli::Failure;
use crate::cli::kafka_args::{KafkaArgs, PropertyArg};
use crate::cli::output::{Printed, print, print_json};

/// Create a topic
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare topic create black-friday-sales --partitions 3 --config retention.ms=-1")]
pub struct Args {
    /// The topic's name
    name: String,
    /// Number of partitions
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    partitions: i32,
    /// Number of copies of each partition, each on another broker
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    replication_factor: i32,
    /// A setting of the topic; may be repeated
    #[arg(long = "config", value_name = "KEY=VALUE")]
    settings: Vec<PropertyArg>,
    /// Leave a topic that exists as it is, and succeed
    #[arg(long)]
    if_not_exists: bool,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t = Printed::Table)]
    format: Printed,
    #[command(flatten)]
    kafka: KafkaArgs,
}

/// What was done, as `docs/scripts.md` has it.
#[derive(Debug, Serialize)]
struct Outcome<'a> {
    topic: &'a str,
    /// How many partitions it has.
    partitions: u64,
    /// Whether it was not there before.
    created: bool,
}

impl Args {
    /// Creates the topic and waits until it has leaders.
    ///
    /// # Errors
    /// If no broker answers, or it refuses.
    pub fn run(self) -> Result<(), Failure> {
        let connection = BrokerConnection::new(&self.kafka)?;
        connection.contact.metadata(None)?;
        match self.request(&connection)? {
            Ok(()) => self.say(&connection, true),
            Err(RDKafkaErrorCode::TopicAlreadyExists) if self.if_not_exists => self.say(&connection, false),
            Err(code) => Err(self.refused(code)),
        }
    }

    /// Says that the topic is there, once it has leaders.
    fn say(&self, connection: &BrokerConnection, created: bool) -> Result<(), Failure> {
        let (topic, partitions) = (self.name.as_str(), connection.contact.partitions_of_new(&self.name)?);
        match (self.format, created) {
            (Printed::Json, _) => print_json(&Outcome { topic, partitions, created }),
            (Printed::Table, true) => print(format_args!("created topic {topic} with {partitions} partitions")),
            (Printed::Table, false) => {
                print(format_args!("topic {topic} exists already, with {partitions} partitions"))
            }
        }
        Ok(())
    }

    /// Asks the broker, and returns its answer.
    fn request(&self, connection: &BrokerConnection) -> Result<Result<(), RDKafkaErrorCode>, Failure> {
        let replication = TopicReplication::Fixed(self.replication_factor);
        let mut topic = NewTopic::new(&self.name, self.partitions, replication);
        for PropertyArg { key, value } in &self.settings {
            topic = topic.set(key, value);
        }
        let admin = connection.admin()?;
        let answers = pollster::block_on(admin.create_topics([&topic], &connection.options()))
            .map_err(|error| Failure::new(format!("topic {} at {}: {error}", self.name, connection.brokers)))?;
        Ok(answers.into_iter().find_map(Result::err).map_or(Ok(()), |(_, code)| Err(code)))
    }

    /// Why the broker refused, and what helps.
    fn refused(&self, code: RDKafkaErrorCode) -> Failure {
        let failure = Failure::new(format!("topic {} was not created: {code}", self.name));
        match code {
            RDKafkaErrorCode::TopicAlreadyExists => failure.remedy("--if-not-exists leaves it as it is"),
            RDKafkaErrorCode::InvalidReplicationFactor => {
                failure.remedy("--replication-factor must not exceed the number of brokers")
            }
            RDKafkaErrorCode::InvalidTopic => {
                failure.remedy("a name has up to 249 letters, digits, dots, hyphens and underscores, all ASCII")
            }
            RDKafkaErrorCode::InvalidConfig => {
                failure.remedy("check --config KEY=VALUE against Kafka's list of topic settings")
            }
            _ => failure,
        }
    }
}
