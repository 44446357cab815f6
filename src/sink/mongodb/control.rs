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

#[cfg(test)]
mod tests {
    use ::mongodb::bson::doc;

    use super::*;
    use crate::sink::fixture::{claim, positions, sales};

    /// The first control document of a run of the flagship.
    fn inserted(decision: Decision) -> Document {
        let layout = Layout::of(&sales());
        let command = insert("vendas", &layout, &claim("f1", false), decision, Timestamp::UNIX_EPOCH);
        let command = command.to_document().unwrap();
        command.get_array("documents").unwrap()[0].as_document().unwrap().clone()
    }

    #[test]
    fn what_is_inserted_is_what_is_read() {
        for (decision, overwriting) in [(Decision::Keep, false), (Decision::Replace, true)] {
            let Claim { dataflow, fingerprint, who, .. } = claim("f1", false);
            let (generation, shown, since) = (Generation(1), Positions::new(), Timestamp::UNIX_EPOCH);
            let control = Control { format: 1, dataflow, fingerprint, generation, shown, who, since, overwriting };
            let fields = ["janela_inicio", "janela_fim", "volume_vendas"].map(str::to_owned).to_vec();
            assert_eq!(Found::parse(&inserted(decision)), Some(Found { control, fields }));
        }
    }

    #[test]
    fn positions_are_read_in_any_type_of_number() {
        let mut document = inserted(Decision::Keep);
        document.insert("shown", doc! { "0": 5, "11": 7.0, "2": 1_i64 << 40 });
        let shown = Found::parse(&document).unwrap().control.shown;
        assert_eq!(shown, positions(&[(0, 5), (2, 1 << 40), (11, 7)]));
    }

    #[test]
    fn something_else_is_no_control_document() {
        let good = inserted(Decision::Keep);
        for key in ["format", "dataflow", "fingerprint", "generation", "shown", "who", "since", "fields"] {
            let mut lacking = good.clone();
            lacking.remove(key);
            assert_eq!(Found::parse(&lacking), None, "{key}");
        }
        for (key, value) in
            [("shown", doc! { "x": 1 }.into()), ("fields", Bson::Array(vec![])), ("generation", Bson::Int64(-1))]
        {
            let mut wrong = good.clone();
            wrong.insert(key, value);
            assert_eq!(Found::parse(&wrong), None, "{key}");
        }
    }

    #[test]
    fn every_change_asks_for_the_generation_and_is_durable() {
        let (layout, claim) = (Layout::of(&sales()), claim("f1", true));
        let query = doc! { "_id": "vendas", "generation": 7_i64 };
        let durable = durable().to_document().unwrap();
        let update = |command: RawDocumentBuf| {
            let command = command.to_document().unwrap();
            assert_eq!(command.get_document("writeConcern"), Ok(&durable));
            let operation = command.get_array("updates").unwrap()[0].as_document().unwrap();
            assert_eq!(operation.get_document("q"), Ok(&query));
            operation.get_document("u").unwrap().clone()
        };
        let risen = update(raise("vendas", Generation(7), &positions(&[(0, 5), (2, 9)])));
        assert_eq!(risen, doc! { "$max": { "shown.0": 5_i64, "shown.2": 9_i64 } });
        let asked = update(raise("vendas", Generation(7), &Positions::new()));
        assert_eq!(asked, doc! { "$set": { "generation": 7_i64 } });
        let done = update(replaced("vendas", Generation(7), &layout, &claim));
        assert_eq!(done.get_document("$unset"), Ok(&doc! { "overwriting": "" }));
        let taken = take("vendas", Generation(7), &claim, Decision::Replace, Timestamp::UNIX_EPOCH);
        let taken = taken.to_document().unwrap();
        assert_eq!((taken.get_document("query"), taken.get_document("writeConcern")), (Ok(&query), Ok(&durable)));
        let set = taken.get_document("update").and_then(|update| update.get_document("$set")).unwrap();
        assert_eq!((set.get_i64("generation"), set.get_bool("overwriting")), (Ok(8), Ok(true)));
        assert!(!set.contains_key("fingerprint") && !set.contains_key("fields"), "{set}");
    }
}
