//! The partitions of one worker as a log.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset as KafkaOffset, TopicPartitionList};
use tracing::debug;

use super::client::{self, Consumer, Context, Health};
use crate::dataflow::KafkaSource;
use crate::raw::queue::{BATCH, Entry, Queue, has_events};
use crate::source::{Log, Offset, Partition, Polled, Record, SourceError, Waker};

/// What to read of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The partition.
    pub partition: Partition,
    /// The oldest offset that the broker still has.
    pub first: Offset,
    /// The first offset to read.
    pub start: Offset,
    /// Behind the last offset to read; `None` reads on for ever.
    pub until: Option<Offset>,
}

/// The partitions of a topic that one worker reads, through a consumer of its own.
pub struct KafkaLog {
    topic: String,
    /// The partitions of the worker.
    owned: Vec<Partition>,
    /// The partitions being read; their queues go before the consumer does.
    lanes: Vec<Lane>,
    /// The partitions of `lanes`.
    open: Vec<Partition>,
    /// `None` if there is nothing to read, or no more: then there is no client either.
    consumer: Option<Arc<Consumer>>,
    /// Sees to it that the consumer closes.
    health: Arc<Health>,
}

struct Lane {
    span: Span,
    queue: Queue<Context>,
}

/// What reading a lane came to.
struct LaneRead {
    entries: usize,
    ended: bool,
    error: Option<RDKafkaErrorCode>,
}

impl KafkaLog {
    /// Assigns `spans` to a new consumer; those that are empty are left out. `waker` is called when records arrive.
    ///
    /// # Errors
    /// If librdkafka refuses a property or the assignment.
    pub fn open(
        source: &KafkaSource,
        name: &str,
        spans: &[Span],
        health: Arc<Health>,
        waker: &Waker,
    ) -> Result<Self, SourceError> {
        let owned = spans.iter().map(|span| span.partition).collect();
        let spans = spans.iter().filter(|span| span.until.is_none_or(|until| span.start < until));
        let spans: Vec<Span> = spans.copied().collect();
        let (topic, lanes, open) = (source.topic.clone(), Vec::new(), Vec::new());
        let mut log = KafkaLog { topic, owned, lanes, open, consumer: None, health };
        if !spans.is_empty() {
            log.assign(source, name, &spans, waker)
                .map_err(|error| SourceError(format!("cannot read topic {}: {error}", source.topic)))?;
        }
        Ok(log)
    }

    fn assign(&mut self, source: &KafkaSource, name: &str, spans: &[Span], waker: &Waker) -> Result<(), SourceError> {
        let mut consumer = client::reader(source, name, Arc::clone(&self.health))?;
        let wake = Arc::clone(waker);
        consumer.set_nonempty_callback(move || wake());
        let consumer = Arc::new(consumer);
        let mut assignment = TopicPartitionList::new();
        for Span { partition, start, .. } in spans {
            let start = KafkaOffset::Offset(start.0);
            assignment.add_partition_offset(&source.topic, partition.0, start).map_err(refused)?;
        }
        consumer.assign(&assignment).map_err(refused)?;
        for span in spans {
            let queue = Queue::split(Arc::clone(&consumer), &source.topic, span.partition, Arc::clone(waker));
            let unknown = || SourceError(format!("librdkafka does not know partition {}", span.partition));
            self.lanes.push(Lane { span: *span, queue: queue.ok_or_else(unknown)? });
            self.open.push(span.partition);
        }
        self.consumer = Some(consumer);
        Ok(())
    }

    /// Closes the consumer.
    fn close(&mut self) {
        self.lanes.clear();
        if let Some(consumer) = self.consumer.take() {
            self.health.close(consumer);
        }
    }

    /// Serves librdkafka's callbacks, and the records' errors that come that way, to the last: the waker is called only when
    /// the first of them comes.
    fn serve(&self) -> Result<(), SourceError> {
        let Some(consumer) = &self.consumer else { return Ok(()) };
        while has_events(consumer) {
            if let Some(Err(KafkaError::MessageConsumption(code) | KafkaError::MessageConsumptionFatal(code))) =
                consumer.poll(Duration::ZERO)
            {
                self.judge(code, None)?;
            }
        }
        consumer.context().health().refused().cloned().map_or(Ok(()), Err)
    }

    /// Tells errors that need somebody's help from those that librdkafka gets over by itself.
    fn judge(&self, code: RDKafkaErrorCode, partition: Option<Partition>) -> Result<(), SourceError> {
        let place = partition.map_or(self.topic.clone(), |partition| format!("{}[{partition}]", self.topic));
        let remedy = match code {
            RDKafkaErrorCode::OffsetOutOfRange | RDKafkaErrorCode::AutoOffsetReset => {
                "records were deleted (retention, or the topic was made anew) before they were read; start again with \
                 source.kafka.on_data_loss = \"continue\" to read on from what is left"
            }
            RDKafkaErrorCode::UnknownTopicOrPartition
            | RDKafkaErrorCode::UnknownTopic
            | RDKafkaErrorCode::UnknownPartition => {
                "the topic is not there any more; make it again with `mare topic create`"
            }
            RDKafkaErrorCode::TopicAuthorizationFailed => "grant this user Read and Describe on the topic",
            RDKafkaErrorCode::Fatal => "restart; if it stays, its cause is in the broker's log",
            // The process's own client says when the brokers are away and back.
            other => {
                debug!("{place}: {other}");
                return Ok(());
            }
        };
        Err(SourceError(format!("{place} cannot be read on: {code}: {remedy}")))
    }
}

impl Log for KafkaLog {
    fn poll(&mut self, visit: &mut dyn FnMut(Record<'_>)) -> Result<Polled, SourceError> {
        self.serve()?;
        let mut polled = Polled::Drained;
        for index in (0..self.lanes.len()).rev() {
            let lane = &mut self.lanes[index];
            let partition = lane.span.partition;
            let read = lane.read(visit);
            if read.entries == BATCH {
                polled = Polled::Ready;
            }
            if read.ended {
                self.lanes.swap_remove(index);
                self.open.swap_remove(index);
            }
            read.error.map_or(Ok(()), |code| self.judge(code, Some(partition)))?;
        }
        if self.lanes.is_empty() {
            self.close(); // while the rest of the graph writes what was read
        }
        Ok(polled)
    }

    fn owned(&self) -> Vec<Partition> {
        self.owned.clone()
    }

    fn open(&self) -> &[Partition] {
        &self.open
    }
}

impl Drop for KafkaLog {
    fn drop(&mut self) {
        self.close();
    }
}

impl Lane {
    /// Visits a batch, as far as the span goes.
    fn read(&mut self, visit: &mut dyn FnMut(Record<'_>)) -> LaneRead {
        let Span { partition, until, .. } = self.span;
        let is_end = |next: Offset| until.is_some_and(|until| next >= until);
        let (mut ended, mut error) = (false, None);
        let entries = self.queue.read(|entry| match entry {
            Entry::Record { offset, .. } if is_end(offset) => ended = true,
            Entry::Record { offset, timestamp_ms, key, payload } => {
                visit(Record { partition, offset, timestamp_ms, key, payload });
                ended |= is_end(Offset(offset.0 + 1));
            }
            Entry::End(offset) => ended |= is_end(offset),
            Entry::Error(code) => error = Some(code),
        });
        LaneRead { entries, ended, error }
    }
}

fn refused(error: KafkaError) -> SourceError {
    SourceError(error.to_string())
}
