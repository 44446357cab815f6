//! The control document of a collection, as the server has it. Pure.

use ::mongodb::bson::{Bson, Document};
use jiff::Timestamp;

use super::reply::number;
use mare_model::journal::{Heartbeat, Journal};
use mare_model::position::{LogId, Offset, Partition, Positions};
use mare_model::time::EventTime;
use mare_sink::fence::{ControlDocument, Generation};

/// A control document as the server has it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StoredControl {
    /// What it says, whatever the kind of sink.
    pub(super) control: ControlDocument,
    /// By which fields the documents are known.
    pub(super) fields: Vec<String>,
    /// By what the server knew the collections when it was written.
    pub(super) uuids: Uuids,
}

/// What the server knows the two collections of a sink by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Uuids {
    /// The UUID of the documents' collection, if the server tells it.
    pub(super) documents: Option<String>,
    /// That of the collection of the control documents.
    pub(super) control: Option<String>,
    /// Whether the documents' collection is there at all.
    pub(super) is_there: bool,
}

impl Uuids {
    /// Whether the documents' collection is not the same as in `now`, and that of the control documents is: it was
    /// dropped behind the control document's back. In a database that was restored from a copy both are others.
    pub(super) fn is_another(&self, now: &Uuids) -> bool {
        let is_known = self.documents.is_some() && now.documents.is_some();
        is_known && self.documents != now.documents && self.control == now.control
    }
}

impl StoredControl {
    /// Reads a control document; `None` if it is not one.
    pub(super) fn parse(document: &Document) -> Option<StoredControl> {
        let text = |key: &str| document.get_str(key).ok().map(str::to_owned);
        let control = ControlDocument {
            format: number(document.get("format")?)?,
            id: text("id"),
            dataflow: text("dataflow")?,
            fingerprint: text("fingerprint")?,
            generation: generation(document)?,
            log: document.get_document("log").map(log_id).unwrap_or_default(),
            shown: positions(document.get_document("shown").ok()?)?,
            begins: document.get_document("begins").map_or(Some(Positions::new()), positions)?,
            journal: document.get_document("journal").map_or(Some(Journal::default()), journal)?,
            who: text("who")?,
            since: Timestamp::from_millisecond(document.get_datetime("since").ok()?.timestamp_millis()).ok()?,
            overwriting: document.get_bool("overwriting").unwrap_or(false),
        };
        let fields = document.get_array("fields").ok()?.iter().map(|field| field.as_str().map(str::to_owned));
        let fields: Vec<_> = fields.collect::<Option<_>>()?;
        // Without any, every document would count as one of the dataflow's.
        let uuids = Uuids { documents: text("collection"), control: text("control_collection"), is_there: true };
        (!fields.is_empty()).then_some(StoredControl { control, fields, uuids })
    }
}

/// The number of the newest run.
fn generation(document: &Document) -> Option<Generation> {
    number(document.get("generation")?)?.try_into().ok().map(Generation)
}

/// What a log is known by, as a document has it.
fn log_id(document: &Document) -> LogId {
    let text = |key: &str| document.get_str(key).ok().map(str::to_owned);
    LogId { cluster: text("cluster"), topic: text("topic") }
}

/// Positions as a document has them.
fn positions(document: &Document) -> Option<Positions> {
    let position =
        |(partition, offset): (&String, &Bson)| Some((Partition(partition.parse().ok()?), Offset(number(offset)?)));
    document.iter().map(position).collect()
}

/// A journal as a document has it: by partition and offset what is promised.
fn journal(document: &Document) -> Option<Journal> {
    let mut journal = Journal::default();
    for (partition, promises) in document {
        let partition = Partition(partition.parse().ok()?);
        for (offset, promise) in promises.as_document()? {
            let (offset, promise) = (Offset(offset.parse().ok()?), EventTime(number(promise)?));
            journal.add(Heartbeat { partition, offset, promise });
        }
    }
    Some(journal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_sink::fixture::positions;

    fn uuids() -> Uuids {
        Uuids { documents: Some("uuid".into()), control: Some("other".into()), is_there: true }
    }

    #[test]
    fn a_collection_that_is_made_anew_alone_is_another() {
        let now = |documents: Option<&str>, control: &str| Uuids {
            documents: documents.map(str::to_owned),
            control: Some(control.into()),
            is_there: true,
        };
        assert!(uuids().is_another(&now(Some("anew"), "other")));
        assert!(!uuids().is_another(&now(Some("restored"), "restored")), "a database restored from a copy");
        assert!(!uuids().is_another(&now(Some("uuid"), "other")) && !uuids().is_another(&now(None, "other")));
        assert!(!Uuids::default().is_another(&uuids()), "one of format 1");
    }

    /// The control document of a run that finds `found`.
    /// A control document that the last release with format 1 has written.
    #[test]
    fn one_of_format_1_is_read() {
        let kept = include_bytes!("../../../tests/fixtures/control-v1/mongodb.bson");
        let kept = Document::from_reader(&kept[..]).unwrap();
        let StoredControl { control, fields, uuids } = StoredControl::parse(&kept).unwrap();
        assert_eq!((control.format, &control.id), (1, &None));
        assert_eq!(uuids, Uuids { is_there: true, ..Uuids::default() });
        assert_eq!((&*control.dataflow, &*control.fingerprint), ("black-friday", "f9a92987fbd9f62a"));
        assert_eq!(control.shown, positions(&[(0, 8), (1, 8), (2, 7), (3, 7)]));
        assert_eq!((control.generation, control.begins), (Generation(1), Positions::new()));
        assert_eq!(fields, ["janela_inicio", "janela_fim", "volume_vendas"]);
    }
}
