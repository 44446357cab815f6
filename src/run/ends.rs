//! The outer ends of a run: a Kafka topic and a sink.

use std::sync::Arc;

use crate::dataflow::{Plan, Source};
use crate::engine::Place;
use crate::engine::announcement::Beginning;
use crate::engine::run::Ends;
use crate::fault::Fault;
use crate::record::Waker;
use crate::sink::{self, SinkError, Token, Writer};
use crate::source::kafka::{Health, KafkaLog, Span};

/// The ends of a run between Kafka and a sink.
pub struct KafkaEnds {
    /// What runs.
    pub plan: Arc<Plan>,
    /// The process's view of the brokers.
    pub health: Arc<Health>,
    /// What this process reads, if no checkpoint says otherwise.
    pub spans: Vec<Span>,
}

impl Ends<KafkaLog> for KafkaEnds {
    fn log(&self, place: Place, beginning: &Beginning, waker: Waker) -> Result<KafkaLog, Fault> {
        let Source::Kafka(source) = &self.plan.source;
        let restored = |partition| Some(beginning.restored.as_ref()?.partitions.get(&partition)?.position);
        // One that whoever leads did not see yet has come since.
        let start = |span: &Span| {
            let decided = restored(span.partition).or_else(|| beginning.begins.get(&span.partition).copied());
            decided.unwrap_or(span.first)
        };
        let mine = self.spans.iter().filter(|span| place.owns(span.partition));
        let mine: Vec<Span> = mine.map(|span| Span { start: start(span), ..*span }).collect();
        KafkaLog::open(source, &self.plan.name, &mine, Arc::clone(&self.health), &waker)
    }

    fn writer(&self, token: Token) -> Result<Box<dyn Writer>, SinkError> {
        sink::open(&self.plan, token)
    }
}
