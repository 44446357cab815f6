//! The control document of a collection, and the commands that read and change it. Pure.
//!
//! It is the document of the collection `mare_control` whose `_id` is the name of the documents' collection:
//!
//! ```json
//! { "_id": "faturamento_tempo_real", "format": 1, "dataflow": "black-friday", "fingerprint": "5c0f…", "generation": 3,
//!   "shown": { "0": 120, "1": 98, "2": 131 }, "who": "host:4711", "since": "2025-11-28T12:00:00Z",
//!   "fields": ["janela_inicio", "janela_fim", "volume_vendas"] }
//! ```
//!
//! `fields` are those by which the documents of the dataflow are known from others, which `--overwrite` leaves alone;
//! `overwriting` is there, and true, while documents are being removed.

use ::mongodb::bson::raw::{RawArrayBuf, RawDocumentBuf};
use ::mongodb::bson::{Bson, DateTime, Document, rawdoc};
use jiff::Timestamp;

use super::connection::durable;
use super::reply::number;
use crate::sink::document::{ID, Layout};
use crate::sink::fence::{Claim, Control, Decision, FORMAT, Generation};
use crate::source::{Offset, Partition, Positions};

/// The collection of the control documents, in the database of the documents.
pub(super) const COLLECTION: &str = "mare_control";

/// A control document as the server has it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// What it says, whatever the kind of sink.
    pub(super) control: Control,
    /// By which fields the documents are known.
    pub(super) fields: Vec<String>,
}

impl Found {
    /// Reads a control document; `None` if it is not one.
    pub(super) fn parse(document: &Document) -> Option<Found> {
        let text = |key: &str| document.get_str(key).ok().map(str::to_owned);
        let control = Control {
            format: number(document.get("format")?)?,
            dataflow: text("dataflow")?,
            fingerprint: text("fingerprint")?,
            generation: generation(document)?,
            shown: positions(document.get_document("shown").ok()?)?,
            who: text("who")?,
            since: Timestamp::from_millisecond(document.get_datetime("since").ok()?.timestamp_millis()).ok()?,
            overwriting: document.get_bool("overwriting").unwrap_or(false),
        };
        let fields = document.get_array("fields").ok()?.iter().map(|field| field.as_str().map(str::to_owned));
        let fields: Vec<_> = fields.collect::<Option<_>>()?;
        // Without any, every document would count as one of the dataflow's.
        (!fields.is_empty()).then_some(Found { control, fields })
    }
}

/// The number of the newest run.
fn generation(document: &Document) -> Option<Generation> {
    number(document.get("generation")?)?.try_into().ok().map(Generation)
}

/// Positions as a document has them.
fn positions(document: &Document) -> Option<Positions> {
    let position =
        |(partition, offset): (&String, &Bson)| Some((Partition(partition.parse().ok()?), Offset(number(offset)?)));
    document.iter().map(position).collect()
}

/// Reads the control document of `collection`.
pub(super) fn find(collection: &str) -> RawDocumentBuf {
    rawdoc! { "find": COLLECTION, "filter": { ID: collection }, "limit": 1, "singleBatch": true }
}

/// Makes the first control document of `collection`, for the run of `claim`; its `_id` is taken if another run was faster.
pub(super) fn insert(
    collection: &str,
    layout: &Layout,
    claim: &Claim,
    decision: Decision,
    now: Timestamp,
) -> RawDocumentBuf {
    let mut document = rawdoc! { ID: collection, "generation": int(Generation::UNFENCED.next()), "shown": {} };
    document.append("fields", array(&layout.signature()));
    append_dataflow(&mut document, claim);
    append_run(&mut document, claim, decision, now);
    rawdoc! { "insert": COLLECTION, "documents": [document], "writeConcern": durable() }
}

/// Takes the generation behind `found` for the run of `claim`, if it is still the newest; returns the new document.
///
/// What the old document says of the documents stays until they are removed, so that a run that ends in the middle
/// leaves nothing unsaid.
pub(super) fn take(
    collection: &str,
    found: Generation,
    claim: &Claim,
    decision: Decision,
    now: Timestamp,
) -> RawDocumentBuf {
    let mut set = rawdoc! { "generation": int(found.next()) };
    append_run(&mut set, claim, decision, now);
    rawdoc! {
        "findAndModify": COLLECTION,
        "query": { ID: collection, "generation": int(found) },
        "update": { "$set": set },
        "new": true,
        "writeConcern": durable(),
    }
}

/// Says that the documents that stood there are gone: from now on they are those of `claim`, and none has been shown.
pub(super) fn replaced(collection: &str, ours: Generation, layout: &Layout, claim: &Claim) -> RawDocumentBuf {
    let mut set = rawdoc! { "fields": array(&layout.signature()), "shown": {} };
    append_dataflow(&mut set, claim);
    update(collection, ours, rawdoc! { "$set": set, "$unset": { "overwriting": "" } })
}

/// Raises the positions to `rising`, if the run of `ours` is still the newest. With nothing to raise it asks just that.
pub(super) fn raise(collection: &str, ours: Generation, rising: &Positions) -> RawDocumentBuf {
    if rising.is_empty() {
        return update(collection, ours, rawdoc! { "$set": { "generation": int(ours) } });
    }
    let mut highest = RawDocumentBuf::new();
    for (partition, offset) in rising {
        highest.append(format!("shown.{partition}"), offset.0);
    }
    update(collection, ours, rawdoc! { "$max": highest })
}

/// Updates the control document, if the run of `ours` is still the newest.
fn update(collection: &str, ours: Generation, update: RawDocumentBuf) -> RawDocumentBuf {
    let operation = rawdoc! { "q": { ID: collection, "generation": int(ours) }, "u": update };
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

/// Says whose documents they are.
fn append_dataflow(document: &mut RawDocumentBuf, claim: &Claim) {
    document.append("dataflow", &*claim.dataflow);
    document.append("fingerprint", &*claim.fingerprint);
}

/// Says which run is the newest and what it is about to do.
fn append_run(document: &mut RawDocumentBuf, claim: &Claim, decision: Decision, now: Timestamp) {
    document.append("who", &*claim.who);
    document.append("since", DateTime::from_millis(now.as_millisecond()));
    document.append("format", FORMAT);
    if decision == Decision::Replace {
        document.append("overwriting", true);
    }
}

/// A generation as the server keeps it.
fn int(generation: Generation) -> i64 {
    i64::try_from(generation.0).unwrap_or(i64::MAX)
}

/// Texts as an array.
fn array(texts: &[&str]) -> RawArrayBuf {
    texts.iter().copied().collect()
}
