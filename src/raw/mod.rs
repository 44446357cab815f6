//! The one module with unsafe code, behind safe interfaces.
//!
//! # Layout
//! * [`queue`]: reading a Kafka partition in batches, which rdkafka's safe interface does not offer
//! * [`rights`]: what a user may do with a topic or a group, which it does not ask
//! * `rows`: plain rows through abomonation (with the feature of that name)
#![allow(unsafe_code)]

pub mod queue;
pub mod rights;
#[cfg(feature = "abomonation")]
pub mod rows;
