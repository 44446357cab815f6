//! Maré keeps windowed totals in a database level with a Kafka topic: exact, always current, and never going backwards.
//!
//! # The idea
//! One timestamp with two coordinates, [`Moment { epoch, event }`](time::Moment): when something was learnt, and which event times may
//! still come. Timely's progress tracking follows the pair through every operator, worker and process, so one frontier answers
//! three questions, and the answers cannot contradict each other:
//!
//! * *Is what was read until then in the database?* Yes, once the frontier behind the sink has passed that epoch.
//! * *May this window still change?* No, once the frontier's event time has passed its close: then its totals are final, and its updates
//!   cancel in the arrangement ([`engine::totals`]).
//! * *Where does a run go on after a crash?* At an epoch: a [`checkpoint`] is a cut through it, taken while the stream goes on.
//!
//! Each number is a function of the topic alone, whoever computes it and however often: an event is late by its own partition's log
//! ([`engine::intake`]), sums are integers, a document's version is the number of events folded into it ([`sink`]), and nobody sees one
//! shrink ([`sink::fence`]).
//!
//! # Layout
//! * [`time`], [`position`], [`record`], [`schema`], [`view`], [`total`], [`fault`] and others: what all of them speak of (the crate
//!   `mare_model`; pure)
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
//! * [`verify`]: an auditor: every document recomputed from the raw topic, by code of its own
//! * [`run`]: what runs a dataflow, from a plan to the end of its run; whoever embeds Maré begins there
//! * [`cluster`]: the processes of one run: connecting, spawning and supervising them
//! * [`serve`]: HTTP: totals, status and health of a run
//! * [`checks`]: what a check of the world outside finds
//! * [`doctor`]: what goes wrong in real life, looked for before a run
//! * [`failure`]: how a run fails, or whatever else a command does; [`stop`]: asking something that goes on to finish
//! * [`glossary`]: the words of this field, and ours
//! * [`cli`]: the command line
#![forbid(unsafe_code)]

pub mod alerts;
pub mod cli;
pub mod cluster;
pub mod conformance;
pub mod dataflow;
pub mod doctor;
pub mod engine;
pub mod failure;
pub mod glossary;
pub mod kafka_client;
pub mod letters;
#[cfg(test)]
mod metered;
pub mod run;
pub mod serve;
pub mod sink;
pub mod source;
pub mod stop;
pub mod verify;

pub use mare_checkpoint as checkpoint;
pub use mare_checks as checks;
pub use mare_decode as decode;
pub use mare_metrics as metrics;
pub use mare_model::{
    average, columns, datum, decimal, extent, fault, group, json, measure, plain, position, record, schema, time,
    total, view,
};
use mare_raw as raw;
pub use mare_sales as sales;
pub use mare_settings as settings;
