//! What runs a dataflow: from a plan to the end of its run, for whoever embeds Maré and for the commands alike.
//!
//! A [`Setup`] says what is to be run; a [`Handle`] ends it from outside; a [`Watcher`] looks on. What a run has to say
//! goes to the log (`tracing`), nothing to a terminal.
//!
//! # Layout
//! * [`Setup`], [`Mode`], [`BeginOptions`] (`setup`): what to run, and how; [`Cluster`] (`cluster`): on which workers
//! * [`Handle`] (`handle`): ending it from outside
//! * [`Watcher`] (`watcher`): whoever looks on, and [`view`]: at what; [`Outcome`] (`outcome`): what it came to
//! * [`Session`] (`session`): connects and runs
//! * [`questions`]: what it asks before it claims anything
//! * `begin`: with what it begins: a checkpoint, a generation; `losses`: what it does when records are gone
//! * `brokers`: what it asks the brokers before it begins, and `reminder`: saying again that somebody is away
//! * `ends`: its outer ends
//! * [`alerting`]: its alerts
//! * `continuity`: whether the log stays the same while it is read; `warnings`: what somebody should hear of meanwhile;
//!   `leaving`: what its end waits for
//! * [`failure`]: how a run fails, or whatever else a command does; [`stop`]: asking something that goes on to finish

pub mod alerting;
mod begin;
mod brokers;
pub mod cluster;
mod continuity;
mod endpoints;
pub mod failure;
mod handle;
mod leaving;
mod losses;
mod outcome;
pub mod questions;
mod reminder;
mod session;
mod setup;
pub mod stop;
pub mod view;
mod warnings;
mod watcher;

pub use cluster::Cluster;
pub use handle::Handle;
pub use outcome::{Outcome, ViewOutcome};
pub use session::Session;
pub use setup::{BeginOptions, Mode, Setup};
pub use watcher::Watcher;
