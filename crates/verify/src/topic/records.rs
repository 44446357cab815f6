//! The records of some spans of a topic, in batches.
//!
//! # No record of a span is passed over
//! 1. An assignment makes the client fetch at once, into the consumer's own queue, until the queue of a partition is
//!    split off. Both that and what a fetch brings are put in under one lock, so what came to the consumer's queue lies
//!    before all that comes to the partition's. It is read first, each time to the last.
//! 2. A queue has the records of a partition in the order of their offsets. So with the first at or behind its last
//!    offset a span is read; or when the client says that the partition is at its end, for the last offsets may hold no
//!    record: marks of transactions, or what compaction took away.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Message, Offset, TopicPartitionList};

use super::{Context, PATIENCE, RawRecord, RawSpan, failed, unread};
use crate::VerifyError;
use mare_model::header::Headers;
use mare_model::position::Partition;
use mare_model::record::{Record, Waker};
use mare_raw::headers::MessageHeaders;
use mare_raw::queue::{Queue, QueueEntry, events};

/// How long to wait for records until the client's own news are looked at.
const POLL: Duration = Duration::from_millis(200);

/// What is done with each record, which may break off.
pub(super) type Visit<'v> = dyn FnMut(&RawRecord<'_>) -> ControlFlow<()> + 'v;

/// Spans that are being read.
pub(super) struct SpanReader<'a> {
    topic: &'a str,
    open: Vec<(OpenSpan, Queue<Context>)>,
    consumer: Arc<BaseConsumer<Context>>,
    /// Told when a queue has something again.
    woken: Receiver<()>,
}

/// A span that is being read.
struct OpenSpan {
    partition: i32,
    /// Behind its last offset.
    end: i64,
    /// Whether all of it is read.
    is_read: bool,
}

impl<'a> SpanReader<'a> {
    /// Has `consumer` read those `spans` of `topic` that are not empty.
    ///
    /// # Errors
    /// If the client refuses the assignment.
    pub fn new(
        topic: &'a str,
        consumer: BaseConsumer<Context>,
        spans: &BTreeMap<i32, RawSpan>,
    ) -> Result<SpanReader<'a>, VerifyError> {
        let spans = spans.iter().filter(|(_, span)| span.start < span.end);
        let mut list = TopicPartitionList::new();
        for (partition, span) in spans.clone() {
            let place = list.add_partition_offset(topic, *partition, Offset::Offset(span.start));
            place.map_err(|error| unread(topic, *partition, &error))?;
        }
        consumer.assign(&list).map_err(|error| failed(format!("topic {topic}: {error}")))?;
        let (consumer, (wake, woken)) = (Arc::new(consumer), mpsc::sync_channel(1));
        let waker: Waker = Arc::new(move || {
            let _one_waits_already = wake.try_send(());
        });
        let split = |(partition, span): (&i32, &RawSpan)| {
            let queue = Queue::split(Arc::clone(&consumer), topic, Partition(*partition), Arc::clone(&waker));
            let queue =
                queue.ok_or_else(|| failed(format!("topic {topic}: the client has no partition {partition}")))?;
            Ok((OpenSpan { partition: *partition, end: span.end, is_read: false }, queue))
        };
        let open = spans.map(split).collect::<Result<_, VerifyError>>()?;
        Ok(SpanReader { topic, open, consumer, woken })
    }

    /// Hands every record to `visit`, those of a partition in their order, until it breaks off.
    ///
    /// # Errors
    /// [`VerifyError::Topic`] if they cannot be read to the end, [`VerifyError::BrokenOff`] if they were not.
    pub fn read(mut self, visit: &mut Visit<'_>) -> Result<(), VerifyError> {
        let mut heard = Instant::now();
        while !self.open.is_empty() {
            if self.serve(visit)? + self.batches(visit)? > 0 {
                heard = Instant::now();
            } else if heard.elapsed() > PATIENCE {
                let topic = self.topic;
                return Err(failed(format!("topic {topic}: the brokers send nothing more, and there is more")));
            } else {
                let _woken_or_not = self.woken.recv_timeout(POLL);
            }
            self.open.retain(|(span, _)| !span.is_read);
        }
        Ok(())
    }

    /// Reads the consumer's own queue to the last; how many records and ends it had.
    fn serve(&mut self, visit: &mut Visit<'_>) -> Result<usize, VerifyError> {
        let mut read = 0;
        while events(&self.consumer) > 0 {
            match self.consumer.poll(Duration::ZERO) {
                Some(Ok(message)) => {
                    let headers = MessageHeaders::of(&message);
                    let record = RawRecord {
                        partition: message.partition(),
                        offset: message.offset(),
                        timestamp_ms: message.timestamp().to_millis(),
                        key: message.key(),
                        payload: message.payload(),
                        headers: Headers::of(&headers),
                    };
                    read += 1;
                    let mut spans = self.open.iter_mut().map(|(span, _)| span);
                    let span = spans.find(|span| span.partition == record.partition);
                    span.map_or(Ok(()), |span| span.take(&record, visit))?;
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    read += 1;
                    let spans = self.open.iter_mut().map(|(span, _)| span);
                    spans.filter(|span| span.partition == partition).for_each(|span| span.is_read = true);
                }
                Some(Err(error)) => judge(self.topic, self.consumer.context(), &error)?,
                None => {}
            }
        }
        Ok(read)
    }

    /// Reads a batch of each partition; how many records and ends they had.
    fn batches(&mut self, visit: &mut Visit<'_>) -> Result<usize, VerifyError> {
        let (topic, context) = (self.topic, self.consumer.context());
        let (mut read, mut outcome) = (0, Ok(()));
        for (span, queue) in &mut self.open {
            queue.read(|entry| {
                read += usize::from(!matches!(entry, QueueEntry::Error(..)));
                match entry {
                    _ if outcome.is_err() => {}
                    QueueEntry::Record(record) => outcome = span.take(&raw(&record), visit),
                    QueueEntry::End(_) => span.is_read = true,
                    QueueEntry::Error(code, _) => {
                        outcome = judge(topic, context, &KafkaError::MessageConsumption(code));
                    }
                }
                false
            });
        }
        outcome.map(|()| read)
    }
}

impl OpenSpan {
    /// Hands the next record of the partition to `visit`, if the span holds it.
    fn take(&mut self, record: &RawRecord<'_>, visit: &mut Visit<'_>) -> Result<(), VerifyError> {
        if !self.is_read && record.offset < self.end && visit(record).is_break() {
            return Err(VerifyError::BrokenOff);
        }
        self.is_read |= record.offset + 1 >= self.end;
        Ok(())
    }
}

/// A record of a batch.
fn raw<'a>(record: &Record<'a>) -> RawRecord<'a> {
    let Record { partition, offset, timestamp_ms, key, payload, headers } = *record;
    RawRecord { partition: partition.0, offset: offset.0, timestamp_ms, key, payload, headers }
}

/// Tells errors that somebody has to mend from those that the client gets over by itself.
fn judge(topic: &str, context: &Context, error: &KafkaError) -> Result<(), VerifyError> {
    let remedy = match error.rdkafka_error_code() {
        Some(RDKafkaErrorCode::OffsetOutOfRange | RDKafkaErrorCode::AutoOffsetReset) => {
            "records were deleted while they were read; start again"
        }
        Some(RDKafkaErrorCode::TopicAuthorizationFailed) => "grant this user Read on the topic",
        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => "the topic is gone",
        _ if context.refused().is_some() => "check the credentials under [source.kafka] properties",
        _ => return Ok(()),
    };
    Err(failed(format!("topic {topic}: {error}: {remedy}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The offsets that are visited of these, of a span that ends at `end`, until `broken_at`; and whether it is read.
    fn visited(end: i64, offsets: &[i64], broken_at: i64) -> (Vec<i64>, bool) {
        let (mut span, mut visited) = (OpenSpan { partition: 0, end, is_read: false }, Vec::new());
        for offset in offsets {
            let record = RawRecord {
                partition: 0,
                offset: *offset,
                timestamp_ms: None,
                key: None,
                payload: None,
                headers: Headers::NONE,
            };
            let taken = span.take(&record, &mut |record| {
                visited.push(record.offset);
                if record.offset == broken_at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            if taken.is_err() {
                break;
            }
        }
        (visited, span.is_read)
    }

    #[test]
    fn a_span_is_read_to_its_end_and_no_further() {
        assert_eq!(visited(3, &[0, 1], -1), (vec![0, 1], false));
        assert_eq!(visited(3, &[0, 1, 2], -1), (vec![0, 1, 2], true));
        assert_eq!(visited(3, &[0, 1, 2, 3, 4], -1), (vec![0, 1, 2], true));
        assert_eq!(visited(3, &[0, 5, 1], -1), (vec![0], true), "marks of transactions stood before the end");
        assert_eq!(visited(3, &[0, 1, 2], 1), (vec![0, 1], false), "who breaks off sees no more");
    }
}
