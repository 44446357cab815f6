//! The client's properties.

use rdkafka::ClientConfig;

use super::Rate;
use crate::kafka_client::ClientOptions;

/// From this rate on, in records a second, a batch waits longer for more records: it is then as full as it can be.
const BATCHING_RATE: f64 = 10_000.0;

/// How batches are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Codec {
    /// DEFLATE; every client reads it
    #[default]
    Gzip,
    /// Not at all
    None,
    /// Snappy
    Snappy,
    /// LZ4
    Lz4,
    /// Zstandard
    Zstd,
}

impl Codec {
    /// The value of `compression.codec`.
    fn name(self) -> &'static str {
        match self {
            Codec::Gzip => "gzip",
            Codec::None => "none",
            Codec::Snappy => "snappy",
            Codec::Lz4 => "lz4",
            Codec::Zstd => "zstd",
        }
    }

    /// The level that is used unless the user names one; the codec's own where there is none.
    ///
    /// Level 1 of gzip nearly halves the processor time of a flat-out producer against gzip's own default, 6, and sales
    /// shrink to 44 bytes instead of 40.
    fn level(self) -> Option<u8> {
        (self == Codec::Gzip).then_some(1)
    }
}

/// How records are packed.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Tuning {
    /// How batches are compressed
    #[arg(long, value_enum, default_value = "gzip")]
    pub compression: Codec,
    /// How hard: gzip 1 to 9, lz4 1 to 12, zstd 1 to 22; 1 for gzip if it is not given, else the codec's own default
    #[arg(long, value_name = "LEVEL")]
    pub compression_level: Option<u8>,
}

impl Tuning {
    /// The configuration of a producing client that shall reach `rate`.
    ///
    /// Every record is acknowledged by all replicas in sync and written once and in order (`enable.idempotence`), is
    /// tried until it is delivered however long the broker is away, and the queue has a bound: the producer waits when
    /// it is full. Idempotence costs about a third of the flat-out rate, and is worth it: without it a retry may change
    /// the order.
    #[must_use]
    pub fn client_config(&self, kafka: &ClientOptions, rate: Rate) -> ClientConfig {
        let flood = rate.per_second().is_none_or(|rate| rate >= BATCHING_RATE);
        let mut properties = vec![
            ("client.id", "mare-produce".to_owned()),
            ("acks", "all".to_owned()),
            ("enable.idempotence", "true".to_owned()),
            ("message.timeout.ms", "0".to_owned()),
            ("allow.auto.create.topics", "false".to_owned()),
            ("queue.buffering.max.messages", "200000".to_owned()),
            ("queue.buffering.max.kbytes", "65536".to_owned()),
            ("message.max.bytes", "1048576".to_owned()),
            // Several batches in flight keep the client and the broker busy at once.
            ("batch.size", "262144".to_owned()),
            ("linger.ms", if flood { "50" } else { "1" }.to_owned()),
            ("socket.nagle.disable", "true".to_owned()),
            ("reconnect.backoff.max.ms", "1000".to_owned()),
            ("compression.codec", self.compression.name().to_owned()),
        ];
        if let Some(level) = self.compression_level.or(self.compression.level()) {
            properties.push(("compression.level", level.to_string()));
        }
        kafka.client_config(&properties)
    }
}
