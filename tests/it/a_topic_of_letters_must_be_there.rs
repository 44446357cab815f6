//! A topic of letters that is missing is refused at the start with the command that makes it, and no topic made in
//! passing; that of the source is refused as a loop; one that is too narrow gets what fits.

use crate::support::flagship::Flagship;
use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::Mare;
use crate::support::mongodb::documents;
use crate::support::oracle::read;
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
fn a_topic_that_is_too_narrow_gets_what_fits() {
    let topic = Topic::create(kafka(), "wide", 1);
    let narrow = unique("narrow");
    let create = ["topic", "create", &narrow, "--brokers", kafka(), "--config", "max.message.bytes=10000"];
    Mare::run(create).success();
    let noise = |bytes: u32, seed: u32| -> Vec<u8> {
        (0..bytes).map(|at| ((at + seed).wrapping_mul(2_654_435_761) >> 13) as u8).collect()
    };
    // A batch of them is larger than the topic takes, each of them is not, but for one.
    let mut payloads: Vec<_> = (0..100).map(|seed| noise(1_000, seed * 1_000)).collect();
    payloads[50] = noise(100_000, 0);
    topic.produce(payloads.iter().map(|payload| record(0, 1_764_331_200_000, Some(payload))));
    let set = format!("dead_letter.topic={narrow}");
    Flagship::shared(&topic).run_until_end(&["--set", set.as_str()]);
    let mut letters = read(kafka(), &narrow);
    letters.sort_by_key(|letter| letter.headers["mare-offset"].parse::<usize>().expect("an offset"));
    assert_eq!(letters.len(), payloads.len());
    for (offset, (letter, payload)) in letters.iter().zip(&payloads).enumerate() {
        let fits = offset != 50;
        assert_eq!(letter.payload.as_ref(), Some(payload).filter(|_| fits), "{offset}");
        assert_eq!(letter.headers.contains_key("mare-payload-bytes"), !fits, "{offset}");
    }
}
