//! Documents of a collection read back.
//!
//! A page is one `find`, sorted by the server, which keeps no more than the page while it sorts. The index that writers
//! make serves the pages of one group; without a group the server goes through the collection, unless any order will
//! do: then it is that of the `_id`, which has an index. Its reply comes in batches of at most 16 MiB, of whatever size
//! the page is.

use ::mongodb::bson::raw::{RawArrayBuf, RawBson, RawDocumentBuf};
use ::mongodb::bson::{Bson, DateTime, Document, rawdoc};

use super::connection::CollectionConnection;
use super::{MongoSink, claim, reply, update};
use mare_model::journal::Journal;
use mare_model::position::Positions;
use mare_model::time::EventTime;
use mare_sink::document::{ID, Layout};
use mare_sink::parse::{self, Stored};
use mare_sink::ranking::{RANKED_TOTAL, RANKED_VALUE};
use mare_sink::{Query, Reader, SinkError, StoredDocument};

/// A connection that reads a MongoDB collection. It needs the role `read` on the database, and makes nothing.
#[derive(Debug)]
pub struct MongoReader {
    /// The collection on its server.
    connection: CollectionConnection,
    /// What a document consists of.
    layout: Layout,
}

impl MongoReader {
    /// Connects to the server of `sink` and asks whether it answers.
    ///
    /// # Errors
    /// [`SinkError::Away`] if no server answers in time, by default 5 seconds; [`SinkError::Refused`] if the uri, the
    /// credentials or a name are wrong.
    pub fn connect(sink: &MongoSink, layout: Layout) -> Result<Self, SinkError> {
        update::check_names(sink, &layout)?;
        Ok(MongoReader { connection: CollectionConnection::reach_to_read(sink)?, layout })
    }

    /// What stands there under `filter`, as it comes.
    fn page(
        &self,
        filter: RawDocumentBuf,
        sort: RawDocumentBuf,
        limit: usize,
    ) -> Result<Vec<StoredDocument>, SinkError> {
        if limit == 0 {
            return Ok(Vec::new()); // a limit of 0 is none to the server
        }
        let documents = self.connection.read(find(&self.connection.collection, filter, sort, limit), limit)?;
        Ok(documents.into_iter().map(|document| found(&self.layout, document)).collect())
    }
}

impl Reader for MongoReader {
    fn find(&mut self, query: &Query) -> Result<Vec<StoredDocument>, SinkError> {
        let Some(filter) = filter(&self.layout, query) else { return Ok(Vec::new()) };
        let mut page = Vec::new();
        if query.wants_strays() {
            let most = query.limit.saturating_sub(1);
            page = self.page(strays(&self.layout), rawdoc! { ID: 1 }, most)?;
        }
        let rest = query.limit.saturating_sub(page.len());
        page.extend(self.page(filter, sort(&self.layout, query), rest)?);
        Ok(page)
    }

    fn size(&mut self) -> Result<u64, SinkError> {
        let reply = self.connection.ask(rawdoc! { "count": &*self.connection.collection })?;
        let count = reply.get("n").and_then(reply::number).and_then(|count| count.try_into().ok());
        count.ok_or_else(|| self.connection.target.away("the server's reply to a count is none"))
    }

    fn shown(&mut self) -> Result<Option<Positions>, SinkError> {
        Ok(claim::find(&self.connection)?.map(|found| found.control.shown))
    }

    fn begins(&mut self) -> Result<Positions, SinkError> {
        Ok(claim::find(&self.connection)?.map(|found| found.control.begins).unwrap_or_default())
    }

    fn journal(&mut self) -> Result<Journal, SinkError> {
        Ok(claim::find(&self.connection)?.map(|found| found.control.journal).unwrap_or_default())
    }
}

/// The command that asks for a page.
fn find(collection: &str, filter: RawDocumentBuf, sort: RawDocumentBuf, limit: usize) -> RawDocumentBuf {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    rawdoc! { "find": collection, "filter": filter, "sort": sort, "limit": limit, "batchSize": limit.min(BATCH) }
}

/// How many documents a batch has at most.
const BATCH: i64 = 2_000;

/// The order of a page.
fn sort(layout: &Layout, query: &Query) -> RawDocumentBuf {
    let mut sort = RawDocumentBuf::new();
    let order = layout.order().filter(|_| !query.any_order);
    order.into_iter().for_each(|order| sort.append(order, if query.newest_first { -1 } else { 1 }));
    sort.append(ID, 1);
    sort
}

/// Matches what `query` asks for and has a place in the order; `None` if its group is none of this plan's, or it is of
/// times that are not told apart.
fn filter(layout: &Layout, query: &Query) -> Option<RawDocumentBuf> {
    let mut filter = RawDocumentBuf::new();
    for (name, value) in query.group.as_deref().map_or(Some(Vec::new()), |group| layout.of_group(group))? {
        filter.append(name, update::bson(value, false));
    }
    let mut of_id = rawdoc! { "$type": "string" };
    if query.any_order || layout.order().is_none() {
        query.after.iter().for_each(|(_, id)| of_id.append("$gt", &**id));
    }
    let Some(order) = layout.order() else {
        filter.append(ID, of_id);
        return query.has_all_times().then_some(filter);
    };
    let (mut from, mut to) = (query.from, query.to);
    if let Some((slot, id)) = query.after.as_ref().filter(|_| !query.any_order) {
        let named = layout.windows().name(*slot);
        filter.append("$or", behind(order, named, id, query.newest_first));
        // Said once more as a bound, for the index.
        if query.newest_first {
            to = to.min(EventTime(slot.0.saturating_add(1)));
        } else {
            from = from.max(*slot);
        }
    }
    let windows = layout.windows();
    filter.append(order, between(windows.name(from), windows.name(to)));
    filter.append(ID, of_id);
    Some(filter)
}

/// Matches what comes behind the document `id` of the window that is named by this instant in the field `order`.
fn behind(order: &str, named: EventTime, id: &str, newest_first: bool) -> RawArrayBuf {
    let beyond = if newest_first { "$lt" } else { "$gt" };
    let (mut same, mut other, mut bound) = (RawDocumentBuf::new(), RawDocumentBuf::new(), RawDocumentBuf::new());
    same.append(order, date(named));
    same.append(ID, rawdoc! { "$gt": id });
    bound.append(beyond, date(named));
    other.append(order, bound);
    [same, other].into_iter().collect()
}

/// Matches instants from the one to before the other. A bound that is none is left out: not each server takes dates
/// that no calendar has.
fn between(from: EventTime, to: EventTime) -> RawDocumentBuf {
    let mut bounds = rawdoc! { "$type": "date" };
    for (operator, bound) in [("$gte", from), ("$lt", to)] {
        if bound.timestamp().is_some() {
            bounds.append(operator, date(bound));
        }
    }
    bounds
}

/// Matches what has no place in the order.
fn strays(layout: &Layout) -> RawDocumentBuf {
    let nameless = rawdoc! { ID: { "$not": { "$type": "string" } } };
    let Some(order) = layout.order() else { return nameless };
    let mut dateless = RawDocumentBuf::new();
    dateless.append(order, rawdoc! { "$not": { "$type": "date" } });
    rawdoc! { "$or": [nameless, dateless] }
}

/// An instant as the server keeps it.
fn date(time: EventTime) -> RawBson {
    DateTime::from_millis(time.0).into()
}

/// What a document of the server is.
pub(super) fn found(layout: &Layout, mut document: Document) -> StoredDocument {
    let slot = match layout.order().map(|order| document.get(order)) {
        None => Some(EventTime::MIN),
        Some(Some(Bson::DateTime(named))) => Some(layout.windows().slot_named(EventTime(named.timestamp_millis()))),
        _ => None,
    };
    match document.remove(ID) {
        Some(Bson::String(id)) => {
            let fields = document.into_iter().map(|(name, value)| (name, stored(value))).collect();
            let document = parse::document(layout, &id, fields);
            StoredDocument { slot, document, id }
        }
        other => {
            let id = other.map_or_else(|| "nothing".to_owned(), |id| id.to_string());
            StoredDocument { id, slot: None, document: Err("its `_id` is no text, so no dataflow wrote it".to_owned()) }
        }
    }
}

/// An array as the server has it: a ranking, or none of ours.
fn ranking(all: Vec<Bson>) -> Stored {
    let ranked = |entry| match entry {
        Bson::Document(mut entry) if entry.len() == 2 => {
            Some((stored(entry.remove(RANKED_VALUE)?), stored(entry.remove(RANKED_TOTAL)?)))
        }
        _ => None,
    };
    let all: Option<_> = all.into_iter().map(ranked).collect();
    all.map_or_else(|| Stored::Other("an array that is no ranking".to_owned()), Stored::Ranking)
}

/// A value as the server has it, in the terms that all sinks share.
fn stored(value: Bson) -> Stored {
    match value {
        Bson::DateTime(time) => Stored::Time(EventTime(time.timestamp_millis())),
        Bson::String(text) => Stored::Text(text),
        Bson::Boolean(truth) => Stored::Boolean(truth),
        Bson::Int64(number) => Stored::Integer(number),
        Bson::Double(number) => Stored::Double(number),
        Bson::Decimal128(number) => Stored::Decimal128(number.to_string()),
        Bson::Null => Stored::Null,
        Bson::Array(all) => ranking(all),
        other => Stored::Other(format!("a value of type {:?}", other.element_type())),
    }
}

#[cfg(test)]
mod tests {
    use ::mongodb::bson::{doc, oid::ObjectId};

    use super::*;
    use crate::update::Replacement;
    use mare_model::time::{Window, Windows};
    use mare_model::total::{Change, Key};
    use mare_sink::fixture::{change, final_change, key, sales, sales_with_final, sensors, total};

    /// What the writer makes of a change, as the server has it.
    fn written(layout: &Layout, change: &Change, decimal128: bool) -> Document {
        Replacement::of(layout, layout.render(change).unwrap(), decimal128).document().to_document().unwrap()
    }

    #[test]
    fn every_type_is_read_back() {
        for (plan, group) in [(sales(), "Café"), (sales_with_final(), r"a\|b"), (sensors(), r"-7|true|a\|b")] {
            let layout = plan.layout();
            let wide = i128::from(i64::MAX) * 100 + 7;
            for change in [
                change(key(group, -60_000), total(3, &[641_856, -9])),
                final_change(key(group, 0), total(i64::MAX, &[-1, 1 << 62])),
                change(key(group, 60_000), total(1, &[0, 0])),
                change(key(group, 60_000), total(1, &[wide, wide])),
            ] {
                let expected = layout.render(&change).unwrap();
                let exact = written(&layout, &change, true);
                let back = found(&layout, exact);
                assert_eq!((back.slot, back.document.as_ref()), (Some(change.key.window.start), Ok(&expected)));
                let double = written(&layout, &change, false);
                let back = found(&layout, double.clone()).document.unwrap();
                let again = Replacement::of(&layout, back, false).document().to_document().unwrap();
                assert_eq!(again, double);
            }
        }
    }

    #[test]
    fn what_no_dataflow_wrote_says_so() {
        let layout = sales().layout();
        let id = ObjectId::from_bytes([7; 12]);
        let foreign = found(&layout, doc! { "_id": id, "categoria": "Gamer" });
        assert_eq!(foreign.id, format!("ObjectId(\"{id}\")"));
        assert!(foreign.slot.is_none() && foreign.document.is_err());
        let unsigned = found(&layout, doc! { "_id": "config", "versão": 3_i32 });
        assert_eq!((unsigned.id, unsigned.slot), ("config".to_owned(), None));
        assert_eq!(unsigned.document.unwrap_err(), "the field `janela_inicio` is missing");
        let mut narrow = written(&layout, &change(key("Gamer", 0), total(3, &[1])), false);
        narrow.insert("volume_vendas", 3_i32);
        let said = found(&layout, narrow).document.unwrap_err();
        assert_eq!(said, "`volume_vendas` is a value of type Int32, not a whole number of 64 bits");
    }

    #[test]
    fn without_windows_a_page_is_in_the_order_of_names() {
        let mut plan = sales();
        plan.view.windows = Windows::global();
        let layout = plan.layout();
        let query = Query { after: Some((EventTime::MIN, "a|all".to_owned())), newest_first: true, ..Query::all(7) };
        let found = filter(&layout, &query).unwrap().to_document().unwrap();
        assert_eq!(found, doc! { "_id": { "$type": "string", "$gt": "a|all" } });
        assert_eq!(sort(&layout, &query).to_document().unwrap(), doc! { "_id": 1 });
        assert!(filter(&layout, &Query { from: EventTime(0), ..Query::all(7) }).is_none(), "of no time");
        let change = change(Key { window: Window::ALL, ..key("a", 0) }, total(3, &[1]));
        let back = self::found(&layout, written(&layout, &change, true));
        assert_eq!((back.slot, back.document), (Some(EventTime::MIN), Ok(layout.render(&change).unwrap())));
    }

    #[test]
    fn a_page_is_sorted_and_bounded_by_the_server() {
        let layout = sales().layout();
        let after = Some((EventTime(5), "Gamer|x".to_owned()));
        let query = Query { group: Some("Gamer".into()), after, newest_first: true, ..Query::all(7) };
        let command = find("vendas", filter(&layout, &query).unwrap(), sort(&layout, &query), query.limit);
        let at = DateTime::from_millis(5);
        let within = doc! { "janela_inicio": at, "_id": { "$gt": "Gamer|x" } };
        let filter = doc! {
            "categoria": "Gamer",
            "$or": [within, { "janela_inicio": { "$lt": at } }],
            "janela_inicio": { "$type": "date", "$lt": DateTime::from_millis(6) },
            "_id": { "$type": "string" },
        };
        let sort = doc! { "janela_inicio": -1, "_id": 1 };
        let expected = doc! { "find": "vendas", "filter": filter, "sort": sort, "limit": 7_i64, "batchSize": 7_i64 };
        assert_eq!(command.to_document().unwrap(), expected);
    }
}
