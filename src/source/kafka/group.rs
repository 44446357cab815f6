//! The consumer group that shows how far a dataflow is, for the tools that show the lag of groups.

use std::sync::Arc;
use std::sync::{Mutex, PoisonError};

use rdkafka::consumer::{CommitMode, Consumer as _};
use rdkafka::{Offset as KafkaOffset, TopicPartitionList};
use tracing::debug;

use super::client::{self, Consumer, Health};
use crate::checkpoint::Partitions;
use crate::dataflow::KafkaSource;

/// Commits positions to the group `mare-<dataflow>`. They are information: no run begins from them.
pub struct Group {
    source: KafkaSource,
    /// The dataflow's name.
    name: String,
    health: Arc<Health>,
    /// Made at the first commit.
    consumer: Mutex<Option<Consumer>>,
}

impl Group {
    /// The group of the dataflow `name`. Nothing is connected yet.
    #[must_use]
    pub fn new(source: &KafkaSource, name: &str, health: Arc<Health>) -> Self {
        Group { source: source.clone(), name: name.to_owned(), health, consumer: Mutex::default() }
    }

    /// Shows these positions. That it cannot harms nobody, and is said at the debug level only.
    pub fn show(&self, partitions: &Partitions) {
        let mut consumer = self.consumer.lock().unwrap_or_else(PoisonError::into_inner);
        if consumer.is_none() {
            *consumer = client::reader(&self.source, &self.name, Arc::clone(&self.health)).ok();
        }
        let mut offsets = TopicPartitionList::new();
        for (partition, state) in partitions {
            let offset = KafkaOffset::Offset(state.position.0);
            let _ = offsets.add_partition_offset(&self.source.topic, partition.0, offset); // a position is a valid offset
        }
        let committed = consumer.as_ref().map(|consumer| consumer.commit(&offsets, CommitMode::Async));
        if let Some(Err(error)) = committed {
            debug!("the group mare-{} does not show how far the dataflow is: {error}", self.name);
        }
    }
}
