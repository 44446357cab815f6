//! What writers have written to a MongoDB collection is read back as it was: in pages, in one order, by windows and
//! groups; and what else stands there says what is wrong with it.

use mare::dataflow::{Overrides, Plan, load};
use mare::measure::{Function, Measure};
use mare::sink::mongodb::MongoSink;
use mare::sink::read::each;
use mare::sink::{FencingToken, Query};
use mare::time::{EventTime, Windows};
use mare::total::{Change, Key, Total};
use mare::view::ViewId;
use mongodb::bson::{doc, oid::ObjectId};

use crate::support::mongodb::{collection, fresh_database, mongodb};

/// The flagship over a database of its own.
fn plan(decimals: &str) -> (Plan, MongoSink) {
    let set = [
        format!("sink.mongodb.uri={}", mongodb()),
        format!("sink.mongodb.database={}", fresh_database()),
        format!("sink.mongodb.decimals={decimals}"),
    ];
    let plan =
        load("dataflows/black_friday.toml".as_ref(), &Overrides::new(set.iter()), &|_| None).expect("the flagship");
    let sink = plan.sink().downcast_ref::<MongoSink>().expect("the flagship writes to MongoDB").clone();
    (plan, sink)
}

fn change(group: &str, minute: i64, n: i64) -> Change {
    let window = Windows::tumbling(60_000, 120_000).of_slot(EventTime(minute * 60_000));
    let key = Key { view: ViewId(0), window, group: group.into() };
    let sum = Measure { function: Function::Sum, field: 2 };
    let total = Total::new(n, &[sum], &[i128::from(n) * 641_856 + i128::from(minute)]);
    Change { key, total, is_final: false }
}

/// The `_id`s that `query` leads to, page by page.
fn ids(plan: &Plan, query: Query) -> Vec<String> {
    let mut reader = plan.reader().expect("a server that answers").expect("a sink that can be read");
    let mut ids = Vec::new();
    each(&mut *reader, query, &mut |found| {
        ids.push(found.id);
        true
    })
    .expect("pages");
    ids
}

#[test]
fn by_pages_windows_and_groups() {
    for decimals in ["double", "decimal128"] {
        let (plan, _) = plan(decimals);
        let groups = ["Gamer", "Casa|Jardim", "Eletrônicos"].map(|group| group.replace('|', "\\|"));
        let changes: Vec<_> =
            (0..50).flat_map(|minute| groups.iter().map(move |group| change(group, minute, 1 + minute))).collect();
        plan.writer(&[FencingToken::UNFENCED]).unwrap().write(&changes).unwrap();

        let layout = plan.layout();
        let mut expected: Vec<_> = changes.iter().map(|change| layout.render(change).unwrap()).collect();
        expected.sort_by_key(|document| (document.values[0].json(), document.id.clone()));
        let found = plan.reader().unwrap().unwrap().find(&Query::all(1_000)).unwrap();
        let found: Vec<_> = found.into_iter().map(|found| found.document.expect("as it was written")).collect();
        assert_eq!(found, expected, "{decimals}");

        let expected: Vec<_> = expected.into_iter().map(|document| document.id).collect();
        for limit in [7, 150] {
            assert_eq!(ids(&plan, Query::all(limit)), expected, "{decimals}, pages of {limit}");
            let newest: Vec<_> = expected.chunks(3).rev().flatten().cloned().collect();
            assert_eq!(ids(&plan, Query { newest_first: true, ..Query::all(limit) }), newest);
        }
        let (from, to) = (EventTime(60_000), EventTime(10 * 60_000));
        assert_eq!(ids(&plan, Query { from, to, ..Query::all(4) }), expected[3..30]);
        let group = Some(groups[1].as_str().into());
        let of_group: Vec<_> = expected[3..30].iter().filter(|id| id.starts_with("Casa")).cloned().collect();
        assert_eq!(of_group.len(), 9);
        assert_eq!(ids(&plan, Query { from, to, group, ..Query::all(4) }), of_group);
        assert_eq!(plan.reader().unwrap().unwrap().size().unwrap(), 150);
    }
}

#[test]
fn more_than_one_batch_of_the_server() {
    let (plan, _) = plan("double");
    let changes: Vec<_> = (0..2_500).map(|minute| change("Gamer", minute, 1)).collect();
    plan.writer(&[FencingToken::UNFENCED]).unwrap().write(&changes).unwrap();
    let page = plan.reader().unwrap().unwrap().find(&Query::all(2_400)).unwrap();
    assert_eq!(page.len(), 2_400);
    assert!(page.windows(2).all(|pair| pair[0].slot < pair[1].slot), "in their order");
}

#[test]
fn what_no_run_wrote_says_what_is_wrong() {
    let (plan, sink) = plan("double");
    plan.writer(&[FencingToken::UNFENCED]).unwrap().write(&[change("Gamer", 0, 1), change("Moda", 0, 2)]).unwrap();
    let documents = collection(&sink.uri, &sink.database, &sink.collection);
    let foreign = doc! { "_id": ObjectId::new(), "nota": "soma da noite" };
    documents.insert_many([foreign, doc! { "_id": "config" }]).run().unwrap();
    let off = doc! { "$set": { "faturamento_total": 6418.560000000001 } };
    documents.update_one(doc! { "categoria": "Gamer" }, off).run().unwrap();

    let found = plan.reader().unwrap().unwrap().find(&Query::all(10)).unwrap();
    let says: Vec<_> = found.iter().map(|found| (found.slot.is_some(), found.document.as_ref().err())).collect();
    assert_eq!(says.len(), 4, "{says:?}");
    assert!(matches!(says[0], (false, Some(_))) && matches!(says[1], (false, Some(_))), "{says:?}");
    assert!(matches!(says[2], (true, Some(said)) if said.contains("6418.560000000001")), "{says:?}");
    assert!(matches!(says[3], (true, None)), "{says:?}");
    assert_eq!(ids(&plan, Query::all(3)).len(), 4, "each once, on whatever page");
}

#[test]
fn an_empty_collection_stays_unmade() {
    let (plan, sink) = plan("double");
    let mut reader = plan.reader().unwrap().unwrap();
    assert_eq!((reader.find(&Query::all(10)).unwrap(), reader.size().unwrap()), (vec![], 0));
    assert_eq!(reader.shown().unwrap(), None);
    let database = mongodb::sync::Client::with_uri_str(&sink.uri).unwrap().database(&sink.database);
    assert_eq!(database.list_collection_names().run().unwrap(), [""; 0]);
}
