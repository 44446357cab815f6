//! One thread with a client of its own and some of the partitions.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::types::RDKafkaErrorCode;

use super::ProduceJob;
use super::delivery::Deliveries;
use super::maker::{NO_RECORD, RecordMaker};
use super::schedule::Schedule;
use crate::cli::{Failure, Stop};
use crate::kafka_client::{missing_topic, refused_config};
use crate::sales::BaseTimes;
use crate::synthetic::SyntheticRecord;

/// After so many records sent in a row the thread looks after delivery reports.
const RECORDS_BETWEEN_POLLS: u32 = 512;
/// How long the thread waits for room in the client's full queue before it looks again.
const FULL_QUEUE_NAP: Duration = Duration::from_millis(5);
/// How long the thread naps before it asks again for a record that there was no room for.
const NO_ROOM_NAP: Duration = Duration::from_millis(2);
/// How long one look at the flushing lasts.
const FLUSH_STEP: Duration = Duration::from_millis(100);
/// How long after Ctrl-C a broker has to take what was already made.
const FLUSH_AFTER_STOP: Duration = Duration::from_secs(10);

/// What a thread makes.
pub(super) struct Product {
    /// Makes the records.
    pub maker: RecordMaker,
    /// Record `i` goes to partition `i mod partitions`.
    pub partitions: u64,
    /// Base times of the thread's records.
    pub times: BaseTimes,
}

/// One thread's work.
pub(super) struct ProducerThread<'a> {
    /// What all threads do.
    job: &'a ProduceJob,
    /// The thread's own client.
    client: BaseProducer<Deliveries>,
    /// What it makes.
    product: Product,
    /// When records are due.
    schedule: Schedule,
    /// Asks to finish.
    stop: &'a Stop,
    /// The record in hand; its memory is used again.
    record: SyntheticRecord,
    /// Records sent since the last look after delivery reports.
    since_poll: u32,
}

impl<'a> ProducerThread<'a> {
    /// A thread that counts in the tally of `deliveries`.
    ///
    /// # Errors
    /// If the client's configuration is refused.
    pub fn new(
        job: &'a ProduceJob,
        deliveries: Deliveries,
        product: Product,
        schedule: Schedule,
        stop: &'a Stop,
    ) -> Result<Self, Failure> {
        let client = client(&job.config, deliveries)?;
        Ok(ProducerThread { job, client, product, schedule, stop, record: NO_RECORD, since_poll: 0 })
    }

    /// Sends the records of `indices`, which increase, until they or the user end it; then waits for their delivery.
    ///
    /// # Errors
    /// If it is of no use to go on; what was sent until then is counted.
    pub fn run(mut self, indices: impl Iterator<Item = u64>) -> Result<(), Failure> {
        for index in indices {
            if !self.wait_until_due(index)? {
                break;
            }
            self.send(index)?;
        }
        self.flush()
    }

    /// Waits until record `index` is due; `false` if the user asked to finish.
    fn wait_until_due(&mut self, index: u64) -> Result<bool, Failure> {
        while !self.stop.is_asked() {
            let Some(nap) = self.nap(index) else { return Ok(true) };
            self.poll()?;
            std::thread::sleep(nap);
        }
        Ok(false)
    }

    /// How long to nap before looking again whether record `index` may be sent; `None` if it may.
    fn nap(&self, index: u64) -> Option<Duration> {
        let room = self.job.room.as_ref().is_none_or(|room| room(index));
        self.schedule.nap(index).or((!room).then_some(NO_ROOM_NAP))
    }

    /// Makes record `index` and hands it to the client, waiting for room in its queue.
    fn send(&mut self, index: u64) -> Result<(), Failure> {
        let Product { maker, partitions, times } = &mut self.product;
        if matches!(times, BaseTimes::Wall(_)) {
            times.stamp(index, Timestamp::now());
        }
        maker.make(index, times, &mut self.record);
        let partition = i32::try_from(index % (*partitions).max(1)).unwrap_or(i32::MAX);
        let stamp = self.job.stamped.then(|| times.before(index, 0).as_millisecond());
        let stamp = self.record.timestamp_ms.or(stamp);
        loop {
            match self.try_send(partition, stamp) {
                Ok(()) => break,
                Err(RDKafkaErrorCode::QueueFull) if self.stop.is_asked() => break,
                Err(RDKafkaErrorCode::QueueFull) => self.wait_for_room()?,
                Err(RDKafkaErrorCode::MessageSizeTooLarge) => {
                    self.client.context().failed(1, RDKafkaErrorCode::MessageSizeTooLarge);
                    break;
                }
                Err(code) => return Err(self.no_send(code)),
            }
        }
        self.since_poll += 1;
        if self.since_poll >= RECORDS_BETWEEN_POLLS { self.poll() } else { Ok(()) }
    }

    /// Hands the record in hand to the client once, with `stamp` for its timestamp instead of the wall clock if there
    /// is one.
    fn try_send(&self, partition: i32, stamp: Option<i64>) -> Result<(), RDKafkaErrorCode> {
        let SyntheticRecord { kind, key, headers, payload, .. } = &self.record;
        let sent =
            BaseRecord::<'_, [u8], [u8], usize>::with_opaque_to(&self.job.topic, kind.code()).partition(partition);
        let record = BaseRecord {
            timestamp: stamp,
            key: key.as_ref().map(|key| key.as_bytes()),
            headers: owned_headers(headers),
            payload: kind.has_payload().then_some(&**payload),
            ..sent
        };
        match self.client.send(record) {
            Ok(()) => Ok(()),
            Err((error, _)) => Err(error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail)),
        }
    }

    /// Looks after delivery reports while the queue is full.
    fn wait_for_room(&mut self) -> Result<(), Failure> {
        self.client.poll(FULL_QUEUE_NAP);
        self.poll()
    }

    /// Looks after delivery reports and errors.
    fn poll(&mut self) -> Result<(), Failure> {
        self.since_poll = 0;
        let mut waiting = i32::MAX;
        // One call serves one event, which is one batch at most.
        while self.client.in_flight_count() < waiting {
            waiting = self.client.in_flight_count();
            self.client.poll(Duration::ZERO);
        }
        match self.client.context().link.refusal() {
            Some(refusal) => Err(refusal),
            None => Ok(()),
        }
    }

    /// Waits until everything is delivered: for ever, but not for long after Ctrl-C.
    fn flush(mut self) -> Result<(), Failure> {
        let mut deadline = None;
        while let Err(error) = self.client.flush(FLUSH_STEP) {
            if error != KafkaError::Flush(RDKafkaErrorCode::OperationTimedOut) {
                return Err(Failure::new(format!("cannot flush: {error}")));
            }
            self.poll()?;
            if self.stop.is_asked()
                && Instant::now() > *deadline.get_or_insert_with(|| Instant::now() + FLUSH_AFTER_STOP)
            {
                break;
            }
        }
        let rest = u64::try_from(self.client.in_flight_count()).unwrap_or(0);
        let deliveries = self.client.context();
        deliveries.failed(rest, deliveries.link.reason("not acknowledged in time"));
        Ok(())
    }

    /// Why records cannot be sent.
    fn no_send(&self, code: RDKafkaErrorCode) -> Failure {
        let brokers = self.job.config.get("bootstrap.servers").unwrap_or_default();
        match code {
            RDKafkaErrorCode::UnknownTopic | RDKafkaErrorCode::UnknownPartition => {
                missing_topic(&self.job.topic, brokers)
            }
            code => Failure::new(format!("cannot send to {}: {code}", self.job.topic)),
        }
    }
}

/// Headers as the client takes them.
fn owned_headers(headers: &[(String, Option<String>)]) -> Option<OwnedHeaders> {
    let header = |all: OwnedHeaders, (key, value): &(String, Option<String>)| {
        all.insert(Header { key: key.as_str(), value: value.as_deref() })
    };
    (!headers.is_empty()).then(|| headers.iter().fold(OwnedHeaders::new(), header))
}

/// The thread's own client.
fn client(config: &ClientConfig, deliveries: Deliveries) -> Result<BaseProducer<Deliveries>, Failure> {
    config.create_with_context(deliveries).map_err(|error| refused_config(&error, config))
}

/// The records of thread `thread` of `threads`: those of the partitions that leave `thread` when divided by `threads`,
/// in order.
pub(super) fn indices(thread: u64, threads: u64, partitions: u64, count: Option<u64>) -> impl Iterator<Item = u64> {
    let step = usize::try_from(threads.max(1)).unwrap_or(usize::MAX);
    (0..u64::MAX / partitions.max(1))
        .flat_map(move |round| (thread..partitions).step_by(step).map(move |partition| round * partitions + partition))
        .take_while(move |index| count.is_none_or(|count| *index < count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_share_all_records_and_keep_the_partitions() {
        for threads in 1..=5 {
            let mut all: Vec<u64> = Vec::new();
            for thread in 0..threads {
                let mine: Vec<u64> = indices(thread, threads, 5, Some(103)).collect();
                assert!(mine.is_sorted(), "{threads} threads: {mine:?}");
                assert!(mine.iter().all(|index| index % 5 % threads == thread), "{threads} threads: {mine:?}");
                all.extend(mine);
            }
            all.sort_unstable();
            assert_eq!(all, (0..103).collect::<Vec<_>>(), "{threads} threads");
        }
    }
}
