//! The brokers of the topic that is read.

use std::time::Duration;

use tracing::{info, trace, warn};

use mare_metrics::events::InternalEvent;
use mare_metrics::list;
use mare_model::position::Partition;

/// The target of their log lines.
const TARGET: &str = "mare::metrics::events::kafka";

/// No broker answers.
#[derive(Debug)]
pub struct KafkaLost<'a> {
    /// Where they are.
    pub brokers: &'a str,
    /// The client's reason.
    pub reason: &'a str,
}

impl InternalEvent for KafkaLost<'_> {
    fn emit(self) {
        let KafkaLost { brokers, reason } = self;
        warn!(
            target: TARGET,
            server = brokers,
            cause = reason,
            "Kafka does not answer at {brokers}, trying again until it does: {reason}"
        );
        list::KAFKA_OUTAGES.add(&[], 1);
    }
}

/// A broker answers again.
#[derive(Debug)]
pub struct KafkaBack {
    /// How long none has.
    pub after: Duration,
}

impl InternalEvent for KafkaBack {
    fn emit(self) {
        let away_s = self.after.as_secs_f64();
        info!(target: TARGET, away_s, "Kafka is back after {away_s:.1} s");
    }
}

/// What a client has fetched of a partition since it last said so, every few seconds.
#[derive(Debug, PartialEq, Eq)]
pub struct Received {
    /// The partition.
    pub partition: Partition,
    /// Records since the last time.
    pub records: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Records that wait to be read.
    pub queue: u64,
    /// Their bytes.
    pub queue_bytes: u64,
}

impl InternalEvent for Received {
    fn emit(self) {
        let Received { partition, records, bytes, queue, queue_bytes } = self;
        trace!(
            target: TARGET,
            partition = partition.0,
            records,
            bytes,
            queue_records = queue,
            queue_bytes,
            "received {records} records of partition {partition}, {bytes} bytes; {queue} wait to be read"
        );
        list::KAFKA_RECEIVED.add(&[&partition], records);
        list::KAFKA_RECEIVED_BYTES.add(&[&partition], bytes);
        list::KAFKA_QUEUE.set(&[&partition], queue as f64);
        list::KAFKA_QUEUE_BYTES.set(&[&partition], queue_bytes as f64);
    }
}

/// How fast a broker has answered a client, over its last few seconds.
#[derive(Debug, PartialEq, Eq)]
pub struct Answered {
    /// The broker's id.
    pub broker: i32,
    /// Mean time from a request to its answer.
    pub round_trip: Duration,
}

impl InternalEvent for Answered {
    fn emit(self) {
        let Answered { broker, round_trip } = self;
        trace!(target: TARGET, broker, round_trip_s = round_trip.as_secs_f64(), "broker {broker} answers in {round_trip:.1?}");
        list::KAFKA_ROUND_TRIP.set(&[&broker], round_trip.as_secs_f64());
    }
}
