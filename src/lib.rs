//! Maré keeps windowed totals in a database level with a Kafka topic: exact, always current, and never going backwards.
//!
//! # Layout
//! * [`time`]: event time, epochs, the pair of both, windows (pure)
//! * [`dataflow`]: a dataflow file becomes a checked plan (pure)
//! * [`source`]: Kafka and decoding
//! * [`engine`]: the graph of operators
//! * [`letters`]: late events and dead letters, to topics of their own
//! * [`alerts`]: rules over final totals, and sending what they find
//! * [`checkpoint`]: a consistent cut through a run, to go on from
//! * [`sink`]: MongoDB, SQLite, standard output
//! * [`sales`]: the flagship's sales, made up (pure)
//! * [`verify`]: an auditor: every document recomputed from the raw topic, by code of its own
//! * [`cluster`]: the processes of one run: connecting, spawning and supervising them
//! * [`cli`]: the command line

#![deny(unsafe_code)]
#![forbid(missing_docs)]
// A `# Layout` section names every room of its folder, the private ones too.
#![allow(rustdoc::private_intra_doc_links)]

pub mod alerts;
pub mod checkpoint;
pub mod cli;
pub mod cluster;
pub mod dataflow;
pub mod engine;
pub mod letters;
mod raw;
pub mod sales;
pub mod sink;
pub mod source;
pub mod time;
pub mod verify;
