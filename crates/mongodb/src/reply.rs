//! What the reply to a command that writes says. Pure.

use ::mongodb::bson::{Bson, Document};

/// The reply of the server to one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// Documents that matched and were replaced, or were inserted.
    pub(super) applied: u64,
    /// Operations that found their `_id` taken by a document that they may not replace.
    pub(super) taken: Vec<Taken>,
    /// The first operation that failed for another reason.
    pub(super) failed: Option<WriteError>,
    /// Why the writes may not be durable although they were made.
    pub(super) undurable: Option<String>,
}

/// An operation that found its `_id` taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// Its index in the command.
    pub(super) index: usize,
    /// The `_id` that is taken, if the server tells it. Under a collation it need not be that of the operation.
    pub(super) id: Option<String>,
}

/// Why an operation failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WriteError {
    /// The server's number for the reason.
    pub(super) code: i32,
    /// The server's words.
    pub(super) message: String,
}

/// The code of a duplicate key.
pub(super) const DUPLICATE_KEY: i32 = 11_000;

impl Reply {
    /// Reads a reply; `None` if it is not one to a write.
    pub(super) fn parse(reply: &Document) -> Option<Reply> {
        let applied = number(reply.get("n")?)?.try_into().ok()?;
        let mut parsed = Reply { applied, taken: Vec::new(), failed: None, undurable: undurable(reply) };
        for error in reply.get_array("writeErrors").into_iter().flatten() {
            parsed.note(error.as_document()?)?;
        }
        Some(parsed)
    }

    /// Takes in one entry of `writeErrors`.
    fn note(&mut self, error: &Document) -> Option<()> {
        let index = usize::try_from(number(error.get("index")?)?).ok()?;
        match Taken::of(error, index) {
            Some(taken) => self.taken.push(taken),
            None => drop(self.failed.get_or_insert(WriteError::of(error))),
        }
        Some(())
    }
}

impl Taken {
    /// What the error of operation `index` says, if it is that its `_id` is taken.
    pub(super) fn of(error: &Document, index: usize) -> Option<Taken> {
        let id = || error.get_document("keyValue").and_then(|keys| keys.get_str("_id")).ok().map(str::to_owned);
        is_id_taken(error).then(|| Taken { index, id: id() })
    }
}

impl WriteError {
    /// What the error of an operation says.
    pub(super) fn of(error: &Document) -> WriteError {
        WriteError { code: code(error), message: message(error) }
    }
}

/// Whether the operation found its `_id` taken, and not the key of another unique index.
fn is_id_taken(error: &Document) -> bool {
    let by_id = match error.get_document("keyPattern") {
        Ok(keys) => keys.keys().eq(["_id"]),
        Err(_) => message(error).contains("index: _id_ "),
    };
    code(error) == DUPLICATE_KEY && by_id
}

/// Why the write concern does not hold, if it does not.
pub(super) fn undurable(reply: &Document) -> Option<String> {
    let error = reply.get_document("writeConcernError").ok()?;
    Some(format!("{} (code {})", message(error), code(error)))
}

/// The code of an error; 0 if it has none.
fn code(error: &Document) -> i32 {
    error.get("code").and_then(number).and_then(|code| code.try_into().ok()).unwrap_or_default()
}

/// The words of an error.
fn message(error: &Document) -> String {
    error.get_str("errmsg").unwrap_or("the server gives no reason").to_owned()
}

/// A whole number, in whatever type the server writes it.
pub(super) fn number(value: &Bson) -> Option<i64> {
    match value {
        Bson::Int32(number) => Some((*number).into()),
        Bson::Int64(number) => Some(*number),
        Bson::Double(number) => Some(*number as i64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use ::mongodb::bson::doc;

    use super::*;

    const BY_ID: &str = "E11000 duplicate key error collection: t.c index: _id_ dup key: { _id: \"a\" }";
    const BY_OTHER: &str = "E11000 duplicate key error collection: t.c index: x_id_ dup key: { x: 1 }";

    #[test]
    fn a_clean_reply_counts() {
        let reply = Reply::parse(&doc! { "ok": 1.0, "n": 3, "nModified": 2, "upserted": [{ "index": 0, "_id": "a" }] });
        assert_eq!(reply, Some(Reply { applied: 3, taken: vec![], failed: None, undurable: None }));
    }

    #[test]
    fn a_taken_id_is_told_from_the_key_of_another_index() {
        let reply = Reply::parse(&doc! { "ok": 1, "n": 0_i64, "writeErrors": [
            { "index": 1, "code": 11_000, "errmsg": "words", "keyPattern": { "_id": 1 }, "keyValue": { "_id": "a" } },
            { "index": 4, "code": 11_000, "errmsg": BY_ID },
            { "index": 5, "code": 11_000, "errmsg": BY_OTHER },
            { "index": 6, "code": 11_000, "errmsg": BY_ID, "keyPattern": { "x": 1 } },
        ] });
        let reply = reply.unwrap();
        let taken = [(1, Some("a")), (4, None)].map(|(index, id)| Taken { index, id: id.map(str::to_owned) });
        assert_eq!(reply.taken, taken);
        assert_eq!(reply.failed, Some(WriteError { code: DUPLICATE_KEY, message: BY_OTHER.into() }));
    }

    #[test]
    fn other_failures_and_write_concerns_are_seen() {
        let reply =
            Reply::parse(&doc! { "ok": 1, "n": 0, "writeErrors": [{ "index": 0, "code": 121, "errmsg": "no" }],
            "writeConcernError": { "code": 64, "errmsg": "waiting for replication timed out" } });
        let reply = reply.unwrap();
        assert_eq!(reply.failed, Some(WriteError { code: 121, message: "no".into() }));
        assert_eq!(reply.undurable.as_deref(), Some("waiting for replication timed out (code 64)"));
    }

    #[test]
    fn something_else_is_no_reply() {
        assert_eq!(Reply::parse(&doc! { "ok": 1 }), None);
        assert_eq!(Reply::parse(&doc! { "ok": 1, "n": "many" }), None);
    }
}
