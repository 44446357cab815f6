//! The partitions of one worker as a log.
//!
//! # No record is lost between the assignment and the queues of the partitions
//! 1. An assignment makes librdkafka fetch at once, and sends what it fetches to the consumer's own queue until the
//!    queue of the partition is split off, which can only be done afterwards. The first records of a partition may so
//!    come there.
//! 2. librdkafka passes a fetch on under the lock of the partition's queue, and splitting takes the same lock. So all
//!    records that came to the consumer's queue are there when [`Queue::split`] returns, and lie before all that come
//!    later.
//! 3. Each poll reads the consumer's queue to the last before it reads those of the partitions.
//!
//! # Where reading goes on never lies behind a record that has not been visited
//! 1. librdkafka fills the queue of a partition on one thread, fetch by fetch: records in the order of their offsets,
//!    and an end-of-partition entry only when its own next offset to fetch is the end (the last stable offset, or the
//!    end of the log for who reads uncommitted records). That offset lies behind all that it has put into the queue,
//!    and behind what it has passed because it is no record for anybody: marks of transactions, records of aborted
//!    ones, compacted offsets. So every record before an end's offset lies before it in the queue.
//! 2. A queue is read in order, and [`Reached::next`] is behind the last record visited, or the offset of an end that
//!    came after it. It never falls, because both grow. By 1 no record before it is still to come.
//! 3. A span that has an end is left with the first record or end at or behind it. By 1 nothing before the span's end
//!    is still to come then; what came behind it is not visited, so `next` is the end of the span and no further.
//! 4. Before the queue is split off, an end comes without its offset. Then `next` is what the client itself has passed
//!    on by the consumer's queue: no more than records visited, and the marks behind them.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::Consumer as _;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::{Offset as KafkaOffset, TopicPartitionList};
use tracing::debug;

use super::client::{self, Consumer, SourceContext};
use super::config::KafkaSource;
use super::faults::{self, FatalError};
use super::health::Health;
use crate::{Log, Polled};
use mare_model::extent::Span;
use mare_model::fault::{Domain, Fault};
use mare_model::header::Headers;
use mare_model::position::{Offset, Partition};
use mare_model::record::{LastRead, Reached, Record, Waker};
use mare_raw::headers::MessageHeaders;
use mare_raw::queue::{BATCH, Queue, QueueEntry, events};

/// The partitions of a topic that one worker reads, through a consumer of its own.
pub struct KafkaLog {
    topic: String,
    /// The partitions of the worker.
    owned: Vec<Partition>,
    /// The partitions being read; their queues go before the consumer does.
    queues: Vec<PartitionQueue>,
    /// The partitions of `queues`.
    open: Vec<Partition>,
    /// How far the last poll has come.
    reached: Vec<Reached>,
    /// `None` if there is nothing to read, or no more: then there is no client either.
    consumer: Option<Arc<Consumer>>,
    /// Sees to it that the consumer closes.
    health: Arc<Health>,
}

struct PartitionQueue {
    span: Span,
    queue: Queue<SourceContext>,
}

/// What reading a queue came to.
#[derive(Default)]
struct QueueRead {
    entries: usize,
    ended: bool,
    /// Where reading goes on, if it has come further.
    next: Option<Offset>,
    /// The last record visited.
    last: Option<LastRead>,
    /// What is wrong, and why if librdkafka says so.
    error: Option<(RDKafkaErrorCode, String)>,
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
    ) -> Result<Self, Fault> {
        let owned = spans.iter().map(|span| span.partition).collect();
        let spans = spans.iter().filter(|span| span.until.is_none_or(|until| span.start < until));
        let spans: Vec<Span> = spans.copied().collect();
        let mut log = if spans.is_empty() {
            KafkaLog::closed(&source.topic, Vec::new(), health)
        } else {
            let consumer = client::reader(source, name, Arc::clone(&health))?;
            KafkaLog::of(consumer, &source.topic, &spans, health, waker)?
        };
        log.owned = owned;
        Ok(log)
    }

    /// Assigns `spans` of `topic` to `consumer`.
    ///
    /// # Errors
    /// If librdkafka refuses the assignment.
    pub(super) fn of(
        consumer: Consumer,
        topic: &str,
        spans: &[Span],
        health: Arc<Health>,
        waker: &Waker,
    ) -> Result<Self, Fault> {
        let mut log = KafkaLog::closed(topic, spans.iter().map(|span| span.partition).collect(), health);
        log.assign(consumer, spans, waker)
            .and_then(|()| log.split(spans, waker))
            .map_err(|fault| fault.within(format_args!("cannot read topic {topic}")))?;
        Ok(log)
    }

    /// Its client, as long as it reads.
    pub(super) fn consumer(&self) -> Option<Arc<Consumer>> {
        self.consumer.clone()
    }

    /// A log that reads nothing yet.
    fn closed(topic: &str, owned: Vec<Partition>, health: Arc<Health>) -> Self {
        let (topic, queues, open, reached) = (topic.to_owned(), Vec::new(), Vec::new(), Vec::new());
        KafkaLog { topic, owned, queues, open, reached, consumer: None, health }
    }

    fn assign(&mut self, mut consumer: Consumer, spans: &[Span], waker: &Waker) -> Result<(), Fault> {
        let wake = Arc::clone(waker);
        consumer.set_nonempty_callback(move || wake());
        let consumer = Arc::new(consumer);
        let mut assignment = TopicPartitionList::new();
        for Span { partition, start, .. } in spans {
            let start = KafkaOffset::Offset(start.0);
            assignment.add_partition_offset(&self.topic, partition.0, start).map_err(refused)?;
        }
        consumer.assign(&assignment).map_err(refused)?;
        self.consumer = Some(consumer);
        Ok(())
    }

    /// Splits the queues of the partitions off that are assigned.
    fn split(&mut self, spans: &[Span], waker: &Waker) -> Result<(), Fault> {
        let Some(consumer) = &self.consumer else { return Ok(()) };
        for span in spans {
            let queue = Queue::split(Arc::clone(consumer), &self.topic, span.partition, Arc::clone(waker));
            let unknown = || Fault::new(Domain::Log, format!("librdkafka does not know partition {}", span.partition));
            self.queues.push(PartitionQueue { span: *span, queue: queue.ok_or_else(unknown)? });
            self.open.push(span.partition);
        }
        Ok(())
    }

    /// Closes the consumer.
    fn close(&mut self) {
        self.queues.clear();
        if let Some(consumer) = self.consumer.take() {
            self.health.close(consumer);
        }
    }

    /// Serves librdkafka's callbacks, and what came to the consumer's own queue, to the last: the waker is called only
    /// when the first of them comes.
    fn serve(&mut self, visit: &mut impl FnMut(Record<'_>)) -> Result<(), Fault> {
        let Some(consumer) = self.consumer.clone() else { return Ok(()) };
        while events(&consumer) > 0 {
            match consumer.poll(Duration::ZERO) {
                Some(Ok(message)) => {
                    let headers = MessageHeaders::of(&message);
                    self.take_early(Partition(message.partition()), early(&message, &headers), visit)?;
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    self.take_early(Partition(partition), QueueEntry::End(self.passed(Partition(partition))), visit)?;
                }
                Some(Err(KafkaError::MessageConsumption(code) | KafkaError::MessageConsumptionFatal(code))) => {
                    self.judge(code, "", None)?;
                }
                _ => {}
            }
        }
        consumer.context().health().refused().cloned().map_or(Ok(()), Err)
    }

    /// Where a partition ends whose end came before its queue was split off: see 4 above. A span that has an end was
    /// asked for it before, so the partition reaches so far.
    fn passed(&self, partition: Partition) -> Offset {
        let span = self.queues.iter().map(|queue| queue.span).find(|span| span.partition == partition);
        let position = || {
            let positions = self.consumer.as_ref()?.position().ok()?;
            match positions.find_partition(&self.topic, partition.0)?.offset() {
                KafkaOffset::Offset(offset) => Some(Offset(offset)),
                _ => None,
            }
        };
        let end = span.and_then(|span| span.until).or_else(position);
        end.or(span.map(|span| span.start)).unwrap_or(Offset(0))
    }

    /// Takes what came of a partition before its queue was split off.
    fn take_early(
        &mut self,
        partition: Partition,
        entry: QueueEntry<'_>,
        visit: &mut impl FnMut(Record<'_>),
    ) -> Result<(), Fault> {
        let Some(index) = self.open.iter().position(|open| *open == partition) else { return Ok(()) };
        let mut read = QueueRead::default();
        if let (true, QueueEntry::Record(record)) = (read.take(&self.queues[index].span, entry, visit), entry) {
            read.last = Some(record.last_read(None)); // its checksum tells as much as the leader's term
        }
        self.conclude(index, &read)
    }

    /// Draws the conclusions from what was read of a partition.
    fn conclude(&mut self, index: usize, read: &QueueRead) -> Result<(), Fault> {
        let partition = self.open[index];
        if let Some(next) = read.next {
            self.reached.push(Reached { partition, next, last: read.last });
        }
        if read.ended {
            self.queues.swap_remove(index);
            self.open.swap_remove(index);
        }
        read.error.as_ref().map_or(Ok(()), |(code, why)| self.judge(*code, why, Some(partition)))
    }

    /// Tells errors that need somebody's help from those that librdkafka gets over by itself.
    fn judge(&self, code: RDKafkaErrorCode, why: &str, partition: Option<Partition>) -> Result<(), Fault> {
        let place = partition.map_or(self.topic.clone(), |partition| format!("{}[{partition}]", self.topic));
        let Some(FatalError { fault, is_loss }) = faults::judge(&place, code, why) else {
            debug!("{place}: {code}: {why}");
            return Ok(());
        };
        if is_loss {
            self.health.loses(&fault.to_string());
        }
        Err(fault)
    }
}

impl Log for KafkaLog {
    fn poll(&mut self, visit: &mut impl FnMut(Record<'_>)) -> Result<Polled, Fault> {
        self.serve(visit)?;
        let mut polled = Polled::Drained;
        for index in (0..self.queues.len()).rev() {
            let read = self.queues[index].read(visit);
            if read.entries == BATCH {
                polled = Polled::Ready;
            }
            self.conclude(index, &read)?;
        }
        if self.queues.is_empty() {
            self.close(); // while the rest of the graph writes what was read
        }
        Ok(polled)
    }

    fn reached(&mut self, tell: &mut dyn FnMut(Reached)) {
        self.reached.drain(..).for_each(tell);
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

impl PartitionQueue {
    /// Visits a batch, as far as the span goes.
    fn read(&mut self, visit: &mut impl FnMut(Record<'_>)) -> QueueRead {
        let (span, mut read) = (self.span, QueueRead::default());
        let (entries, last) = self.queue.read(|entry| read.take(&span, entry, visit));
        let last = last.and_then(|message| message.last_read());
        QueueRead { entries, last, ..read }
    }
}

impl QueueRead {
    /// Takes one entry of the partition of `span` in, and visits it if it is a record that the span holds; returns
    /// whether it is.
    fn take(&mut self, span: &Span, entry: QueueEntry<'_>, visit: &mut impl FnMut(Record<'_>)) -> bool {
        let is_end = |next: Offset| span.until.is_some_and(|until| next >= until);
        match entry {
            QueueEntry::Record(record) if is_end(record.offset) => self.reach(span, record.offset),
            QueueEntry::Record(record) => {
                visit(record);
                self.reach(span, Offset(record.offset.0 + 1));
                return true;
            }
            QueueEntry::End(offset) => self.reach(span, offset),
            QueueEntry::Error(code, why) => {
                self.error = Some((code, String::from_utf8_lossy(why.unwrap_or_default()).into_owned()));
            }
        }
        false
    }

    /// Notes that nothing before `next` is still to come, as far as the span goes.
    #[inline]
    fn reach(&mut self, span: &Span, next: Offset) {
        let next = span.until.map_or(next, |until| {
            self.ended |= next >= until;
            next.min(until)
        });
        self.next = self.next.max(Some(next));
    }
}

/// A record that came to the consumer's own queue.
fn early<'a>(message: &'a BorrowedMessage<'_>, headers: &'a MessageHeaders<'_>) -> QueueEntry<'a> {
    QueueEntry::Record(Record {
        partition: Partition(message.partition()),
        offset: Offset(message.offset()),
        timestamp_ms: message.timestamp().to_millis(),
        key: message.key(),
        payload: message.payload(),
        headers: Headers::of(headers),
    })
}

fn refused(error: KafkaError) -> Fault {
    Fault::new(Domain::Log, error)
}

#[cfg(test)]
mod tests;
