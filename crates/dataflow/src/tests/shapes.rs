//! Which settings are part of a shape.

use crate::Plan;
use crate::fixture::{self, ORDERS};

/// Orders with three totals.
fn file() -> String {
    let revenue = "revenue = \"sum(price)\"\n";
    ORDERS.replace(revenue, &format!("{revenue}notes = \"count(note)\"\norders = \"count()\"\n"))
}

fn plan(overrides: &[&str]) -> Plan {
    fixture::plan(&file(), overrides)
}

fn difference(overrides: &[&str]) -> String {
    plan(&[]).shape().differences(&plan(overrides).shape()).join("; ")
}

#[test]
fn what_decides_the_meaning_of_a_state_is_named() {
    for (set, expected) in [
        ("source.kafka.topic=x", "`source.kafka.topic` was `orders`, is `x`"),
        ("event.time=a.b", "`event.time` was `at`, is `a.b`"),
        ("event.time_format=epoch_millis", "`event.time_format` was `iso`, is `epoch_millis`"),
        ("event.zone=America/Sao_Paulo", "`event.zone` was `UTC`, is `America/Sao_Paulo`"),
        ("event.max_ahead=90m", "`event.max_ahead` was `1h`, is `1h 30m`"),
        ("event.confirm=2", "`event.confirm` was not there, is `2`"),
        ("totals.group_max_bytes=2KiB", "`totals.group_max_bytes` was not there, is `2048`"),
        ("event.max_bytes=1KiB", "`event.max_bytes` was `262144`, is `1024`"),
        ("event.fields.note=integer?", "`event.fields.note` was `string?`, is `integer?`"),
        ("event.fields.extra=boolean", "`event.fields.extra` was not there, is `boolean`"),
        ("window.tumbling=5m", "`window.tumbling` was `1m`, is `5m`"),
        ("window.lateness=1500ms", "`window.lateness` was `0s`, is `1s 500ms`"),
        ("totals.group_by=[]", "`totals.group_by` was `city`, is empty"),
        ("totals.notes=sum(price)", "`totals` was `sum(price), count(note)`, is `sum(price)`"),
        ("totals.orders=count(note)", "`totals.orders` was `count()`, is `count(note)`"),
        ("totals.revenue=max(price)", "`totals` was `sum(price), count(note)`, is `max(price), count(note)`"),
        ("totals.revenue=avg(price)", "`totals.revenue` was `sum(price)`, is `avg(price, 2)`"),
        ("totals.revenue=max(price)", "`totals.revenue` was `sum(price)`, is `max(price)`"),
    ] {
        let found = difference(&[set]);
        assert!(found.contains(expected), "`{expected}` expected for {set}: {found}");
    }
}

#[test]
fn a_group_that_may_be_null_is_another() {
    let grouped = plan(&["totals.group_by=[\"city\", \"note?\"]"]);
    let fields =
        grouped.layout().fields().iter().map(|field| (field.name.clone(), field.may_be_null)).collect::<Vec<_>>();
    assert_eq!(fields[2..4], [("city".to_owned(), false), ("note".to_owned(), true)]);
    assert_eq!(grouped.shape().0["totals.group_by"], "city, note?");
    assert!(difference(&["totals.group_by=[\"note?\"]"]).contains("`totals.group_by` was `city`, is `note?`"));
    // A key may end with a `?` of its own.
    let odd = plan(&["event.fields.\"city?\"=string", "totals.group_by=[\"city?\"]"]);
    assert!(!odd.layout().fields()[2].may_be_null);
}

#[test]
fn what_does_not_is_not() {
    let same = [
        "source.kafka.brokers=b:1",
        "source.kafka.start=latest",
        "source.kafka.properties.\"fetch.wait.max.ms\"=9",
        "window.tumbling=60s",
        "event.confirm=1",
        "totals.group_max_bytes=1KiB",
        "totals.orders=count(city)",
        "epochs.longest=1s",
        "checkpoint.every=1s",
        "sink.sqlite.path=a.db",
    ];
    assert_eq!(difference(&same), "");
}

/// The numbers of a row have no names; only their order tells which is which.
#[test]
fn the_order_of_the_totals_is_part_of_the_shape() {
    let swapped = file().replace(
        "revenue = \"sum(price)\"\nnotes = \"count(note)\"",
        "notes = \"count(note)\"\nrevenue = \"sum(price)\"",
    );
    let swapped = fixture::plan(&swapped, &[]);
    let expected = ["`totals` was `sum(price), count(note)`, is `count(note), sum(price)`"];
    assert_eq!(plan(&[]).shape().differences(&swapped.shape()), expected);
}

#[test]
fn a_sink_is_named_without_its_password() {
    assert_eq!(plan(&[]).sink().describe().identity, "mongodb://***@localhost shop.orders");
    assert_eq!(plan(&["sink.sqlite.path=a.db"]).sink().describe().identity, "sqlite a.db orders");
}
