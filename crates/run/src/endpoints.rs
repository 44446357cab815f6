//! The outer ends of a run: a log and a sink.

use std::sync::Arc;

use mare_dataflow::Plan;
use mare_engine::Peer;
use mare_engine::announcement::Beginning;
use mare_engine::run::Endpoints;
use mare_model::extent::Span;
use mare_model::fault::Fault;
use mare_model::record::Waker;
use mare_sink::{FencingToken, SinkError, Writer};
use mare_source::{Health, OpenLog};

/// The ends of a run of a plan, between the log of its source and its sink.
pub struct OuterEndpoints {
    /// What runs.
    pub plan: Arc<Plan>,
    /// The process's view of the servers of its source.
    pub health: Arc<Health>,
    /// What this process reads, if no checkpoint says otherwise.
    pub spans: Vec<Span>,
}

impl Endpoints<OpenLog> for OuterEndpoints {
    fn log(&self, peer: Peer, beginning: &Beginning, waker: Waker) -> Result<OpenLog, Fault> {
        let restored = |partition| Some(beginning.restored.as_ref()?.partitions.get(&partition)?.position);
        // One that whoever leads did not see yet has come since.
        let start = |span: &Span| {
            let decided = restored(span.partition).or_else(|| beginning.begins.get(&span.partition).copied());
            decided.unwrap_or(span.first)
        };
        let mine = self.spans.iter().filter(|span| peer.owns(span.partition));
        let mine: Vec<Span> = mine.map(|span| Span { start: start(span), ..*span }).collect();
        self.plan.source.open(&self.plan.name, &mine, Arc::clone(&self.health), &waker)
    }

    fn writer(&self, tokens: &[FencingToken]) -> Result<Box<dyn Writer>, SinkError> {
        self.plan.writer(tokens)
    }
}
