//! SIGTERM and Ctrl-C end an endless run in good order: every sale that the summary counts is in the database.

use nix::sys::signal::Signal;

use crate::support::flagship::{Flagship, produce_hour};
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::{BOUND, Finished};
use crate::support::wait;

fn assert_flushed(flagship: &Flagship, finished: &Finished) {
    let sales = |document: &mongodb::bson::Document| document.get_i64("volume_vendas").expect("a count") as u64;
    let written: u64 = flagship.documents().iter().map(sales).sum();
    let [read, counted, late, dead] = ["read", "counted", "late", "dead letters"].map(|label| finished.summary(label));
    assert_eq!(written, counted, "sales in the database:\n{}", finished.output());
    assert_eq!(read, counted + late + dead, "{}", finished.output());
}

#[test]
fn when_everything_has_been_read() {
    let topic = Topic::create(kafka(), "calm", 3);
    produce_hour(kafka(), &topic.name, 5, 5_000);
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let flagship = Flagship::shared(&topic);
        let mut run = flagship.spawn(&["-w", "2"]);
        flagship.wait_until_exact(&mut run);
        let finished = run.end_by(signal).success();
        assert_flushed(&flagship, &finished);
        assert_eq!(finished.summary("read"), flagship.oracle().counts().read, "{}", finished.output());
        flagship.assert_exact("at the end");
    }
}

#[test]
fn in_the_middle_of_a_flood() {
    let topic = Topic::create(kafka(), "flood", 3);
    produce_hour(kafka(), &topic.name, 6, 200_000);
    let flagship = Flagship::shared(&topic);
    let mut run = flagship.spawn(&["-w", "3"]);
    wait::until(BOUND, "the first document", || {
        assert!(run.is_running(), "the run ended:\n{}", run.output());
        if flagship.documents().is_empty() { Err(run.output()) } else { Ok(()) }
    });
    let finished = run.end_by(Signal::SIGTERM).success();
    assert_flushed(&flagship, &finished);
}
