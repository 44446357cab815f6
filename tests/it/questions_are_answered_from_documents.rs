//! `mare query` adds up documents exactly: by groups, windows, hours and periods, from MongoDB and SQLite, as a table,
//! JSON and CSV.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::another_schema_runs_as_well as energy;
use crate::support::audit::written;
use crate::support::flagship::Flagship;
use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::Mare;

/// The rows of an answer.
fn ask(flagship: &Flagship, question: &[&str]) -> Vec<Value> {
    let finished = Mare::run(flagship.command("query", &[question, &["--format", "json"]].concat())).success();
    serde_json::from_str(&finished.stdout).unwrap_or_else(|e| panic!("{e}:\n{}", finished.output()))
}

fn cents(amount: &Value) -> i128 {
    let text = amount.to_string();
    assert!(text.split_once('.').is_some_and(|(_, behind)| behind.len() == 2), "an amount with its cents: {text}");
    text.replace('.', "").parse().expect("an amount")
}

/// Revenue and number of sales by what `name` makes of a window and a category.
fn sums<K: Ord>(flagship: &Flagship, name: impl Fn(i64, &str) -> Option<K>) -> BTreeMap<K, (i128, i64)> {
    let mut sums = BTreeMap::new();
    for ((start, category), (cents, sales)) in flagship.oracle().documents() {
        if let Some(name) = name(start, &category) {
            let sum: &mut (i128, i64) = sums.entry(name).or_default();
            *sum = (sum.0 + cents, sum.1 + sales);
        }
    }
    sums
}

fn pair(row: &Value) -> (i128, i64) {
    (cents(&row["faturamento_total"]), row["volume_vendas"].as_i64().expect("a count"))
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

const NOON: i64 = 1_764_331_200_000;

#[test]
fn of_the_flagship() {
    let flagship = written("query", &[]);
    let by_group = sums(&flagship, |_, category| Some(category.to_owned()));
    let rows = ask(&flagship, &["groups"]);
    let found: BTreeMap<_, _> = rows.iter().map(|row| (text(&row["categoria"]), pair(row))).collect();
    assert_eq!(found, by_group);
    assert!(rows.windows(2).all(|two| pair(&two[0]).0 >= pair(&two[1]).0), "the largest first");

    let within =
        sums(&flagship, |start, category| (NOON..NOON + 600_000).contains(&start).then(|| category.to_owned()));
    let bounds = ["--from", "2025-11-28T12:00", "--to", "2025-11-28T12:10:00Z"];
    let gamer = ask(&flagship, &[&["groups", "--group", "categoria=Gamer"], &bounds[..]].concat());
    assert_eq!(gamer.iter().map(pair).collect::<Vec<_>>(), [within["Gamer"]]);

    let by_window = sums(&flagship, |start, _| Some(start));
    let top = ask(&flagship, &["top", "--of", "windows", "--by", "volume_vendas", "--limit", "3"]);
    let mut most: Vec<_> = by_window.values().map(|sum| sum.1).collect();
    most.sort_unstable_by(|one, other| other.cmp(one));
    assert_eq!(top.iter().map(|row| pair(row).1).collect::<Vec<_>>(), most[..3]);
    let documents = ask(&flagship, &["top", "--of", "documents", "--limit", "2"]);
    let mut largest: Vec<_> = flagship.oracle().documents().into_values().map(|(cents, _)| cents).collect();
    largest.sort_unstable_by(|one, other| other.cmp(one));
    assert_eq!(documents.iter().map(|row| pair(row).0).collect::<Vec<_>>(), largest[..2]);

    let quarters = sums(&flagship, |start, _| Some(start.div_euclid(900_000)));
    let hourly = ask(&flagship, &["hourly", "--per", "15m"]);
    assert_eq!(hourly.iter().map(pair).collect::<Vec<_>>(), quarters.into_values().collect::<Vec<_>>());

    let latest = ask(&flagship, &["latest", "--limit", "2"]);
    let newest: Vec<_> = by_window.keys().rev().take(2).collect();
    let expected = flagship.oracle().documents().into_keys().filter(|(start, _)| newest.contains(&start)).count();
    assert_eq!(latest.len(), expected);

    let halves = sums(&flagship, |start, category| {
        (NOON..NOON + 3_600_000).contains(&start).then(|| (category.to_owned(), start >= NOON + 1_800_000))
    });
    let (before, after) = ("2025-11-28T12:00..2025-11-28T12:30", "2025-11-28T12:30..2025-11-28T13:00");
    for row in ask(&flagship, &["compare", before, after]) {
        let [before, after] = [false, true].map(|half| halves[&(text(&row["categoria"]), half)]);
        assert_eq!(cents(&row["faturamento_total_difference"]), after.0 - before.0, "{row}");
        assert_eq!(row["volume_vendas_before"].as_i64(), Some(before.1), "{row}");
        let percent = row["volume_vendas_percent"].to_string().parse::<f64>().expect("a number");
        assert!((percent - 100.0 * (after.1 - before.1) as f64 / before.1 as f64).abs() <= 0.0501, "{row}");
    }

    let table = Mare::run(flagship.command("query", &["top", "--of", "groups", "--limit", "3"])).success();
    assert!(table.stdout.ends_with("first 3 of 8 groups; --limit N shows more\n"), "{}", table.stdout);
    assert!(table.stderr.contains("mare query top FILE"), "the other order is understood: {}", table.stderr);
    let json = flagship.command("query", &["top", "--of", "documents", "--limit", "3", "--format", "json"]);
    let json = Mare::run(json).success();
    let expected = format!("note: first 3 of {} documents", flagship.documents().len());
    assert!(json.stderr.contains(&expected), "{}", json.stderr);
    let latest = Mare::run(flagship.command("query", &["latest", "--limit", "1"])).success().stdout;
    assert!(latest.contains("in the sink; --limit N shows older ones"), "{latest}");

    let one =
        Mare::run(flagship.command("query", &["compare", before, after, "--by", "volume_vendas", "--format", "csv"]));
    let names = "categoria,volume_vendas_before,volume_vendas_after,volume_vendas_difference,volume_vendas_percent";
    assert_eq!(one.success().stdout.lines().next().map(str::trim_end), Some(names));

    let table = Mare::run(flagship.command("query", &["groups"])).success().stdout;
    assert!(table.lines().last().is_some_and(|line| line.trim_start().starts_with("all")), "{table}");
    assert!(!table.contains('\u{1b}'), "no colours but on a terminal: {table}");
    let stored = Mare::run(flagship.command("query", &["collection", "--format", "json"])).success().stdout;
    let stored: Value = serde_json::from_str(&stored).expect("JSON");
    assert_eq!(stored["documents"].as_u64(), Some(flagship.documents().len() as u64), "{stored}");
    let keys: Vec<_> =
        stored["indexes"].as_array().into_iter().flatten().map(|index| index["keys"].to_string()).collect();
    assert!(
        keys.contains(&r#"["_id"]"#.to_owned()) && keys.iter().any(|keys| keys.contains("-janela_inicio")),
        "{stored}"
    );
    let told = Mare::run(flagship.command("query", &["collection"])).success().stdout;
    assert!(told.contains(&flagship.database) && told.contains("bytes on the disk"), "{told}");

    let csv = Mare::run(flagship.command("query", &["groups", "--format", "csv"])).success().stdout;
    assert_eq!(csv.lines().next().map(str::trim_end), Some("categoria,windows,faturamento_total,volume_vendas"));
    assert_eq!(csv.lines().count(), by_group.len() + 1);
}

#[test]
fn of_another_schema() {
    let topic = Topic::create(kafka(), "query-energy", 2);
    let expected = energy::produce(&topic);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("energy.db");
    let sink = format!("sink.sqlite.path={}", file.display());
    let ask = |question: &[&str]| {
        let start = ["query", "dataflows/energy.toml", "--set", &sink];
        Mare::run([&start[..], question, &["--format", "json"]].concat())
    };
    ask(&["groups"]).refused(&["no such file yet", "mare run"]);
    assert!(!file.exists(), "a question makes no file");
    energy::run(&topic, &sink);
    let rows: Vec<Value> = serde_json::from_str(&ask(&["groups", "--by", "readings"]).success().stdout).expect("JSON");
    let mut sums = BTreeMap::<(String, i64), [i64; 4]>::new();
    for ((_, site, tariff), (wh, mills, outages, readings)) in &expected {
        let sum = sums.entry((site.clone(), *tariff)).or_default();
        sum.iter_mut().zip([wh, mills, outages, readings]).for_each(|(sum, more)| *sum += more);
    }
    let number = |value: &Value| value.to_string().replace('.', "").parse::<i64>().expect("a number");
    let found: BTreeMap<_, _> = rows
        .iter()
        .map(|row| {
            (
                (text(&row["meter_site"]), number(&row["tariff"])),
                ["energy_wh", "cost", "outages", "readings"].map(|name| number(&row[name])),
            )
        })
        .collect();
    assert_eq!(found, sums);
    let one = ask(&["groups", "--group", "meter.site=south|west", "--group", "tariff=-1"]).success();
    let one: Vec<Value> = serde_json::from_str(&one.stdout).expect("JSON");
    assert_eq!(one.len(), 1);
    assert_eq!(number(&one[0]["energy_wh"]), sums[&("south|west".to_owned(), -1)][0]);
    let stored: Value = serde_json::from_str(&ask(&["collection"]).success().stdout).expect("JSON");
    assert_eq!(stored["documents"].as_u64(), Some(expected.len() as u64), "{stored}");
    assert!(stored["storage_bytes"].as_u64() > stored["data_bytes"].as_u64(), "{stored}");
    assert!(stored["index_bytes"].as_u64() > Some(0) && stored["indexes"][0]["used"].is_null(), "{stored}");
    ask(&["groups", "--group", "site=north"]).refused(&["meter_site, tariff"]);
    ask(&["groups", "--group", "tariff=low"]).refused(&["whole number"]);
    ask(&["top", "--by", "kwh"]).refused(&["energy_wh, cost, outages, readings"]);
    ask(&["hourly", "--per", "1m"]).refused(&["--per"]);
    ask(&["groups", "--from", "now", "--to", "-1h"]).refused(&["nothing lies between"]);
}

/// 4.00 sold half an hour into the 28th of Kolkata, within a window of one hour that begins on the 27th.
#[test]
fn a_window_on_both_sides_of_midnight_is_of_no_day() {
    let topic = Topic::create(kafka(), "query-kolkata", 1);
    let sell = |time: &str, amount: &str| {
        let at = time.parse::<jiff::Timestamp>().expect("a time").as_millisecond();
        let sale = format!(r#"{{"id_pedido": "p", "categoria": "Gamer", "valor": {amount}, "timestamp": "{time}"}}"#);
        topic.produce([record(0, at, Some(sale.as_bytes()))]);
    };
    sell("2025-11-27T10:00:00Z", "1.00");
    sell("2025-11-27T18:45:00Z", "4.00");
    sell("2025-11-28T10:00:00Z", "2.00");
    for (size, right) in [("1h", None), ("30m", Some([1.0, 6.0]))] {
        let flagship = Flagship::shared(&topic);
        let set = ["--set", "event.zone=Asia/Kolkata", "--set", &format!("window.tumbling={size}")];
        flagship.run_until_end(&set);
        let by_day = ["hourly", "--per", "1d", "--format", "json"];
        let days = Mare::run(flagship.command("query", &[&set[..], &by_day].concat()));
        let compare = ["compare", "2025-11-27", "2025-11-28", "--format", "json"];
        let compared = Mare::run(flagship.command("query", &[&set[..], &compare].concat()));
        let today = ["groups", "--from", "2025-11-28", "--to", "2025-11-29"];
        let today = Mare::run(flagship.command("query", &[&set[..], &today].concat()));
        let Some(right) = right else {
            days.refused(&["the window from 2025-11-27T23:30:00+05:30", "lies in two periods of 1d"]);
            compared.refused(&["no window of 1h begins at 2025-11-27T00:00:00+05:30"]);
            today.refused(&["no window of 1h begins at 2025-11-28T00:00:00+05:30", "2025-11-28T00:30:00+05:30"]);
            let hours = [&set[..], &["hourly", "--format", "json"]].concat();
            Mare::run(flagship.command("query", &hours)).refused(&["lies in two periods of 1h"]);
            let odd = [&set[..], &["hourly", "--per", "90m"]].concat();
            Mare::run(flagship.command("query", &odd)).refused(&["are no parts of periods"]);
            continue;
        };
        let rows: Vec<Value> = serde_json::from_str(&days.success().stdout).expect("JSON");
        let amounts: Vec<_> = rows.iter().filter_map(|row| row["faturamento_total"].as_f64()).collect();
        assert_eq!(amounts, right, "{rows:?}");
        let rows: Vec<Value> = serde_json::from_str(&compared.success().stdout).expect("JSON");
        let sides = ["faturamento_total_before", "faturamento_total_after"].map(|name| rows[0][name].as_f64());
        assert_eq!(sides, right.map(Some), "{rows:?}");
        assert!(today.success().stdout.contains("6.00"));
    }
}

#[test]
fn of_standard_output_there_are_none() {
    let start = ["query", "dataflows/energy.toml", "--set", "sink.stdout={}", "latest"];
    Mare::run(start).refused(&["standard output", "sink.sqlite.path"]);
    let collection = ["query", "collection", "dataflows/energy.toml", "--set", "sink.stdout={}"];
    Mare::run(collection).refused(&["standard output", "sink.sqlite.path"]);
}
