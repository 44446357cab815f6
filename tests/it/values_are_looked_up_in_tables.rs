//! Events look values up in a table beside the dataflow file, by a key that some of them do not have; the auditor reads
//! the table by itself, and a run goes on from no checkpoint of another table.

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::Mare;

const FILE: &str = r#"
name = "looked-up"
[source.kafka]
brokers = "BROKERS"
topic = "TOPIC"
[event]
time_format = "record"
[event.fields]
sku = "string?"
amount = "decimal(2)"
[lookup.products]
file = "products.csv"
key = "sku"
[lookup.products.fields]
department = "string?"
fee = "decimal(2)"
[event.computed]
department = { lookup = "products", by = "sku", take = "department" }
fee = { lookup = "products", by = "sku", take = "fee" }
net = { as = "decimal(2)", from = "amount - COALESCE(fee, 0)" }
[window]
tumbling = "1m"
[totals]
group_by = ["department?"]
net = "sum(net)"
[sink.sqlite]
path = "FOLDER/totals.db"
table = "totals"
[checkpoint]
path = "FOLDER/checkpoints"
"#;

const PRODUCTS: &str = "sku,fee,department\nA1,0.25,\"Games, Toys\"\nA2,1,\"Games, Toys\"\nB1,2.50,\n\"\",0.05,None\n";
const NOON: i64 = 1_764_331_200_000;

/// The departments and their totals.
fn totals(folder: &std::path::Path) -> Vec<(Option<String>, String, i64)> {
    let database = Connection::open_with_flags(folder.join("totals.db"), OpenFlags::SQLITE_OPEN_READ_ONLY);
    let database = database.expect("the run's database");
    let query = "SELECT department, printf('%.2f', net), n FROM totals ORDER BY department";
    let mut query = database.prepare(query).expect("these columns");
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.expect("rows").map(|row| row.expect("typed as declared")).collect()
}

#[test]
fn values_are_looked_up_in_tables() {
    let (topic, folder) = (Topic::create(kafka(), "lookup", 2), tempfile::tempdir().expect("a folder"));
    let skus = [Some("A1"), Some("A2"), Some("B1"), Some("C9"), Some("a1"), Some(""), None, Some("A1")];
    let sent = skus.map(|sku| {
        let sku = sku.map_or_else(String::new, |sku| format!(r#""sku": "{sku}", "#));
        format!(r#"{{{sku}"amount": 10}}"#)
    });
    topic.produce((0..).zip(&sent).map(|(at, sent)| record(at % 2, NOON + i64::from(at), Some(sent.as_bytes()))));
    let (file, table) = (folder.path().join("dataflow.toml"), folder.path().join("products.csv"));
    let text = FILE.replace("BROKERS", kafka()).replace("TOPIC", &topic.name);
    std::fs::write(&file, text.replace("FOLDER", folder.path().to_str().expect("a path"))).expect("a file");
    std::fs::write(&table, PRODUCTS).expect("a table");
    let file = file.to_str().expect("a path");

    Mare::run(["run", file, "--until-end"]).success();
    let row = |department: Option<&str>, net: &str, n| (department.map(str::to_owned), net.to_owned(), n);
    let expected = [row(None, "37.50", 4), row(Some("Games, Toys"), "28.50", 3), row(Some("None"), "9.95", 1)];
    assert_eq!(totals(folder.path()), expected);
    let verified = || {
        let verdict = Mare::run(["verify", file, "--format", "json"]).success();
        serde_json::from_str::<Value>(&verdict.stdout).expect("a verdict")
    };
    let verdict = verified();
    assert_eq!((&verdict["exact"], &verdict["equal"]), (&true.into(), &3.into()), "{verdict}");

    std::fs::write(&table, PRODUCTS.replace("2.50,", "2.50,Books")).expect("another table");
    Mare::run(["run", file, "--until-end"]).refused(&["`lookup.products` was `", "by sku`, is `", "--overwrite"]);
    assert_eq!(totals(folder.path()), expected, "a run that is refused changes no document");
    Mare::run(["run", file, "--until-end", "--overwrite"]).success();
    assert_eq!(totals(folder.path())[..2], [row(None, "30.00", 3), row(Some("Books"), "7.50", 1)]);
    assert_eq!(verified()["equal"], 4);
    std::fs::write(&table, PRODUCTS.replace("A2", "A1")).expect("a bad table");
    Mare::run(["run", file, "--until-end"]).refused(&["line 3 of `", "has the `sku` of another row: line 2"]);
}
