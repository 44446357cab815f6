//! The bare way: what has come is added up and written in one bulk of upserts, and then the same again. No guard, no
//! checkpoint, and what has been added up is lost with the process.

use std::collections::HashMap;
use std::process::Command;
use std::time::Duration;

use mare_bench_support::running::Running;
use mare_bench_support::servers;
use mare_source::kafka::READING;
use mare_test_support::kafka::Topic;
use mongodb::bson::{Document, doc};
use mongodb::sync::{Client, Database};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Message, Offset, TopicPartitionList};
use serde::Deserialize;

use crate::documents::COLLECTION;
use crate::stream::observer::{DATABASE, Place};
use crate::stream::timed::{Measured, watch};
use crate::stream::{PARTITIONS, Stream};

/// Tells the process that shall be the bare way where: brokers, topic and the server's uri.
const TOLD: &str = "MARE_BENCH_BARE_FRESHNESS";
/// What it prints when it reads.
const READY: &str = "reading";

/// What is read of a sale.
#[derive(Deserialize)]
struct Sale {
    categoria: String,
    valor: f64,
    timestamp: String,
}

/// Runs the bare way while sales are produced to a topic of its own.
pub fn run(stream: &Stream) -> Measured {
    let topic = Topic::create(&stream.mare.brokers, "mare-bench-bare", PARTITIONS as i32);
    let place = Place::MongoDb;
    place.clear();
    let mut command = Command::new(std::env::current_exe().expect("this program's path"));
    command.env(TOLD, format!("{} {} {}", stream.mare.brokers, topic.name, servers::mongodb()));
    let mut running = Running::start(command, READY);
    let mut observer = place.observer("".as_ref(), &mut running);
    let measured = watch(stream, &topic.name, &running, &mut observer);
    drop(running); // it would go on for ever
    place.clear();
    topic.delete();
    measured
}

/// If this process shall be the bare way, goes it until it is killed.
pub fn told() -> bool {
    let Ok(told) = std::env::var(TOLD) else { return false };
    let words: Vec<&str> = told.split(' ').collect();
    let [brokers, topic, uri] = words[..] else { panic!("{TOLD}={told:?}") };
    let consumer = reader(brokers, topic);
    let database = Client::with_uri_str(uri).expect("a uri").database(DATABASE);
    eprintln!("{READY}");
    let mut totals = HashMap::new();
    loop {
        let mut changed = Vec::new();
        let mut wait = Duration::from_secs(1);
        while let Some(record) = consumer.poll(wait) {
            changed.extend(record.ok().and_then(|record| fold(&mut totals, record.payload()?)));
            wait = Duration::ZERO;
        }
        changed.sort_unstable();
        changed.dedup();
        if !changed.is_empty() {
            write(&database, changed.iter().map(|id| upsert(id, totals[id])).collect());
        }
    }
}

/// A client that reads all partitions from their beginning.
fn reader(brokers: &str, topic: &str) -> BaseConsumer {
    let mut config = ClientConfig::new();
    config.extend(READING.iter().map(|(key, value)| (key.to_string(), value.to_string())));
    config.set("bootstrap.servers", brokers).set("group.id", "mare-bench-bare");
    let consumer: BaseConsumer = config.create().expect("a consumer");
    let mut assignment = TopicPartitionList::new();
    for partition in 0..PARTITIONS as i32 {
        assignment.add_partition_offset(topic, partition, Offset::Offset(0)).expect("a place");
    }
    consumer.assign(&assignment).expect("an assignment");
    consumer
}

/// A window and a category.
type Id = (String, String);

/// Adds a sale to its total, and returns which that is.
fn fold(totals: &mut HashMap<Id, (f64, i64)>, payload: &[u8]) -> Option<Id> {
    let sale: Sale = serde_json::from_slice(payload).ok()?;
    let id = (sale.timestamp.get(.."2025-11-28T12:00".len())?.to_owned(), sale.categoria);
    let (sum, count) = totals.entry(id.clone()).or_insert((0.0, 0));
    *sum += sale.valor;
    *count += 1;
    Some(id)
}

fn upsert((window, category): &Id, (sum, count): (f64, i64)) -> Document {
    let total = doc! {
        "janela_inicio": window, "categoria": category, "faturamento_total": sum, "volume_vendas": count
    };
    doc! { "q": { "_id": format!("{category}|{window}") }, "u": { "$set": total }, "upsert": true }
}

/// One bulk, as durable as those of Maré.
fn write(database: &Database, updates: Vec<Document>) {
    let durable = doc! { "w": "majority", "j": true };
    let command = doc! { "update": COLLECTION, "updates": updates, "ordered": false, "writeConcern": durable };
    let answer = database.run_command(command).run().expect("the server takes them");
    assert!(!answer.contains_key("writeErrors"), "{answer}");
}
