//! The embedded broker: librdkafka's mock cluster, which speaks Kafka's protocol on a socket of this machine.

use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;

use crate::cli::Failure;

/// How many partitions the topic has.
pub const PARTITIONS: u64 = 3;
/// How many records of a partition may wait to be read.
///
/// The broker keeps 5 MiB a partition and drops what is older without a word. A sale is about 130 bytes, and at worst a
/// batch of its own with 80 more: so many sales are less than half of that, and a rate of 300,000 a second still flows.
pub const BACKLOG_RECORDS: u64 = 10_000;

/// How the clients should talk to this broker, as properties of a producer and of a consumer.
///
/// For each fetch it walks along all the batches that it keeps, so it is asked seldom and given few, large ones. At 500
/// sales a second single records and a fetch every 10 ms would keep half a processor busy with that after a minute and
/// a half.
pub const PRODUCER: (&str, &str) = ("linger.ms", "50");
/// See [`PRODUCER`].
pub const CONSUMER: (&str, &str) = ("fetch.wait.max.ms", "50");

/// A broker inside this process; it ends with this value, and its records with it.
pub struct Broker {
    cluster: MockCluster<'static, DefaultProducerContext>,
}

impl Broker {
    /// Starts the broker, with an empty topic of [`PARTITIONS`].
    ///
    /// # Errors
    /// If no socket can be opened.
    pub fn start(topic: &str) -> Result<Self, Failure> {
        let failed = |error| Failure::new(format!("cannot start the embedded broker: {error}"));
        let cluster = MockCluster::new(1).map_err(failed)?;
        cluster.create_topic(topic, PARTITIONS as i32, 1).map_err(failed)?;
        Ok(Broker { cluster })
    }

    /// Where the broker listens.
    #[must_use]
    pub fn address(&self) -> String {
        self.cluster.bootstrap_servers()
    }
}
