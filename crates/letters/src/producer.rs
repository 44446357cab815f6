//! A Kafka client with a thread that serves it, a queue for what it has no room for, and a second client for what is
//! refused.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::OwnedHeaders;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use super::context::LetterContext;
use super::load::{Load, Ticket, Waiting, is_about_letter};
use crate::events::LetterRefused;
use mare_metrics::events::InternalEvent;
use mare_model::fault::{Domain, Fault};
use mare_model::record::Waker;
use mare_source::kafka::refusal;

/// What letters need of librdkafka beyond its defaults. A letter is as large as its record: the topic alone bounds it.
pub const SENDING: [(&str, &str); 9] = [
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

/// What a letter that was refused needs to go alone.
const ALONE: [(&str, &str); 2] = [("batch.num.messages", "1"), ("linger.ms", "0")];

/// How long the thread serves reports before it looks around.
const SERVE: Duration = Duration::from_millis(100);
/// The same while letters wait for room, or are tried again.
const SERVE_FULL: Duration = Duration::from_millis(5);

/// A client for letters, shared by the workers of a process. It closes when dropped, without waiting for letters.
pub(super) struct Producer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What the workers share with the thread.
struct Shared {
    client: BaseProducer<LetterContext>,
    /// What the client is made of.
    config: ClientConfig,
    /// Sends letters that were refused, each alone; made when the first one is.
    alone: OnceLock<BaseProducer<LetterContext>>,
    /// Letters that the client had no room for, oldest first.
    overflow: Mutex<VecDeque<Waiting>>,
    /// How many they are.
    waiting: AtomicUsize,
    /// Called when none waits any more.
    wakers: Mutex<Vec<Waker>>,
    closing: AtomicBool,
}

/// A letter on its way to the client, borrowed from its record.
pub(super) struct OutgoingLetter<'a> {
    pub topic: &'a Arc<str>,
    pub key: Option<&'a [u8]>,
    pub payload: Option<&'a [u8]>,
    pub headers: OwnedHeaders,
    pub ticket: Box<Ticket>,
}

impl OutgoingLetter<'_> {
    fn into_waiting(self) -> Waiting {
        let owned = |bytes: Option<&[u8]>| bytes.map(<[u8]>::to_vec);
        let OutgoingLetter { topic, key, payload, headers, ticket } = self;
        Waiting { topic: Arc::clone(topic), key: owned(key), payload: owned(payload), headers, ticket }
    }
}

impl Producer {
    /// A client of `context`'s brokers. Nothing is connected yet.
    ///
    /// # Errors
    /// If librdkafka refuses a property, or no thread can be had.
    pub(super) fn new(
        dataflow: &str,
        properties: &[(String, String)],
        context: LetterContext,
    ) -> Result<Producer, Fault> {
        let mut config = ClientConfig::new();
        config.set("client.id", format!("mare-{dataflow}-letters"));
        config.extend(SENDING.iter().map(|(key, value)| (key.to_string(), value.to_string())));
        config.extend(properties.iter().cloned());
        config.set("bootstrap.servers", &context.brokers).set_log_level(RDKafkaLogLevel::Info);
        let client =
            config.create_with_context(context).map_err(|error| Fault::new(Domain::User, refusal(&error, &config)))?;
        let shared = Arc::new(Shared {
            client,
            config,
            alone: OnceLock::new(),
            overflow: Mutex::default(),
            waiting: AtomicUsize::new(0),
            wakers: Mutex::default(),
            closing: AtomicBool::new(false),
        });
        let serving = Arc::clone(&shared);
        let thread = thread::Builder::new().name("mare-letters".to_owned()).spawn(move || serving.serve());
        Ok(Producer { shared, thread: Some(thread.map_err(|error| Fault::new(Domain::Machine, error))?) })
    }

    /// The client, to ask it about its topics.
    pub(super) fn client(&self) -> &BaseProducer<LetterContext> {
        &self.shared.client
    }

    /// Registers who is woken when there is room again.
    pub(super) fn wake_with(&self, waker: Waker) {
        lock(&self.shared.wakers).push(waker);
    }

    /// Sends a letter, at once or when there is room.
    pub(super) fn send(&self, draft: OutgoingLetter<'_>) {
        self.shared.send(draft);
    }

    /// How many letters are not in their topic yet.
    pub(super) fn pending(&self) -> usize {
        let alone = self.shared.alone.get().map_or(0, |alone| alone.in_flight_count());
        let sent = self.client().in_flight_count() + alone;
        usize::try_from(sent).unwrap_or(0) + self.shared.waiting.load(Ordering::Acquire)
    }

    /// Whether letters wait for room, or for another try: those are in memory, so no more should come.
    pub(super) fn is_full(&self) -> bool {
        self.shared.is_full()
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
    /// What the thread does: serves delivery reports, hands on what waits, and tries again what was refused.
    fn serve(&self) {
        let mut again = VecDeque::new();
        while !self.closing.load(Ordering::Acquire) {
            let was_full = self.is_full();
            self.client.poll(if was_full { SERVE_FULL } else { SERVE });
            if let Some(alone) = self.alone.get() {
                alone.poll(Duration::ZERO);
            }
            let has_handed = self.hand_on();
            let has_tried = self.try_again(&mut again);
            if (was_full || has_handed || has_tried) && !self.is_full() {
                lock(&self.wakers).iter().for_each(|wake| wake());
            }
        }
    }

    fn is_full(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > 0 || !self.client.context().refused.is_empty()
    }

    fn send(&self, draft: OutgoingLetter<'_>) {
        if self.waiting.load(Ordering::Acquire) > 0 {
            return self.keep(draft.into_waiting());
        }
        let OutgoingLetter { topic, key, payload, headers, ticket } = draft;
        if let Err((code, headers, ticket)) = try_send(&self.client, topic, key, payload, headers, ticket) {
            let letter = OutgoingLetter { topic, key, payload, headers, ticket }.into_waiting();
            match code {
                RDKafkaErrorCode::QueueFull => self.keep(letter),
                code => self.unsent(letter, code),
            }
        }
    }

    /// Lets a letter wait.
    fn keep(&self, letter: Waiting) {
        let mut overflow = lock(&self.overflow);
        overflow.push_back(letter);
        self.waiting.store(overflow.len(), Ordering::Release);
    }

    /// Hands what waits to the client, as far as it has room, and returns whether anything waited.
    fn hand_on(&self) -> bool {
        let mut overflow = lock(&self.overflow);
        let has_waited = !overflow.is_empty();
        while let Some(Waiting { topic, key, payload, headers, ticket }) = overflow.pop_front() {
            let sent = try_send(&self.client, &topic, key.as_deref(), payload.as_deref(), headers, ticket);
            let Err((code, headers, ticket)) = sent else { continue };
            let letter = Waiting { topic, key, payload, headers, ticket };
            // Reports are served by this thread alone: if there is none to come, this letter alone is too much.
            if code == RDKafkaErrorCode::QueueFull && self.client.in_flight_count() > 0 {
                overflow.push_front(letter);
                break;
            }
            self.unsent(letter, code);
        }
        self.waiting.store(overflow.len(), Ordering::Release);
        has_waited
    }

    /// A client does not take a letter although nothing is in its way: company is not what is wrong with it.
    fn unsent(&self, mut letter: Waiting, code: RDKafkaErrorCode) {
        let context = self.client.context();
        if code != RDKafkaErrorCode::QueueFull && !is_about_letter(code) {
            return context.refused(&letter.topic, code);
        }
        if letter.ticket.load == Load::Whole {
            context.refused.begin();
            letter.ticket.load = Load::Alone;
        }
        context.refused.add(letter, code);
    }

    /// Sends what was refused again, with less of it, as far as there is room for `again`, and lets go of what there is
    /// nothing left to try with. Returns whether there was anything.
    fn try_again(&self, again: &mut VecDeque<Waiting>) -> bool {
        let context = self.client.context();
        for (letter, code) in context.refused.take() {
            match letter.lighter() {
                Ok(lighter) => again.push_back(lighter),
                Err(Waiting { topic, ticket, .. }) => {
                    LetterRefused { topic: &topic, place: ticket.place, reason: &code }.emit();
                    context.refused.settle(&ticket);
                    ticket.bundle.delivered();
                }
            }
        }
        let has_any = !again.is_empty();
        while let Some(Waiting { topic, key, payload, headers, ticket }) = again.pop_front() {
            let Some(alone) = self.alone() else { break };
            let sent = try_send(alone, &topic, key.as_deref(), payload.as_deref(), headers, ticket);
            let Err((code, headers, ticket)) = sent else { continue };
            let letter = Waiting { topic, key, payload, headers, ticket };
            if code == RDKafkaErrorCode::QueueFull && alone.in_flight_count() > 0 {
                again.push_front(letter);
                break;
            }
            self.unsent(letter, code);
        }
        has_any
    }

    /// The client that sends letters alone; the run fails if it cannot be had.
    fn alone(&self) -> Option<&BaseProducer<LetterContext>> {
        if self.alone.get().is_none() {
            let mut config = self.config.clone();
            config.extend(ALONE.iter().map(|(key, value)| (key.to_string(), value.to_string())));
            let context = self.client.context();
            match config.create_with_context(LetterContext::clone(context)) {
                Ok(client) => drop(self.alone.set(client)), // this thread alone sets it
                Err(error) => (context.fail)(Fault::new(Domain::User, refusal(&error, &config))),
            }
        }
        self.alone.get()
    }
}

/// Hands a letter to `client`, or gives back the parts of it that the client would have owned.
fn try_send(
    client: &BaseProducer<LetterContext>,
    topic: &str,
    key: Option<&[u8]>,
    payload: Option<&[u8]>,
    headers: OwnedHeaders,
    ticket: Box<Ticket>,
) -> Result<(), (RDKafkaErrorCode, OwnedHeaders, Box<Ticket>)> {
    let record: BaseRecord<'_, [u8], [u8], Box<Ticket>> = BaseRecord::with_opaque_to(topic, ticket).headers(headers);
    let record = BaseRecord { key, payload, ..record };
    client.send(record).map_err(|(error, record)| {
        (code(&error), record.headers.unwrap_or_else(OwnedHeaders::new), record.delivery_opaque)
    })
}

/// The code of an error; `Fail` if it has none.
fn code(error: &KafkaError) -> RDKafkaErrorCode {
    error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
