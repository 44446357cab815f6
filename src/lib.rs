//! Maré keeps windowed totals in a database level with a Kafka topic: exact, always current, and never going backwards.
//!
//! # The idea
//! One timestamp with two coordinates, [`Moment { epoch, event }`](time::Moment): when something was learnt, and which
//! event times may still come. Timely's progress tracking follows the pair through every operator, worker and process,
//! so one frontier answers three questions, and the answers cannot contradict each other:
//!
//! * *Is what was read until then in the database?* Yes, once the frontier behind the sink has passed that epoch.
//! * *May this window still change?* No, once the frontier's event time has passed its close: then its totals are
//!   final, and its updates cancel in the arrangement ([`engine::totals`]).
//! * *Where does a run go on after a crash?* At an epoch: a [`checkpoint`] is a cut through it, taken while the stream
//!   goes on.
//!
//! Each number is a function of the topic alone, whoever computes it and however often: an event is late by its own
//! partition's log ([`engine::intake`]), sums are integers, a document's version is the number of events folded into it
//! ([`sink`]), and nobody sees one shrink ([`sink::fence`]).
//!
//! # Embedding
//! A [`Setup`](run::Setup) says what is to be run; a [`Handle`](run::Handle) ends it from outside; a
//! [`Watcher`](run::Watcher) looks on.
//!
//! ```no_run
//! use std::path::Path;
//!
//! use mare::dataflow::{self, Overrides};
//! use mare::run::{Handle, Setup};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let file = Path::new("dataflows/black_friday.toml");
//! let plan = dataflow::load(file, &Overrides::default(), &|name| std::env::var(name).ok())?;
//! let handle = Handle::default(); // whoever has a clone may stop the run
//! if let Some(outcome) = Setup::new(plan).workers(3).until_end().run(&handle, &mut ())? {
//!     println!("{} records read, {} documents written", outcome.total.read, outcome.written);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Layout
//! * [`time`], [`position`], [`record`], [`schema`], [`view`], [`total`], [`fault`] and others: what all of them speak
//!   of (the crate `mare_model`; pure)
//! * [`decode`]: from the bytes of a record to a row of typed fields (the crate `mare_decode`; pure)
//! * [`settings`]: reading a file of settings, with each problem told at its line (pure)
//! * [`dataflow`]: a dataflow file becomes a checked plan (pure)
//! * [`source`]: the seam between the engine and a log, and Kafka
//! * [`engine`]: the graph of operators
//! * [`letters`]: late events and dead letters, to topics of their own
//! * [`alerts`]: rules over final totals, and sending what they find
//! * [`checkpoint`]: a consistent cut through a run, to go on from
//! * [`kafka_client`]: clients that talk to Kafka beside a dataflow
//! * [`metrics`]: metrics, and the events behind log lines and metrics
//! * [`sink`]: MongoDB, SQLite, standard output
//! * [`conformance`]: what every sink must do, tried on one
//! * [`sales`]: the flagship's sales, made up (the crate `mare_sales`; pure)
//! * [`synthetic`]: records made up for any dataflow (the crate `mare_synthetic`; pure)
//! * [`verify`]: an auditor: every document recomputed from the raw topic, by code of its own
//! * [`run`]: what runs a dataflow, from a plan to the end of its run; whoever embeds Maré begins there
//! * [`rehearsal`]: the tests of a dataflow file, run without any server
//! * [`cluster`]: the processes of one run: connecting, spawning and supervising them
//! * [`serve`]: HTTP: totals, status and health of a run
//! * [`checks`]: what a check of the world outside finds
//! * [`doctor`]: what goes wrong in real life, looked for before a run
//! * [`failure`]: how a run fails, or whatever else a command does; [`stop`]: asking something that goes on to finish
//! * [`glossary`]: the words of this field, and ours
//! * [`cli`]: the command line
#![forbid(unsafe_code)]

pub mod cli;
pub mod conformance;
pub mod dataflow;
pub mod glossary;
pub mod kafka_client;
#[cfg(test)]
mod metered;
pub mod sink;

pub use mare_alerts as alerts;
pub use mare_checkpoint as checkpoint;
pub use mare_checks as checks;
pub use mare_cluster as cluster;
pub use mare_decode as decode;
pub use mare_doctor as doctor;
pub use mare_engine as engine;
pub use mare_letters as letters;
pub use mare_metrics as metrics;
pub use mare_model::{
    average, columns, datum, decimal, extent, fault, group, journal, json, laws, measure, plain, position, record,
    schema, summary, time, total, view,
};
pub use mare_raw as raw;
pub use mare_rehearsal as rehearsal;
pub use mare_run as run;
pub use mare_run::{failure, stop};
pub use mare_sales as sales;
pub use mare_serve as serve;
pub use mare_settings as settings;
pub use mare_source as source;
pub use mare_synthetic as synthetic;
pub use mare_verify as verify;
