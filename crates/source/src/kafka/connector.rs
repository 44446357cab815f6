//! What Kafka brings as a source.

use std::sync::Arc;

use super::config::KafkaSource;
use super::group::ConsumerGroup;
use super::health::Health;
use super::topic::Topic;
use super::trial;
use crate::registry::{Factory, Source};
use crate::{Connector, OnDataLoss, SourceDescription, StartAt, Survey};
use mare_model::extent::Cuts;
use mare_model::fault::Fault;
use mare_model::position::{Partition, Positions};
use mare_model::record::LastRead;

/// Kafka, as the registry knows it.
pub(crate) const FACTORY: Factory = Factory {
    name: "kafka",
    keys: "`brokers` and `topic`",
    read: |section, report| KafkaSource::read(section, report).map(Source::Kafka),
};

impl Connector for KafkaSource {
    fn describe(&self) -> SourceDescription {
        SourceDescription { kind: FACTORY.name, server: self.brokers.clone(), name: self.topic.clone() }
    }

    fn identity(&self) -> (&'static str, String) {
        ("source.kafka.topic", self.topic.clone())
    }

    fn start(&self) -> StartAt {
        self.start
    }

    fn on_data_loss(&self) -> OnDataLoss {
        self.on_data_loss
    }

    fn survey(&self, dataflow: &str, health: Arc<Health>) -> Result<Box<dyn Survey>, Fault> {
        Ok(Box::new(Topic::new(self, dataflow, health)?))
    }

    fn cut_short(&self, dataflow: &str, health: &Arc<Health>, read: &[(Partition, LastRead)]) -> Result<Cuts, Fault> {
        trial::cut_short(self, dataflow, health, read)
    }

    fn progress(&self, dataflow: &str, health: Arc<Health>) -> Box<dyn Fn(Positions) + Send + Sync> {
        let group = ConsumerGroup::new(self, dataflow, health);
        Box::new(move |positions| group.show(positions))
    }
}
