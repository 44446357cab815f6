//! A checkpoint leaves out of the reading what it has counted, so the documents of that must stand in the sink that a
//! run goes on with: where they do not, the run is refused, the doctor and the auditor say it, and `--fresh` counts
//! again.

use std::fs;
use std::path::Path;

use mongodb::bson::{Document, doc};
use mongodb::sync::{Client, Database};
use nix::sys::signal::Signal;
use rusqlite::{Connection, OpenFlags};

use crate::support::checkpoints::{assert_accounts, folders};
use crate::support::flagship::{Flagship, produce_flood, produce_hour};
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::Mare;
use crate::support::mongodb::{MongoDb, fresh_database, mongodb};

const COLLECTION: &str = "faturamento_tempo_real";

fn hour(prefix: &str) -> (Topic, Flagship) {
    let topic = Topic::create(kafka(), prefix, 3);
    produce_hour(kafka(), &topic.name, 91, 2_000);
    let flagship = Flagship::shared(&topic);
    (topic, flagship)
}

fn database(flagship: &Flagship) -> Database {
    Client::with_uri_str(&flagship.uri).expect("a client").database(&flagship.database)
}

/// The run, the doctor and the auditor all say `words`, and the two that look change nothing.
fn assert_told(flagship: &Flagship, more: &[&str], words: &[&str]) {
    let run = |command: &str, more: &[&str]| Mare::run(flagship.command(command, more));
    let before = folders(flagship);
    run("run", &[&["--until-end"], more].concat()).refused(&[words, &["--fresh"]].concat()).explained();
    run("doctor", more).refused(&[words, &["sink.checkpoint", "--fresh"]].concat());
    run("verify", more).refused(words);
    assert_eq!(folders(flagship), before, "a run that is refused changes no checkpoint");
}

#[test]
fn a_database_that_is_dropped_or_put_back_from_an_older_copy() {
    let (topic, flagship) = hour("owner-mongodb");
    flagship.run_until_end(&["-w", "2"]);
    let (database, words) = (database(&flagship), "that it has counted are missing");
    let all = |name: &str| -> Vec<Document> {
        database.collection(name).find(doc! {}).run().and_then(Iterator::collect).expect("documents")
    };
    let copy = [COLLECTION, "mare_control"].map(|name| (name, all(name)));
    produce_hour(kafka(), &topic.name, 92, 2_000);
    flagship.run_until_end(&[]);
    database.drop().run().expect("dropped");
    assert_told(&flagship, &[], &["has no control document", words]);
    assert_eq!(flagship.documents(), [], "nothing is written");
    for (name, documents) in &copy {
        database.collection::<Document>(name).insert_many(documents).run().expect("put back");
    }
    assert_told(&flagship, &[], &["is older than the checkpoint", "that the checkpoint has counted are missing"]);
    flagship.run_until_end(&["--fresh"]);
    flagship.assert_exact("counted again");
    assert_accounts(&flagship);
    assert_eq!(flagship.run_until_end(&[]).summary("read"), 0, "and it goes on with them");
    // The collection alone is gone, and its control document stands.
    database.collection::<Document>(COLLECTION).delete_many(doc! {}).run().expect("emptied");
    assert_told(&flagship, &[], &["holds no document"]);
}

#[test]
fn a_second_database_is_another_dataflow_and_another_spelling_of_the_first_is_not() {
    let (_topic, flagship) = hour("owner-second");
    flagship.run_until_end(&["-w", "2"]);
    let second = Flagship { database: fresh_database(), ..flagship.clone() };
    assert_told(&second, &[], &["this checkpoint belongs to", &flagship.database]);
    assert_eq!(second.documents(), [], "nothing is written");
    second.spawn(&["--until-end", "--set", "sink.stdout={}"]).wait().refused(&["this checkpoint belongs to"]);
    let spelled = Flagship { uri: flagship.uri.replace("127.0.0.1", "localhost"), ..flagship.clone() };
    assert_ne!(spelled.uri, flagship.uri);
    assert_eq!(spelled.run_until_end(&[]).summary("read"), 0);
    second.run_until_end(&["--fresh"]);
    second.assert_exact("counted into the second");
    assert_told(&flagship, &[], &["this checkpoint belongs to", &second.database]);
}

#[test]
fn a_file_is_left_whole_and_missed_when_it_is_gone() {
    let (topic, flagship) = hour("owner-sqlite");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("totals.db");
    let sink = format!("sink.sqlite.path={}", file.display());
    let sink = ["--set", sink.as_str()];
    let rows = |file: &Path| -> i64 {
        let copy = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a file");
        copy.query_row("SELECT sum(volume_vendas) FROM black_friday", (), |row| row.get(0)).expect("rows")
    };
    flagship.run_until_end(&[&["-w", "2"][..], &sink].concat());
    // Somebody else has it open from now on.
    let looker = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a file");
    looker.query_row("SELECT count(*) FROM black_friday", (), |row| row.get::<_, i64>(0)).expect("rows");
    produce_hour(kafka(), &topic.name, 94, 2_000);
    flagship.run_until_end(&[&["-w", "2"][..], &sink].concat());
    let (copy, counted) = (folder.path().join("copy.db"), flagship.oracle().counts().counted as i64);
    fs::copy(&file, &copy).expect("a copy of the file alone");
    assert_eq!(rows(&copy), counted, "everything is in the file");
    drop(looker);
    flagship.run_until_end(&sink);
    let names = fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("a file").file_name());
    let names: Vec<_> = names.filter(|name| name.to_string_lossy().starts_with("totals")).collect();
    assert_eq!(names, ["totals.db"], "and nothing beside it is left behind");
    fs::remove_file(&file).expect("removed");
    assert_told(&flagship, &sink, &["has no control document"]);
    flagship.run_until_end(&[&["--fresh"][..], &sink].concat());
    assert_eq!(rows(&file), counted);
}

#[test]
fn a_collection_that_vanishes_under_a_run_ends_it() {
    let server = MongoDb::start();
    let topic = Topic::create(kafka(), "owner-live", 3);
    let flagship = Flagship::between(kafka(), &topic.name, &server.uri());
    let mut run = flagship.spawn(&[]);
    let sales = produce_flood(kafka(), &topic.name, 93, 500, 10_000);
    flagship.wait_for_more(&mut run, 100);
    database(&flagship).collection::<Document>(COLLECTION).drop().run().expect("dropped");
    run.wait().refused(&["was dropped, or made anew, while the run wrote there", "--fresh"]);
    sales.end_by(Signal::SIGTERM);
    flagship.spawn(&["--until-end"]).wait().refused(&["was made anew since it was last claimed"]);
    flagship.run_until_end(&["--fresh"]);
    flagship.assert_exact("counted again");
}

#[test]
fn a_collection_that_takes_texts_for_equal_is_refused_before_anything_is_written() {
    let (_topic, flagship) = hour("owner-collation");
    let database = database(&flagship);
    let create = doc! { "create": COLLECTION, "collation": { "locale": "en", "strength": 2 } };
    database.run_command(create).run().expect("a collection");
    let words = ["its collation (`en`, strength 2)", "`Gamer` and `gamer`"];
    for more in [&[][..], &["--overwrite"]] {
        flagship.spawn(&[&["--until-end"], more].concat()).wait().refused(&words);
    }
    Mare::run(flagship.command("doctor", &[])).refused(&words);
    assert_eq!(database.list_collection_names().run().expect("names"), [COLLECTION], "no control document either");
    let validated = Flagship { database: fresh_database(), ..flagship };
    let validator = doc! { "create": COLLECTION, "validator": { "loja": { "$exists": true } } };
    let server = Client::with_uri_str(mongodb()).expect("a client").database(&validated.database);
    server.run_command(validator).run().expect("a collection");
    let refused = ["its validator refuses every document"];
    validated.spawn(&["--until-end"]).wait().refused(&refused);
    Mare::run(validated.command("doctor", &[])).refused(&refused);
}
