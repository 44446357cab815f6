//! Everything about the topic, from the names of the brokers to the newest records.
//!
//! Each step asks only what the one before it has made possible: what cannot be looked at is said to be unknown, once.
//!
//! # Layout
//! * [`brokers`]: the addresses that the dataflow names, and those that brokers send their clients to
//! * [`contact`]: questions, and the first answer: credentials, TLS
//! * [`topics`]: that they are there, and what this user may do with them; [`letters`]: those that a run sends to
//! * [`partitions`]: how many there are, what they hold, what is gone (pure)
//! * [`settings`]: compaction, retention, copies, sizes
//! * [`transactions`]: open ones; [`group`]: the consumer group
//! * [`sample`]: the newest records, and whether they decode
//! * [`gaps`], [`silent`], [`times`], [`order`]: what else the newest records tell (pure)

pub mod brokers;
pub mod contact;
#[cfg(test)]
mod fixture;
pub mod gaps;
pub mod group;
pub mod letters;
pub mod order;
pub mod partitions;
pub mod sample;
pub mod settings;
pub mod silent;
pub mod times;
pub mod topics;
pub mod transactions;

use std::sync::Arc;

use jiff::Timestamp;
use rdkafka::metadata::Metadata;

use self::contact::{Access, BrokerContact, Closed};
use self::sample::NewestRecords;
use self::settings::Settings;
use super::{Finding, Wishes, counted, list};
use mare_checkpoint::Manifest;
use mare_checkpoint::positions::{self, LogState};
use mare_checks::clock;
use mare_dataflow::Plan;
use mare_model::extent::Span;
use mare_model::fault::Fault;
use mare_model::position::LogId;
use mare_raw::rights::Right;
use mare_source::kafka::{KafkaSource, Topic};
use mare_source::{Health, Source, Survey};

/// What other checks need to know of the cluster, as far as it could be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Partitions of the topic.
    pub partitions: usize,
    /// Brokers of the cluster.
    pub brokers: usize,
    /// By what the log is known; nothing if that was not asked.
    pub log: LogId,
}

/// Examines the source and the letters of `plan`; `newest` is the checkpoint that a run would go on from.
pub fn examine(plan: &Plan, wishes: &Wishes, newest: Option<&Manifest>, found: &mut Vec<Finding>) -> Size {
    let Source::Kafka(source) = &plan.source;
    let access = Access::to(source);
    match greeted(source, found) {
        None => {
            found.extend(letters::check(plan, access, None));
            Size::default()
        }
        Some((contact, metadata)) => {
            let examining = Examining { plan, source, contact: &contact, newest };
            let size = examining.source(&metadata, wishes, found);
            found.extend(letters::check(plan, access, Some(&contact)));
            size
        }
    }
}

/// The first answer of the brokers of `source`, and who asked; nothing if there is none, which is said.
fn greeted<'a>(source: &'a KafkaSource, found: &mut Vec<Finding>) -> Option<(BrokerContact<'a>, Metadata)> {
    let (bootstrap, answers) = brokers::bootstrap(&source.brokers);
    found.push(bootstrap);
    if !answers {
        found.push(Finding::unknown(list::TOPIC, "no broker can be asked"));
        return None;
    }
    let contact = Access::to(source).contact();
    let greeted = contact.and_then(|contact| contact.greet(&source.topic).map(|metadata| (contact, metadata)));
    let refused = match greeted {
        Ok(greeted) => return Some(greeted),
        Err(refused) => refused,
    };
    if refused.check == list::ADVERTISED {
        found.push(Finding::ok(list::LOGIN, contact::describe(source)));
    }
    found.push(refused);
    None
}

/// A look at one source.
#[derive(Clone, Copy)]
struct Examining<'a> {
    plan: &'a Plan,
    source: &'a KafkaSource,
    contact: &'a BrokerContact<'a>,
    newest: Option<&'a Manifest>,
}

impl Examining<'_> {
    fn source(self, metadata: &Metadata, wishes: &Wishes, found: &mut Vec<Finding>) -> Size {
        let Examining { source, contact, .. } = self;
        found.push(Finding::ok(list::LOGIN, contact::describe(source)));
        let (advertised, reachable) = brokers::advertised(metadata);
        found.push(advertised);
        let brokers = metadata.brokers().len();
        let access = Access { check: list::TOPIC, ..contact.access };
        let count = match topics::usable(contact, access, metadata, Right::Read) {
            Ok(partitions) => partitions.len(),
            Err(Closed::Away(finding) | Closed::Refused(finding)) => {
                found.push(finding);
                return Size { brokers, ..Size::default() };
            }
        };
        found.push(Finding::ok(list::TOPIC, format!("{} has {}", source.topic, counted(count, "partition"))));
        found.push(partitions::workers(count, wishes.workers));
        let mut size = Size { brokers, partitions: count, log: LogId::default() };
        if reachable {
            size.log = self.records(metadata, found);
        } else {
            found.push(Finding::unknown(list::RECORDS, "the brokers that have them cannot be reached"));
        }
        size
    }

    /// What the partitions hold, and what their newest records tell. Returns by what the log is known.
    fn records(self, metadata: &Metadata, found: &mut Vec<Finding>) -> LogId {
        let Examining { plan, source, contact, newest } = self;
        // Asked before the log is: a run that is at work meanwhile shows records that the log did not have before.
        let documents = plan.shown();
        let health = Arc::new(Health::default());
        health.answered(); // the greeting: nobody asks twice here, so a question may take its time
        let topic = Topic::new(source, &plan.name, Arc::clone(&health));
        let asked = topic.and_then(|topic| Ok((log(plan, &topic, newest)?, topic)));
        let (log, topic) = match asked {
            Ok(asked) => asked,
            Err(fault) => {
                found.push(Finding::of(list::RECORDS, fault, LOOK));
                return LogId::default();
            }
        };
        let spans = &log.spans;
        found.push(partitions::records(&source.topic, spans));
        found.extend(partitions::retention(source, spans, newest));
        let place = plan.checkpoint.as_ref().map(|settings| settings.path.as_str());
        found.extend(newest.map(|manifest| partitions::positions(source, &log, manifest, place)));
        if let Some(documents) = documents {
            found.push(partitions::documents(source, &log, &documents, newest, place));
        }
        found.push(transactions::check(source, &topic));
        found.push(group::check(contact, &plan.name));
        let sample = sample::take(plan, source, spans, sample::RECORDS, &health);
        let oldest_ms =
            sample.as_ref().ok().and_then(|sample| sample.looks.iter().filter_map(|look| look.timestamp_ms).min());
        self.settings(metadata, oldest_ms, found);
        match sample {
            Ok(sample) => self.sample(spans, sample, &health, found),
            Err(fault) => found.push(Finding::of(list::SAMPLE, fault, LOOK)),
        }
        log.id
    }

    /// What the settings of the topics mean; some of the newest records are as old as `oldest_ms`.
    fn settings(self, metadata: &Metadata, oldest_ms: Option<i64>, found: &mut Vec<Finding>) {
        let Examining { plan, source, contact, .. } = self;
        let settings = Settings::of(contact.access);
        let topics = metadata.topics().iter().flat_map(|topic| topic.partitions());
        let replicas = topics.map(|partition| partition.replicas().len()).min().unwrap_or_default();
        found.extend(settings::judge(plan, source, &settings, replicas, oldest_ms));
        let Ok(source) = settings else { return };
        for to in topics::sent_to(plan).into_iter().filter(|to| to.check != list::ALERTS) {
            let letters = Settings::of(to).ok();
            found.extend(letters.and_then(|letters| settings::sizes(&source, &letters, to)));
        }
    }

    /// What the newest records tell: a hundred of them, and more for how they follow each other.
    fn sample(self, spans: &[Span], sample: NewestRecords, health: &Arc<Health>, found: &mut Vec<Finding>) {
        let Examining { plan, source, newest, .. } = self;
        let now_ms = Timestamp::now().as_millisecond();
        found.push(sample.judge());
        found.push(clock::judge_newest(list::CLOCK, sample.newest_ms, now_ms, plan.event.max_ahead_ms));
        found.push(times::judge(&sample, plan.event.time_format));
        // If the brokers are gone by now, the hundred tell as much as they can.
        let more = sample::take(plan, source, spans, sample.affordable(), health).unwrap_or(sample);
        found.push(order::judge(&more, plan, newest));
        found.push(gaps::judge(&more));
        found.extend(silent::judge(spans, &more, plan.view().windows, plan.idle.is_some()));
    }
}

/// All that `survey` is told of the log, for a run that goes on from `newest`, if there is one.
///
/// # Errors
/// The fault says whether to ask again.
fn log(plan: &Plan, survey: &dyn Survey, newest: Option<&Manifest>) -> Result<LogState, Fault> {
    let (id, spans) = (survey.id()?, survey.spans()?);
    let same = newest.filter(|manifest| positions::difference(&manifest.source, &id).is_none());
    let read = same.map(|manifest| positions::read(&spans, &manifest.partitions)).unwrap_or_default();
    let cut = plan.source.cut_short(&plan.name, survey.health(), &read)?;
    Ok(LogState { id, spans, cut })
}

/// Asks whether the topic of `plan` still has what comes after the checkpoint `newest`; nothing if no broker tells.
#[must_use]
pub fn positions(plan: &Plan, newest: &Manifest) -> Option<Finding> {
    let Source::Kafka(source) = &plan.source;
    let topic = Topic::new(source, &plan.name, Arc::default()).ok()?;
    let log = log(plan, &topic, Some(newest)).ok()?;
    let place = plan.checkpoint.as_ref().map(|settings| settings.path.as_str());
    Some(partitions::positions(source, &log, newest, place))
}

/// Whether the brokers of `plan` answer.
///
/// # Errors
/// What keeps them from it.
pub fn answers(plan: &Plan) -> Result<(), Finding> {
    let Source::Kafka(source) = &plan.source;
    Access::to(source).contact().and_then(|contact| contact.greet(&source.topic)).map(drop)
}

/// The remedy where the brokers' words are all that is known.
const LOOK: &str = "look into the log of the broker; `mare topic describe` asks it again";
