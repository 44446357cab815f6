//! Readers of librdkafka's own broker in memory.

use std::sync::mpsc::{self, Receiver};
use std::time::Instant;

use rdkafka::ClientConfig;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer as _};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use super::*;
use crate::{OnDataLoss, StartAt};

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
    let consumer = client::reader(&source, "test", Arc::clone(&log.health)).expect("a consumer");
    log.assign(consumer, &[span], &waker).expect("assigned");
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

#[test]
fn a_log_closes_at_once_although_its_user_may_not_use_the_group() {
    let cluster = broker();
    let refused = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED; 1_000];
    cluster.request_errors(RDKafkaApiKey::FindCoordinator, &refused);
    let (mut log, woken) = split_late(&cluster, Some(RECORDS));
    read(&mut log, &woken, |log, _| log.open().is_empty());
    let (health, begin) = (Arc::clone(&log.health), Instant::now());
    drop(log);
    health.wait_for_closing();
    assert!(begin.elapsed() < PATIENCE / 3, "it took {:?} to close", begin.elapsed());
}

#[test]
fn an_end_tells_where_reading_goes_on() {
    let cluster = broker();
    for until in [None, Some(RECORDS), Some(40)] {
        let (mut log, woken) = split_late(&cluster, until);
        let end = until.unwrap_or(RECORDS);
        let mut next = Offset(0);
        read(&mut log, &woken, |_, offsets| offsets.len() as i64 == end);
        log.reached(&mut |reached| next = next.max(reached.next));
        assert_eq!(next, Offset(end), "{until:?}");
    }
}

#[test]
fn nothing_of_a_partition_lies_behind_where_reading_goes_on() {
    let record = |offset| {
        QueueEntry::Record(Record { partition: Partition(0), offset: Offset(offset), ..Record::of_payload(None) })
    };
    let span = |until: Option<i64>| Span {
        partition: Partition(0),
        first: Offset(0),
        start: Offset(0),
        until: until.map(Offset),
    };
    let reads = |until, entries: &[QueueEntry<'_>]| {
        let (mut read, mut visited) = (QueueRead::default(), 0);
        for entry in entries {
            read.take(&span(until), *entry, &mut |_| visited += 1);
        }
        (visited, read.next.map(|next| next.0), read.ended)
    };
    let transaction = [record(0), record(4), QueueEntry::End(Offset(12))];
    assert_eq!(reads(None, &transaction), (2, Some(12), false), "marks and aborted records lie before the end");
    assert_eq!(reads(Some(12), &transaction), (2, Some(12), true));
    assert_eq!(
        reads(Some(8), &transaction),
        (2, Some(8), true),
        "what came behind the end of the span was not visited"
    );
    assert_eq!(reads(Some(3), &transaction), (1, Some(3), true));
    assert_eq!(reads(Some(12), &transaction[..2]), (2, Some(5), false), "the end is still to come");
    assert_eq!(reads(None, &[]), (0, None, false));
}
