//! `mare topic delete` asks before, and where nobody can be asked it leaves the topic alone until it is told `--yes`.

use crate::support::kafka::{Topic, kafka};
use crate::support::mare::Mare;

#[test]
fn and_only_then() {
    let topic = Topic::create(kafka(), "deleted", 2);
    let delete =
        |more: &[&str]| Mare::run([&["topic", "delete", topic.name.as_str(), "--brokers", kafka()], more].concat());
    delete(&[]).refused(&["2 partitions and all their records stay", "add --yes"]);
    let there = Mare::run(["topic", "list", "--brokers", kafka()]).success();
    assert!(there.stdout.contains(&topic.name), "{}", there.stdout);
    let deleted = delete(&["--yes", "--format", "json"]).success();
    assert_eq!(deleted.stdout.trim().replace(['\n', ' '], ""), format!(r#"{{"topic":"{}"}}"#, topic.name));
    delete(&["--yes"]).refused(&["there is no topic"]);
}
