//! What tests and benches have for this one: the only place here that knows where it stands.

#[path = "../../throughput/bare.rs"]
mod bare;
#[path = "../../support/mare.rs"]
mod mare;
mod servers;
#[path = "../../support/topic.rs"]
mod topic;

use std::process::Command;

use servers::kafka::kafka;

pub use servers::leash::leash;
pub use topic::{PARTITIONS, empty};

/// Bootstrap servers: those that `MARE_BENCH_KAFKA` names, or a broker of the tests' own that lives as long as this
/// process.
pub fn brokers() -> String {
    std::env::var("MARE_BENCH_KAFKA").unwrap_or_else(|_| kafka().to_owned())
}

/// Sees to it that there is a topic of so many sales over so many minutes, and returns its name.
pub fn sales(brokers: &str, count: u64, minutes: u64) -> String {
    let sales = topic::Sales { count, minutes, compression: "none".to_owned() };
    sales.ensure(brokers);
    sales.topic()
}

/// `mare run` of the flagship's dataflow over a topic, and what `sets` override of it (`key=value`).
pub fn mare_run(brokers: &str, topic: &str, workers: usize, sets: &[String]) -> Command {
    mare::run(brokers, topic, workers, sets)
}

/// Reads a topic to its end by the bare client.
pub fn read_bare(brokers: &str, topic: &str) {
    bare::read(brokers, topic, PARTITIONS);
}
