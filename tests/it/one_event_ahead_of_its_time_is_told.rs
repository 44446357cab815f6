//! One sale far ahead of its time: by default the honest ones behind it are late, and everybody says so and why; with
//! `event.confirm` all are counted; a promise of the year 2100 is seen and can be put back.

use crate::support::flagship::Flagship;
use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::{Finished, Mare};

const NOON: i64 = 1_764_331_200_000;
const MINUTE: i64 = 60_000;

fn sale(at_ms: i64) -> Vec<u8> {
    let time = jiff::Timestamp::from_millisecond(at_ms).expect("a time");
    format!(r#"{{"id_pedido":"{at_ms}","categoria":"Gamer","valor":1,"timestamp":"{time}"}}"#).into_bytes()
}

/// Produces sales of these times, each sent at noon and some milliseconds.
fn produce(topic: &Topic, sent_ms: i64, times: impl Iterator<Item = i64>) {
    let sales: Vec<_> = times.map(sale).collect();
    topic.produce(sales.iter().enumerate().map(|(at, sale)| record(0, sent_ms + at as i64, Some(sale))));
}

/// `mare checkpoint`, and what to do with those of a dataflow.
fn checkpoint(flagship: &Flagship, action: &str, more: &[&str]) -> Finished {
    let arguments = flagship.arguments(more).into_iter().skip(1);
    Mare::run(["checkpoint", action].map(str::to_owned).into_iter().chain(arguments))
}

#[test]
fn one_event_ahead_of_its_time_is_told_and_does_no_harm_when_it_has_to_be_confirmed() {
    let topic = Topic::create(kafka(), "ahead", 1);
    produce(&topic, NOON, [NOON + 59 * MINUTE].into_iter().chain((0..600).map(|at| NOON + at)));

    let flagship = Flagship::shared(&topic);
    let finished = flagship.run_until_end(&[]);
    flagship.assert_exact("late as they are");
    assert_eq!((finished.summary("counted"), finished.summary("late")), (1, 600));
    let told =
        |line: &&str| ["partition 0", "600 of 601", "99.8 %", "offset 0", "59m"].iter().all(|part| line.contains(part));
    let warned: Vec<_> = finished.stderr.lines().filter(told).collect();
    assert_eq!(warned.len(), 2, "while it runs and in the summary: {}", finished.stderr);
    assert!(warned[0].contains("WARN"), "{}", warned[0]);
    let verified = Mare::run(flagship.command("verify", &[])).success();
    assert!(verified.stdout.lines().any(|line| told(&line)), "{}", verified.stdout);

    let confirmed = Flagship::shared(&topic);
    let set = ["--set", "event.confirm=2"];
    let finished = confirmed.run_until_end(&set);
    assert_eq!((finished.summary("counted"), finished.summary("late")), (601, 0));
    assert!(!finished.stderr.contains("were late"), "{}", finished.stderr);
    Mare::run(confirmed.command("verify", &set)).success();
}

#[test]
fn a_promise_beyond_the_clock_is_seen_and_put_back() {
    let year_2100 = 4_102_444_800_000;
    let topic = Topic::create_for_any_time(kafka(), "poison", 1);
    produce(&topic, NOON, (0..10).map(|at| NOON + at));
    produce(&topic, year_2100, [year_2100].into_iter());
    let flagship = Flagship::shared(&topic);
    let finished = flagship.run_until_end(&[]);
    assert!(finished.stderr.contains("WARN") && finished.stderr.contains("beyond the clock"), "{}", finished.stderr);

    produce(&topic, NOON, (0..20).map(|at| NOON + 10 * MINUTE + at));
    assert_eq!(flagship.run_until_end(&[]).summary("late"), 20, "the partition is closed");
    let shown = checkpoint(&flagship, "show", &[]).success();
    assert!(
        shown.stdout.contains("beyond the clock") && shown.stdout.contains("mare checkpoint heal"),
        "{}",
        shown.stdout
    );
    checkpoint(&flagship, "heal", &[]).refused(&["--yes"]);
    let healed = checkpoint(&flagship, "heal", &["--yes"]).success();
    assert!(healed.stdout.contains("2025-11-28T12:03:00"), "behind the window of noon: {}", healed.stdout);

    produce(&topic, NOON, (0..30).map(|at| NOON + 11 * MINUTE + at));
    let finished = flagship.run_until_end(&[]);
    assert_eq!((finished.summary("counted"), finished.summary("late")), (30, 0));
    let again = checkpoint(&flagship, "heal", &["--yes"]).success();
    assert!(again.stdout.contains("nothing to put back"), "{}", again.stdout);
}
