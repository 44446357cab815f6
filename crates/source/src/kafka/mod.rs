//! Kafka as a source: partitions assigned by hand, read in batches, offsets owned by Maré.
//!
//! # Layout
//! * `config`: [`KafkaSource`], and its table of a dataflow file; `table`: what it shares with those of other topics
//!   (pure)
//! * [`bootstrap`], [`property`]: what is usually wrong with a list of brokers, and with a property of the client
//! * `connector`: what it brings to a run
//! * [`cause`]: why a broker cannot be reached, in plain words (pure)
//! * [`client`]: librdkafka's settings, and what it tells us beside the records
//! * [`Health`] (`health`): whether the brokers answer, and what makes reading on pointless
//! * [`topic`]: what there is to read, asked before the run and now and then during it
//! * [`group`]: how far the dataflow is, for the tools that show the lag of groups
//! * [`trial`]: whether a log still has what was read of it
//! * [`traffic`]: what a client has received
//! * [`events`]: brokers that do not answer, and what was received, told to the log and to the metrics
//! * [`refusal()`] (`refusal`): why the library makes no client, without any value
//! * [`faults`]: which errors of reading end a run (pure)
//! * [`reader`]: the partitions of one worker as a [`Log`](super::Log)

pub mod bootstrap;
pub mod cause;
mod client;
mod config;
mod connector;
pub mod events;
mod faults;
mod group;
mod health;
pub mod property;
mod reader;
mod refusal;
pub mod table;
mod topic;
mod traffic;
mod trial;

pub use client::{READING, SourceContext};
pub use config::KafkaSource;
pub(super) use connector::FACTORY;
pub use health::Health;
pub use reader::KafkaLog;
pub use refusal::{refusal, without_value};
pub use topic::Topic;
pub use topic::{away, partitions};
