//! Readers of librdkafka's own broker in memory.

use std::sync::mpsc::{self, Receiver};
use std::time::Instant;

use rdkafka::ClientConfig;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer as _};

use super::*;
use crate::dataflow::{OnDataLoss, StartAt};

/// How long a condition may take to come true before a test fails. No test passes by a shorter time.
const PATIENCE: Duration = Duration::from_secs(30);
const RECORDS: i64 = 100;

/// A broker with [`RECORDS`] records in the one partition of `sales`.
fn broker() -> MockCluster<'static, DefaultProducerContext> {
    let cluster = MockCluster::new(1).expect("a broker");
    cluster.create_topic("sales", 1, 1).expect("a topic");
    let producer: BaseProducer =
        ClientConfig::new().set("bootstrap.servers", cluster.bootstrap_servers()).create().expect("a producer");
    for number in 0..RECORDS {
        let number = number.to_string();
        producer.send(BaseRecord::<(), _>::to("sales").partition(0).payload(&number)).expect("room");
    }
    producer.flush(PATIENCE).expect("delivered");
    cluster
}

/// A log of the partition whose queue is split off only when its records have come already, and what wakes its reader.
fn split_late(cluster: &MockCluster<'static, DefaultProducerContext>, until: Option<i64>) -> (KafkaLog, Receiver<()>) {
    let brokers = cluster.bootstrap_servers();
    let (start, on_data_loss) = (StartAt::Earliest, OnDataLoss::Fail);
    let source = KafkaSource { brokers, topic: "sales".to_owned(), start, on_data_loss, properties: Vec::new() };
    let (wake, woken) = mpsc::channel();
    let waker: Waker = Arc::new(move || {
        let _ = wake.send(()); // the test may be over
    });
    let span = Span { partition: Partition(0), first: Offset(0), start: Offset(0), until: until.map(Offset) };
    let mut log = KafkaLog::closed(&source.topic, vec![span.partition], Arc::default());
    log.assign(&source, "test", &[span], &waker).expect("assigned");
    let begin = Instant::now();
    while events(log.consumer.as_ref().expect("a consumer")) < RECORDS as usize {
        assert!(begin.elapsed() < PATIENCE, "nothing came to the consumer's own queue");
        std::thread::yield_now();
    }
    log.split(&[span], &waker).expect("split");
    (log, woken)
}

/// Reads until `is_enough` says so of the offsets read.
fn read(log: &mut KafkaLog, woken: &Receiver<()>, is_enough: impl Fn(&KafkaLog, &[i64]) -> bool) -> Vec<i64> {
    let mut offsets = Vec::new();
    loop {
        log.poll(&mut |record| offsets.push(record.offset.0)).expect("readable");
        if is_enough(log, &offsets) {
            return offsets;
        }
        woken.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("nothing more came after {offsets:?}"));
    }
}

#[test]
fn records_that_come_before_the_queue_is_split_off_are_read_first() {
    let cluster = broker();
    let (mut log, woken) = split_late(&cluster, None);
    let offsets = read(&mut log, &woken, |_, offsets| offsets.len() as i64 >= RECORDS);
    assert_eq!(offsets, (0..RECORDS).collect::<Vec<_>>());
}

#[test]
fn a_span_ends_although_its_end_comes_before_the_queue_is_split_off() {
    for until in [RECORDS, 1] {
        let cluster = broker();
        let (mut log, woken) = split_late(&cluster, Some(until));
        let offsets = read(&mut log, &woken, |log, _| log.open().is_empty());
        assert_eq!(offsets, (0..until).collect::<Vec<_>>());
    }
}
