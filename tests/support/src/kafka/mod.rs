//! Apache Kafka: one node in KRaft mode, in a folder of its own.
//!
//! # Layout
//! * [`broker`]: the process, which can be killed, paused and started again
//! * [`config`]: its configuration files
//! * [`acl`]: what a user may do
//! * [`topic`]: topics and records, written by a plain client

mod acl;
mod broker;
mod config;
mod topic;

pub use acl::{Operation, Resource, allow};
pub use broker::Kafka;
pub use config::Access;
pub use topic::{Topic, record};

use std::env;
use std::sync::OnceLock;

/// The brokers that scenarios share: the user's own, or one that lives as long as the test process.
pub fn kafka() -> &'static str {
    static OWN: OnceLock<Kafka> = OnceLock::new();
    static BROKERS: OnceLock<String> = OnceLock::new();
    BROKERS.get_or_init(|| match env::var("MARE_TEST_KAFKA") {
        Ok(brokers) => brokers,
        Err(_) => OWN.get_or_init(Kafka::start).brokers(),
    })
}
