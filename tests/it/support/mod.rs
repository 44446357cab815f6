//! What the scenarios stand on: real servers, the built binary, and an oracle.
//!
//! # Layout
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
//! * [`troubles`]: what the page of troubles says is printed
//! * [`webhook`]: a server that alerts are posted to
//!
//! The servers, the leash that they are on and the oracle are those of `tests/support`, which the benches have as well.
//!
//! `MARE_TEST_KAFKA=host:port` and `MARE_TEST_MONGODB=uri` put the user's own servers in the place of the shared ones;
//! the topics and databases that scenarios make there stay there.
//! Scenarios that kill, pause or lock a server always start their own.

pub mod audit;
pub mod browser;
pub mod checkpoints;
pub mod cluster;
pub mod energy;
pub mod flagship;
pub mod hosts;
pub mod http;
pub mod mare;
pub mod observer;
pub mod troubles;
pub mod webhook;

pub use mare_test_support::{fetch, kafka, leash, mongodb, oracle, ports, process, proxy, unique, wait};
