//! A topic that does not exist: an error that names it and the command that makes it, and no topic made in passing.

use crate::support::flagship::Flagship;
use crate::support::kafka::kafka;
use crate::support::mare::Mare;
use crate::support::mongodb::mongodb;
use crate::support::unique;

#[test]
fn a_missing_topic_is_refused_with_the_remedy() {
    let topic = unique("nowhere");
    let run = Flagship::between(kafka(), &topic, mongodb());
    for more in [&["--until-end"][..], &["-w", "2"]] {
        Mare::run(run.arguments(more)).refused(&[&topic, "mare topic create"]).explained();
    }
    Mare::run(["produce", "--brokers", kafka(), "--topic", &topic, "--count", "1"])
        .refused(&[&topic, "mare topic create"]);
    let topics = Mare::run(["topic", "list", "--brokers", kafka()]).success();
    assert!(!topics.stdout.contains(&topic), "{}", topics.stdout);
}
