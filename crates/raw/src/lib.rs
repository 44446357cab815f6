//! What needs unsafe code, behind safe interfaces: the one crate that has any.
//!
//! # Layout
//! * [`admin`]: questions to Kafka brokers that rdkafka does not ask: the id of a topic, positions of a group and the
//!   rights to it
//! * [`epochs`]: asking whether a Kafka partition still has a record
//! * [`headers`]: the headers of a record, whatever their names are
//! * [`heap`]: what the C library keeps of the memory that is free
//! * [`properties`]: the names of librdkafka's properties
//! * [`queue`]: reading a Kafka partition in batches, which rdkafka's safe interface does not offer
//! * [`rights`]: what a user may do with a topic or a group, which it does not ask
//! * [`signals`]: whether a signal is ignored
//! * `rows`: plain rows through abomonation (with the feature of that name)
#![allow(unsafe_code)]

pub mod admin;
pub mod epochs;
pub mod headers;
pub mod heap;
pub mod properties;
pub mod queue;
pub mod rights;
#[cfg(feature = "abomonation")]
pub mod rows;
pub mod signals;
