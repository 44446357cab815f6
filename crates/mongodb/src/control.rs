//! The commands that read and change the control document of a collection. Pure.
//!
//! It is the document of the collection `mare_control` whose `_id` is the name of the documents' collection:
//!
//! ```json
//! { "_id": "faturamento_tempo_real", "format": 2, "id": "0f8c…", "dataflow": "black-friday", "fingerprint": "5c0f…",
//!   "generation": 3, "log": { "cluster": "4L6g…", "topic": "kVbn…" }, "shown": { "0": 120, "1": 98, "2": 131 }, "begins": { "0": 0, "1": 0, "2": 0 }, "collection": "80c6…",
//!   "control_collection": "d7d4…", "who": "host:4711", "since": "2025-11-28T12:00:00Z",
//!   "fields": ["janela_inicio", "janela_fim", "volume_vendas"] }
//! ```
//!
//! `fields` are those by which the documents of the dataflow are known from others, which `--overwrite` leaves alone;
//! `collection` and `control_collection` are the UUIDs that the server gave the documents' collection and this one, if
//! it tells them; `overwriting` is there, and true, while documents are being removed. Format 1 has no `id`, no
//! `begins` and no UUIDs; `log` came later, and a release that does not know it leaves it alone. Where partitions were
//! silent, the format is 3, and there is `"journal": { "1": { "98": 1764331320000 } }`: for partition 1 that time was
//! promised in front of offset 98.

use ::mongodb::bson::raw::{RawArrayBuf, RawBson, RawDocumentBuf};
use ::mongodb::bson::{DateTime, rawdoc};

use super::connection::durable;
use super::stored::Uuids;
use mare_model::canary;
use mare_model::journal::Heartbeat;
use mare_model::position::{LogId, Positions};
use mare_sink::document::{ID, Layout};
use mare_sink::fence::{ClaimDecision, ControlDocument, FORMAT, FencingToken, Generation};

/// The collection of the control documents, in the database of the documents.
pub(super) const COLLECTION: &str = "mare_control";

/// Reads the control document of `collection`.
pub(super) fn find(collection: &str) -> RawDocumentBuf {
    rawdoc! { "find": COLLECTION, "filter": { ID: collection }, "limit": 1, "singleBatch": true }
}

/// Makes `control` the first control document of `collection`; its `_id` is taken if another run was faster.
pub(super) fn insert(
    collection: &str,
    layout: &Layout,
    control: &ControlDocument,
    decision: ClaimDecision,
    uuids: &Uuids,
) -> RawDocumentBuf {
    let mut document = rawdoc! { ID: collection };
    append_run(&mut document, control, (decision, Some(control.format)));
    append_documents(&mut document, control, layout, uuids);
    rawdoc! { "insert": COLLECTION, "documents": [document], "writeConcern": durable() }
}

/// Puts the run of `control` in the place of that of `found`, if it is still the newest; returns the new document.
///
/// What the old document says of documents that are to be removed stays until they are, so that a run that ends in the
/// middle leaves nothing unsaid. What they show is never lowered by a claim, and of the journal only what is `passed`
/// goes, one by one.
pub(super) fn take(
    collection: &str,
    (found, passed): (Generation, &[Heartbeat]),
    control: &ControlDocument,
    decision: ClaimDecision,
    uuids: &Uuids,
) -> RawDocumentBuf {
    let mut set = RawDocumentBuf::new();
    append_run(&mut set, control, (decision, None));
    if decision != ClaimDecision::Replace {
        append_dataflow(&mut set, control, uuids);
    }
    // The run before may write down a heartbeat until here, which makes it format 3.
    let mut update = rawdoc! { "$set": set, "$max": { "format": control.format } };
    if !passed.is_empty() {
        update.append("$unset", passed.iter().map(|heartbeat| (in_journal(heartbeat), "")).collect::<RawDocumentBuf>());
    }
    rawdoc! {
        "findAndModify": COLLECTION,
        "query": { ID: collection, "generation": int(found) },
        "update": update,
        "new": true,
        "writeConcern": durable(),
    }
}

/// Says that the documents that stood there are gone: from now on they are those of `control`, and none has been shown.
pub(super) fn replaced(collection: &str, control: &ControlDocument, layout: &Layout, uuids: &Uuids) -> RawDocumentBuf {
    let mut set = RawDocumentBuf::new();
    append_documents(&mut set, control, layout, uuids);
    update(
        own(collection, control.generation, None),
        rawdoc! { "$set": set, "$unset": { "overwriting": "", "journal": "" } },
    )
}

/// Writes heartbeats into the journal, if the run of `token` is still the newest.
pub(super) fn declare(collection: &str, token: &FencingToken, heartbeats: &[Heartbeat]) -> RawDocumentBuf {
    let mut highest = RawDocumentBuf::new();
    heartbeats.iter().for_each(|heartbeat| highest.append(in_journal(heartbeat), heartbeat.promise.0));
    highest.append("format", FORMAT);
    update(own(collection, token.generation, token.id.as_deref()), rawdoc! { "$max": highest })
}

/// Where a heartbeat stands.
fn in_journal(heartbeat: &Heartbeat) -> String {
    format!("journal.{}.{}", heartbeat.partition, heartbeat.offset)
}

/// Matches the control document, if the run of `ours` is still the newest, and it is the one with this `id`, if that is
/// known.
pub(super) fn own(collection: &str, ours: Generation, id: Option<&str>) -> RawDocumentBuf {
    let mut query = canary!(
        Generation,
        rawdoc! { ID: collection, "generation": int(ours) },
        without: return rawdoc! { ID: collection }
    );
    if let Some(id) = id {
        query.append("id", id);
    }
    query
}

/// Updates the control document that `query` matches.
pub(super) fn update(query: RawDocumentBuf, update: RawDocumentBuf) -> RawDocumentBuf {
    let operation = rawdoc! { "q": query, "u": update };
    rawdoc! { "update": COLLECTION, "updates": [operation], "writeConcern": durable() }
}

/// Looks for one document of a dataflow whose documents have all of `fields`.
pub(super) fn find_one_of_ours(collection: &str, fields: &[&str]) -> RawDocumentBuf {
    rawdoc! { "find": collection, "filter": ours(fields), "limit": 1, "singleBatch": true, "projection": { ID: 1 } }
}

/// Removes the documents of dataflows whose documents have all of the fields of one of `signatures`.
pub(super) fn remove(collection: &str, signatures: &[Vec<&str>]) -> RawDocumentBuf {
    let either: RawArrayBuf = signatures.iter().map(|fields| ours(fields)).collect();
    let operation = rawdoc! { "q": { "$or": either }, "limit": 0 };
    rawdoc! { "delete": collection, "deletes": [operation], "writeConcern": durable() }
}

/// Matches the documents that a dataflow makes: the `_id` is a text, and each of `fields` is there. Whatever else
/// somebody keeps in the collection is left alone.
fn ours(fields: &[&str]) -> RawDocumentBuf {
    let mut filter = rawdoc! { ID: { "$type": "string" } };
    for field in fields {
        filter.append(field, rawdoc! { "$exists": true });
    }
    filter
}

/// Says which run is the newest and what it is about to do.
fn append_run(
    document: &mut RawDocumentBuf,
    control: &ControlDocument,
    (decision, format): (ClaimDecision, Option<i64>),
) {
    document.append("generation", int(control.generation));
    document.append("who", &*control.who);
    document.append("since", DateTime::from_millis(control.since.as_millisecond()));
    format.into_iter().for_each(|format| document.append("format", format));
    if decision == ClaimDecision::Replace {
        document.append("overwriting", true);
    }
}

/// Says whose documents they are, and which.
fn append_dataflow(document: &mut RawDocumentBuf, control: &ControlDocument, uuids: &Uuids) {
    let Uuids { documents, control: own, .. } = uuids;
    for (key, text) in [("id", &control.id), ("collection", documents), ("control_collection", own)] {
        document.append(key, text.as_deref().map_or(RawBson::Null, RawBson::from));
    }
    document.append("dataflow", &*control.dataflow);
    document.append("fingerprint", &*control.fingerprint);
    document.append("begins", numbers(&control.begins));
    document.append("log", log(&control.log));
}

/// The same of documents of which there are none yet.
fn append_documents(document: &mut RawDocumentBuf, control: &ControlDocument, layout: &Layout, uuids: &Uuids) {
    append_dataflow(document, control, uuids);
    document.append("fields", array(&layout.signature()));
    document.append("shown", numbers(&control.shown));
}

/// What a log is known by, as far as that is known.
fn log(id: &LogId) -> RawDocumentBuf {
    let LogId { cluster, topic } = id;
    let mut log = RawDocumentBuf::new();
    for (key, text) in [("cluster", cluster), ("topic", topic)] {
        text.iter().for_each(|text| log.append(key, &**text));
    }
    log
}

/// Positions as the server keeps them.
fn numbers(positions: &Positions) -> RawDocumentBuf {
    let mut numbers = RawDocumentBuf::new();
    for (partition, offset) in positions {
        numbers.append(partition.to_string(), offset.0);
    }
    numbers
}

/// A generation as the server keeps it.
pub(super) fn int(generation: Generation) -> i64 {
    i64::try_from(generation.0).unwrap_or(i64::MAX)
}

/// Texts as an array.
fn array(texts: &[&str]) -> RawArrayBuf {
    texts.iter().copied().collect()
}

#[cfg(test)]
mod tests {
    use ::mongodb::bson::{Bson, Document, doc};
    use jiff::Timestamp;

    use super::*;
    use crate::stored::StoredControl;
    use mare_sink::fixture::{claim, positions, sales};

    use mare_model::position::{Offset, Partition};
    use mare_model::time::EventTime;
    use mare_sink::fence::Claim;

    fn uuids() -> Uuids {
        Uuids { documents: Some("uuid".into()), control: Some("other".into()), is_there: true }
    }

    fn next(found: Option<&ControlDocument>, decision: ClaimDecision) -> ControlDocument {
        ControlDocument::next(found, &claim("f1", false), decision, Timestamp::UNIX_EPOCH)
    }

    /// The first control document of a run of the flagship.
    fn inserted(control: &ControlDocument, decision: ClaimDecision) -> Document {
        let command = insert("vendas", &sales().layout(), control, decision, &uuids());
        let command = command.to_document().unwrap();
        command.get_array("documents").unwrap()[0].as_document().unwrap().clone()
    }

    #[test]
    fn what_is_inserted_is_what_is_read() {
        for (decision, overwriting) in [(ClaimDecision::Keep, false), (ClaimDecision::Replace, true)] {
            let begins = positions(&[(0, 7)]);
            let control = ControlDocument { begins, ..next(None, decision) };
            let fields = ["janela_inicio", "janela_fim", "volume_vendas"].map(str::to_owned).to_vec();
            let read = StoredControl::parse(&inserted(&control, decision));
            let control = ControlDocument { overwriting, ..control };
            assert_eq!(read, Some(StoredControl { control, fields, uuids: uuids() }));
        }
    }

    #[test]
    fn one_from_before_logs_were_noted_is_read() {
        let log = LogId { cluster: Some("c".into()), topic: None };
        let noted = ControlDocument { log: log.clone(), ..next(None, ClaimDecision::Keep) };
        let mut document = inserted(&noted, ClaimDecision::Keep);
        assert_eq!(StoredControl::parse(&document).unwrap().control.log, log);
        document.remove("log");
        assert_eq!(
            StoredControl::parse(&document).unwrap().control,
            ControlDocument { log: LogId::default(), ..noted }
        );
    }

    #[test]
    fn positions_are_read_in_any_type_of_number() {
        let mut document = inserted(&next(None, ClaimDecision::Keep), ClaimDecision::Keep);
        document.insert("shown", doc! { "0": 5, "11": 7.0, "2": 1_i64 << 40 });
        let shown = StoredControl::parse(&document).unwrap().control.shown;
        assert_eq!(shown, positions(&[(0, 5), (2, 1 << 40), (11, 7)]));
    }

    #[test]
    fn something_else_is_no_control_document() {
        let good = inserted(&next(None, ClaimDecision::Keep), ClaimDecision::Keep);
        for key in ["format", "dataflow", "fingerprint", "generation", "shown", "who", "since", "fields"] {
            let mut lacking = good.clone();
            lacking.remove(key);
            assert_eq!(StoredControl::parse(&lacking), None, "{key}");
        }
        for (key, value) in [
            ("shown", doc! { "x": 1 }.into()),
            ("begins", doc! { "x": 1 }.into()),
            ("fields", Bson::Array(vec![])),
            ("generation", Bson::Int64(-1)),
        ] {
            let mut wrong = good.clone();
            wrong.insert(key, value);
            assert_eq!(StoredControl::parse(&wrong), None, "{key}");
        }
    }

    #[test]
    fn every_change_asks_for_the_generation_and_is_durable() {
        let query = doc! { "_id": "vendas", "generation": 7_i64 };
        let durable = durable().to_document().unwrap();
        let update = |command: RawDocumentBuf| {
            let command = command.to_document().unwrap();
            assert_eq!(command.get_document("writeConcern"), Ok(&durable));
            let operation = command.get_array("updates").unwrap()[0].as_document().unwrap();
            assert_eq!(operation.get_document("q"), Ok(&query));
            operation.get_document("u").unwrap().clone()
        };
        let seven = ControlDocument { generation: Generation(7), ..next(None, ClaimDecision::Replace) };
        let done = update(replaced("vendas", &seven, &sales().layout(), &uuids()));
        assert_eq!(done.get_document("$unset"), Ok(&doc! { "overwriting": "", "journal": "" }));
        let eight = next(Some(&seven), ClaimDecision::Replace);
        let taken =
            take("vendas", (Generation(7), &[]), &eight, ClaimDecision::Replace, &uuids()).to_document().unwrap();
        assert_eq!((taken.get_document("query"), taken.get_document("writeConcern")), (Ok(&query), Ok(&durable)));
        let set = taken.get_document("update").and_then(|update| update.get_document("$set")).unwrap();
        assert_eq!((set.get_i64("generation"), set.get_bool("overwriting")), (Ok(8), Ok(true)));
        assert!(["fingerprint", "fields", "id", "shown"].iter().all(|key| !set.contains_key(key)), "{set}");
    }

    #[test]
    fn a_heartbeat_is_written_by_the_newest_run_and_taken_out_alone() {
        let token = FencingToken { generation: Generation(7), id: Some("s1".into()) };
        let heartbeat = |offset, promise| Heartbeat {
            partition: Partition(1),
            offset: Offset(offset),
            promise: EventTime(promise),
        };
        let command = declare("vendas", &token, &[heartbeat(98, 5), heartbeat(99, 6)]).to_document().unwrap();
        let operation = command.get_array("updates").unwrap()[0].as_document().unwrap();
        assert_eq!(operation.get_document("q"), Ok(&doc! { "_id": "vendas", "generation": 7_i64, "id": "s1" }));
        let highest = doc! { "$max": { "journal.1.98": 5_i64, "journal.1.99": 6_i64, "format": 3_i64 } };
        assert_eq!(operation.get_document("u"), Ok(&highest));
        let seven = ControlDocument { generation: Generation(7), ..next(None, ClaimDecision::Keep) };
        let eight = next(Some(&seven), ClaimDecision::Keep);
        let found = (Generation(7), &[heartbeat(98, 5)][..]);
        let taken = take("vendas", found, &eight, ClaimDecision::Keep, &uuids()).to_document().unwrap();
        let update = taken.get_document("update").unwrap();
        assert_eq!(update.get_document("$unset"), Ok(&doc! { "journal.1.98": "" }));
        assert_eq!(update.get_document("$max"), Ok(&doc! { "format": 2_i64 }), "it never falls");
        let mut document = inserted(&next(None, ClaimDecision::Keep), ClaimDecision::Keep);
        assert!(
            StoredControl::parse(&document).unwrap().control.journal.is_empty() && !document.contains_key("journal")
        );
        document.insert("journal", doc! { "1": { "99": 6_i64, "98": 5.0 } });
        let journal = StoredControl::parse(&document).unwrap().control.journal;
        assert_eq!(journal, [heartbeat(98, 5), heartbeat(99, 6)].into_iter().collect());
    }

    #[test]
    fn a_claim_that_keeps_the_documents_keeps_their_id_and_renews_the_rest() {
        let seven = ControlDocument { generation: Generation(7), ..next(None, ClaimDecision::Keep) };
        let renewed = Claim { fingerprint: "f2".into(), ..claim("f1", false) };
        let eight = ControlDocument::next(Some(&seven), &renewed, ClaimDecision::Keep, Timestamp::UNIX_EPOCH);
        let taken = take("vendas", (Generation(7), &[]), &eight, ClaimDecision::Keep, &uuids()).to_document().unwrap();
        let set = taken.get_document("update").and_then(|update| update.get_document("$set")).unwrap();
        assert_eq!((set.get_str("id").ok(), set.get_str("fingerprint")), (seven.id.as_deref(), Ok("f2")));
        assert_eq!((set.get_str("collection"), set.contains_key("shown")), (Ok("uuid"), false));
    }
}
