//! What a run shows over HTTP: documents, status, health, and an OpenAPI document of all that.
//!
//! The server has a thread of its own with a runtime of one thread; the workers share nothing with it that could hold
//! them up. It reads what they count anyway, and the documents of the newest windows from [`live`]; older ones come
//! from the sink. It outlives the runs of a process, which follow each other when new partitions are found.
//!
//! # Layout
//! * [`server`]: the socket, the thread, the end; [`connections`]: how many, and for how long
//! * [`routes`]: which request goes where; [`auth`]: who may ask, and for which [`hosts`]; [`problem`]: what is
//!   answered to who may not
//! * [`service`]: what is answered from; [`place`]: which process of how many
//! * [`deadline`]: no answer takes longer than its connection lives
//! * [`live`]: the newest windows' documents in memory; [`readers`]: connections to the sink for the others
//! * [`ask`]: one question to both; [`sums`]: sums over all that there is, kept for a while
//! * [`rates`]: events a second; [`history`]: how the last hour went
//! * [`params`]: the parameters of a request
//! * [`api`]: the handlers, a file for each route; [`dashboard`]: the page for people
//! * [`exporter`]: `/metrics` for a command that serves nothing else

pub mod api;
pub mod ask;
pub mod auth;
pub mod connections;
pub mod dashboard;
pub mod deadline;
pub mod exporter;
#[cfg(test)]
mod fixture;
pub mod history;
pub mod hosts;
pub mod live;
pub mod params;
pub mod place;
pub mod problem;
pub mod rates;
pub mod readers;
pub mod routes;
pub mod server;
pub mod service;
pub mod sums;
#[cfg(test)]
mod tests;

pub use live::Live;
pub use place::ProcessPlace;
pub use server::{Listener, Server};
pub use service::{Current, ServeState};
