//! What the scenarios (`tests/it`) and the benches both stand on: real servers, and an oracle.
//!
//! # Layout
//! * [`fetch`]: installs the servers under `.cache/servers`, once a checkout
//! * [`leash`]: nothing that a process starts outlives it
//! * [`process`]: a child process on the leash, with its log
//! * [`ports`]: free ports for servers
//! * [`wait`]: waiting with a bound, for something that can be observed
//! * [`kafka`]: brokers, topics, records
//! * [`mongodb`]: database servers and what their collections hold
//! * [`proxy`]: a bad network
//! * [`oracle`]: the documents that a topic must lead to, by code of its own

pub mod fetch;
pub mod kafka;
pub mod leash;
pub mod mongodb;
pub mod oracle;
pub mod ports;
pub mod process;
pub mod proxy;
pub mod wait;

/// A name that no other test, test process or earlier run uses: `prefix` and a random tail.
#[must_use]
pub fn unique(prefix: &str) -> String {
    let tail = uuid::Uuid::new_v4().simple().to_string();
    format!("{prefix}-{}", &tail[..12])
}
