//! The clients that work on topics.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};

use crate::cli::kafka_args::KafkaArgs;
use crate::cli::{Failure, Stop};
use crate::kafka_client::{Contact, Link, LinkContext, PATIENCE, refused_config};

/// How long a broker may take for a request.
const REQUEST: Duration = Duration::from_secs(30);

/// A connection to brokers.
pub(super) struct BrokerConnection {
    /// The configuration of its clients.
    config: ClientConfig,
    /// Asks about topics.
    pub contact: Contact,
    /// Where the brokers are, for messages.
    pub brokers: String,
}

impl BrokerConnection {
    /// A connection as the flags describe it. Nothing is connected yet.
    ///
    /// # Errors
    /// If the configuration is refused.
    pub fn new(kafka: &KafkaArgs) -> Result<Self, Failure> {
        let config = kafka.options().client_config(&[("client.id", "mare-topic".to_owned())]);
        let contact = Contact::new(&config, Link::of(&config), Some(PATIENCE), Stop::default())?;
        Ok(BrokerConnection { config, contact, brokers: kafka.brokers().to_owned() })
    }

    /// A client that changes topics and reads their settings.
    ///
    /// # Errors
    /// If the configuration is refused.
    pub fn admin(&self) -> Result<AdminClient<LinkContext>, Failure> {
        self.config.create_with_context(LinkContext::default()).map_err(|error| refused_config(&error, &self.config))
    }

    /// How long its requests may take.
    pub fn options(&self) -> AdminOptions {
        AdminOptions::new().request_timeout(Some(REQUEST)).operation_timeout(Some(REQUEST))
    }
}
