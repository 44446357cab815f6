//! The collection that documents go to, and its server.
//!
//! # Layout
//! * [`rights`]: what the user may do (pure)
//! * [`collection`]: what stands under its name (pure)
//! * [`indexes`]: foreign unique ones, and the one for the newest windows (pure)

pub mod collection;
pub mod indexes;
pub mod rights;

use jiff::Timestamp;

use super::{Finding, clock, owner};
use crate::dataflow::{MongoSink, Plan};
use crate::sink::document::Layout;
use crate::sink::mongodb::inspect::{Inspection, Owner, inspect};
use crate::sink::{Claim, SinkError};

/// The remedy where no server answers.
const AWAY: &str = "start the server, correct host and port in sink.mongodb.uri, or add directConnection=true to it if the server \
                    names replica set members that this host does not know";

/// Examines the collection of `sink` for a run of `plan` that would say `claim`.
pub fn examine(plan: &Plan, sink: &MongoSink, claim: &Claim, found: &mut Vec<Finding>) {
    match look(plan, sink, claim) {
        Ok(findings) => found.extend(findings),
        Err(error) => found.push(Finding::of("mongodb.login", error, AWAY)),
    }
}

/// The same.
///
/// # Errors
/// If the server is away or refuses the credentials. One that goes away meanwhile has told nothing.
pub fn look(plan: &Plan, sink: &MongoSink, claim: &Claim) -> Result<Vec<Finding>, SinkError> {
    let layout = Layout::of(plan);
    let asked_ms = Timestamp::now().as_millisecond();
    let inspection = inspect(sink, &layout, claim)?;
    let answered_ms = Timestamp::now().as_millisecond();
    let Inspection { local_time_ms, privileges, collection, validates, indexes, owner: claimed, checkpoint } =
        inspection;
    let (collection, indexes, claimed, checkpoint) =
        (there(collection)?, there(indexes)?, there(claimed)?, there(checkpoint)?);
    let mut found = vec![Finding::ok("mongodb.login", format!("{} answers", sink.redacted_uri()))];
    found.push(rights::judge(privileges, sink));
    found.extend(collection::judge(&collection, validates));
    found.extend(indexes::judge(&indexes, &layout, matches!(collection, Ok(None))));
    found.push(documents(claimed));
    found.push(owner::judge(checkpoint, claim, AWAY));
    let there = local_time_ms.map(|there_ms| clock::Reading { asked_ms, answered_ms, there_ms });
    found.push(match there {
        Some(reading) => clock::judge("clock.mongodb", "MongoDB", reading, plan.event.max_ahead_ms),
        None => Finding::unknown("clock.mongodb", "the server does not tell its time"),
    });
    Ok(found)
}

/// An answer, be it a refusal; an error if the server has gone away.
fn there<T>(answer: Result<T, SinkError>) -> Result<Result<T, SinkError>, SinkError> {
    match answer {
        Err(SinkError::Away(why)) => Err(SinkError::Away(why)),
        answer => Ok(answer),
    }
}

/// Whose documents stand in the collection.
fn documents(owner: Result<Option<Owner>, SinkError>) -> Finding {
    let check = "mongodb.documents";
    match owner {
        Ok(None) => Finding::ok(check, "no run has claimed the collection yet"),
        Ok(Some(Owner { generation, who, since })) => {
            Finding::ok(check, format!("this dataflow's own: run {generation} ({who}) claimed them {since}"))
        }
        Err(error) => Finding::of(check, error, AWAY),
    }
}
