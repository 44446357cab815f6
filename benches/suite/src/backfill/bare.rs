//! The bare client: librdkafka reads the topic, a thread with a consumer for each partition, and does nothing else.
#![allow(unsafe_code)] // what it measures is the bare library

use std::ffi::CString;
use std::process::Command;
use std::thread;
use std::time::Duration;

use mare_source::kafka::READING;
use rdkafka::bindings as sys;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};

/// Tells the process that shall be the bare client what to read: brokers, topic and number of partitions.
const TOLD: &str = "MARE_BENCH_BARE_BACKFILL";

/// This program, as the bare client of a topic.
pub fn command(brokers: &str, topic: &str, partitions: usize) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program's path"));
    command.env(TOLD, format!("{brokers} {topic} {partitions}"));
    command
}

/// If this process shall be the bare client, reads the topic and prints how many records that were; whether it was so.
pub fn told() -> bool {
    let Ok(told) = std::env::var(TOLD) else { return false };
    let words: Vec<&str> = told.split(' ').collect();
    let [brokers, topic, partitions] = words[..] else { panic!("{TOLD}={told:?}") };
    println!("{}", read(brokers, topic, partitions.parse().expect("a number of partitions")));
    true
}

/// How many records one call asks for.
const BATCH: usize = 4096;
/// How long one call waits for a record, in milliseconds.
const WAIT_MS: i32 = 100;

/// Reads every partition of `topic` to the end that it has now, each by a thread, and returns how many records that
/// were.
fn read(brokers: &str, topic: &str, partitions: i32) -> u64 {
    thread::scope(|scope| {
        let readers: Vec<_> =
            (0..partitions).map(|partition| scope.spawn(move || read_one(brokers, topic, partition))).collect();
        readers.into_iter().map(|reader| reader.join().expect("a reader that does not panic")).sum()
    })
}

/// Reads one partition: by absolute offsets, as Maré does, since a logical one costs half a second.
fn read_one(brokers: &str, topic: &str, partition: i32) -> u64 {
    let mut config = ClientConfig::new();
    config.extend(READING.iter().map(|(key, value)| (key.to_string(), value.to_string())));
    config.set("bootstrap.servers", brokers).set("group.id", "mare-bench-bare");
    let consumer: BaseConsumer = config.create().expect("a consumer");
    let (low, high) =
        consumer.fetch_watermarks(topic, partition, Duration::from_secs(10)).expect("the partition's ends");
    let mut assignment = TopicPartitionList::new();
    assignment.add_partition_offset(topic, partition, Offset::Offset(low)).expect("a place");
    consumer.assign(&assignment).expect("an assignment");
    let read = if low < high { drain(&consumer, topic, partition, high) } else { 0 };
    std::mem::forget(consumer); // the clock stops at the last record, not when the client has closed
    read
}

/// Takes records in batches, the fastest way that librdkafka has, until the one before offset `end`.
fn drain(consumer: &BaseConsumer, topic: &str, partition: i32, end: i64) -> u64 {
    let name = CString::new(topic).expect("a name without NUL");
    let mut messages = vec![std::ptr::null_mut(); BATCH];
    let (mut records, mut bytes, mut next) = (0, 0, 0);
    // SAFETY: the consumer outlives the queue; each message that the call returns is read, then destroyed, once.
    unsafe {
        let queue = sys::rd_kafka_queue_get_partition(consumer.client().native_ptr(), name.as_ptr(), partition);
        sys::rd_kafka_queue_forward(queue, std::ptr::null_mut());
        while next < end {
            let read = sys::rd_kafka_consume_batch_queue(queue, WAIT_MS, messages.as_mut_ptr(), BATCH);
            for message in &messages[..usize::try_from(read).unwrap_or(0)] {
                if (**message).err == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
                    records += 1;
                    bytes += (**message).len;
                    next = (**message).offset + 1;
                }
                sys::rd_kafka_message_destroy(*message);
            }
        }
        sys::rd_kafka_queue_destroy(queue);
    }
    std::hint::black_box(bytes);
    records
}
