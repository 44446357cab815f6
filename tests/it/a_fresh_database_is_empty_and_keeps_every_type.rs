//! The shared database: what is written is read back with the same types, and databases don't see each other.

use mongodb::bson::{DateTime, doc};

use crate::support::mongodb::{collection, documents, fresh_database, mongodb};

#[test]
fn a_fresh_database_is_empty_and_keeps_every_type() {
    let (uri, one, other) = (mongodb(), fresh_database(), fresh_database());
    assert_eq!(documents(uri, &one, "totals"), []);
    let document = doc! { "_id": "a|b", "date": DateTime::from_millis(-1), "double": 0.1, "long": 7_i64, "int": 7_i32 };
    collection(uri, &one, "totals").insert_one(document.clone()).run().expect("an insert");
    assert_eq!(documents(uri, &one, "totals"), [document]);
    assert_eq!(documents(uri, &other, "totals"), []);
}
