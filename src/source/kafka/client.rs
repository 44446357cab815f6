//! librdkafka's settings, and what it tells us beside the records: errors, log lines, whether the brokers answer.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::Statistics;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};
use tracing::debug;

use super::cause;
use super::refusal::{refusal, without_value};
use super::traffic::Traffic;
use crate::dataflow::KafkaSource;
use crate::fault::{Domain, Fault};
use crate::metrics::Absence;
use crate::metrics::events::Event;
use crate::source::kafka::events::{KafkaBack, KafkaLost};

/// A consumer that tells [`Health`] what it meets.
pub type Consumer = BaseConsumer<Context>;

/// What a reader needs of librdkafka beyond its defaults; measured, see the throughput bench.
pub const READING: [(&str, &str); 8] = [
    ("enable.auto.commit", "false"),
    ("enable.partition.eof", "true"),
    ("auto.offset.reset", "error"),
    ("fetch.queue.backoff.ms", "1"),
    ("fetch.wait.max.ms", "100"),
    ("fetch.message.max.bytes", "2097152"),
    ("queued.min.messages", "200000"),
    ("queued.max.messages.kbytes", "65536"),
];

/// How long one question to the brokers may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same until a broker has answered once: whoever starts a run wants to know soon why nothing happens.
const HASTE: Duration = Duration::from_millis(1_500);

/// Makes a consumer of `source` that reads records. Nothing is connected yet.
///
/// # Errors
/// If librdkafka refuses a property; the message names it.
pub fn reader(source: &KafkaSource, name: &str, health: Arc<Health>) -> Result<Consumer, Fault> {
    let mut config = ClientConfig::new();
    config.set("group.id", format!("mare-{name}")); // librdkafka assigns partitions to members of a group only
    config.set("statistics.interval.ms", "5000");
    create(config, source, name, health)
}

/// Makes a consumer of `source` that reads one record or none of a partition, and none that was not asked for. Nothing is
/// connected yet.
///
/// # Errors
/// If librdkafka refuses a property; the message names it.
pub fn prober(source: &KafkaSource, name: &str, health: Arc<Health>) -> Result<Consumer, Fault> {
    let mut source = source.clone();
    let few = [
        ("auto.offset.reset", "earliest"), // else a log that was cut short is an error that does not say where
        ("fetch.wait.max.ms", "10"),
        ("fetch.message.max.bytes", "1024"), // a record that is larger comes all the same
        ("queued.min.messages", "1"),
    ];
    source.properties.extend(few.map(|(key, value)| (key.to_owned(), value.to_owned())));
    let mut config = ClientConfig::new();
    config.set("group.id", format!("mare-{name}"));
    create(config, &source, name, health)
}

/// Makes a consumer of `source` that asks for the ends of the log itself, behind transactions that are open. Nothing is
/// connected yet.
///
/// # Errors
/// If librdkafka refuses a property; the message names it.
pub fn surveyor(source: &KafkaSource, name: &str, health: Arc<Health>) -> Result<Consumer, Fault> {
    let mut source = source.clone();
    source.properties.push((ISOLATION.to_owned(), "read_uncommitted".to_owned()));
    create(ClientConfig::new(), &source, name, health)
}

/// The property that says whether records of transactions that are open are read.
pub const ISOLATION: &str = "isolation.level";

/// Makes a consumer of `source` that asks questions and reads no records. It is in no group, which it would have to
/// leave in the end: that takes a tenth of a second. Nothing is connected yet.
///
/// # Errors
/// If librdkafka refuses a property; the message names it.
pub fn inquirer(source: &KafkaSource, name: &str, health: Arc<Health>) -> Result<Consumer, Fault> {
    create(ClientConfig::new(), source, name, health)
}

fn create(mut config: ClientConfig, source: &KafkaSource, name: &str, health: Arc<Health>) -> Result<Consumer, Fault> {
    config.set("client.id", format!("mare-{name}")).set("reconnect.backoff.max.ms", "2000");
    config.extend(READING.iter().map(|(key, value)| (key.to_string(), value.to_string())));
    config.extend(source.properties.iter().cloned());
    config.set("bootstrap.servers", &source.brokers).set_log_level(RDKafkaLogLevel::Info);
    health.asks(&source.brokers);
    config.create_with_context(Context::new(health)).map_err(|error| {
        Fault::new(Domain::User, refusal(&error, &config)).remedy("correct it under [source.kafka] properties")
    })
}

/// Told, on the thread that notices, that the log no longer holds what it held.
type OnLoss = Box<dyn Fn(&str) + Send + Sync>;

/// Whether the brokers answer, and what makes reading on pointless. Shared by all consumers of a process.
#[derive(Default)]
pub struct Health {
    /// Since when the brokers do not answer, and why.
    away: Mutex<Option<Absence>>,
    /// Where they are, and when the first client of them was made.
    met: OnceLock<(String, Instant)>,
    /// The latest reason why a connection failed, in words, since a broker has answered.
    cause: Mutex<Option<String>>,
    /// How many connections have failed so far.
    failures: AtomicU64,
    /// Whether a broker has ever answered. From then on a failed handshake may pass, as when a broker starts again.
    is_proven: AtomicBool,
    /// Whether it was asked already if the brokers speak TLS.
    is_looked_at: AtomicBool,
    /// What somebody has to mend first.
    refused: OnceLock<Fault>,
    /// Who is told when records are lost, so that it is not forgotten with this run.
    on_loss: OnceLock<OnLoss>,
    /// The threads on which consumers close.
    closing: Mutex<Vec<JoinHandle<()>>>,
}

impl Health {
    /// Notes where the brokers are that a client is made for.
    fn asks(&self, brokers: &str) {
        self.met.get_or_init(|| (brokers.to_owned(), Instant::now()));
    }

    /// For brokers that are not those of the topic that is read.
    #[must_use]
    pub fn elsewhere(brokers: &str) -> Arc<Health> {
        let health = Health::default();
        health.asks(brokers);
        Arc::new(health)
    }

    /// Takes note of a log line of a client: some tell why a connection failed.
    pub fn heard(&self, facility: &str, message: &str) {
        if facility == "FAIL" {
            let at_first = !self.is_proven.load(Ordering::Relaxed);
            *lock(&self.cause) = Some(cause::plain(message, at_first, self.brokers()));
        }
    }

    /// How long a question may take.
    #[must_use]
    pub fn patience(&self) -> Duration {
        if self.is_proven.load(Ordering::Relaxed) { PATIENCE } else { HASTE }
    }

    /// Notes that no broker answers, and says so once; `otherwise` is said if no reason is known why connections fail. A first
    /// answer that is only slow, with no connection failed, is not yet an absence.
    pub fn lost(&self, otherwise: &str) {
        let cause = self.cause();
        let (brokers, since) = self.met.get().map_or(("", None), |(brokers, since)| (brokers.as_str(), Some(since)));
        let is_young = !self.is_proven.load(Ordering::Relaxed) && since.is_some_and(|since| since.elapsed() < PATIENCE);
        if cause.is_none() && is_young {
            return;
        }
        let why = cause.as_deref().unwrap_or(otherwise);
        let mut away = lock(&self.away);
        match &mut *away {
            Some(absence) => why.clone_into(&mut absence.why),
            None => {
                *away = Some(Absence::begin(why));
                KafkaLost { brokers, reason: why }.emit();
            }
        }
    }

    /// How many connections have failed so far, or ended without anybody here having ended them.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// Notes that a broker has answered, and says so once.
    pub fn answered(&self) {
        self.is_proven.store(true, Ordering::Relaxed);
        lock(&self.cause).take();
        if let Some(absence) = lock(&self.away).take() {
            KafkaBack { after: absence.lasts() }.emit();
        }
    }

    /// Whether the brokers do not answer at the moment.
    #[must_use]
    pub fn is_away(&self) -> bool {
        lock(&self.away).is_some()
    }

    /// The latest reason why a connection failed, in words, since a broker has answered.
    #[must_use]
    pub fn cause(&self) -> Option<String> {
        lock(&self.cause).clone()
    }

    /// Since when the brokers do not answer, and why, if they do not.
    #[must_use]
    pub fn absence(&self) -> Option<Absence> {
        lock(&self.away).clone()
    }

    /// Where the brokers are.
    #[must_use]
    pub fn brokers(&self) -> &str {
        self.met.get().map_or("", |(brokers, _)| brokers)
    }

    /// What somebody has to mend before it makes sense to read on.
    #[must_use]
    pub fn refused(&self) -> Option<&Fault> {
        self.refused.get()
    }

    /// Has `told` hear when the log no longer holds what it held; the first who asks is told.
    pub fn on_loss(&self, told: impl Fn(&str) + Send + Sync + 'static) {
        let _ = self.on_loss.set(Box::new(told)); // one run has one
    }

    /// Notes that the log no longer holds what it held. To be called before the run fails of it: what comes behind that may
    /// not come to its end.
    pub fn loses(&self, what: &str) {
        if let Some(told) = self.on_loss.get() {
            told(what);
        }
    }

    /// Closes `consumer`, whose queues are gone, on a thread of its own: a member of a group takes a tenth of a second to
    /// leave it, in which a worker would do nothing else.
    pub fn close(&self, consumer: Arc<Consumer>) {
        let thread = thread::Builder::new().name("mare-closing".to_owned());
        let closing = thread.spawn(move || drop(consumer)); // if no thread can be had, it is dropped here and now
        lock(&self.closing).extend(closing);
    }

    /// Waits until every consumer that is closing has closed, so that no thread of librdkafka's outlives what it needs.
    pub fn wait_for_closing(&self) {
        let closing = std::mem::take(&mut *lock(&self.closing));
        for thread in closing {
            let _ = thread.join(); // a panic there has been reported by the hook
        }
    }

    fn refuse(&self, error: &str) {
        let error = without_value(error);
        let remedy =
            "check security.protocol, sasl.mechanism, sasl.username and sasl.password under [source.kafka] properties";
        let words = cause::plain(error, false, self.brokers());
        let fault = Fault::new(Domain::User, format!("Kafka refused the credentials: {words}"));
        let _ = self.refused.set(fault.remedy(remedy)); // the first is told
    }

    /// Takes note of why a connection failed; `is_final` says that no other attempt can come to more.
    fn failed(&self, words: &str, is_final: bool) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        let at_first = !self.is_proven.load(Ordering::Relaxed);
        let words = cause::plain(words, at_first, self.brokers());
        if at_first && (is_final || cause::is_final(&words)) {
            self.refuse_protocol(&words);
        }
        *lock(&self.cause) = Some(words);
    }

    /// Where a broker has cut us off without a word and none has ever answered: asks each once whether it speaks TLS or wants a
    /// login, which would be why.
    pub fn look_closer(&self) {
        let at_first = !self.is_proven.load(Ordering::Relaxed);
        let Some(cause) = self.cause().filter(|cause| at_first && cause::is_suspicious(cause)) else { return };
        if !self.is_looked_at.swap(true, Ordering::Relaxed)
            && let Some(words) = cause::demand(self.brokers(), &cause)
        {
            self.refuse_protocol(&words);
        }
    }

    fn refuse_protocol(&self, words: &str) {
        let remedy = "check security.protocol and ssl.ca.location under [source.kafka] properties, and that the port is that of the \
                      listener meant";
        let fault = Fault::new(Domain::User, format!("Kafka cannot be talked to like this: {words}"));
        let _ = self.refused.set(fault.remedy(remedy)); // the first is told
    }
}

/// What a consumer does with the news from librdkafka.
pub struct Context {
    health: Arc<Health>,
    /// What its statistics have said so far.
    traffic: Mutex<Traffic>,
}

impl Context {
    /// Of a client that tells `health` what it meets.
    #[must_use]
    pub fn new(health: Arc<Health>) -> Self {
        Context { health, traffic: Mutex::default() }
    }

    /// The process's view of the brokers.
    pub fn health(&self) -> &Health {
        &self.health
    }
}

impl ConsumerContext for Context {}

/// For a producer that asks and produces nothing.
impl ProducerContext for Context {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}

impl ClientContext for Context {
    fn error(&self, error: KafkaError, reason: &str) {
        match error.rdkafka_error_code() {
            _ if cause::is_refused_login(&error, reason) => self.health.refuse(reason),
            Some(RDKafkaErrorCode::SSL) => self.health.failed(reason, true),
            _ => debug!("librdkafka: {error}: {reason}"),
        }
    }

    fn log(&self, _level: RDKafkaLogLevel, facility: &str, message: &str) {
        debug!("librdkafka: {facility}: {message}");
        if facility == "FAIL" {
            self.health.failed(message, false);
        }
    }

    fn stats(&self, statistics: Statistics) {
        lock(&self.traffic).take(&statistics);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_has_to_mend_is_said_in_one_line_and_its_remedy_kept_apart() {
        let health = Health::elsewhere("b:1");
        health.refuse("Invalid username or password");
        let fault = health.refused().expect("refused");
        let (what, remedy) = (&*fault.what, fault.remedy.as_deref().expect("a remedy"));
        assert_eq!(what, "Kafka refused the credentials: Invalid username or password");
        assert!(
            remedy.starts_with("check security.protocol, ") && remedy.ends_with(" under [source.kafka] properties")
        );
        assert_eq!(fault.to_string(), format!("{what}; {remedy}"));
        assert_eq!((fault.domain, fault.is_passing()), (Domain::User, false));
    }
}
