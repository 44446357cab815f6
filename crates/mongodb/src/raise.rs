//! Raising the positions in the control document: alone, or in front of the documents of a batch. Pure.
//!
//! # How one operation holds up those behind it
//! An update that matches nothing is no error, and would hold up nothing. So in front of documents it is an upsert that
//! can only fail: the new document would begin with the generation that is asked for, a number, and a field is to be
//! set inside that. Where the control document is the run's own, that part is left out by the server, as
//! `$setOnInsert` is; where it is another's, or shows less, or none stands, the operation fails, and inserts
//! nothing.
//! If a server did insert all the same, the `_id` would be taken wherever a control document stands; where none does,
//! the reply says that it was inserted, and what stands there then can be read by no claim.

use ::mongodb::bson::raw::RawDocumentBuf;
use ::mongodb::bson::rawdoc;

use super::control;
use mare_model::position::Positions;
use mare_sink::fence::FencingToken;

/// How the control document is raised if the run is still the newest, and an older copy was not put back.
#[derive(Clone, Debug)]
pub(super) struct Raise {
    /// Matches the control document if it is the run's own and shows what the run has seen it show.
    query: RawDocumentBuf,
    /// The positions that rise, by their fields; with none of them it is only asked.
    highest: RawDocumentBuf,
    /// The run's generation, as the server keeps it.
    generation: i64,
}

impl Raise {
    /// To `rising`, by the run of `token`, which has seen at least `shown`.
    pub(super) fn new(collection: &str, token: &FencingToken, (rising, shown): (&Positions, &Positions)) -> Raise {
        let mut query = control::own(collection, token.generation, token.id.as_deref());
        let mut highest = RawDocumentBuf::new();
        for (partition, offset) in rising {
            let field = format!("shown.{partition}");
            if let Some(shown) = shown.get(partition) {
                query.append(&*field, rawdoc! { "$gte": shown.0 });
            }
            highest.append(field, offset.0);
        }
        Raise { query, highest, generation: control::int(token.generation) }
    }

    /// The command that does it alone: it matches nothing if the run is superseded.
    pub(super) fn command(&self) -> RawDocumentBuf {
        let change = if self.highest.is_empty() {
            rawdoc! { "$set": { "generation": self.generation } }
        } else {
            rawdoc! { "$max": self.highest.clone() }
        };
        control::update(self.query.clone(), change)
    }

    /// The operation in front of documents, on namespace `namespace`: it fails if the run is superseded.
    pub(super) fn operation(&self, namespace: i32) -> RawDocumentBuf {
        let mut change = rawdoc! { "$setOnInsert": { "generation.none": true } };
        if !self.highest.is_empty() {
            change.append("$max", self.highest.clone());
        }
        rawdoc! { "update": namespace, "filter": self.query.clone(), "updateMods": change, "upsert": true }
    }
}

#[cfg(test)]
mod tests {
    use ::mongodb::bson::{Document, doc};

    use super::*;
    use mare_sink::fence::Generation;
    use mare_sink::fixture::positions;

    fn raise(rising: &[(i32, i64)], shown: &[(i32, i64)]) -> Raise {
        let token = FencingToken { generation: Generation(7), id: None };
        Raise::new("vendas", &token, (&positions(rising), &positions(shown)))
    }

    /// What is asked for, and what is changed.
    fn alone(raise: &Raise) -> (Document, Document) {
        let command = raise.command().to_document().unwrap();
        let durable = crate::connection::durable().to_document().unwrap();
        assert_eq!(command.get_document("writeConcern"), Ok(&durable));
        let operation = command.get_array("updates").unwrap()[0].as_document().unwrap();
        let part = |key| operation.get_document(key).unwrap().clone();
        (part("q"), part("u"))
    }

    #[test]
    fn it_asks_for_the_generation_and_for_what_was_seen() {
        let own = doc! { "_id": "vendas", "generation": 7_i64 };
        let risen = doc! { "$max": { "shown.0": 5_i64, "shown.2": 9_i64 } };
        assert_eq!(alone(&raise(&[(0, 5), (2, 9)], &[])), (own.clone(), risen.clone()));
        let guarded = doc! { "_id": "vendas", "generation": 7_i64, "shown.0": { "$gte": 3_i64 } };
        assert_eq!(alone(&raise(&[(0, 5), (2, 9)], &[(0, 3)])), (guarded, risen));
        assert_eq!(alone(&raise(&[], &[])), (own, doc! { "$set": { "generation": 7_i64 } }));
    }

    #[test]
    fn in_front_of_documents_it_can_insert_nothing() {
        let none = doc! { "generation.none": true };
        for (rising, changes) in [
            (&[(0, 5)][..], doc! { "$setOnInsert": none.clone(), "$max": { "shown.0": 5_i64 } }),
            (&[], doc! { "$setOnInsert": none }),
        ] {
            let operation = raise(rising, &[]).operation(0).to_document().unwrap();
            let own = doc! { "_id": "vendas", "generation": 7_i64 };
            assert_eq!(operation, doc! { "update": 0, "filter": own, "updateMods": changes, "upsert": true });
        }
    }
}
