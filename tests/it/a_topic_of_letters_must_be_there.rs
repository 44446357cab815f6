//! A topic of letters that is missing is refused at the start with the command that makes it, and no topic made in passing;
//! that of the source is refused as a loop; one that is too narrow ends the run.

use crate::support::flagship::Flagship;
use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::Mare;
use crate::support::mongodb::documents;
use crate::support::unique;

#[test]
fn a_topic_of_letters_must_be_there() {
    let topic = Topic::create(kafka(), "no-letters", 1);
    let missing = unique("nowhere");
    let flagship = Flagship::shared(&topic);
    for table in ["late", "dead_letter"] {
        let set = format!("{table}.topic={missing}");
        Mare::run(flagship.arguments(&["--set", set.as_str()])).refused(&[&missing, "mare topic create", kafka()]);
        let set = format!("{table}.topic={}", topic.name);
        Mare::run(flagship.arguments(&["--set", set.as_str()]))
            .refused(&["the topic that the dataflow reads", "read again"]);
    }
    let claims = documents(&flagship.uri, &flagship.database, "mare_control");
    assert_eq!(claims, [], "a run that is refused takes nothing over");
    let topics = Mare::run(["topic", "list", "--brokers", kafka()]).success();
    assert!(!topics.stdout.contains(&missing), "{}", topics.stdout);
}

#[test]
fn a_letter_that_its_topic_does_not_take_ends_the_run() {
    let topic = Topic::create(kafka(), "wide", 1);
    let narrow = unique("narrow");
    let create = ["topic", "create", &narrow, "--brokers", kafka(), "--config", "max.message.bytes=10000"];
    Mare::run(create).success();
    let large: Vec<u8> = (0..100_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    topic.produce([record(0, 1_764_331_200_000, Some(&large))]);
    let set = format!("dead_letter.topic={narrow}");
    Mare::run(Flagship::shared(&topic).arguments(&["--until-end", "--set", set.as_str()]))
        .refused(&[&narrow, "raise its max.message.bytes"]);
}
