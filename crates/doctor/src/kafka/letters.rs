//! The topics that a run sends to, of late events, dead letters and alerts, as the doctor looks at them.

use super::contact::{Access, BrokerContact, Closed};
use super::topics;
use crate::list::CLIENT;
use crate::{Finding, counted};
use mare_dataflow::Plan;
use mare_raw::rights::Right;

/// Checks the topics that `plan` names. `source` asks the brokers of the source, if they answer; they are those of the
/// letters unless the file names others.
#[must_use]
pub fn check(plan: &Plan, source: Access<'_>, answers: Option<&BrokerContact<'_>>) -> Vec<Finding> {
    let check = |access: Access<'_>| match answers {
        Some(contact) if contact.access.is_as(access) => one(contact, access),
        None if source.is_as(access) => Finding::unknown(access.check, "its brokers are those of the source"),
        _ => access.contact().map_or_else(|refused| refused, |contact| one(&contact, access)),
    };
    let sent_to = topics::sent_to(plan);
    let clients = match topics::clients(plan) {
        _ if sent_to.is_empty() => None,
        Ok(()) => Some(Finding::ok(CLIENT, "their properties fit a client that sends")),
        Err(refused) => Some(refused),
    };
    clients.into_iter().chain(sent_to.into_iter().map(check)).collect()
}

/// Checks one topic.
fn one(contact: &BrokerContact<'_>, access: Access<'_>) -> Finding {
    let metadata = match contact.greet(access.topic) {
        Ok(metadata) => metadata,
        Err(refused) => return Finding { check: access.check, ..refused },
    };
    match topics::usable(contact, access, &metadata, Right::Write) {
        Ok(partitions) => {
            let (topic, count) = (access.topic, counted(partitions.len(), "partition"));
            Finding::ok(access.check, format!("{topic} is there, with {count}"))
        }
        Err(Closed::Away(finding) | Closed::Refused(finding)) => finding,
    }
}
