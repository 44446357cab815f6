//! What a collection takes up, and how much its indexes are used.
//!
//! Not every server of MongoDB's protocol tells that, nor every user may ask: what is not told is left open.

use std::collections::BTreeMap;

use ::mongodb::bson::raw::RawDocumentBuf;
use ::mongodb::bson::{Bson, Document, rawdoc};
use jiff::Timestamp;

use super::connection::CollectionConnection;
use super::{MongoSink, reply, update};
use mare_sink::SinkError;
use mare_sink::document::Layout;
use mare_sink::storage::{IndexUse, Storage};

/// How many replies are read at most: a sharded collection gives one a shard and index.
const REPLIES_MAX: usize = 1_000;

/// What the server of `sink` tells.
///
/// # Errors
/// [`SinkError::Away`] if it does not answer, [`SinkError::Refused`] if it refuses the credentials.
pub fn of(sink: &MongoSink, layout: &Layout) -> Result<Storage, SinkError> {
    update::check_names(sink, layout)?;
    let connection = CollectionConnection::reach_to_read(sink)?;
    let collection = &*connection.collection;
    let counted = connection.ask(rawdoc! { "count": collection })?;
    let stats = connection.ask(rawdoc! { "collStats": collection }).unwrap_or_default();
    let used = aggregate(&connection, rawdoc! { "$indexStats": {} });
    let listed = connection.ask(rawdoc! { "listIndexes": collection }).unwrap_or_default();
    Ok(Storage {
        place: connection.target.place().name.to_owned(),
        documents: number(&counted, "n").unwrap_or(0),
        data_bytes: number(&stats, "size"),
        storage_bytes: number(&stats, "storageSize"),
        indexes: indexes(&listed, &stats, &used),
    })
}

/// What a stage that looks at the collection tells, if the server knows it.
fn aggregate(connection: &CollectionConnection, stage: RawDocumentBuf) -> Vec<Document> {
    let command = rawdoc! { "aggregate": &*connection.collection, "pipeline": [stage], "cursor": {} };
    connection.read(command, REPLIES_MAX).unwrap_or_default()
}

/// The indexes as they are listed, with their sizes and their use.
fn indexes(listed: &Document, stats: &Document, used: &[Document]) -> Vec<IndexUse> {
    let sizes = stats.get_document("indexSizes").cloned().unwrap_or_default();
    let mut uses: BTreeMap<&str, (u64, Option<Timestamp>)> = BTreeMap::new();
    for told in used {
        let (Ok(name), Ok(accesses)) = (told.get_str("name"), told.get_document("accesses")) else { continue };
        let since = accesses.get_datetime("since").ok();
        let since = since.and_then(|since| Timestamp::from_millisecond(since.timestamp_millis()).ok());
        let all = uses.entry(name).or_insert((0, since));
        *all = (all.0 + number(accesses, "ops").unwrap_or(0), all.1.min(since));
    }
    let listed = listed.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
    let named = listed.into_iter().flatten().filter_map(Bson::as_document);
    let named = named.filter_map(|index| Some((index.get_str("name").ok()?, index.get_document("key").ok()?)));
    named
        .map(|(name, keys)| {
            let (used, since) = uses.get(name).copied().unzip();
            let (keys, bytes) = (keys.iter().map(key).collect(), number(&sizes, name));
            IndexUse { name: name.to_owned(), keys, bytes, used, since: since.flatten() }
        })
        .collect()
}

/// A field of an index; one that descends has a `-` in front.
fn key((name, direction): (&String, &Bson)) -> String {
    let descends = reply::number(direction).is_some_and(|direction| direction < 0);
    format!("{}{name}", if descends { "-" } else { "" })
}

fn number(told: &Document, name: &str) -> Option<u64> {
    told.get(name).and_then(reply::number).and_then(|number| number.try_into().ok())
}

#[cfg(test)]
mod tests {
    use ::mongodb::bson::{DateTime, doc};

    use super::*;

    fn listed() -> Document {
        let batch = vec![
            doc! { "name": "_id_", "key": { "_id": 1 } },
            doc! { "name": "newest", "key": { "categoria": 1, "janela_inicio": -1.0 } },
        ];
        doc! { "cursor": { "firstBatch": batch } }
    }

    #[test]
    fn indexes_have_their_sizes_and_the_use_of_all_shards() {
        let stats = doc! { "indexSizes": { "_id_": 20_480_i32, "newest": 36_864.0 } };
        let [early, late] = [1_000, 2_000].map(DateTime::from_millis);
        let used = |ops: i64, since| doc! { "name": "newest", "accesses": { "ops": ops, "since": since } };
        let found = indexes(&listed(), &stats, &[used(3, late), used(4, early)]);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].keys.join(","), found[0].bytes, found[0].used), ("_id".into(), Some(20_480), None));
        assert_eq!((found[1].keys.join(","), found[1].bytes), ("categoria,-janela_inicio".into(), Some(36_864)));
        assert_eq!((found[1].used, found[1].since), (Some(7), Timestamp::from_second(1).ok()));
    }

    #[test]
    fn what_a_server_does_not_tell_is_left_open() {
        let found = indexes(&listed(), &Document::new(), &[]);
        assert!(found.iter().all(|index| (index.bytes, index.used, index.since) == (None, None, None)), "{found:?}");
    }
}
