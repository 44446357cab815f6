//! The servers that pages are told at, and what stands for the addresses in them.

use std::collections::BTreeMap;
use std::time::Duration;

use mongodb::sync::Client;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::support::kafka::Kafka;
use crate::support::mongodb::MongoDb;
use crate::support::{ports, wait};

/// The largest `--count`.
const COUNT_MAX: u64 = 6_000;
/// How long a server may take for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// The ports of this machine that pages name.
const PORTS: [&str; 5] = ["4040", "4041", "4042", "4999", "2101"];

/// A broker and a database of their own: pages call topics and databases by fixed names.
pub struct World {
    kafka: Kafka,
    mongodb: MongoDb,
    /// What stands for which port.
    ports: BTreeMap<&'static str, u16>,
}

impl World {
    /// Starts the servers.
    pub fn start() -> World {
        let ports = PORTS.map(|port| (port, ports::free()));
        World { kafka: Kafka::start(), mongodb: MongoDb::start(), ports: ports.into() }
    }

    /// What a shell is told of the servers.
    pub fn environment(&self) -> Vec<(String, String)> {
        let own = [("KAFKA_BROKERS", self.kafka.brokers()), ("MONGODB_URI", self.mongodb.uri())];
        own.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// A command as it is typed here.
    pub fn told(&self, command: &str) -> String {
        let address = self.mongodb.address();
        let mut told = command.replace("localhost:9092", &self.kafka.brokers());
        for cargo in ["cargo run --release -- ", "cargo run -- "] {
            told = told.replace(cargo, "mare ");
        }
        for uri in ["root:root@localhost:27017", "root:root@127.0.0.1:27017", "localhost:27017"] {
            told = told.replace(uri, &address.to_string());
        }
        for (port, free) in &self.ports {
            told = told
                .replace(&format!(":{port}"), &format!(":{free}"))
                .replace(&format!(" {port}"), &format!(" {free}"));
        }
        smaller(&told)
    }

    /// Leaves nothing of the last page.
    pub fn clean(&self) {
        let client = Client::with_uri_str(self.mongodb.uri()).expect("a client");
        let names = client.list_database_names().run().expect("databases");
        for name in names.iter().filter(|name| !["admin", "config", "local"].contains(&name.as_str())) {
            client.database(name).drop().run().expect("dropped");
        }
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.kafka.brokers());
        let consumer: BaseConsumer = config.create().expect("a client");
        let names = topics(&consumer);
        let all: Vec<&str> = names.iter().map(String::as_str).collect();
        if !all.is_empty() {
            let admin: AdminClient<DefaultClientContext> = config.create().expect("an admin client");
            let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
            pollster::block_on(admin.delete_topics(&all, &options)).expect("deleted");
        }
        wait::until(PATIENCE, "no topic", || match topics(&consumer) {
            left if left.is_empty() => Ok(()),
            left => Err(format!("{left:?}")),
        });
    }
}

fn topics(consumer: &BaseConsumer) -> Vec<String> {
    let metadata = consumer.fetch_metadata(None, PATIENCE).expect("an answer");
    let names = metadata.topics().iter().map(|topic| topic.name().to_owned());
    names.filter(|name| !name.starts_with("__")).collect()
}

/// The same with as many records as are needed to see that it works.
fn smaller(command: &str) -> String {
    let mut pieces = command.split("--count ");
    let mut smaller = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let digits = piece.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(piece.len());
        let (count, rest) = piece.split_at(digits);
        let count = count.parse::<u64>().map_or_else(|_| count.to_owned(), |count| count.min(COUNT_MAX).to_string());
        smaller = format!("{smaller}--count {count}{rest}");
    }
    smaller
}
