//! `mare topic delete`.

use rdkafka::types::RDKafkaErrorCode;
use serde::Serialize;

use super::connection::BrokerConnection;
use crate::cli::Failure;
use crate::cli::ask::asked;
use crate::cli::kafka_args::KafkaArgs;
use crate::cli::output::{Printed, print, print_json};

/// Delete a topic and all its records
///
/// A dataflow that has counted it refuses to go on with a topic of the same name that is made anew.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare topic delete black-friday-sales --yes")]
pub struct Args {
    /// The topic's name
    name: String,
    /// Do not ask before
    #[arg(long)]
    yes: bool,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t = Printed::Table)]
    format: Printed,
    #[command(flatten)]
    kafka: KafkaArgs,
}

/// What was done, as `docs/scripts.md` has it.
#[derive(Debug, Serialize)]
struct Outcome<'a> {
    /// The topic that is not there any more.
    topic: &'a str,
}

impl Args {
    /// Deletes the topic.
    ///
    /// # Errors
    /// If no broker answers, it refuses, or the answer to the question is no.
    pub fn run(self) -> Result<(), Failure> {
        let connection = BrokerConnection::new(&self.kafka)?;
        let partitions = connection.contact.partitions(&self.name)?;
        let what = format!(
            "topic {} at {}, with {partitions} partitions and all their records",
            self.name, connection.brokers
        );
        if !self.yes && !asked(&format!("Delete {what}?"), &format!("{what} stay"))? {
            return Err(Failure::new("nothing was deleted"));
        }
        let answers = pollster::block_on(connection.admin()?.delete_topics(&[&self.name], &connection.options()))
            .map_err(|error| Failure::new(format!("topic {} at {}: {error}", self.name, connection.brokers)))?;
        if let Some((_, code)) = answers.into_iter().find_map(Result::err) {
            return Err(self.refused(code));
        }
        match self.format {
            Printed::Json => print_json(&Outcome { topic: &self.name }),
            Printed::Table => print(format_args!("deleted topic {}", self.name)),
        }
        Ok(())
    }

    /// Why the broker refused, and what helps.
    fn refused(&self, code: RDKafkaErrorCode) -> Failure {
        let failure = Failure::new(format!("topic {} was not deleted: {code}", self.name));
        match code {
            RDKafkaErrorCode::TopicAuthorizationFailed => failure.remedy("grant this user Delete on the topic"),
            RDKafkaErrorCode::TopicDeletionDisabled => failure.remedy("set delete.topic.enable=true on the brokers"),
            _ => failure,
        }
    }
}
