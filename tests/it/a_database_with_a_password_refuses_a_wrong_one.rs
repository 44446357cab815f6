//! The test database with a user: who has the password gets in, and nobody else.

use mongodb::bson::{Document, doc};
use mongodb::sync::Client;

use crate::support::mongodb::{MongoDb, PASSWORD, USER};

#[test]
fn a_database_with_a_password_refuses_a_wrong_one() {
    let server = MongoDb::start_with_password();
    let write = |uri: &str| {
        let client = Client::with_uri_str(uri).expect("a client");
        client.database("tide").collection::<Document>("totals").insert_one(doc! {}).run()
    };
    write(&server.uri()).expect("the right password");
    let refused = write(&server.uri_as(USER, &PASSWORD.to_uppercase())).expect_err("a wrong password");
    assert!(refused.to_string().to_lowercase().contains("auth"), "{refused}");
    let stranger = server.uri().replace(&server.uri()["mongodb://".len()..=server.uri().find('@').unwrap()], "");
    write(&stranger).expect_err("no password");
}
