//! What goes wrong in real life, looked for before a run and changing nothing: each check says what it found, and the
//! remedy.
//!
//! A check is a small file: what it asks at the top, and a pure `judge` that turns the answer into a [`Finding`].
//! `docs/doctor.md` lists them all.
//!
//! # Layout
//! * [`kafka`]: brokers, topic, records, letters
//! * [`checkpoint`]: their place, and the newest; [`promise`]: whether that is ahead of the clock (pure)
//! * [`ports`], [`limits`]: this machine
//! * [`reach`]: whether an address can be reached
//! * [`list`]: every check, and what a run does where it has failed
//! * [`questions`]: what a run asks of all this before it begins
//!
//! What a check finds, and the checks that others make too, are in [`checks`](mare_checks). A sink examines itself
//! ([`Connector::examine`](mare_sink::Connector::examine)): the doctor knows no kind of sink.

pub mod checkpoint;
#[cfg(test)]
mod fixture;
pub mod kafka;
pub mod limits;
pub mod list;
pub mod ports;
pub mod promise;
pub mod questions;
pub mod reach;

pub use mare_checks::{Finding, Verdict, counted};

use self::ports::Listening;
use mare_dataflow::Plan;
use mare_sink::Claim;

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
    let now_ms = jiff::Timestamp::now().as_millisecond();
    found.extend(newest.iter().flat_map(|newest| promise::judge(newest, now_ms, plan.event.max_ahead_ms)));
    let size = kafka::examine(plan, wishes, newest.as_ref(), &mut found);
    for view in plan.views() {
        let claim = Claim { log: size.log.clone(), ..view.claim(newest.as_ref()) };
        let name = view.names().next().map_or_else(String::new, |name| format!("{name}: "));
        let findings = view.sink().examine(&view.layout(), &claim, plan.event.max_ahead_ms).findings;
        found.extend(findings.into_iter().map(|of| Finding { finding: format!("{name}{}", of.finding), ..of }));
    }
    found.extend(ports::check(&wishes.listens));
    found.push(limits::files(size.partitions, size.brokers));
    found.push(limits::memory());
    found
}
