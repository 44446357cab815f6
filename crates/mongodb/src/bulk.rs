//! The `bulkWrite` command of MongoDB 8.0 and newer: the control document and the documents of a batch in one, and what
//! is answered to it. Pure.

use ::mongodb::bson::raw::{RawArrayBuf, RawDocumentBuf};
use ::mongodb::bson::{Document, rawdoc};

use super::connection::durable;
use super::control;
use super::raise::Raise;
use super::reply::{self, DUPLICATE_KEY, Taken, WriteError, number};
use super::update::Replacement;
use mare_model::canary;

/// The wire version from which a server knows the command.
const WIRE_VERSION: i64 = 25;

/// What a server of several shards calls itself.
const ROUTER: &str = "isdbgrid";

/// The codes of an operation that can only fail where the control document is not the run's own: a field that cannot be
/// set inside of a number, one that may not be changed, and an `_id` that is taken.
const NOT_OWN: [i32; 3] = [28, 66, DUPLICATE_KEY];

/// Whether a server that answers `hello` like this takes the control document and the documents in one command.
///
/// One of several shards may keep them in different logs, of which one may lose its end and the other not: there the
/// control document is to be in the journals of a majority before a document is sent.
pub(super) fn is_known(hello: &Document) -> bool {
    let is_new = hello.get("maxWireVersion").and_then(number).is_some_and(|version| version >= WIRE_VERSION);
    is_new && hello.get_str("msg") != Ok(ROUTER)
}

/// The command that raises the control document and then applies `replacements` to the collection of `sink`, one behind
/// the other: where one fails, none behind it is done. Acknowledged when it is in the journals of a majority.
pub(super) fn command(
    (database, collection): (&str, &str),
    raise: &Raise,
    replacements: &[Replacement],
) -> RawDocumentBuf {
    let documents = replacements.iter().map(|each| each.bulk_operation(1));
    let operations: RawArrayBuf = std::iter::once(raise.operation(0)).chain(documents).collect();
    let namespace = |collection: &str| rawdoc! { "ns": format!("{database}.{collection}") };
    rawdoc! {
        "bulkWrite": 1,
        "ops": operations,
        "nsInfo": [namespace(control::COLLECTION), namespace(collection)],
        "ordered": canary!(Barrier, true, without: false),
        "writeConcern": durable(),
    }
}

/// The reply to such a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BulkReply {
    /// Whether the control document was the run's own, and is raised.
    pub(super) raised: bool,
    /// Documents that were inserted or replaced: the first ones.
    pub(super) applied: u64,
    /// The one behind them, if it found its `_id` taken by a document that it may not replace: it and those behind it
    /// are not done.
    pub(super) taken: Option<Taken>,
    /// Why the one behind them failed, if that was for another reason.
    pub(super) failed: Option<WriteError>,
    /// Why the writes may not be durable although they were made.
    pub(super) undurable: Option<String>,
}

impl BulkReply {
    /// Reads the reply to a command of so many `documents`; `None` if it is none, or does not account for all of them.
    pub(super) fn parse(reply: &Document, documents: usize) -> Option<BulkReply> {
        let results = reply.get_document("cursor").ok()?.get_array("firstBatch").ok()?;
        let results = results.iter().map(|result| result.as_document()).collect::<Option<Vec<_>>>()?;
        let (first, behind) = results.split_first()?;
        let at = |result: &Document| usize::try_from(number(result.get("idx")?)?).ok();
        let errors = number(reply.get("nErrors")?)?;
        let mut parsed =
            BulkReply { raised: true, applied: 0, taken: None, failed: None, undurable: reply::undurable(reply) };
        if at(first)? != 0 {
            return None;
        }
        if !is_done(first) {
            let error = WriteError::of(first);
            parsed.raised = false;
            parsed.failed = Some(error).filter(|error| !NOT_OWN.contains(&error.code));
            return (errors > 0).then_some(parsed);
        }
        // It was inserted: what should have stood there is gone.
        parsed.raised = !first.contains_key("upserted") && number(first.get("n")?)? == 1;
        let done = behind.iter().take_while(|result| is_done(result)).count();
        parsed.applied = done as u64;
        let in_order = behind.iter().enumerate().all(|(index, result)| at(result) == Some(index + 1));
        match behind.get(done) {
            None => (done == documents && errors == 0 && in_order).then_some(parsed),
            Some(error) => {
                match Taken::of(error, done) {
                    Some(taken) => parsed.taken = Some(taken),
                    None => parsed.failed = Some(WriteError::of(error)),
                }
                (errors > 0 && in_order).then_some(parsed)
            }
        }
    }
}

/// Whether the operation of a result was done.
fn is_done(result: &Document) -> bool {
    result.get("ok").and_then(number) == Some(1)
}

#[cfg(test)]
mod tests {
    use ::mongodb::bson::{Bson, doc};

    use super::*;
    use mare_model::position::Positions;
    use mare_sink::fence::{FencingToken, Generation};
    use mare_sink::fixture;

    #[test]
    fn it_is_known_by_new_servers_that_keep_one_log() {
        assert!(
            is_known(&doc! { "maxWireVersion": 25, "setName": "rs0" }) && is_known(&doc! { "maxWireVersion": 27_i64 })
        );
        assert!(!is_known(&doc! { "maxWireVersion": 21 }) && !is_known(&doc! { "ok": 1 }));
        assert!(!is_known(&doc! { "maxWireVersion": 27, "msg": "isdbgrid" }));
    }

    #[test]
    fn the_command_is_ordered_and_the_control_document_comes_first() {
        let (layout, token) = (fixture::sales().layout(), FencingToken { generation: Generation(7), id: None });
        let change = fixture::change(fixture::key("Gamer", 0), fixture::total(3, &[0]));
        let replacement = Replacement::of(&layout, layout.render(&change).unwrap(), false);
        let raise = Raise::new("vendas", &token, (&fixture::positions(&[(0, 5)]), &Positions::new()));
        let command = command(("loja", "vendas"), &raise, std::slice::from_ref(&replacement)).to_document().unwrap();
        assert_eq!(command.keys().next().map(|name| &**name), Some("bulkWrite"));
        assert_eq!(command.get_bool("ordered"), Ok(true));
        assert_eq!(command.get_document("writeConcern"), Ok(&durable().to_document().unwrap()));
        let namespaces = [doc! { "ns": "loja.mare_control" }, doc! { "ns": "loja.vendas" }].map(Bson::from);
        assert_eq!(command.get_array("nsInfo").unwrap()[..], namespaces);
        let operations = command.get_array("ops").unwrap();
        assert_eq!(operations[0].as_document(), Some(&raise.operation(0).to_document().unwrap()));
        assert_eq!(operations[1].as_document(), Some(&replacement.bulk_operation(1).to_document().unwrap()));
        let guarded = doc! { "_id": "Gamer|1970-01-01T00:00:00Z", "volume_vendas": { "$lt": 3_i64 } };
        assert_eq!(operations[1].as_document().unwrap().get_document("filter"), Ok(&guarded));
    }

    /// A reply with these results.
    fn reply(results: &[Document]) -> Document {
        let errors = results.iter().filter(|result| !is_done(result)).count() as i32;
        doc! { "ok": 1.0, "cursor": { "id": 0_i64, "firstBatch": results, "ns": "admin.$cmd.bulkWrite" }, "nErrors": errors }
    }

    fn done(at: i32) -> Document {
        doc! { "ok": 1.0, "idx": at, "n": 1, "nModified": 1 }
    }

    fn failed(at: i32, code: i32) -> Document {
        let message = "E11000 duplicate key error collection: loja.vendas index: _id_ dup key: { _id: \"a\" }";
        doc! { "ok": 0.0, "idx": at, "n": 0, "code": code, "errmsg": message }
    }

    #[test]
    fn what_was_done_is_told_from_what_was_held_up() {
        let inserted = doc! { "ok": 1.0, "idx": 1, "n": 1, "nModified": 0, "upserted": { "_id": "a" } };
        let clean = BulkReply { raised: true, applied: 2, taken: None, failed: None, undurable: None };
        assert_eq!(BulkReply::parse(&reply(&[done(0), inserted, done(2)]), 2), Some(clean.clone()));
        let stale = BulkReply { applied: 1, taken: Some(Taken { index: 1, id: None }), ..clean.clone() };
        assert_eq!(BulkReply::parse(&reply(&[done(0), done(1), failed(2, DUPLICATE_KEY)]), 9), Some(stale));
        let invalid = BulkReply::parse(&reply(&[done(0), failed(1, 121)]), 9).unwrap();
        assert_eq!((invalid.raised, invalid.failed.map(|error| error.code)), (true, Some(121)));
        let mut undurable = reply(&[done(0), done(1)]);
        undurable.insert("writeConcernError", doc! { "code": 64, "errmsg": "waiting timed out" });
        let undurable = BulkReply::parse(&undurable, 1).unwrap();
        assert_eq!(undurable.undurable.as_deref(), Some("waiting timed out (code 64)"));
    }

    #[test]
    fn a_control_document_that_is_not_the_runs_own_is_not_raised() {
        for code in [28, 66, 11_000] {
            let refused = BulkReply::parse(&reply(&[failed(0, code)]), 2).unwrap();
            assert_eq!((refused.raised, refused.failed), (false, None), "{code}");
        }
        let other = BulkReply::parse(&reply(&[failed(0, 13)]), 2).unwrap();
        assert_eq!((other.raised, other.failed.map(|error| error.code)), (false, Some(13)));
        let made = doc! { "ok": 1.0, "idx": 0, "n": 1, "nModified": 0, "upserted": { "_id": "vendas" } };
        let made = BulkReply::parse(&reply(&[made, done(1)]), 1).unwrap();
        assert!(!made.raised, "what should have stood there is gone");
    }

    #[test]
    fn what_does_not_account_for_each_document_is_no_reply() {
        let mut silent = reply(&[done(0), done(1), failed(2, 121)]);
        silent.insert("nErrors", 0);
        let mut concealed = reply(&[done(0), done(1)]);
        concealed.insert("nErrors", 1);
        for (wrong, documents) in [
            (doc! { "ok": 1 }, 1),
            (reply(&[]), 1),
            (reply(&[done(1)]), 1),
            (reply(&[done(0), done(1)]), 2),
            (reply(&[done(0), done(2), done(1)]), 2),
            (silent, 2),
            (concealed, 1),
        ] {
            assert_eq!(BulkReply::parse(&wrong, documents), None, "{wrong}");
        }
    }
}
