//! What the scenarios stand on: real servers, the built binary, and an oracle.
//!
//! # Layout
//! * [`fetch`]: installs the servers under `.cache/servers`, once a checkout
//! * [`leash`]: nothing that a test starts outlives the test process
//! * [`process`]: a child process on the leash, with its log
//! * [`ports`]: free ports for servers
//! * [`wait`]: waiting with a bound, for something that can be observed
//! * [`kafka`]: brokers, topics, records
//! * [`mongodb`]: database servers and what their collections hold
//! * [`mare`]: the built binary, run or spawned, and the summary that it prints
//! * [`browser`]: a headless browser that looks at a page
//! * [`flagship`]: the flagship dataflow between a topic and a database
//! * [`energy`]: the dataflow of energy readings, with any settings, into SQLite
//! * [`audit`]: what `mare verify` says of the flagship's documents
//! * [`cluster`]: a supervised cluster, and its processes
//! * [`http`]: what a run shows over HTTP
//! * [`checkpoints`]: what checkpoints say of themselves, and their files
//! * [`hosts`]: two hosts with a cable between them, where the system allows it
//! * [`observer`]: a reader that polls the documents throughout, and judges that none goes back
//! * [`proxy`]: a bad network
//! * [`troubles`]: what the page of troubles says is printed
//! * [`webhook`]: a server that alerts are posted to
//! * [`oracle`]: the documents that a topic must lead to, by code of its own
//!
//! `MARE_TEST_KAFKA=host:port` and `MARE_TEST_MONGODB=uri` put the user's own servers in the place of the shared ones;
//! the topics and databases that scenarios make there stay there.
//! Scenarios that kill, pause or lock a server always start their own.

pub mod audit;
pub mod browser;
pub mod checkpoints;
pub mod cluster;
pub mod energy;
pub mod fetch;
pub mod flagship;
pub mod hosts;
pub mod http;
pub mod kafka;
pub mod leash;
pub mod mare;
pub mod mongodb;
pub mod observer;
pub mod oracle;
pub mod ports;
pub mod process;
pub mod proxy;
pub mod troubles;
pub mod wait;
pub mod webhook;

/// A name that no other test, test process or earlier run uses: `prefix` and a random tail.
pub fn unique(prefix: &str) -> String {
    let tail = uuid::Uuid::new_v4().simple().to_string();
    format!("{prefix}-{}", &tail[..12])
}
