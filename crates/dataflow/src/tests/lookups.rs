//! `[lookup.NAME]` and the fields that are looked up: what they make of a plan, and refusals.

use std::path::Path;

use super::{GOOD, no_env};
use crate::fixture::load;
use crate::{Overrides, Plan};
use mare_model::datum::Datum;
use mare_model::record::Record;

const CSV: &str = "sku,name,department,price,sold,since\r\n\
    A1,\"Console, \"\"5\"\"\",games,2999.9,true,2020-11-12\r\n\
    \r\n\
    B2,Café,,12.50,false,2024-01-01T03:00:00-03:00\r\n\
    \"\",\"\",food,0,false,1970-01-01\r\n";
const LINES: &str = r#"{"sku": "A1", "name": "Console, \"5\"", "department": "games", "price": 2999.9, "sold": true, "since": "2020-11-12", "x": [1]}

{"sku": "B2", "name": "Café", "department": null, "price": 12.50, "sold": false, "since": "2024-01-01T06:00:00Z"}
{"sku": "", "name": "", "price": 0, "sold": false, "since": "1970-01-01"}"#;

/// The good file with a table in `file` and three fields that are looked up there, beside the dataflow file.
const TABLE: &str = r#"
[event.computed]
name = { lookup = "products", by = "city", take = "name" }
dearly = { lookup = "products", by = "city", take = "price" }
since = { lookup = "products", by = "city", take = "since" }
dept = { lookup = "products", by = "city", take = "department" }
shout = { as = "string", from = "COALESCE(UPPER(name), 'NONE')" }
[lookup.products]
file = "FILE"
key = "sku"
[lookup.products.fields]
name = "string"
department = "string?"
price = "decimal(2)"
sold = "boolean"
since = "time"
"#;

/// The plan of the file over a table with these contents, or what is said of it.
fn over(file: &str, contents: &str, set: &[&str]) -> Result<Plan, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(file), contents).unwrap();
    in_folder(folder.path(), file, set)
}

fn in_folder(folder: &Path, file: &str, set: &[&str]) -> Result<Plan, String> {
    let path = folder.join("dataflow.toml");
    let text = GOOD.replace("[window]", &format!("{}[window]", TABLE.replace("FILE", file)));
    std::fs::write(&path, text).unwrap();
    load(&path, &Overrides::new(set.iter().copied()), &no_env).map_err(|error| error.render(false))
}

/// What the five computed fields of an event of this city are.
fn looked_up(plan: &Plan, city: &str) -> Vec<String> {
    let mut decoder = plan.decoder();
    let payload = format!(r#"{{"at": "2025-11-28T12:00:00Z", "city": "{city}", "price": 1}}"#);
    let row = decoder.decode(&Record::of_payload(Some(payload.as_bytes()))).unwrap();
    let text = |field| match row.datum(field) {
        Datum::Text(text) => text.to_owned(),
        Datum::Absent => "-".to_owned(),
        other => format!("{other:?}"),
    };
    (3..8).map(text).collect()
}

#[test]
fn both_kinds_of_file_say_the_same() {
    for (file, contents) in [("products.csv", CSV), ("products.jsonl", LINES)] {
        let plan = over(file, &format!("\u{feff}{contents}"), &[]).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(plan.tables()[0].rows(), 3);
        let time = |ms: i64| format!("Time({:?})", mare_model::time::EventTime(ms));
        let console = ["Console, \"5\"", "Exact(299990)", &time(1_605_139_200_000), "games", "CONSOLE, \"5\""];
        assert_eq!(looked_up(&plan, "A1"), console, "{file}");
        assert_eq!(looked_up(&plan, "B2"), ["Café", "Exact(1250)", &time(1_704_088_800_000), "-", "CAFÉ"], "{file}");
        assert_eq!(looked_up(&plan, "C3"), ["-", "-", "-", "-", "NONE"], "{file}");
        assert_eq!(looked_up(&plan, "")[..2], ["", "Exact(0)"], "{file}");
    }
}

#[test]
fn whole_numbers_are_keys_as_well() {
    let set = [
        "event.fields.city=integer",
        "lookup.products.fields.sku=integer",
        "event.computed.shout.from=CAST(city AS TEXT)",
    ];
    let contents = "sku,name,department,price,sold,since\n-7,a,b,1,true,1970-01-01\n8,c,d,2,true,1970-01-01\n";
    let plan = over("products.csv", contents, &set).unwrap();
    let mut decoder = plan.decoder();
    let mut name = |city: &str| {
        let payload = format!(r#"{{"at": "2025-11-28T12:00:00Z", "city": {city}, "price": 1}}"#);
        let row = decoder.decode(&Record::of_payload(Some(payload.as_bytes()))).unwrap();
        if let Datum::Text(text) = row.datum(3) { text.to_owned() } else { "-".to_owned() }
    };
    assert_eq!(["-7", "8.0", "9"].map(&mut name), ["a", "c", "-"]);
}

#[test]
fn another_table_is_another_dataflow() {
    let shape = |contents: &str, set: &[&str]| over("products.csv", contents, set).unwrap().shape();
    let one = shape(CSV, &[]);
    assert_eq!(one, shape(CSV, &[]), "wherever it is");
    assert_eq!(one.0["event.computed.name"], "products[city].name");
    let other = one.differences(&shape(&CSV.replace("games", "toys"), &[])).join("; ");
    assert!(other.starts_with("`lookup.products` was `") && other.contains(" by sku`, is `"), "{other}");
    let other = one.differences(&shape(CSV, &["event.computed.name.take=sku"])).join("; ");
    assert_eq!(other, "`event.computed.name` was `products[city].name`, is `products[city].sku`");
}

#[test]
fn a_bad_file_is_refused_at_its_line() {
    let bad = |file: &str, contents: &str, set: &[&str]| over(file, contents, set).unwrap_err();
    let line = |from: &str, to: &str| bad("products.csv", &CSV.replacen(from, to, 1), &[]);
    for (said, expected) in [
        (line("B2", "A1"), "line 4 of `"),
        (line("B2", "A1"), "has the `sku` of another row: line 2"),
        (line("B2,", ","), "line 4 of"),
        (line("B2,", ","), "is no row: field `sku` is missing or null"),
        (line("12.50", "12,50"), "has 7 fields, and the first line 6"),
        (line("12.50", "12.505"), "has a number with more digits behind the point than its type has"),
        (line("12.50", "R$ 12"), "is no row: field `price` has the wrong type"),
        (line("12.50", ""), "is no row: field `price` is missing or null"),
        (line("true", "yes"), "is no row: field `sold` has the wrong type"),
        (line("2020-11-12", "12/11/2020"), "field `since`: `12/11/2020` is not a time"),
        (line("price,", "preço,"), "has no column `price`"),
        (line("price,", "name,"), "has two columns `name`"),
        (line("sku,name,department", "sku;name;department"), "its columns are `sku;name;department`"),
        (line("\"Console", "\"Console\" x"), "line 2 of"),
        (line("\"\",food", "\"\",\"food"), "a quote is never closed"),
        (bad("products.csv", "", &[]), "has no column `name`"),
        (bad("products.jsonl", "{\"sku\": 1}", &[]), "field `name` is missing or null"),
        (bad("products.jsonl", &format!("\n\n{LINES}\n[1]"), &[]), "line 7 of"),
        (bad("products.jsonl", "{\"sku\"", &[]), "is no row: not a JSON object"),
        (bad("products.tsv", CSV, &[]), "is no file of a table by its name"),
        (bad("products.csv", CSV, &["lookup.products.file=none.csv"]), "cannot read the table"),
        (
            bad("products.csv", CSV, &["lookup.products.key=department"]),
            "cannot be told apart by the field `department`",
        ),
        (bad("products.csv", CSV, &["lookup.products.fields.price=decimal"]), "`decimal` has no scale"),
        (bad("products.csv", CSV, &["lookup.products.separator=;"]), "unknown key `lookup.products.separator`"),
        (bad("products.csv", CSV, &["event.computed.name.lookup=product"]), "there is no table `[lookup.product]`"),
        (bad("products.csv", CSV, &["event.computed.name.lookup=product"]), "did you mean `products`?"),
        (
            bad("products.csv", CSV, &["event.computed.name.take=nome"]),
            "`nome` is not declared in `[lookup.products.fields]`",
        ),
        (bad("products.csv", CSV, &["event.computed.name.by=price"]), "the keys of `[lookup.products]` are strings"),
        (bad("products.csv", CSV, &["event.computed.name.as=string"]), "unknown key `event.computed.name.as`"),
        (bad("products.csv", CSV, &["event.computed.shout.from=name"]), "may be NULL"),
    ] {
        assert!(said.contains(expected), "`{expected}` is not in: {said}");
    }
    let latin = [b"sku,name\nA1,Caf\xe9\n".as_slice()].concat();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("products.csv"), latin).unwrap();
    let said = in_folder(folder.path(), "products.csv", &[]).unwrap_err();
    assert!(said.contains("is not UTF-8") && said.contains("file = \"products.csv\""), "{said}");
    std::fs::create_dir(folder.path().join("folder.csv")).unwrap();
    assert!(in_folder(folder.path(), "folder.csv", &[]).unwrap_err().contains("it is no file"));
    std::fs::File::create(folder.path().join("large.csv")).unwrap().set_len((64 << 20) + 1).unwrap();
    let large = in_folder(folder.path(), "large.csv", &[]).unwrap_err();
    assert!(large.contains("has 67108865 bytes, and a table may have 67108864"), "{large}");
    assert_eq!(said.matches("error:").count(), 1, "who looks up in it is not refused too: {said}");
}
