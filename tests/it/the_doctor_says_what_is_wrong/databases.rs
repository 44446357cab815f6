//! Databases that are away, refuse, or hold something else; files that are locked or have another table.

use std::fs;

use mongodb::bson::{Document, doc};
use mongodb::sync::{Client, Database};

use super::{Report, with_sales};
use crate::support::flagship::Flagship;
use crate::support::kafka::kafka;
use crate::support::mongodb::{MongoDb, PASSWORD, USER, documents, mongodb};
use crate::support::ports;

const COLLECTION: &str = "faturamento_tempo_real";

/// A flagship whose topic does not matter, and its database.
fn flagship() -> (Flagship, Database) {
    let flagship = Flagship::between(kafka(), "no-topic-at-all", mongodb());
    let database = Client::with_uri_str(mongodb()).expect("a client").database(&flagship.database);
    (flagship, database)
}

/// Runs a command; `None` where this server does not know it.
fn run(database: &Database, command: Document) -> Option<Document> {
    database.run_command(command.clone()).run().map_err(|error| println!("skipped {command}: {error}")).ok()
}

#[test]
fn a_server_that_is_away_or_refuses_the_password() {
    let closed = format!("mongodb://127.0.0.1:{}/?serverSelectionTimeoutMS=500", ports::free());
    let away = Flagship::between(kafka(), "no-topic-at-all", &closed);
    Report::of(&away, &[]).says("mongodb.login", "failed", &["no server answers", "start the server"]);
    let server = MongoDb::start_with_password();
    let wrong = Flagship { uri: server.uri_as(USER, "slack-water"), ..away.clone() };
    Report::of(&wrong, &[]).keeps("slack-water").says("mongodb.login", "failed", &["authSource"]);
    let right = Flagship { uri: server.uri(), ..away };
    let report = Report::of(&right, &[]);
    report.keeps(PASSWORD).says("mongodb.login", "ok", &[]);
    let rights = report.checks.iter().find(|check| check["check"] == "mongodb.rights").expect("a check of rights");
    assert!(rights["verdict"] == "ok" || rights["verdict"] == "unknown", "root may do all: {rights}");
}

#[test]
fn a_user_who_may_only_read() {
    let server = MongoDb::start_with_password();
    let admin = Client::with_uri_str(server.uri()).expect("a client").database("admin");
    let reader = doc! { "createUser": "ana", "pwd": "ebb-tide", "roles": [{ "role": "read", "db": "loja" }] };
    if run(&admin, reader).is_none() {
        return;
    }
    let flagship = Flagship::between(kafka(), "no-topic-at-all", &server.uri_as("ana", "ebb-tide"));
    let flagship = Flagship { database: "loja".into(), ..flagship };
    let report = Report::of(&flagship, &[]);
    let rights = report.checks.iter().find(|check| check["check"] == "mongodb.rights").expect("a check of rights");
    println!("{rights}");
    assert_ne!(rights["verdict"], "ok", "{rights}");
}

#[test]
fn a_foreign_unique_index_and_a_missing_one() {
    let (flagship, database) = flagship();
    let unique = doc! { "key": { "categoria": 1 }, "name": "one_a_category", "unique": true };
    database.run_command(doc! { "createIndexes": COLLECTION, "indexes": [unique] }).run().expect("an index");
    let report = Report::of(&flagship, &[]);
    report.says("mongodb.unique_index", "failed", &["one_a_category over categoria", "drop that index"]);
    report.says("mongodb.index", "warning", &["newest windows"]);
    database.collection::<Document>(COLLECTION).drop_index("one_a_category").run().expect("dropped");
    let same = doc! { "key": { "categoria": 1, "janela_inicio": -1 }, "name": "newest", "unique": true };
    database.run_command(doc! { "createIndexes": COLLECTION, "indexes": [same] }).run().expect("an index");
    Report::of(&flagship, &[]).says("mongodb.unique_index", "ok", &[]).says("mongodb.index", "ok", &["newest"]);
}

#[test]
fn what_is_no_plain_collection() {
    let strange = [
        (doc! { "create": COLLECTION, "viewOn": "other", "pipeline": [] }, "a view"),
        (doc! { "create": COLLECTION, "capped": true, "size": 4_096 }, "capped"),
        (doc! { "create": COLLECTION, "collation": { "locale": "en", "strength": 2 } }, "collation"),
        (doc! { "create": COLLECTION, "timeseries": { "timeField": "janela_inicio" } }, "a timeseries"),
    ];
    for (create, words) in strange {
        let (flagship, database) = flagship();
        if run(&database, create).is_some() {
            Report::of(&flagship, &[]).says("mongodb.collection", "failed", &[words, "sink.mongodb.collection"]);
        }
    }
    let (flagship, database) = flagship();
    let validator = doc! { "create": COLLECTION, "validator": { "loja": { "$exists": true } } };
    if run(&database, validator).is_some() {
        Report::of(&flagship, &[]).says("mongodb.validator", "failed", &["refuses every document"]);
    }
}

#[test]
fn documents_of_another_dataflow() {
    let (_topic, flagship) = with_sales("owned");
    flagship.run_until_end(&[]);
    let control = documents(&flagship.uri, &flagship.database, "mare_control");
    let fresh = tempfile::tempdir().expect("a folder");
    let path = format!("checkpoint.path={}", fresh.path().display());
    let other = ["--set", "name=other", "--set", &path];
    let report = Report::of(&flagship, &other);
    report.says("mongodb.documents", "failed", &["another dataflow", "black-friday", "--overwrite"]);
    let changed = ["--set", "window.tumbling=5m", "--set", &path];
    Report::of(&flagship, &changed).says("mongodb.documents", "failed", &["fingerprint"]);
    Report::of(&flagship, &["--set", "window.tumbling=5m"]).says(
        "checkpoint.newest",
        "failed",
        &["window.tumbling", "--overwrite"],
    );
    assert_eq!(documents(&flagship.uri, &flagship.database, "mare_control"), control);
}

#[test]
fn sqlite_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let (flagship, _) = flagship();
    let doctor = |place: &str| {
        let path = format!("sink.sqlite.path={}", folder.path().join(place).display());
        Report::of(&flagship, &["--set", &path, "--set", "sink.sqlite.table=totals"])
    };
    doctor("totals.db").says("sqlite.folder", "ok", &[]).says("sqlite.file", "ok", &["not there yet"]);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "no file is made");
    doctor("missing/totals.db").says("sqlite.folder", "failed", &["is not there", "mkdir -p"]);
    fs::write(folder.path().join("text"), "long enough to be no database. ".repeat(40)).expect("a file");
    doctor("text").says("sqlite.table", "failed", &["no SQLite database"]);
    doctor("text/totals.db").says("sqlite.folder", "failed", &["is no folder"]);
    let other = rusqlite::Connection::open(folder.path().join("other.db")).expect("a file");
    other.execute_batch("CREATE TABLE totals (a TEXT); BEGIN IMMEDIATE").expect("a table, and a transaction");
    let report = doctor("other.db");
    report.says("sqlite.table", "failed", &["has the columns (a TEXT)", "sink.sqlite.table"]);
    report.says("sqlite.file", "failed", &["locked", "fuser"]);
}
