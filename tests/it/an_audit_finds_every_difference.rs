//! `mare verify` finds nothing wrong with what a run has written, and finds each thing that somebody has changed since:
//! a number, a document too few, one too many, a double next to the right one.

use mongodb::bson::{Document, doc};
use mongodb::sync::Collection;
use serde_json::Value;

use crate::another_schema_runs_as_well as energy;
use crate::support::audit::{verdict, verify, written};
use crate::support::flagship::{Flagship, produce_with};
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::Mare;
use crate::support::mongodb::collection;
use crate::support::oracle::Oracle;

fn vendas(flagship: &Flagship) -> Collection<Document> {
    collection(&flagship.uri, &flagship.database, "faturamento_tempo_real")
}

/// The `_id` and what is wrong, of each document that differs.
fn wrong(verdict: &Value) -> Vec<(&str, &str)> {
    let documents = verdict["documents"].as_array().expect("a list");
    documents.iter().map(|each| (each["_id"].as_str().expect("a text"), each["is"].as_str().expect("a text"))).collect()
}

fn assert_sound(verdict: &Value, oracle: &Oracle, documents: usize) {
    assert_eq!(verdict["exact"], true, "{verdict}");
    assert_eq!(verdict["live"], Value::Null, "{verdict}");
    assert_eq!(verdict["equal"].as_u64(), Some(documents as u64), "{verdict}");
    for (partition, counts) in &oracle.partitions() {
        let found = &verdict["partitions"][*partition as usize];
        let dead: u64 = found["dead"].as_object().expect("reasons").values().filter_map(Value::as_u64).sum();
        let numbers = ["read", "counted", "late", "duplicate"].map(|name| found[name].as_u64());
        let expected = [counts.read, counts.counted, counts.late, counts.duplicate].map(Some);
        assert_eq!((numbers, dead), (expected, counts.dead), "partition {partition}: {verdict}");
    }
}

#[test]
fn there_is_none_in_what_a_run_has_written() {
    for decimals in ["double", "decimal128"] {
        let decimals = format!("sink.mongodb.decimals={decimals}");
        let flagship = written("audit-exact", &["--set", &decimals, "--set", "window.final=fechada"]);
        let oracle = flagship.oracle();
        let more = ["--set", &decimals, "--set", "window.final=fechada"];
        assert_sound(&verify(&flagship, &more), &oracle, oracle.documents().len());
        let said = Mare::run(flagship.command("verify", &more)).success().stdout;
        assert!(said.contains("every document that was compared is exact"), "{said}");
    }
}

#[test]
fn repeated_sales_are_counted_once_by_the_audit_too() {
    let topic = Topic::create(kafka(), "audit-dedup", 3);
    produce_with(kafka(), &topic.name, 31, 6_000, &["--duplicates", "5%", "--late", "2%", "--out-of-order", "10%"]);
    let flagship = Flagship::shared(&topic);
    flagship.run_until_end(&["--set", "dedup.by=id_pedido"]);
    let oracle = Oracle::of_ids().reading(kafka(), &topic.name);
    assert!(oracle.counts().duplicate > 100);
    assert_sound(&verify(&flagship, &["--set", "dedup.by=id_pedido"]), &oracle, oracle.documents().len());
    let plain = verify(&flagship, &[]);
    assert_eq!(plain["exact"], false, "without, other documents are to be expected: {plain}");
}

/// Audits again, and holds against it all that has been changed so far.
fn assert_found(flagship: &Flagship, expected: &[(String, &str)], what: &str) -> Value {
    let verdict = verify(flagship, &["--limit", "0"]);
    let mut found: Vec<_> = wrong(&verdict).into_iter().map(|(id, is)| (id.to_owned(), is)).collect();
    let mut expected = expected.to_vec();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected, "{what}: {verdict}");
    verdict
}

#[test]
fn in_a_number_a_document_or_the_last_bit_of_a_double() {
    let flagship = written("audit-wrong", &[]);
    let (documents, all) = (vendas(&flagship), flagship.documents());
    let id = |index: usize| all[index].get_str("_id").expect("a text").to_owned();
    let amount = |index: usize| all[index].get_f64("faturamento_total").expect("a double");
    let set = |index: usize, fields: Document| {
        documents.update_one(doc! { "_id": id(index) }, doc! { "$set": fields }).run().expect("an update");
    };
    let mut expected = Vec::new();

    set(3, doc! { "faturamento_total": ((amount(3) * 100.0).round() + 1.0) / 100.0 });
    expected.push((id(3), "differing"));
    let verdict = assert_found(&flagship, &expected, "a cent");
    let numbers = &verdict["documents"][0]["fields"]["faturamento_total"];
    let cents = |name: &str| numbers[name].to_string().replace('.', "").parse::<i64>().expect("a number");
    assert_eq!(cents("sink"), cents("recomputed") + 1, "both numbers are said: {verdict}");

    set(4, doc! { "volume_vendas": 1_000_000_i64 });
    expected.push((id(4), "differing"));
    assert_found(&flagship, &expected, "a count");

    set(5, doc! { "faturamento_total": amount(5).next_up() });
    expected.push((id(5), "unreadable"));
    assert_found(&flagship, &expected, "an ulp");

    documents.delete_one(doc! { "_id": id(6) }).run().expect("a removal");
    expected.push((id(6), "missing"));
    assert_found(&flagship, &expected, "one too few");

    let mut copy = all[7].clone();
    let start = id(7).split_once('|').expect("a group").1.to_owned();
    copy.extend(doc! { "_id": format!("Padaria|{start}"), "categoria": "Padaria" });
    documents.insert_one(copy).run().expect("an insert");
    expected.push((format!("Padaria|{start}"), "extra"));
    assert_found(&flagship, &expected, "one too many");

    documents.insert_one(doc! { "_id": "nota", "texto": "soma da noite" }).run().expect("an insert");
    expected.push(("nota".to_owned(), "unreadable"));
    assert_found(&flagship, &expected, "one of somebody else's");

    let said = Mare::run(flagship.command("verify", &[]));
    let said = said.refused(&["not what the topic says", "in the sink", "differing", "Padaria"]);
    assert_eq!(said.status.code(), Some(1));
}

#[test]
fn within_bounds_alone() {
    let flagship = written("audit-bounds", &[]);
    let removed = vendas(&flagship).delete_many(doc! { "categoria": "Gamer" }).run().expect("a removal").deleted_count;
    let verdict = verify(&flagship, &["--from", "2025-11-28T12:10", "--to", "2025-11-28T12:15", "--limit", "0"]);
    let missing = wrong(&verdict);
    assert_eq!(missing.len(), 5, "{verdict}");
    assert!(missing.iter().all(|(id, is)| id.starts_with("Gamer|2025-11-28T12:1") && *is == "missing"), "{verdict}");
    assert_eq!(verify(&flagship, &["--limit", "1"])["missing"].as_u64(), Some(removed));
}

#[test]
fn over_another_schema_in_sqlite() {
    let topic = Topic::create(kafka(), "audit-energy", 2);
    let expected = energy::produce(&topic);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("energy.db");
    let sink = format!("sink.sqlite.path={}", file.display());
    energy::run(&topic, &sink);
    let set = [format!("source.kafka.brokers={}", kafka()), format!("source.kafka.topic={}", topic.name), sink];
    let verify = || {
        let start = ["verify", "dataflows/energy.toml", "--format", "json"].map(str::to_owned);
        verdict(&Mare::run(start.into_iter().chain(set.iter().flat_map(|pair| ["--set".to_owned(), pair.clone()]))))
    };
    let sound = verify();
    assert_eq!(
        (&sound["exact"], sound["equal"].as_u64()),
        (&Value::Bool(true), Some(expected.len() as u64)),
        "{sound}"
    );
    let database = rusqlite::Connection::open(&file).expect("the run's database");
    let (id, cost): (String, f64) = database
        .query_row("SELECT _id, cost FROM energy_use ORDER BY _id DESC LIMIT 1", (), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .expect("a row");
    database.execute("UPDATE energy_use SET cost = ? WHERE _id = ?", (cost.next_down(), &id)).expect("an update");
    assert_eq!(wrong(&verify()), [(id.as_str(), "unreadable")]);
    let three = ((cost * 1000.0).round() + 1.0) / 1000.0;
    database
        .execute("UPDATE energy_use SET cost = ?, outages = outages + 1 WHERE _id = ?", (three, &id))
        .expect("an update");
    let verdict = verify();
    assert_eq!(wrong(&verdict), [(id.as_str(), "differing")]);
    assert_eq!(verdict["documents"][0]["fields"].as_object().expect("fields").len(), 2, "{verdict}");
}
