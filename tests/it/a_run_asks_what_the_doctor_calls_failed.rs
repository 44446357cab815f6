//! What the doctor calls failed, a run asks before it claims anything: it is refused in the doctor's words, and the run
//! that is there goes on.

use std::fs;
use std::net::TcpListener;

use mongodb::bson::{Document, doc};
use mongodb::sync::{Client, Database};
use nix::sys::signal::Signal;

use crate::support::flagship::{Flagship, produce_with};
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::Mare;
use crate::support::mongodb::{documents, mongodb};
use crate::support::{ports, unique};

const COLLECTION: &str = "faturamento_tempo_real";

fn with_sales(prefix: &str) -> (Topic, Flagship) {
    let topic = Topic::create(kafka(), prefix, 2);
    produce_with(kafka(), &topic.name, 73, 300, &[]);
    let flagship = Flagship::shared(&topic);
    (topic, flagship)
}

/// # Panics
/// Unless the doctor calls `check` failed and a run and a cluster are refused for it, all in the same words, and
/// nothing is claimed.
fn is_asked(flagship: &Flagship, more: &[&str], check: &str) {
    let report = Mare::run(flagship.command("doctor", &[&["--format", "json"], more].concat())).stdout;
    let report: serde_json::Value = serde_json::from_str(&report).expect("a report");
    let checks = report["checks"].as_array().expect("checks");
    let failed = checks.iter().find(|found| found["check"] == check && found["verdict"] == "failed");
    let failed = failed.unwrap_or_else(|| panic!("{check} has not failed: {report:#}"));
    let [finding, remedy] = ["finding", "remedy"].map(|key| failed[key].as_str().expect("words"));
    for command in ["run", "cluster"] {
        let refused = Mare::run(flagship.command(command, &[&["--until-end"], more].concat()))
            .refused(&[finding, remedy])
            .explained();
        assert!(!refused.output().contains("started, pid"), "{}", refused.output());
    }
    assert_eq!(documents(&flagship.uri, &flagship.database, "mare_control"), [], "nothing is claimed for {check}");
}

/// Runs a command; `None` where this server does not know it.
fn run(database: &Database, command: Document) -> Option<Document> {
    database.run_command(command.clone()).run().map_err(|error| println!("skipped {command}: {error}")).ok()
}

#[test]
fn a_collection_that_takes_no_upserts() {
    let unique = doc! { "key": { "categoria": 1 }, "name": "one_a_category", "unique": true };
    let strange = [
        (doc! { "create": COLLECTION, "viewOn": "other", "pipeline": [] }, "mongodb.collection"),
        (doc! { "create": COLLECTION, "capped": true, "size": 4_096 }, "mongodb.collection"),
        (doc! { "create": COLLECTION, "timeseries": { "timeField": "janela_inicio" } }, "mongodb.collection"),
        (doc! { "createIndexes": COLLECTION, "indexes": [unique] }, "mongodb.unique_index"),
    ];
    let (_topic, flagship) = with_sales("strange-collection");
    for (create, check) in strange {
        let flagship = flagship.with_fresh_database();
        let database = Client::with_uri_str(mongodb()).expect("a client").database(&flagship.database);
        if run(&database, create).is_some() {
            is_asked(&flagship, &[], check);
        }
    }
}

#[test]
fn a_table_of_another_program_and_a_folder_that_is_not_there() {
    let (_topic, flagship) = with_sales("strange-table");
    let folder = tempfile::tempdir().expect("a folder");
    let other = rusqlite::Connection::open(folder.path().join("other.db")).expect("a file");
    other.execute_batch("CREATE TABLE totals (a TEXT)").expect("a table");
    fs::write(folder.path().join("text"), "long enough to be no database. ".repeat(40)).expect("a file");
    for (place, check) in [("other.db", "sqlite.table"), ("text", "sqlite.table"), ("missing/x.db", "sqlite.folder")] {
        let path = format!("sink.sqlite.path={}", folder.path().join(place).display());
        is_asked(&flagship, &["--set", &path, "--set", "sink.sqlite.table=totals"], check);
    }
}

/// Everything that a run would be refused for behind its claim stops the healthy run that is there.
#[test]
fn a_run_that_is_refused_leaves_the_one_that_is_there_alone() {
    let (_topic, flagship) = with_sales("left-alone");
    let mut healthy = flagship.spawn(&[]);
    flagship.wait_until_exact(&mut healthy);
    let claims = documents(&flagship.uri, &flagship.database, "mare_control");
    let refused = |more: &[&str], words: &[&str]| {
        Mare::run(flagship.arguments(more)).refused(words);
        assert_eq!(
            documents(&flagship.uri, &flagship.database, "mare_control"),
            claims,
            "claimed in spite of {words:?}"
        );
    };

    let alerts = format!("alerts.topic={}", unique("no-alerts"));
    let rule = r#"alerts.rules=[{ name = "any", total = "volume_vendas", above = 1 }]"#;
    refused(&["--set", &alerts, "--set", rule], &["alerts.topic: topic", "does not exist", "mare topic create"]);

    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().expect("an address");
    let hosts = tempfile::NamedTempFile::new().expect("a file");
    fs::write(hosts.path(), format!("{taken}\n127.0.0.1:{}\n", ports::free())).expect("written");
    let hosts = hosts.path().display().to_string();
    refused(&["-n", "2", "-p", "0", "-h", &hosts], &["ports: ", "in use", "ss -ltnp"]);

    assert!(healthy.is_running(), "{}", healthy.output());
    healthy.end_by(Signal::SIGTERM).success();
    flagship.assert_exact("after refused runs");
}
