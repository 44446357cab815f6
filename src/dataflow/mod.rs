//! A dataflow file becomes a checked plan. Pure: nothing is connected, nothing is read but the text.
//!
//! # Layout
//! * [`group`]: the canonical text of a group
//! * [`plan`]: what the engine runs; every name in it has been resolved and every bound checked

pub mod group;
mod plan;

pub use plan::{
    Aggregate, Epochs, EventPlan, Field, FieldType, KafkaSource, Measure, MongoSink, Number, Plan, Sink, Source,
    SqliteSink, StartAt, TimeFormat, Total, TotalsPlan, WindowNames,
};
