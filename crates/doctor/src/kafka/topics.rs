//! The topics that a run needs: there, with leaders, and this user may do with them what a run does.

use std::sync::{Arc, mpsc};

use rdkafka::metadata::Metadata;

use super::contact::{Access, BrokerContact, Closed, REQUEST};
use super::{LOOK, Size};
use crate::Finding;
use crate::list::{ALERTS, CLIENT, DEAD_LETTER, LATE, TOPIC};
use mare_alerts as alerts;
use mare_checks::Check;
use mare_dataflow::Plan;
use mare_letters::{Fail, Letters};
use mare_model::position::Partition;
use mare_raw::rights::{self, Right};
use mare_source::{Source, kafka};

/// The topics that `plan` sends to: of late events, dead letters and alerts.
#[must_use]
pub fn sent_to(plan: &Plan) -> Vec<Access<'_>> {
    let late = plan.late.as_ref().map(|to| Access::to_letters(LATE, "late", to));
    let dead = plan.dead_letter.as_ref().map(|to| Access::to_letters(DEAD_LETTER, "dead_letter", to));
    let alerts = plan.alerts.as_ref().and_then(|alerts| alerts.topic.as_ref());
    let alerts = alerts.map(|to| Access::to_letters(ALERTS, "alerts", to));
    [late, dead, alerts].into_iter().flatten().collect()
}

/// The partitions of the topic of `access` in an answer of `contact`, if this user has `right` to them.
///
/// # Errors
/// What is wrong with it, and whether to ask again.
pub fn usable(
    contact: &BrokerContact<'_>,
    access: Access<'_>,
    metadata: &Metadata,
    right: Right,
) -> Result<Vec<Partition>, Closed> {
    let Access { check, topic, brokers, .. } = access;
    let partitions = kafka::partitions(metadata, topic, brokers, needed(right)).map_err(|fault| {
        let closed = if fault.is_passing() { Closed::Away } else { Closed::Refused };
        closed(Finding::of(check, fault, LOOK))
    })?;
    // Where the brokers do not tell, the first record does.
    let told = rights::of_topic(contact.client(), topic, REQUEST).ok().flatten();
    lacking(check, topic, right, told.as_deref()).map_or(Ok(partitions), |finding| Err(Closed::Refused(finding)))
}

/// What it means that this user may do what is `told` with a topic, for a run that needs `right`.
fn lacking(check: Check, topic: &str, right: Right, told: Option<&[Right]>) -> Option<Finding> {
    told.filter(|told| !told.contains(&right))?;
    let act = if right == Right::Read { "read" } else { "write to" };
    let finding = format!("topic {topic}: not authorised, this user may see it and not {act} it");
    Some(Finding::failed(check, finding, format!("grant this user {} on the topic", needed(right))))
}

/// What a user of a topic needs, who needs `right`.
fn needed(right: Right) -> &'static str {
    if right == Right::Read { "Read and Describe" } else { "Write and Describe" }
}

/// Makes the clients that send to these topics, which connect to nothing yet: some properties fit a client that reads
/// and none that writes.
///
/// # Errors
/// If librdkafka refuses one.
pub fn clients(plan: &Plan) -> Result<(), Finding> {
    let fail: Fail = Arc::new(|_nothing_is_sent| ());
    let letters = Letters::new(plan.letters(), &fail).map(drop);
    let alerts = plan.alerts.as_ref().and_then(|alerts| alerts.topic.as_ref());
    let alerts = alerts
        .map_or(Ok(()), |to| alerts::target::topic::TopicTarget::new(to, &plan.name, mpsc::channel().0).map(drop));
    letters.and(alerts).map_err(|fault| Finding::of(CLIENT, fault, "correct its properties"))
}

/// The topics that a run of one plan needs, and the clients that ask about them: one for all that have the same
/// brokers.
pub struct Topics<'a> {
    contacts: Vec<BrokerContact<'a>>,
    needed: Vec<(Access<'a>, Right)>,
}

impl<'a> Topics<'a> {
    /// Those of `plan`; nothing is connected yet.
    ///
    /// # Errors
    /// If librdkafka refuses a property.
    pub fn of(plan: &'a Plan) -> Result<Topics<'a>, Finding> {
        clients(plan)?;
        let Source::Kafka(source) = &plan.source;
        let source = Access { check: TOPIC, ..Access::to(source) };
        let sent_to = sent_to(plan).into_iter().map(|access| (access, Right::Write));
        let needed: Vec<_> = std::iter::once((source, Right::Read)).chain(sent_to).collect();
        let mut contacts: Vec<BrokerContact<'a>> = Vec::new();
        for (access, _) in &needed {
            if !contacts.iter().any(|contact| contact.access.is_as(*access)) {
                contacts.push(access.contact()?);
            }
        }
        Ok(Topics { contacts, needed })
    }

    /// A question for each, the topic that is read before those that are sent to.
    pub fn questions(&self) -> impl Iterator<Item = TopicQuestion<'_>> {
        self.needed.iter().filter_map(|(access, right)| {
            let contact = self.contacts.iter().find(|contact| contact.access.is_as(*access))?;
            Some(TopicQuestion { access: *access, right: *right, contact })
        })
    }
}

/// Whether a run may use a topic.
pub struct TopicQuestion<'a> {
    access: Access<'a>,
    right: Right,
    contact: &'a BrokerContact<'a>,
}

impl TopicQuestion<'_> {
    /// Asks once, and returns how large the topic is.
    ///
    /// # Errors
    /// What is wrong with it, and whether to ask again.
    pub fn ask(&self) -> Result<Size, Closed> {
        let metadata = self.contact.metadata(self.access.topic)?;
        let partitions = usable(self.contact, self.access, &metadata, self.right)?.len();
        Ok(Size { partitions, brokers: metadata.brokers().len(), ..Size::default() })
    }

    /// The same, where a run need not know: alerts wait for their brokers, and nothing waits for alerts.
    ///
    /// # Errors
    /// As [`TopicQuestion::ask`].
    pub fn ask_for_run(&self) -> Result<Option<Size>, Closed> {
        match self.ask() {
            Err(Closed::Away(_)) if self.access.check == ALERTS => Ok(None),
            asked => asked.map(Some),
        }
    }

    /// Whether it is about the topic that is read.
    #[must_use]
    pub fn is_of_source(&self) -> bool {
        self.right == Right::Read
    }

    /// How the brokers are that are asked.
    #[must_use]
    pub fn health(&self) -> &kafka::Health {
        self.contact.client().context().health()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Verdict, fixture};

    #[test]
    fn a_right_that_is_lacking_is_named_and_silence_is_none() {
        let lacks = |right, told| lacking(TOPIC, "sales", right, told);
        let reader = lacks(Right::Write, Some(&[Right::Read, Right::Describe])).unwrap();
        assert!(reader.verdict == Verdict::Failed && reader.finding.contains("may see it and not write to it"));
        assert_eq!(reader.remedy.as_deref(), Some("grant this user Write and Describe on the topic"));
        let seer = lacks(Right::Read, Some(&[Right::Describe])).unwrap();
        assert!(seer.remedy.unwrap().contains("Read and Describe"));
        assert_eq!(lacks(Right::Read, Some(&[Right::Read, Right::Write])), None);
        assert_eq!(lacks(Right::Read, None), None, "brokers that do not tell");
    }

    #[test]
    fn a_property_that_fits_no_client_that_sends_is_found_without_sending() {
        let mut plan = fixture::plan();
        assert_eq!(clients(&plan), Ok(()));
        let properties = vec![("acks".to_owned(), "1".to_owned())];
        plan.late = Some(mare_letters::LetterTopic { brokers: "b:1".into(), topic: "late".into(), properties });
        let refused = clients(&plan).unwrap_err();
        assert!(refused.finding.contains("acks") && refused.remedy.unwrap().contains("[late]"), "{}", refused.finding);
    }

    #[test]
    fn every_topic_that_a_plan_sends_to_is_asked_for_by_one_client_where_one_will_do() {
        let mut plan = fixture::plan();
        assert!(sent_to(&plan).is_empty());
        let Source::Kafka(source) = &plan.source;
        let to = |topic: &str| mare_letters::LetterTopic {
            brokers: source.brokers.clone(),
            topic: topic.into(),
            properties: source.properties.clone(),
        };
        let (late, dead) = (to("late"), mare_letters::LetterTopic { brokers: "other:1".into(), ..to("dead") });
        let alerts =
            mare_dataflow::alerts::Alerts { webhook: None, topic: Some(to("alerts")), max_age_ms: 0, rules: vec![] };
        (plan.late, plan.dead_letter, plan.alerts) = (Some(late), Some(dead), Some(alerts));
        let checks: Vec<_> = sent_to(&plan).iter().map(|access| access.check).collect();
        assert_eq!(checks, [LATE, DEAD_LETTER, ALERTS]);
        let topics = Topics::of(&plan).unwrap();
        assert_eq!((topics.contacts.len(), topics.needed.len()), (2, 4));
        let asked: Vec<_> = topics.questions().map(|question| question.health().brokers().to_owned()).collect();
        let own = &source.brokers;
        assert_eq!(asked, [own, own, "other:1", own], "each of its own brokers");
    }
}
