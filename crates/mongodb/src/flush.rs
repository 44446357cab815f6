//! A batch on its way to the server: the control document and then the documents, in one command where the server takes
//! it and the batch is small enough, else in several.

use std::collections::BTreeSet;

use ::mongodb::bson::raw::RawDocumentBuf;

use super::bulk::{self, BulkReply};
use super::connection::CollectionConnection;
use super::raise::Raise;
use super::reply::Reply;
use super::update::{self, Replacement};
use mare_sink::document::ID;
use mare_sink::{SinkError, Written};

/// What has become of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flushed {
    /// The control document is raised, and the documents stand.
    Done(Written),
    /// The control document is not the run's own: the run is superseded, and nothing was written.
    NotOwn,
}

/// Where commands are sent: a connection, or in tests whatever plays one.
pub(super) trait Server {
    /// The names of the database and of the collection.
    fn names(&self) -> (&str, &str);

    /// Sends a command that writes.
    fn write(&self, command: RawDocumentBuf) -> Result<Reply, SinkError>;

    /// Sends a `bulkWrite` of so many documents; `None` if the server does not take it.
    fn write_in_bulk(&self, command: RawDocumentBuf, documents: usize) -> Result<Option<BulkReply>, SinkError>;

    /// Which of `ids` stand in the collection, compared by their bytes.
    fn standing(&self, ids: &[&str]) -> Result<BTreeSet<String>, SinkError>;

    /// What is said of an `_id` that is taken by a document of another one.
    fn not_taken(&self, id: &str) -> SinkError;
}

impl Server for CollectionConnection {
    fn names(&self) -> (&str, &str) {
        (&self.database, &self.collection)
    }

    fn write(&self, command: RawDocumentBuf) -> Result<Reply, SinkError> {
        CollectionConnection::write(self, command)
    }

    fn write_in_bulk(&self, command: RawDocumentBuf, documents: usize) -> Result<Option<BulkReply>, SinkError> {
        CollectionConnection::write_in_bulk(self, command, documents)
    }

    fn standing(&self, ids: &[&str]) -> Result<BTreeSet<String>, SinkError> {
        let found = self.read(update::find_ids(&self.collection, ids), ids.len())?;
        Ok(found.iter().filter_map(|found| Some(found.get_str(ID).ok()?.to_owned())).collect())
    }

    fn not_taken(&self, id: &str) -> SinkError {
        let cause =
            format!("the server says that the _id `{}` is taken, and no such document stands there", id.escape_debug());
        self.target.refused(&cause, "look for a collation of the collection or of a unique index, and drop it")
    }
}

/// Raises the control document and applies `replacements`, all in one command if the server `knows_bulk` and they are
/// of a size for it. `knows_bulk` is over once the server has not taken one.
pub(super) fn flush(
    server: &impl Server,
    raise: &Raise,
    replacements: &[Replacement],
    knows_bulk: &mut bool,
) -> Result<Flushed, SinkError> {
    let is_of_one_command = update::chunks(replacements).next().is_some_and(|first| first.len() == replacements.len());
    if *knows_bulk && is_of_one_command {
        match in_bulk(server, raise, replacements)? {
            Some(flushed) => return Ok(flushed),
            None => *knows_bulk = false,
        }
    }
    if server.write(raise.command())?.applied == 0 {
        return Ok(Flushed::NotOwn);
    }
    Ok(Flushed::Done(write(server, replacements)?))
}

/// Applies `replacements`, in as many commands as they need.
pub(super) fn write(server: &impl Server, replacements: &[Replacement]) -> Result<Written, SinkError> {
    update::chunks(replacements).try_fold(Written::default(), |sum, chunk| Ok(sum + apply(server, chunk)?))
}

/// Raises the control document and applies one command's worth of replacements; `None` if the server takes no such
/// command, and has done nothing.
fn in_bulk(server: &impl Server, raise: &Raise, chunk: &[Replacement]) -> Result<Option<Flushed>, SinkError> {
    let command = bulk::command(server.names(), raise, chunk);
    let Some(reply) = server.write_in_bulk(command, chunk.len())? else { return Ok(None) };
    if !reply.raised {
        return Ok(Some(Flushed::NotOwn));
    }
    let done = Written { written: reply.applied, stale: 0 };
    // One that is stale has held up those behind it: they are sent as if the control document had been raised alone.
    let rest = reply.taken.map_or(&[][..], |taken| &chunk[taken.index..]);
    Ok(Some(Flushed::Done(if rest.is_empty() { done } else { done + apply(server, rest)? })))
}

/// Applies one command's worth of replacements to the collection of `server`.
fn apply(server: &impl Server, chunk: &[Replacement]) -> Result<Written, SinkError> {
    // STEP 1: insert what is new, replace what is less complete.
    let first = server.write(update::command(server.names().1, chunk, true))?;
    if first.taken.is_empty() {
        return Ok(Written { written: first.applied, stale: 0 });
    }
    // STEP 2: believe that an `_id` is taken only if it is that one (see the head of this module).
    let told: Vec<_> = first.taken.iter().filter_map(|taken| Some((chunk.get(taken.index)?, &taken.id))).collect();
    let doubtful = told.iter().filter(|(replacement, id)| id.as_deref() != Some(replacement.id()));
    let doubtful: Vec<_> = doubtful.map(|(replacement, _)| replacement.id()).collect();
    if !doubtful.is_empty() {
        let standing = server.standing(&doubtful)?;
        if let Some(missing) = doubtful.iter().find(|id| !standing.contains(**id)) {
            return Err(server.not_taken(missing));
        }
    }
    // STEP 3: where a document stands, have the versions compared.
    let taken: Vec<_> = told.into_iter().map(|(replacement, _)| replacement).collect();
    let operations = taken.len() as u64;
    let second = server.write(update::command(server.names().1, taken, false))?;
    Ok(Written { written: first.applied + second.applied, stale: operations.saturating_sub(second.applied) })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use ::mongodb::bson::Document;

    use super::*;
    use crate::reply::Taken;
    use mare_model::position::Positions;
    use mare_sink::fence::{FencingToken, Generation};
    use mare_sink::fixture;

    /// What a command is, and what its operations on documents say: `_id`, the version it needs to be below, whether it
    /// may insert.
    type Sent = (&'static str, Vec<(String, i64, bool)>);

    fn operations(command: &RawDocumentBuf) -> Sent {
        let command = command.to_document().unwrap();
        let (kind, key, filter) = match command.get_str("update") {
            Ok("mare_control") => return ("raise", Vec::new()),
            Ok(_) => ("update", "updates", "q"),
            Err(_) => ("bulk", "ops", "filter"),
        };
        let operations = command.get_array(key).unwrap().iter().map(|operation| operation.as_document().unwrap());
        let says = |operation: &Document| {
            let filter = operation.get_document(filter).unwrap();
            let version = filter.get_document("volume_vendas").unwrap().get_i64("$lt").unwrap();
            (filter.get_str("_id").unwrap().to_owned(), version, operation.get_bool("upsert").unwrap())
        };
        (kind, operations.skip(usize::from(kind == "bulk")).map(says).collect())
    }

    /// A server that gives these replies, and in which these documents stand.
    #[derive(Default)]
    struct Scripted {
        sent: RefCell<Vec<Sent>>,
        replies: RefCell<Vec<Reply>>,
        in_bulk: RefCell<Vec<Option<BulkReply>>>,
        standing: Vec<&'static str>,
    }

    impl Scripted {
        fn new(replies: impl IntoIterator<Item = (u64, Vec<Taken>)>, standing: &[&'static str]) -> Scripted {
            let reply = |(applied, taken)| Reply { applied, taken, failed: None, undurable: None };
            let mut replies: Vec<_> = replies.into_iter().map(reply).collect();
            replies.reverse();
            Scripted { replies: RefCell::new(replies), standing: standing.to_vec(), ..Scripted::default() }
        }

        fn answering(self, in_bulk: Option<BulkReply>) -> Scripted {
            self.in_bulk.borrow_mut().push(in_bulk);
            self
        }

        /// The kinds of the commands that it was sent.
        fn kinds(&self) -> Vec<&'static str> {
            self.sent.borrow().iter().map(|(kind, _)| *kind).collect()
        }
    }

    impl Server for Scripted {
        fn names(&self) -> (&str, &str) {
            ("loja", "vendas")
        }

        fn write(&self, command: RawDocumentBuf) -> Result<Reply, SinkError> {
            self.sent.borrow_mut().push(operations(&command));
            Ok(self.replies.borrow_mut().pop().unwrap())
        }

        fn write_in_bulk(&self, command: RawDocumentBuf, documents: usize) -> Result<Option<BulkReply>, SinkError> {
            self.sent.borrow_mut().push(operations(&command));
            assert_eq!(self.sent.borrow().last().unwrap().1.len(), documents);
            Ok(self.in_bulk.borrow_mut().pop().unwrap())
        }

        fn standing(&self, ids: &[&str]) -> Result<BTreeSet<String>, SinkError> {
            Ok(ids.iter().filter(|id| self.standing.contains(id)).map(|id| (*id).to_owned()).collect())
        }

        fn not_taken(&self, id: &str) -> SinkError {
            SinkError::refused(id, "look")
        }
    }

    fn taken(index: usize, id: Option<&str>) -> Taken {
        Taken { index, id: id.map(str::to_owned) }
    }

    fn chunk(groups: &[(&str, i64)]) -> Vec<Replacement> {
        let layout = fixture::sales().layout();
        let replacement = |(group, n): &(&str, i64)| {
            let change = fixture::change(fixture::key(group, 0), fixture::total(*n, &[0]));
            Replacement::of(&layout, layout.render(&change).unwrap(), false)
        };
        groups.iter().map(replacement).collect()
    }

    fn raise() -> Raise {
        let token = FencingToken { generation: Generation(7), id: None };
        Raise::new("vendas", &token, (&fixture::positions(&[(0, 5)]), &Positions::new()))
    }

    fn in_bulk(raised: bool, applied: u64, taken: Option<Taken>) -> Option<BulkReply> {
        Some(BulkReply { raised, applied, taken, failed: None, undurable: None })
    }

    fn says(group: &str, n: i64, upsert: bool) -> (String, i64, bool) {
        (format!("{group}|1970-01-01T00:00:00Z"), n, upsert)
    }

    /// Two writers insert `a` and `c` in between; that of `a` is less complete than ours and must not win.
    #[test]
    fn a_taken_id_is_no_proof_of_a_more_complete_document() {
        let (a, c) = ("a|1970-01-01T00:00:00Z", "c|1970-01-01T00:00:00Z");
        let server = Scripted::new([(1, vec![taken(0, Some(a)), taken(2, None)]), (1, vec![])], &[c]);
        let written = apply(&server, &chunk(&[("a", 5), ("b", 6), ("c", 7)]));
        assert_eq!(written.unwrap(), Written { written: 2, stale: 1 });
        let first = ("update", vec![says("a", 5, true), says("b", 6, true), says("c", 7, true)]);
        let second = ("update", vec![says("a", 5, false), says("c", 7, false)]);
        assert_eq!(server.sent.into_inner(), [first, second]);
    }

    /// Under a collation the document that stands there is `Gamer`, and is not that of `gamer`.
    #[test]
    fn a_taken_id_is_not_believed_if_another_one_stands_there() {
        let (there, ours) = ("Gamer|1970-01-01T00:00:00Z", "gamer|1970-01-01T00:00:00Z");
        for told in [Some(there), Some("CollationKey(0x3129)"), None] {
            let server = Scripted::new([(0, vec![taken(0, told)])], &[there]);
            let refused = apply(&server, &chunk(&[("gamer", 2)]));
            assert!(matches!(&refused, Err(SinkError::Refused(fault)) if fault.what == ours), "{told:?}: {refused:?}");
            assert_eq!(server.sent.into_inner().len(), 1, "nothing is sent behind that");
        }
    }

    #[test]
    fn a_batch_is_one_command() {
        let server = Scripted::default().answering(in_bulk(true, 2, None));
        let flushed = flush(&server, &raise(), &chunk(&[("a", 5), ("b", 6)]), &mut true);
        assert_eq!(flushed.unwrap(), Flushed::Done(Written { written: 2, stale: 0 }));
        assert_eq!(server.sent.into_inner(), [("bulk", vec![says("a", 5, true), says("b", 6, true)])]);
    }

    /// `b` is stale, and has held up `c`, which has nothing to do with it.
    #[test]
    fn what_a_stale_document_has_held_up_is_sent_again() {
        let b = Some("b|1970-01-01T00:00:00Z");
        let server = Scripted::new([(1, vec![taken(0, b)]), (0, vec![])], &[]);
        let server = server.answering(in_bulk(true, 1, Some(taken(1, b))));
        let flushed = flush(&server, &raise(), &chunk(&[("a", 5), ("b", 6), ("c", 7)]), &mut true);
        assert_eq!(flushed.unwrap(), Flushed::Done(Written { written: 2, stale: 1 }));
        let sent = server.sent.into_inner();
        let (rest, compared) = (vec![says("b", 6, true), says("c", 7, true)], vec![says("b", 6, false)]);
        assert_eq!(sent[1..], [("update", rest), ("update", compared)]);
    }

    #[test]
    fn a_superseded_run_sends_nothing_more() {
        let server = Scripted::default().answering(in_bulk(false, 0, None));
        assert_eq!(flush(&server, &raise(), &chunk(&[("a", 5)]), &mut true).unwrap(), Flushed::NotOwn);
        assert_eq!(server.kinds(), ["bulk"]);
        let server = Scripted::new([(0, vec![])], &[]);
        assert_eq!(flush(&server, &raise(), &chunk(&[("a", 5)]), &mut false).unwrap(), Flushed::NotOwn);
        assert_eq!(server.kinds(), ["raise"]);
    }

    #[test]
    fn a_server_that_takes_no_such_command_is_not_asked_again() {
        let (server, mut knows) = (Scripted::new([1, 1, 1, 1].map(|one| (one, vec![])), &[]).answering(None), true);
        for _ in 0..2 {
            let flushed = flush(&server, &raise(), &chunk(&[("a", 5)]), &mut knows);
            assert_eq!(flushed.unwrap(), Flushed::Done(Written { written: 1, stale: 0 }));
        }
        assert_eq!(server.kinds(), ["bulk", "raise", "update", "raise", "update"]);
    }

    #[test]
    fn what_is_too_much_for_one_command_or_nothing_at_all_is_raised_first() {
        let server = Scripted::new([1, 1_000, 1, 1].map(|applied| (applied, vec![])), &[]);
        let many: Vec<_> = (0..1_001).map(|_| ("a", 5)).collect();
        let flushed = flush(&server, &raise(), &chunk(&many), &mut true);
        assert_eq!(flushed.unwrap(), Flushed::Done(Written { written: 1_001, stale: 0 }));
        assert_eq!(flush(&server, &raise(), &[], &mut true).unwrap(), Flushed::Done(Written::default()));
        assert_eq!(server.kinds(), ["raise", "update", "update", "raise"]);
    }
}
