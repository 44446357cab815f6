//! The topics of a dataflow's letters, for all workers of a process.

use std::sync::Arc;

use rdkafka::producer::Producer as _;

use super::context::{LetterContext, Refused};
use super::load::{Load, Ticket};
use super::mark::Marks;
use super::producer::{OutgoingLetter, Producer};
use super::{Letter, LetterKind, LetterMark, LetterTopic, Outbox, Outboxes};
use mare_metrics::list;
use mare_model::fault::Fault;
use mare_model::record::Waker;
use mare_source::kafka::{Health, away, cause, partitions};

/// Ends the run for this reason. May be called from any thread, and more than once.
pub type Fail = Arc<dyn Fn(Fault) + Send + Sync>;

/// The letters of a dataflow, and where they go.
#[derive(Clone, Debug)]
pub struct Destinations<'a> {
    /// The dataflow's name.
    pub dataflow: &'a str,
    /// The topic that is read.
    pub source: String,
    /// Where late events go, if anywhere.
    pub late: Option<&'a LetterTopic>,
    /// Where records go that are no event, if anywhere.
    pub dead: Option<&'a LetterTopic>,
}

/// Sends the letters of a dataflow, those of all workers of a process through the same clients.
pub struct Letters {
    late: Option<Route>,
    dead: Option<Route>,
    /// The dataflow's name, for the headers.
    dataflow: String,
    /// The topic that is read, for the headers.
    source: String,
    /// How the brokers of its topics are.
    health: Arc<Health>,
}

/// Letters that are on their way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending<'a> {
    /// The brokers that are to take them.
    pub brokers: &'a str,
    /// What they are, in words.
    pub kinds: &'static str,
    /// How many.
    pub letters: usize,
}

/// Where one kind of letter goes.
struct Route {
    topic: Arc<str>,
    /// Shared by the routes whose brokers and properties are the same.
    producer: Arc<Producer>,
}

impl Destinations<'_> {
    /// The brokers of the topics, for messages.
    fn brokers(&self) -> String {
        let mut brokers: Vec<&str> = self.late.into_iter().chain(self.dead).map(|to| to.brokers.as_str()).collect();
        brokers.dedup();
        brokers.join(",")
    }
}

impl Letters {
    /// Clients for the topics that `to` names; `None` if it names none. Nothing is connected yet.
    ///
    /// # Errors
    /// If librdkafka refuses a property.
    pub fn new(to: Destinations<'_>, fail: &Fail) -> Result<Option<Arc<Letters>>, Fault> {
        if to.late.is_none() && to.dead.is_none() {
            return Ok(None);
        }
        let health = Health::elsewhere(&to.brokers());
        let producer = |topic, key| producer(topic, to.dataflow, key, fail, &health).map(|producer| (topic, producer));
        let late = to.late.map(|topic| producer(topic, "late")).transpose()?;
        let dead = to.dead.map(|topic| match &late {
            Some((other, producer)) if is_same_client(topic, other) => Ok((topic, Arc::clone(producer))),
            _ => producer(topic, "dead_letter"),
        });
        let route = |(to, producer): (&LetterTopic, _)| Route { topic: to.topic.as_str().into(), producer };
        let (dead, late) = (dead.transpose()?.map(route), late.map(route));
        Ok(Some(Arc::new(Letters { dead, late, dataflow: to.dataflow.to_owned(), source: to.source, health })))
    }

    /// Asks whether the topics are there.
    ///
    /// # Errors
    /// The fault says whether to ask again.
    pub fn check(&self) -> Result<(), Fault> {
        self.late.iter().chain(&self.dead).try_for_each(|route| route.check(&self.health))
    }

    /// How the brokers of its topics are.
    #[must_use]
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// The outboxes of the workers of this process.
    #[must_use]
    pub fn outboxes(self: &Arc<Self>) -> Outboxes {
        let letters = Arc::clone(self);
        Arc::new(move |waker| Box::new(KafkaOutbox::new(Arc::clone(&letters), waker)))
    }

    /// Letters that no broker has taken yet, by the brokers that are to.
    #[must_use]
    pub fn pending(&self) -> Vec<Pending<'_>> {
        let is_shared =
            self.late.iter().zip(&self.dead).any(|(late, dead)| Arc::ptr_eq(&late.producer, &dead.producer));
        let late = (&self.late, if is_shared { "late events and dead letters" } else { "late events" });
        let dead = (&self.dead, "dead letters");
        let routes = if is_shared { vec![late] } else { vec![late, dead] };
        let pending = routes.into_iter().filter_map(|(route, kinds)| Some(route.as_ref()?.pending(kinds)));
        pending.filter(|pending| pending.letters > 0).collect()
    }

    fn routes(&self) -> impl Iterator<Item = &Route> {
        self.late.iter().chain(&self.dead)
    }
}

impl Route {
    /// What its producer has on its way, which is of these `kinds`.
    fn pending(&self, kinds: &'static str) -> Pending<'_> {
        let brokers = &*self.producer.client().context().brokers;
        Pending { brokers, kinds, letters: self.producer.pending() }
    }

    fn check(&self, health: &Health) -> Result<(), Fault> {
        let client = self.producer.client();
        let metadata = client.client().fetch_metadata(Some(&self.topic), health.patience());
        let metadata = metadata.map_err(|error| away(cause::unanswered(&error)))?;
        partitions(&metadata, &self.topic, &client.context().brokers, "Write and Describe").map(drop)
    }
}

/// A client for the topic of table `key`.
fn producer(
    to: &LetterTopic,
    dataflow: &str,
    key: &str,
    fail: &Fail,
    health: &Arc<Health>,
) -> Result<Arc<Producer>, Fault> {
    let context = LetterContext {
        brokers: to.brokers.clone(),
        fail: Arc::clone(fail),
        away: Arc::default(),
        health: Arc::clone(health),
        delivered: list::LETTERS_DELIVERED.counter(&[]),
        refused: Refused::default(),
    };
    let producer = Producer::new(dataflow, &to.properties, context);
    producer.map(Arc::new).map_err(|fault| fault.remedy(format_args!("correct it under [{key}] properties")))
}

fn is_same_client(one: &LetterTopic, other: &LetterTopic) -> bool {
    one.brokers == other.brokers && one.properties == other.properties
}

/// The outbox of one worker.
struct KafkaOutbox {
    letters: Arc<Letters>,
    marks: Marks,
}

impl KafkaOutbox {
    fn new(letters: Arc<Letters>, waker: Waker) -> KafkaOutbox {
        letters.routes().for_each(|route| route.producer.wake_with(Arc::clone(&waker)));
        KafkaOutbox { letters, marks: Marks::new(waker) }
    }
}

impl Outbox for KafkaOutbox {
    fn send(&mut self, letter: Letter<'_>) {
        let route = match letter.kind {
            LetterKind::Late { .. } | LetterKind::Unmatched { .. } => &self.letters.late,
            LetterKind::Dead(_) => &self.letters.dead,
        };
        let Some(Route { topic, producer }) = route else { return };
        let headers = letter.headers(&self.letters.dataflow, &self.letters.source);
        let (key, payload) = (letter.record.key, letter.record.payload);
        let place = (letter.record.partition, letter.record.offset);
        let ticket = Box::new(Ticket { bundle: self.marks.add(), place, load: Load::Whole });
        producer.send(OutgoingLetter { topic, key, payload, headers, ticket });
    }

    fn is_full(&self) -> bool {
        self.letters.routes().any(|route| route.producer.is_full())
    }

    fn mark(&mut self) -> LetterMark {
        self.marks.mark()
    }

    fn is_delivered(&self, mark: LetterMark) -> bool {
        self.marks.is_delivered(mark)
    }
}
