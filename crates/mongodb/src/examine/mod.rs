//! The collection that documents go to, and its server: what keeps a run from its work there.
//!
//! # Layout
//! * `rights`: what the user may do (pure)
//! * `collection`: what stands under its name (pure)
//! * `indexes`: foreign unique ones, and the one for the newest windows (pure)

mod collection;
mod indexes;
mod rights;

use jiff::Timestamp;

use super::MongoSink;
use super::inspect::{Inspection, Owner, inspect};
use mare_checks::{Finding, checks, clock};
use mare_sink::document::Layout;
use mare_sink::examine::{Examination, owner};
use mare_sink::{Claim, SinkError};

checks! {
    /// The server answers and lets us in.
    LOGIN: "mongodb.login", Refuses;
    /// The user may do what a run does.
    RIGHTS: "mongodb.rights", Refuses;
    /// What stands under the collection's name takes upserts.
    COLLECTION: "mongodb.collection", Refuses;
    /// Its validator accepts the documents.
    VALIDATOR: "mongodb.validator", Refuses;
    /// No unique index refuses documents.
    UNIQUE: "mongodb.unique_index", Refuses;
    /// The index for the newest windows is there; otherwise a run makes it.
    INDEX: "mongodb.index", None;
    /// The documents are nobody's, or this dataflow's own.
    DOCUMENTS: "mongodb.documents", Refuses;
    /// The server has this host's time, on which no number depends.
    CLOCK: "clock.mongodb", None;
}

/// The remedy where no server answers.
const AWAY: &str = "start the server, correct host and port in sink.mongodb.uri, or add directConnection=true to it if the server \
                    names replica set members that this host does not know";

/// Examines the collection of `sink` for a run of the dataflow of `layout` that would say `claim`. One that goes away
/// meanwhile has told nothing.
pub(super) fn examine(sink: &MongoSink, layout: &Layout, claim: &Claim, max_ahead_ms: i64) -> Examination {
    match look(sink, layout, claim, max_ahead_ms) {
        Ok(findings) => findings.into(),
        Err(error) => {
            Examination { findings: vec![Finding::of(LOGIN, error.fault().clone(), AWAY)], unanswered: Some(error) }
        }
    }
}

/// What is found of a server that answers.
fn look(sink: &MongoSink, layout: &Layout, claim: &Claim, max_ahead_ms: i64) -> Result<Vec<Finding>, SinkError> {
    let asked_ms = Timestamp::now().as_millisecond();
    let inspection = inspect(sink, layout, claim)?;
    let answered_ms = Timestamp::now().as_millisecond();
    let Inspection { local_time_ms, privileges, collection, validates, indexes, owner: claimed, checkpoint } =
        inspection;
    let (collection, indexes, claimed, checkpoint) =
        (there(collection)?, there(indexes)?, there(claimed)?, there(checkpoint)?);
    let mut found = vec![Finding::ok(LOGIN, format!("{} answers", sink.redacted_uri()))];
    found.push(rights::judge(privileges, sink));
    found.extend(collection::judge(&collection, validates));
    found.extend(indexes::judge(&indexes, layout, matches!(collection, Ok(None))));
    found.push(documents(claimed));
    found.push(owner::judge(checkpoint, claim, AWAY));
    let there = local_time_ms.map(|there_ms| clock::ClockReading { asked_ms, answered_ms, there_ms });
    found.push(match there {
        Some(reading) => clock::judge(CLOCK, "MongoDB", reading, max_ahead_ms),
        None => Finding::unknown(CLOCK, "the server does not tell its time"),
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
    let check = DOCUMENTS;
    match owner {
        Ok(None) => Finding::ok(check, "no run has claimed the collection yet"),
        Ok(Some(Owner { generation, who, since })) => {
            Finding::ok(check, format!("this dataflow's own: run {generation} ({who}) claimed them {since}"))
        }
        Err(error) => Finding::of(check, error, AWAY),
    }
}
