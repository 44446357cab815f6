//! `mare produce` with categories and values of one's own, and a line for each sale.

use serde_json::Value;

use crate::support::kafka::{Topic, kafka};
use crate::support::mare::{Finished, Mare};

fn produce(topic: &str, more: &[&str]) -> Finished {
    Mare::run([&["produce", "--brokers", kafka(), "--topic", topic, "--rate", "0", "--count", "60"], more].concat())
}

#[test]
fn sales_are_made_as_they_are_asked_for() {
    let topic = Topic::create(kafka(), "asked", 3);
    let own = ["--categories", "Gamer,Casa \"J\"", "--values", "0.99..1.01"];
    let printed = produce(&topic.name, &[&own[..], &["--print", "--garbage", "20%", "--seed", "5"]].concat()).success();
    let lines: Vec<_> = printed.stdout.lines().filter(|line| line.starts_with(&topic.name)).collect();
    assert_eq!(lines.len(), 60, "a line for each, into a pipe, too:\n{}", printed.output());
    let sold = lines.iter().filter(|line| line.contains("Gamer") || line.contains("Casa \"J\"")).count();
    assert!((30..60).contains(&sold), "{}", printed.stdout);

    let read = Mare::run(["topic", "read", &topic.name, "--brokers", kafka()]).success().stdout;
    let sales = read.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let values = sales.filter_map(|sale| {
        let category =
            sale["categoria"].as_str().filter(|category| ["Gamer", "Casa \"J\""].contains(category))?.to_owned();
        Some((category, sale["valor"].as_f64()?))
    });
    let values: Vec<_> = values.collect();
    assert!(values.len() >= sold, "{read}");
    assert!(values.iter().all(|(_, value)| (0.99..=1.01).contains(value) || *value > 1e40), "{values:?}");

    assert!(
        !produce(&topic.name, &["--seed", "5"]).success().stdout.contains("offset"),
        "a pipe gets the summary alone"
    );
}

#[test]
fn nonsense_is_refused_before_anything_is_sent() {
    for (more, words) in [
        (["--values", "50..10"], "10..50"),
        (["--values", "-1..10"], "negative"),
        (["--values", "1..1.005"], "two digits"),
        (["--values", "ten"], "10..5000"),
        (["--categories", ""], "no name"),
        (["--categories", "a,a"], "twice"),
    ] {
        produce("nowhere", &more).refused(&[words]);
    }
    produce("nowhere", &["--print", "--quiet"]).refused(&["--quiet"]);
}
