//! With `totals.where`, documents have the sales alone for which the condition is true; the others are filtered, and
//! close windows as they do. A field that is computed adds up as one that is read, and what has no value is dead.

use serde_json::Value;

use crate::support::flagship::{Flagship, produce_with};
use crate::support::kafka::{Topic, kafka, record};
use crate::support::oracle::{Oracle, assert_same};

const ABOVE: i128 = 150_000;

/// What is set over the flagship's file: a condition over a field that is computed of one that is, and a total of it.
const WANTED: [&str; 6] = [
    "event.computed.centavos.as=integer",
    "event.computed.centavos.from=CAST(valor * 100 AS INTEGER)",
    "event.computed.dobro.as=decimal(2)",
    "event.computed.dobro.from=ROUND(centavos / 50, 2)",
    "totals.where=centavos > 150000 AND categoria IS NOT NULL",
    "totals.dobrado=sum(dobro)",
];

fn with<'a>(set: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    set.iter().flat_map(|set| ["--set", set]).chain(more.iter().copied()).collect()
}

#[test]
fn only_wanted_sales_are_counted() {
    let topic = Topic::create(kafka(), "wanted", 3);
    let shares = ["--late", "2%", "--out-of-order", "10%", "--garbage", "1%"];
    produce_with(kafka(), &topic.name, 37, 20_000, &shares);
    let flagship = Flagship::shared(&topic);
    flagship.run_until_end(&with(&WANTED, &["-w", "2"]));
    produce_with(kafka(), &topic.name, 38, 10_000, &shares);
    let oracle = Oracle::of_more_than(ABOVE).reading(kafka(), &topic.name);
    let counts = oracle.counts();
    assert!(counts.counted > 1_000 && counts.filtered > 1_000 && counts.late > 10, "{counts:?}");

    let finished = flagship.run_until_end(&with(&WANTED, &["-w", "3"]));
    let mut documents = flagship.documents();
    for document in &mut documents {
        let [doubled, sum] = ["dobrado", "faturamento_total"].map(|name| document.get_f64(name).expect("a double"));
        assert!((doubled - 2.0 * sum).abs() < 1e-6, "{document}");
        document.remove("dobrado");
    }
    assert_same(&documents, &oracle, "after going on from the checkpoint of the first half");
    assert!(finished.stderr.contains("filtered     "), "{}", finished.output());

    let audit = |name: &str, more: &[&str]| {
        let said = crate::support::mare::Mare::run(flagship.command(name, &with(&WANTED, more))).success();
        serde_json::from_str::<Value>(&said.stdout).unwrap_or_else(|_| panic!("{}", said.output()))
    };
    let verdict = audit("verify", &["--format", "json"]);
    let sum = |name: &str| {
        let partitions = verdict["partitions"].as_array().expect("partitions").iter();
        partitions.map(|partition| partition[name].as_u64().expect("a count")).sum::<u64>()
    };
    assert_eq!(verdict["exact"], true, "{verdict}");
    assert_eq!((sum("counted"), sum("filtered"), sum("late")), (counts.counted, counts.filtered, counts.late));
}

#[test]
fn what_has_no_value_is_dead_and_a_condition_that_nothing_meets_is_told() {
    let topic = Topic::create(kafka(), "no-value", 1);
    let noon = 1_764_331_200_000;
    let sale = |value: i64| {
        format!(r#"{{"id_pedido":"a","categoria":"b","valor":{value},"timestamp":"2025-11-28T12:00:00Z"}}"#)
    };
    let sales = [1, 0, 2].map(sale);
    topic.produce(sales.iter().map(|sale| record(0, noon, Some(sale.as_bytes()))));
    let flagship = Flagship::shared(&topic);

    let divides = with(&["totals.where=10 / valor > 6"], &[]);
    let finished = flagship.run_until_end(&divides);
    assert!(finished.stderr.contains("dead letters 1 (division_by_zero 1)"), "{}", finished.output());
    let words = "dead letter (the first of its reason): totals.where: division by zero (column 1)";
    assert!(finished.stderr.contains(words), "{}", finished.output());
    assert!(finished.stderr.contains("1 counted + 1 filtered + 0 late"), "{}", finished.output());

    let doctor = crate::support::mare::Mare::run(flagship.command("doctor", &with(&["totals.where=valor > 9"], &[])));
    let output = doctor.output();
    assert!(output.contains("none of the newest 3 records is wanted"), "{output}");
}
