//! The raw records of a topic, by a consumer of its own ([`records`]): from where the dataflow starts to the end at the
//! time of asking.

mod records;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::{ClientContext, Offset, TopicPartitionList};
use tracing::debug;

use self::records::SpanReader;
use super::VerifyError;
use mare_dataflow::Plan;
use mare_model::extent::HeldBack;
use mare_model::fault::{Domain, Fault};
use mare_model::header::Headers;
use mare_model::position::{LogId, Partition, Positions};
use mare_source::kafka::{self, KafkaSource};
use mare_source::{Source, StartAt};

/// How long a broker may take to answer a question, and to send anything while there is more.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// How many records, and how many of their kilobytes, the client may have in the queues of all partitions before it
/// fetches no more.
const QUEUED_RECORDS: usize = 50_000;
const QUEUED_KB: usize = 65_536;
/// How many kilobytes of a partition it fetches at once, at most.
const FETCHED_KB: usize = 1_024;

/// A raw record.
#[derive(Clone, Copy, Debug)]
pub struct RawRecord<'a> {
    /// Its partition.
    pub partition: i32,
    /// Its offset there.
    pub offset: i64,
    /// Its own timestamp, in milliseconds since the Unix epoch, if it has one.
    pub timestamp_ms: Option<i64>,
    /// Its key, if it has one.
    pub key: Option<&'a [u8]>,
    /// Its payload; a tombstone has none.
    pub payload: Option<&'a [u8]>,
    /// Its headers.
    pub headers: Headers<'a>,
}

impl RawRecord<'_> {
    /// Its own timestamp, if that is a time of the calendar.
    #[must_use]
    pub fn own_ms(&self) -> Option<i64> {
        self.timestamp_ms.filter(|ms| *ms >= 0 && jiff::Timestamp::from_millisecond(*ms).is_ok())
    }
}

/// What there is to read of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawSpan {
    /// The first offset to read.
    pub start: i64,
    /// Behind the last.
    pub end: i64,
    /// Whether records are gone from before the first.
    pub is_cut: bool,
}

/// Keeps what the client says beside the records to itself, but for refused credentials.
#[derive(Default)]
struct Context(Mutex<Option<String>>);

impl Context {
    /// Why the credentials were refused, if they were.
    fn refused(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ConsumerContext for Context {}

impl ClientContext for Context {
    fn error(&self, error: KafkaError, reason: &str) {
        if kafka::cause::is_refused_login(&error, reason) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| reason.to_owned());
        }
        debug!("librdkafka: {error}: {reason}");
    }

    fn log(&self, _level: RDKafkaLogLevel, facility: &str, message: &str) {
        debug!("librdkafka: {facility}: {message}");
    }
}

/// A topic to be read.
pub struct RawTopic {
    /// Asks what there is to read.
    consumer: BaseConsumer<Context>,
    source: KafkaSource,
    dataflow: String,
    /// What there is to read, by partition.
    pub spans: BTreeMap<i32, RawSpan>,
    /// What open transactions keep from being read, as far as the brokers tell this user: nobody counts it, so nobody
    /// compares it.
    pub held: Vec<HeldBack>,
    /// Whether records are taken from between others, as far as the brokers tell this user.
    pub is_compacted: bool,
    /// What identifies it, as far as the brokers tell this user.
    pub id: LogId,
}

impl RawTopic {
    /// Asks what there is to read of the topic of `plan`, now. `begins` says where a run began to read, as far as a
    /// checkpoint knows. Whether it is compacted may take `patience` to hear: who hears nothing goes on without.
    ///
    /// # Errors
    /// [`VerifyError::Topic`] if the brokers do not answer, the topic is not there, or where the dataflow started to
    /// read cannot be known.
    pub fn open(plan: &Plan, begins: &Positions, patience: Duration) -> Result<RawTopic, VerifyError> {
        let Source::Kafka(source) = &plan.source;
        let (consumer, source, dataflow) = (inquirer(source, &plan.name)?, source.clone(), plan.name.clone());
        let (spans, held, id) = (BTreeMap::new(), Vec::new(), LogId::default());
        let mut topic = RawTopic { consumer, source, dataflow, spans, held, is_compacted: false, id };
        let partitions = topic.partitions(&topic.source.brokers)?;
        topic.is_compacted = is_compacted(&topic.source, patience);
        if let Ok(asked) = plan.source.survey(&plan.name, Arc::default()) {
            topic.id = asked.id().unwrap_or_default();
            topic.held = asked.held_back().unwrap_or_default();
        }
        for partition in partitions {
            let span = topic.span(partition, topic.source.start, begins)?;
            topic.spans.insert(partition, span);
        }
        Ok(topic)
    }

    fn partitions(&self, brokers: &str) -> Result<Vec<i32>, VerifyError> {
        let metadata = self.consumer.fetch_metadata(Some(&self.source.topic), PATIENCE).map_err(|error| match self
            .refused()
        {
            Some(reason) => {
                let what = format!("Kafka refused the credentials: {}", kafka::without_value(&reason));
                VerifyError::Topic(Fault::new(Domain::User, what).remedy("check them under [source.kafka] properties"))
            }
            None => {
                let what = format!("Kafka at {brokers} does not answer: {error}");
                VerifyError::Topic(Fault::new(Domain::Log, what).remedy("check source.kafka.brokers").later())
            }
        })?;
        let topic = metadata.topics().iter().find(|topic| topic.name() == self.source.topic && topic.error().is_none());
        let partitions: Vec<_> = topic.iter().flat_map(|topic| topic.partitions()).map(|each| each.id()).collect();
        if partitions.is_empty() {
            return Err(failed(format!("topic {} is not there, or this user may not describe it", self.source.topic)));
        }
        Ok(partitions)
    }

    /// Why the credentials were refused, if they were.
    fn refused(&self) -> Option<String> {
        while self.consumer.poll(Duration::ZERO).is_some() {} // lets the client tell
        self.consumer.context().refused()
    }

    /// From where a dataflow that starts at `start` reads the partition, and to where, now. Where it once began is
    /// better known to `begins`, and a partition that is not among others there came later, and is read whole.
    fn span(&self, partition: i32, start: StartAt, begins: &Positions) -> Result<RawSpan, VerifyError> {
        let (low, end) = self
            .consumer
            .fetch_watermarks(&self.source.topic, partition, PATIENCE)
            .map_err(|error| self.unread(partition, &error))?;
        if let Some(begin) = begins.get(&Partition(partition)).map(|begin| begin.0) {
            return Ok(RawSpan { start: begin.max(low).min(end), end, is_cut: low > begin });
        }
        let start = match start {
            StartAt::Earliest => low,
            StartAt::Latest if !begins.is_empty() => low,
            StartAt::Time(time) => self.offset_at(partition, time.0)?.unwrap_or(end).max(low),
            StartAt::Latest => {
                let what = "this dataflow reads what comes after its first start (source.kafka.start = \"latest\"), and nothing tells \
                            when that was";
                let remedy = "say it by --set source.kafka.start=2025-11-28T00:00:00Z";
                return Err(VerifyError::Topic(Fault::new(Domain::User, what).remedy(remedy)));
            }
        };
        Ok(RawSpan { start, end, is_cut: low > 0 && start == low })
    }

    fn offset_at(&self, partition: i32, timestamp_ms: i64) -> Result<Option<i64>, VerifyError> {
        let mut times = TopicPartitionList::new();
        let asked = times.add_partition_offset(&self.source.topic, partition, Offset::Offset(timestamp_ms));
        let found = asked.and_then(|()| self.consumer.offsets_for_times(times, PATIENCE));
        let found = found.map_err(|error| self.unread(partition, &error))?;
        let place = found.find_partition(&self.source.topic, partition).map(|place| place.offset());
        Ok(place.and_then(|place| if let Offset::Offset(offset) = place { Some(offset) } else { None }))
    }

    /// How many offsets there are to read.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.spans.values().map(|span| span.end.saturating_sub(span.start).max(0).unsigned_abs()).sum()
    }

    /// Hands every record to `visit`, those of a partition in their order, until it breaks off.
    ///
    /// # Errors
    /// [`VerifyError::Topic`] if they cannot be read to the end, [`VerifyError::BrokenOff`] if they were not.
    pub fn read(&self, visit: &mut dyn FnMut(&RawRecord<'_>) -> ControlFlow<()>) -> Result<(), VerifyError> {
        let consumer = reader(&self.source, &self.dataflow, self.spans.len())?;
        SpanReader::new(&self.source.topic, consumer, &self.spans)?.read(visit)
    }

    fn unread(&self, partition: i32, error: &KafkaError) -> VerifyError {
        unread(&self.source.topic, partition, error)
    }
}

fn unread(topic: &str, partition: i32, error: &KafkaError) -> VerifyError {
    failed(format!("partition {partition} of topic {topic}: {error}"))
}

fn failed(what: String) -> VerifyError {
    VerifyError::Topic(Fault::new(Domain::Log, what))
}

/// Whether the brokers compact the topic. A user who may not ask hears nothing, and offsets without a record are taken
/// for the marks of transactions then, which they most often are.
fn is_compacted(source: &KafkaSource, patience: Duration) -> bool {
    let mut config = ClientConfig::new();
    connect(&mut config, source);
    let asked = config.create().ok().and_then(|admin: AdminClient<DefaultClientContext>| {
        let options = AdminOptions::new().request_timeout(Some(patience));
        pollster::block_on(admin.describe_configs([&ResourceSpecifier::Topic(&source.topic)], &options)).ok()
    });
    let mut answers = asked.into_iter().flatten().filter_map(Result::ok);
    answers.any(|answer| {
        let policy = answer.get("cleanup.policy").and_then(|entry| entry.value.clone());
        policy.is_some_and(|policy| policy.contains("compact"))
    })
}

/// Where the brokers are, and what they want of a client.
fn connect(config: &mut ClientConfig, source: &KafkaSource) {
    config.extend(source.properties.iter().cloned());
    config.set("bootstrap.servers", &source.brokers).set_log_level(RDKafkaLogLevel::Info);
}

/// A client that asks questions and reads no records. It is in no group, which it would have to leave in the end: that
/// takes a tenth of a second.
fn inquirer(source: &KafkaSource, dataflow: &str) -> Result<BaseConsumer<Context>, VerifyError> {
    create(ClientConfig::new(), source, dataflow)
}

/// A consumer that commits nothing, for records of so many partitions.
fn reader(source: &KafkaSource, dataflow: &str, partitions: usize) -> Result<BaseConsumer<Context>, VerifyError> {
    let mut config = ClientConfig::new();
    config.set("group.id", format!("mare-verify-{dataflow}"));
    config.set("enable.auto.commit", "false").set("enable.partition.eof", "true").set("auto.offset.reset", "error");
    config.set("fetch.queue.backoff.ms", "1"); // by default the client stops for a second whenever a queue is full
    config.extend(queues(partitions).map(|(name, value)| (name.to_owned(), value.to_string())));
    create(config, source, dataflow)
}

/// How much the client may have in the queue of each of so many partitions, and add to it at once: all together, it is
/// as much whatever their number, as long as that is not in the thousands.
fn queues(partitions: usize) -> [(&'static str, usize); 3] {
    let share = |all: usize| (all / partitions.max(1)).max(100);
    let (records, kb) = (share(QUEUED_RECORDS), share(QUEUED_KB));
    let fetched = ("fetch.message.max.bytes", kb.min(FETCHED_KB) * 1_024);
    [("queued.min.messages", records), ("queued.max.messages.kbytes", kb), fetched]
}

fn create(
    mut config: ClientConfig,
    source: &KafkaSource,
    dataflow: &str,
) -> Result<BaseConsumer<Context>, VerifyError> {
    config.set("client.id", format!("mare-verify-{dataflow}"));
    connect(&mut config, source);
    config.create_with_context(Context::default()).map_err(|error| {
        failed(format!("{}; correct it under [source.kafka] properties", mare_source::kafka::refusal(&error, &config)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_queues_together_hold_as_much_whatever_the_number_of_partitions() {
        for partitions in [0, 1, 3, 64, 500] {
            let [(_, records), (_, kb), (_, fetched)] = queues(partitions);
            assert!(records * partitions <= QUEUED_RECORDS && kb * partitions <= QUEUED_KB, "{partitions}");
            assert!(fetched <= kb * 1_024 && fetched >= 100 * 1_024, "{partitions}: a fetch fills a queue once more");
        }
        assert!(queues(100_000).iter().all(|(_, value)| *value >= 100), "each may have something");
    }
}
