//! The test database itself: what it has acknowledged is there after SIGKILL, on the same port.

use mongodb::bson::doc;

use crate::support::mongodb::{MongoDb, collection, documents, fresh_database};

#[test]
fn a_database_keeps_acknowledged_documents_through_a_kill() {
    let mut server = MongoDb::start();
    let (uri, database) = (server.uri(), fresh_database());
    let totals = collection(&uri, &database, "totals");
    for id in 0..100 {
        totals.update_one(doc! { "_id": id }, doc! { "$set": { "n": 1_i64 } }).upsert(true).run().expect("an upsert");
    }
    totals.update_one(doc! { "_id": 7 }, doc! { "$set": { "n": 2_i64 } }).upsert(true).run().expect("an upsert");

    server.kill();
    server.restart();

    let found = documents(&server.uri(), &database, "totals");
    let expected: Vec<_> = (0..100).map(|id| doc! { "_id": id, "n": if id == 7 { 2_i64 } else { 1 } }).collect();
    assert_eq!(found, expected);
}
