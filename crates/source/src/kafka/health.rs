//! Whether the brokers answer, since when they do not, and what makes reading on pointless.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::cause;
use super::client::Consumer;
use super::events::{KafkaBack, KafkaLost};
use super::refusal::without_value;
use mare_metrics::Absence;
use mare_metrics::events::InternalEvent;
use mare_model::fault::{Domain, Fault};

/// How long one question to the brokers may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same until a broker has answered once, for whoever starts a run wants to know soon why nothing happens; and
/// where a connection has failed since the last answer, which is a sign that there will be none.
const HASTE: Duration = Duration::from_millis(1_500);

/// Told, on the thread that notices, that the log no longer holds what it held.
type OnLoss = Box<dyn Fn(&str) + Send + Sync>;

/// Whether the brokers answer, and what makes reading on pointless. Shared by all consumers of a process.
#[derive(Default)]
pub struct Health {
    /// Since when the brokers do not answer, and why.
    away: Mutex<Option<Absence>>,
    /// Where they are, and when the first client of them was made.
    met: OnceLock<(String, Instant)>,
    /// The latest reason why a connection failed, in words, since a broker has answered; and when the first one did.
    cause: Mutex<Option<(String, Instant)>>,
    /// When a broker has answered last.
    answered: Mutex<Option<Instant>>,
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
    pub(super) fn asks(&self, brokers: &str) {
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
            self.fails(cause::plain(message, at_first, self.brokers()));
        }
    }

    /// How long a question may take.
    #[must_use]
    pub fn patience(&self) -> Duration {
        let is_proven = self.is_proven.load(Ordering::Relaxed);
        // Who is known to be away has been told of: then a question may take the time that a connection does.
        let is_doubtful = lock(&self.cause).is_some() && !self.is_away();
        if is_proven && !is_doubtful { PATIENCE } else { HASTE }
    }

    /// Notes that no broker answers, and says so once; `otherwise` is said if no reason is known why connections fail.
    /// A first answer that is only slow, with no connection failed, is not yet an absence.
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
                *away = Some(self.absence_since(why));
                KafkaLost { brokers, reason: why }.emit();
            }
        }
    }

    /// The absence of those who do not answer, from the first sign of it on: a connection that failed, else the last
    /// answer.
    fn absence_since(&self, why: &str) -> Absence {
        let failed = lock(&self.cause).as_ref().map(|(_, since)| *since);
        let since = failed.or(*lock(&self.answered)).unwrap_or_else(Instant::now);
        Absence { since, why: why.to_owned() }
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
        *lock(&self.answered) = Some(Instant::now());
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
        lock(&self.cause).as_ref().map(|(words, _)| words.clone())
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

    /// Notes that the log no longer holds what it held. To be called before the run fails of it: what comes behind that
    /// may not come to its end.
    pub fn loses(&self, what: &str) {
        if let Some(told) = self.on_loss.get() {
            told(what);
        }
    }

    /// Closes `consumer`, whose queues are gone, on a thread of its own: a member of a group takes a tenth of a second
    /// to leave it, in which a worker would do nothing else.
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

    pub(super) fn refuse(&self, error: &str) {
        let error = without_value(error);
        let remedy =
            "check security.protocol, sasl.mechanism, sasl.username and sasl.password under [source.kafka] properties";
        let words = cause::plain(error, false, self.brokers());
        let fault = Fault::new(Domain::User, format!("Kafka refused the credentials: {words}"));
        let _ = self.refused.set(fault.remedy(remedy)); // the first is told
    }

    /// Takes note of why a connection failed; `is_final` says that no other attempt can come to more.
    pub(super) fn failed(&self, words: &str, is_final: bool) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        let at_first = !self.is_proven.load(Ordering::Relaxed);
        let words = cause::plain(words, at_first, self.brokers());
        if at_first && (is_final || cause::is_final(&words)) {
            self.refuse_protocol(&words);
        }
        self.fails(words);
    }

    /// Keeps why a connection failed.
    fn fails(&self, words: String) {
        let mut cause = lock(&self.cause);
        let first = cause.take().map_or_else(Instant::now, |(_, first)| first);
        *cause = Some((words, first));
    }

    /// Where a broker has cut us off without a word and none has ever answered: asks each once whether it speaks TLS or
    /// wants a login, which would be why.
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_fails_is_a_reason_for_haste_until_brokers_are_known_to_be_away() {
        let health = Health::elsewhere("b:1");
        assert_eq!(health.patience(), HASTE, "at first");
        health.answered();
        assert_eq!(health.patience(), PATIENCE);
        health.failed("b:1/1: Disconnected", false);
        assert_eq!(health.patience(), HASTE);
        health.lost("?");
        assert_eq!(health.patience(), PATIENCE, "it was said");
        health.answered();
        assert_eq!((health.patience(), health.absence()), (PATIENCE, None));
    }

    #[test]
    fn an_absence_begins_at_its_first_sign() {
        let health = Health::elsewhere("b:1");
        health.answered();
        let answered = Instant::now();
        std::thread::sleep(Duration::from_millis(5));
        health.lost("no answer");
        assert!(health.absence().expect("away").since <= answered, "with the last answer");
        health.answered();
        health.failed("b:1/1: Disconnected", false);
        let failed = Instant::now();
        std::thread::sleep(Duration::from_millis(5));
        health.failed("b:1/1: Connect to ipv4#127.0.0.1:1 failed: Connection refused", false);
        health.lost("?");
        let absence = health.absence().expect("away");
        assert!(absence.since <= failed && absence.why == "connection refused at b:1", "{absence}");
    }

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
