//! A Kafka client with a thread that serves it, and a queue for what it has no room for.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::OwnedHeaders;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use super::context::Context;
use super::mark::Bundle;
use crate::source::Waker;
use crate::source::kafka::refusal;

/// What letters need of librdkafka beyond its defaults. A letter is as large as its record: the topic alone bounds it.
pub(crate) const SENDING: [(&str, &str); 9] = [
    ("enable.idempotence", "true"),
    ("acks", "all"),
    ("message.timeout.ms", "0"),
    ("allow.auto.create.topics", "false"),
    ("compression.codec", "lz4"),
    ("message.max.bytes", "1000000000"),
    ("queue.buffering.max.messages", "100000"),
    ("queue.buffering.max.kbytes", "65536"),
    ("reconnect.backoff.max.ms", "2000"),
];

/// How long the thread serves reports before it looks around.
const SERVE: Duration = Duration::from_millis(100);
/// The same while letters wait for room.
const SERVE_FULL: Duration = Duration::from_millis(5);

/// A client for letters, shared by the workers of a process. It closes when dropped, without waiting for letters.
pub(super) struct Producer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What the workers share with the thread.
struct Shared {
    client: BaseProducer<Context>,
    /// Letters that the client had no room for, oldest first.
    overflow: Mutex<VecDeque<Waiting>>,
    /// How many they are.
    waiting: AtomicUsize,
    /// Called when none waits any more.
    wakers: Mutex<Vec<Waker>>,
    closing: AtomicBool,
}

/// A letter on its way to the client, borrowed from its record.
pub(super) struct Draft<'a> {
    pub topic: &'a Arc<str>,
    pub key: Option<&'a [u8]>,
    pub payload: Option<&'a [u8]>,
    pub headers: OwnedHeaders,
    pub bundle: Arc<Bundle>,
}

/// A letter that owns what it says.
struct Waiting {
    topic: Arc<str>,
    key: Option<Vec<u8>>,
    payload: Option<Vec<u8>>,
    headers: OwnedHeaders,
    bundle: Arc<Bundle>,
}

impl Producer {
    /// A client of `context`'s brokers. Nothing is connected yet.
    ///
    /// # Errors
    /// If librdkafka refuses a property, or no thread can be had.
    pub(super) fn new(dataflow: &str, properties: &[(String, String)], context: Context) -> Result<Producer, String> {
        let mut config = ClientConfig::new();
        config.set("client.id", format!("mare-{dataflow}-letters"));
        config.extend(SENDING.iter().map(|(key, value)| (key.to_string(), value.to_string())));
        config.extend(properties.iter().cloned());
        config.set("bootstrap.servers", &context.brokers).set_log_level(RDKafkaLogLevel::Info);
        let client = config.create_with_context(context).map_err(|error| refusal(&error, &config))?;
        let shared = Arc::new(Shared {
            client,
            overflow: Mutex::default(),
            waiting: AtomicUsize::new(0),
            wakers: Mutex::default(),
            closing: AtomicBool::new(false),
        });
        let serving = Arc::clone(&shared);
        let thread = thread::Builder::new().name("mare-letters".to_owned()).spawn(move || serving.serve());
        Ok(Producer { shared, thread: Some(thread.map_err(|error| error.to_string())?) })
    }

    /// The client, to ask it about its topics.
    pub(super) fn client(&self) -> &BaseProducer<Context> {
        &self.shared.client
    }

    /// Registers who is woken when there is room again.
    pub(super) fn wake_with(&self, waker: Waker) {
        lock(&self.shared.wakers).push(waker);
    }

    /// Sends a letter, at once or when there is room.
    pub(super) fn send(&self, draft: Draft<'_>) {
        self.shared.send(draft);
    }

    /// Whether letters wait for room.
    pub(super) fn is_full(&self) -> bool {
        self.shared.waiting.load(Ordering::Acquire) > 0
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // a panic there has been reported by the hook
        }
    }
}

impl Shared {
    /// What the thread does: serves delivery reports, and hands on what waits.
    fn serve(&self) {
        while !self.closing.load(Ordering::Acquire) {
            let full = self.waiting.load(Ordering::Acquire) > 0;
            self.client.poll(if full { SERVE_FULL } else { SERVE });
            self.hand_on();
        }
    }

    fn send(&self, draft: Draft<'_>) {
        if self.waiting.load(Ordering::Acquire) > 0 {
            return self.keep(draft);
        }
        let Draft { topic, key, payload, headers, bundle } = draft;
        match self.try_send(topic, key, payload, headers, bundle) {
            Ok(()) => {}
            Err((RDKafkaErrorCode::QueueFull, headers, bundle)) => {
                self.keep(Draft { topic, key, payload, headers, bundle });
            }
            Err((code, ..)) => self.client.context().refused(topic, code),
        }
    }

    /// Lets a letter wait.
    fn keep(&self, draft: Draft<'_>) {
        let Draft { topic, key, payload, headers, bundle } = draft;
        let owned = |bytes: Option<&[u8]>| bytes.map(<[u8]>::to_vec);
        let waiting = Waiting { topic: Arc::clone(topic), key: owned(key), payload: owned(payload), headers, bundle };
        let mut overflow = lock(&self.overflow);
        overflow.push_back(waiting);
        self.waiting.store(overflow.len(), Ordering::Release);
    }

    /// Hands what waits to the client, as far as it has room, and wakes the workers when nothing waits any more.
    fn hand_on(&self) {
        let mut overflow = lock(&self.overflow);
        if overflow.is_empty() {
            return;
        }
        while let Some(Waiting { topic, key, payload, headers, bundle }) = overflow.pop_front() {
            match self.try_send(&topic, key.as_deref(), payload.as_deref(), headers, bundle) {
                Ok(()) => {}
                // Reports are served by this thread alone: if there is none to come, this letter alone is too much.
                Err((RDKafkaErrorCode::QueueFull, headers, bundle)) if self.client.in_flight_count() > 0 => {
                    overflow.push_front(Waiting { topic, key, payload, headers, bundle });
                    break;
                }
                Err((code, ..)) => self.client.context().refused(&topic, code),
            }
        }
        self.waiting.store(overflow.len(), Ordering::Release);
        if overflow.is_empty() {
            drop(overflow);
            lock(&self.wakers).iter().for_each(|wake| wake());
        }
    }

    /// Hands a letter to the client, or gives back the parts of it that the client would have owned.
    fn try_send(
        &self,
        topic: &str,
        key: Option<&[u8]>,
        payload: Option<&[u8]>,
        headers: OwnedHeaders,
        bundle: Arc<Bundle>,
    ) -> Result<(), (RDKafkaErrorCode, OwnedHeaders, Arc<Bundle>)> {
        let record: BaseRecord<'_, [u8], [u8], Arc<Bundle>> =
            BaseRecord::with_opaque_to(topic, bundle).headers(headers);
        let record = BaseRecord { key, payload, ..record };
        self.client.send(record).map_err(|(error, record)| {
            (code(&error), record.headers.unwrap_or_else(OwnedHeaders::new), record.delivery_opaque)
        })
    }
}

/// The code of an error; `Fail` if it has none.
fn code(error: &KafkaError) -> RDKafkaErrorCode {
    error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
