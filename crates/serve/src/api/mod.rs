//! The handlers.
//!
//! # Layout
//! * [`totals`], [`top`], [`groups`], [`day`]: questions about documents
//! * [`stream`]: documents as they become durable
//! * [`explain`]: where the numbers of one document come from
//! * [`status`], [`history`], [`health`], [`letters`], [`alerts`]: questions about the run
//! * [`metrics`]: for Prometheus
//! * [`shapes`]: what answers have in common

pub mod alerts;
pub mod day;
pub mod explain;
pub mod groups;
pub mod health;
pub mod history;
pub mod letters;
pub mod metrics;
pub mod shapes;
pub mod status;
pub mod stream;
pub mod top;
pub mod totals;
