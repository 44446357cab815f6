//! What goes wrong in real life, looked for before a run and changing nothing: each check says what it found, and the remedy.
//!
//! A check is a small file: what it asks at the top, and a pure `judge` that turns the answer into a [`Finding`]. `docs/doctor.md`
//! lists them all.
//!
//! # Layout
//! * [`Finding`], [`Verdict`] (`finding`): what a check has found
//! * [`kafka`]: brokers, topic, records, letters
//! * [`mongodb`], [`sqlite`]: the sinks
//! * [`owner`]: whether the newest checkpoint and the sink belong together (pure)
//! * [`checkpoint`]: their place, and the newest
//! * [`clock`]: clocks that are apart (pure)
//! * [`folder`], [`disk`], [`ports`], [`limits`]: this machine
//! * [`reach`]: whether an address can be reached; [`tls`]: whether it speaks TLS

pub mod checkpoint;
pub mod clock;
pub mod disk;
mod finding;
#[cfg(test)]
mod fixture;
pub mod folder;
pub mod kafka;
pub mod limits;
pub mod mongodb;
pub mod owner;
pub mod ports;
pub mod reach;
pub mod sqlite;
pub mod tls;

pub use finding::{Finding, Verdict, counted};

use self::ports::Listening;
use crate::cli::run::claim;
use crate::dataflow::{Plan, Sink};
use crate::sink;

/// How the dataflow is meant to be run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Workers of all processes.
    pub workers: usize,
    /// Where this machine is going to listen.
    pub listens: Vec<Listening>,
}

/// Examines everything that a run of `plan` would meet, and changes nothing.
#[must_use]
pub fn examine(plan: &Plan, wishes: &Wishes) -> Vec<Finding> {
    let mut found = Vec::new();
    let newest = checkpoint::examine(plan, &mut found);
    let size = kafka::examine(plan, wishes, newest.as_ref(), &mut found);
    let claim = claim::of(plan, newest.as_ref());
    match &plan.sink {
        Sink::MongoDb(sink) => mongodb::examine(plan, sink, &claim, &mut found),
        Sink::Sqlite(sink) => sqlite::examine(plan, sink, &claim, &mut found),
        Sink::Stdout => found.push(owner::judge(sink::belongs(plan, &claim), &claim, "")),
    }
    found.extend(ports::check(&wishes.listens));
    found.push(limits::files(size.partitions, size.brokers));
    found.push(limits::memory());
    found
}
