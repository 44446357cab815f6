//! `mare verify` beside a run at work, behind one that was stopped, and over a topic whose beginning is gone: it
//! compares what is certain, finds nothing wrong with it, and says what it has left out and why.

use mongodb::bson::doc;
use nix::sys::signal::Signal;

use crate::support::audit::{verdict, verify, written};
use crate::support::flagship::{Flagship, produce_flood, produce_hour};
use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::{BOUND, Mare};
use crate::support::mongodb::collection;
use crate::support::wait;

#[test]
fn while_a_run_is_at_work() {
    let topic = Topic::create(kafka(), "audit-live", 3);
    let flagship = Flagship::shared(&topic);
    let more = ["--set", "window.final=fechada"];
    let mut run = flagship.spawn(&[&more[..], &["-w", "2"]].concat());
    let mut sales = produce_flood(kafka(), &topic.name, 5, 1_500, 15_000);
    flagship.wait_for_more(&mut run, 2_000);
    let (mut compared, mut left_out) = (0, 0);
    while sales.is_running() {
        let verdict = verify(&flagship, &more);
        assert_eq!(verdict["exact"], true, "{verdict}\n{}", run.output());
        if !verdict["live"].is_null() {
            compared = compared.max(verdict["equal"].as_u64().expect("a count"));
            left_out = left_out.max(verdict["open"].as_u64().expect("a count"));
        }
    }
    sales.wait().success();
    assert!(compared > 50 && left_out > 0, "closed windows are compared and open ones are not: {compared}, {left_out}");
    wait::until(BOUND, "a run that has caught up", || match verify(&flagship, &more) {
        behind if behind["live"] == "behind" => Err(behind.to_string()),
        _ => Ok(()),
    });
    run.end_by(Signal::SIGTERM).success();
    let verdict = verify(&flagship, &more);
    assert_eq!((&verdict["exact"], &verdict["live"]), (&true.into(), &serde_json::Value::Null), "{verdict}");
    let told = verify(&flagship, &[&more[..], &["--live"]].concat());
    assert_eq!(told["live"], "told");
    assert!(told["open"].as_u64() > Some(0) && told["exact"] == true, "{told}");
}

#[test]
fn behind_a_run_that_was_stopped() {
    let topic = Topic::create(kafka(), "audit-behind", 3);
    produce_hour(kafka(), &topic.name, 3, 3_000);
    let flagship = Flagship::shared(&topic);
    flagship.run_until_end(&[]);
    produce_hour(kafka(), &topic.name, 4, 3_000);
    let verdict = verify(&flagship, &[]);
    assert_eq!((&verdict["exact"], &verdict["live"]), (&true.into(), &"behind".into()), "{verdict}");
    assert!(verdict["equal"].as_u64() > Some(300) && verdict["open"].as_u64() > Some(0), "{verdict}");
}

#[test]
fn over_a_topic_whose_beginning_is_gone() {
    const NOON: i64 = 1_764_331_200_000;
    let topic = Topic::create(kafka(), "audit-cut", 1);
    let sales: Vec<_> = (0..600)
        .map(|sale| {
            let at = NOON + sale * 1_000;
            let time = jiff::Timestamp::from_millisecond(at).expect("a time");
            (at, format!(r#"{{"id_pedido":"{sale}","categoria":"Gamer","valor":{sale}.25,"timestamp":"{time}"}}"#))
        })
        .collect();
    topic.produce(sales.iter().map(|(at, sale)| record(0, *at, Some(sale.as_bytes()))));
    let flagship = Flagship::shared(&topic);
    let more = ["--set", "event.max_ahead=1m"];
    flagship.run_until_end(&more);
    let whole = verify(&flagship, &more);
    assert_eq!((whole["equal"].as_u64(), whole["not_recomputable"].as_u64()), (Some(10), Some(0)), "{whole}");

    topic.delete_records_before(0, 90);
    let cut = verify(&flagship, &more);
    assert_eq!(cut["exact"], true, "{cut}");
    // The oldest record left is of 12:01:30, so what is gone may be of windows that start by 12:02:30.
    assert_eq!((cut["equal"].as_u64(), cut["not_recomputable"].as_u64()), (Some(7), Some(3)), "{cut}");
    assert_eq!(cut["not_recomputable_until"], "2025-11-28T12:02:30Z", "{cut}");
    let said = Mare::run(flagship.command("verify", &more)).success().stdout;
    assert!(
        said.contains("3 cannot be recomputed") && said.contains("begins at offset 90") && said.contains("12:02:30Z"),
        "{said}"
    );
    let hour = Mare::run(flagship.command("verify", &["--format", "json"]));
    assert_eq!(verdict(&hour)["equal"].as_u64(), Some(0), "within the hour that times may lie ahead, nothing is known");
}

#[test]
fn over_a_sink_that_has_less_than_it_had() {
    let flagship = written("audit-emptied", &[]);
    let control = || collection(&flagship.uri, &flagship.database, "mare_control");
    let documents = collection(&flagship.uri, &flagship.database, "faturamento_tempo_real");
    let all = flagship.documents().len() as u64;
    // As an older copy of the database has it: documents are missing, and the control document shows less.
    let old = documents.delete_many(doc! { "categoria": { "$in": ["Gamer", "Casa"] } }).run().expect("a removal");
    let shows = doc! { "$set": { "shown": { "0": 10_i64, "1": 10_i64, "2": 10_i64 } } };
    control().update_many(doc! { "shown": { "$exists": true } }, shows).run().expect("an update");
    let verdict = verify(&flagship, &[]);
    let missing = verdict["missing"].as_u64();
    assert_eq!((missing, verdict["live"].clone()), (Some(old.deleted_count), serde_json::Value::Null), "{verdict}");
    // As somebody who emptied it, and a run that made a new control document, leave it behind.
    documents.delete_many(doc! {}).run().expect("a removal");
    let shows = doc! { "$set": { "shown": {} } };
    control().update_many(doc! { "shown": { "$exists": true } }, shows).run().expect("an update");
    assert_eq!(verify(&flagship, &[])["missing"].as_u64(), Some(all), "the checkpoint knows what was there");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let none = ["--set", &format!("checkpoint.path={}", elsewhere.path().display())];
    let said = Mare::run(flagship.command("verify", &none));
    let said = said.refused(&[&format!("0 of {all} documents compared"), "may be another one or emptied"]);
    assert_eq!(said.status.code(), Some(1), "{}", said.output());
    assert!(said.stdout.starts_with(&format!("0 of {all} documents compared")), "{}", said.stdout);
}

#[test]
fn over_a_log_that_is_not_the_one_that_was_read() {
    let flagship = written("audit-other-log", &[]);
    let control = || collection(&flagship.uri, &flagship.database, "mare_control");
    let shows = doc! { "$set": { "shown.1": 1_000_000_i64 } };
    control().update_many(doc! { "shown": { "$exists": true } }, shows).run().expect("an update");
    let said = Mare::run(flagship.command("verify", &[]));
    let said = said.refused(&["0 of ", "cannot be recomputed", "partition 1 ends at offset", "cut short"]);
    assert!(!said.output().contains("not what the topic says"), "{}", said.output());
    let more = ["--window", "2025-11-28T12:20", "--group", "categoria=Moda"];
    Mare::run(flagship.command("explain", &more)).success(); // what is left says the same
}

#[test]
fn over_a_topic_that_was_made_anew() {
    let topic = Topic::create(kafka(), "audit-anew", 1);
    produce_hour(kafka(), &topic.name, 3, 600);
    let flagship = Flagship::shared(&topic);
    flagship.run_until_end(&[]);
    topic.make_anew(1);
    produce_hour(kafka(), &topic.name, 4, 900); // more than there were
    let said = Mare::run(flagship.command("verify", &[]));
    let said = said.refused(&["0 of ", "cannot be recomputed", "is not the one that was read"]);
    assert!(!said.output().contains("not what the topic says"), "{}", said.output());
}

#[test]
fn nothing_of_a_run_that_began_behind_the_end() {
    let topic = Topic::create(kafka(), "audit-began", 1);
    produce_hour(kafka(), &topic.name, 3, 300);
    let flagship = Flagship::shared(&topic);
    let more = ["--set", "source.kafka.start=latest"];
    let mut run = flagship.spawn(&more);
    run.wait_for_lines(1, "until stopped");
    produce_hour(kafka(), &topic.name, 4, 300);
    flagship.wait_for_more(&mut run, 100);
    run.end_by(Signal::SIGTERM).success();
    let verdict = verify(&flagship, &more);
    assert_eq!(verdict["exact"], true, "the checkpoint knows where it began: {verdict}");
    let read = &verdict["partitions"][0];
    assert_eq!((read["from"].as_i64(), read["read"].as_u64()), (Some(300), Some(300)), "{verdict}");
}

#[test]
fn where_the_first_start_is_not_known() {
    let topic = Topic::create(kafka(), "audit-latest", 1);
    let flagship = Flagship::shared(&topic);
    let arguments = flagship.command("verify", &["--set", "source.kafka.start=latest"]);
    Mare::run(arguments).refused(&["nothing tells when", "--set source.kafka.start="]);
    Mare::run(flagship.command("verify", &["--set", "sink.stdout={}"])).refused(&["cannot be read back"]);
}
