//! Three partitions, of which one is empty and one falls silent: windows become final all the same, through a kill and
//! with another number of workers; who returns late is late by the journal, which the auditor reads too.

use mongodb::bson::{Bson, Document, doc};
use nix::sys::signal::Signal;
use rdkafka::producer::BaseRecord;

use crate::support::audit::verify;
use crate::support::checkpoints::OFTEN;
use crate::support::flagship::Flagship;
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::{BOUND, Mare};
use crate::support::mongodb::{collection, mongodb};
use crate::support::observer::FINAL;
use crate::support::oracle::{Oracle, differences, read};
use crate::support::wait;

const NOON: i64 = 1_764_331_200_000;
const MINUTE_MS: i64 = 60_000;

/// Sends a sale of so many seconds after noon.
fn sell(topic: &Topic, partition: i32, second: i64) {
    let at_ms = NOON + second * 1_000;
    let at = jiff::Timestamp::from_millisecond(at_ms).expect("a time");
    let sale = format!(r#"{{"id_pedido":"{partition}-{second}","categoria":"Games","valor":1.5,"timestamp":"{at}"}}"#);
    let payload = Some(sale.as_bytes());
    topic.produce([BaseRecord { payload, ..BaseRecord::to("").partition(partition).timestamp(at_ms) }]);
}

/// The sales of a partition that never stops, twenty seconds apart.
struct Speaker<'a> {
    topic: &'a Topic,
    second: i64,
}

impl Speaker<'_> {
    /// Lets it speak until `done`.
    fn until(&mut self, run: &mut Mare, what: &str, done: impl Fn() -> Result<(), String>) {
        wait::until(BOUND, what, || {
            assert!(run.is_running(), "the run ended:\n{}", run.output());
            self.second += 20;
            sell(self.topic, 0, self.second);
            done().map_err(|why| format!("{why}\n{}", run.output()))
        });
    }
}

/// Partition, offset and promise of each heartbeat beside the documents.
fn journal(flagship: &Flagship) -> Vec<(i32, i64, i64)> {
    let controls = collection(&flagship.uri, &flagship.database, "mare_control");
    let control = controls.find_one(doc! {}).run().expect("an answer").expect("a control document");
    let mut journal = Vec::new();
    for (partition, promises) in control.get_document("journal").expect("a journal") {
        for (offset, promise) in promises.as_document().expect("promises") {
            let number = |text: &str| text.parse::<i64>().expect("a number");
            journal.push((number(partition) as i32, number(offset), promise.as_i64().expect("a time")));
        }
    }
    journal
}

/// What the documents must be, by the log and its journal.
fn oracle(flagship: &Flagship) -> Oracle {
    let (journal, mut oracle) = (journal(flagship), Oracle::default());
    let hear = |oracle: &mut Oracle, is_due: &dyn Fn(i32, i64) -> bool| {
        let due = journal.iter().filter(|(partition, offset, _)| is_due(*partition, *offset));
        due.for_each(|(partition, _, promise_ms)| oracle.hear(*partition, *promise_ms));
    };
    for record in read(&flagship.brokers, &flagship.topic) {
        hear(&mut oracle, &|partition, offset| partition == record.partition && offset <= record.offset);
        oracle.take(record.partition, record.timestamp_ms, record.payload.as_deref());
    }
    hear(&mut oracle, &|_, _| true);
    oracle
}

/// Whether the window of that minute says that it is final, and the sales in it.
fn minute(flagship: &Flagship, minute: i64) -> Option<(bool, i64)> {
    let start_ms = NOON + minute * MINUTE_MS;
    let starts =
        |document: &Document| document.get_datetime("janela_inicio").is_ok_and(|at| at.timestamp_millis() == start_ms);
    let document = flagship.documents().into_iter().find(starts)?;
    Some((document.get_bool(FINAL) == Ok(true), document.get_i64("volume_vendas").expect("a count")))
}

/// Whether the documents are the oracle's, and final where they are certain.
fn is_exact(flagship: &Flagship) -> Result<(), String> {
    let (oracle, mut documents) = (oracle(flagship), flagship.documents());
    for document in &mut documents {
        let end_ms = document.get_datetime("janela_fim").expect("a date").timestamp_millis();
        if document.remove(FINAL) != Some(Bson::Boolean(oracle.is_certain(end_ms))) {
            return Err(format!("certain {}: {document}", oracle.is_certain(end_ms)));
        }
    }
    differences(&documents, &oracle).into_iter().next().map_or(Ok(()), Err)
}

#[test]
fn a_silent_partition_holds_no_window_open() {
    let [topic, late] = [("silent", 3), ("silent-late", 1)].map(|(name, count)| Topic::create(kafka(), name, count));
    let flagship = Flagship::between(kafka(), &topic.name, mongodb());
    let sets = [format!("window.final={FINAL}"), format!("late.topic={}", late.name), "event.idle=1s".to_owned()];
    let sets: Vec<_> = sets.iter().flat_map(|set| ["--set", set]).collect();
    [(0, 10), (1, 20), (0, 600), (1, 540)].into_iter().for_each(|(partition, second)| sell(&topic, partition, second));
    let mut speaker = Speaker { topic: &topic, second: 600 };

    // Partition 2 is empty, and partition 1 has fallen silent.
    let mut run = flagship.spawn(&[&sets[..], &OFTEN, &["-w", "3"]].concat());
    speaker.until(&mut run, "a final window of the silent", || match minute(&flagship, 9) {
        Some((true, 1)) => Ok(()),
        other => Err(format!("12:09 is {other:?}")),
    });
    assert_eq!(minute(&flagship, 0), Some((true, 2)));
    run.end_by(Signal::SIGKILL);
    let before = journal(&flagship);
    assert!([(1, 2), (2, 0)].iter().all(|at| before.iter().any(|beat| (beat.0, beat.1) == *at)), "{before:?}");

    // Both return: late by what was promised for them, though neither had closed these windows itself, and in time.
    let now = speaker.second;
    [(1, 480), (2, 490), (1, now), (2, now)]
        .into_iter()
        .for_each(|(partition, second)| sell(&topic, partition, second));
    let mut run = flagship.spawn(&[&sets[..], &OFTEN, &["-w", "2"]].concat());
    speaker.until(&mut run, "the late of the silent", || {
        let letters = read(kafka(), &late.name).len();
        (letters >= 2).then_some(()).ok_or_else(|| format!("{letters} late"))
    });
    wait::until(BOUND, "the documents of the log and its journal", || is_exact(&flagship));
    run.end_by(Signal::SIGTERM).success();
    assert_eq!(is_exact(&flagship), Ok(()));
    let places = read(kafka(), &late.name).into_iter().map(|letter| letter.headers["mare-partition"].clone());
    assert!(["1", "2"].iter().all(|partition| places.clone().any(|place| place == *partition)), "both are late");
    assert_eq!(minute(&flagship, 8), None, "12:08 was closed before it had a sale");

    // The auditor comes to the same by the journal, and to something else without it.
    assert_eq!(verify(&flagship, &sets[..2])["exact"], true);
    let controls = collection(&flagship.uri, &flagship.database, "mare_control");
    controls.update_one(doc! {}, doc! { "$unset": { "journal": "" } }).run().expect("an answer");
    assert_eq!(verify(&flagship, &sets[..2])["exact"], false);
}

#[test]
fn the_last_windows_of_a_quiet_night_become_final() {
    let topic = Topic::create(kafka(), "quiet-night", 3);
    let flagship = Flagship::between(kafka(), &topic.name, mongodb());
    let sets = [format!("window.final={FINAL}"), "event.idle=1s".to_owned(), "event.idle_close=true".to_owned()];
    let sets: Vec<_> = sets.iter().flat_map(|set| ["--set", set]).collect();
    [(0, 10), (1, 20), (0, 600), (1, 540)].into_iter().for_each(|(partition, second)| sell(&topic, partition, second));

    // Nothing comes any more, of any partition.
    let mut run = flagship.spawn(&[&sets[..], &OFTEN, &["-w", "2"]].concat());
    wait::until(BOUND, "the last windows of the night", || {
        assert!(run.is_running(), "the run ended:\n{}", run.output());
        let minutes = [0, 9, 10].map(|number| minute(&flagship, number));
        let are_final = minutes == [Some((true, 2)), Some((true, 1)), Some((true, 1))];
        are_final.then_some(()).ok_or_else(|| format!("{minutes:?}\n{}", run.output()))
    });
    run.end_by(Signal::SIGKILL);
    assert_eq!(is_exact(&flagship), Ok(()));
    let last = journal(&flagship);
    assert!((0..3).all(|partition| last.iter().any(|beat| beat.0 == partition)), "all were silent: {last:?}");

    // What comes behind the night is judged by what was written down in it, whoever reads it.
    sell(&topic, 2, 615);
    let again = flagship.run_until_end(&sets);
    assert!(again.stderr.contains("late         1"), "{}", again.output());
    assert_eq!((minute(&flagship, 10), is_exact(&flagship)), (Some((true, 1)), Ok(())));
    assert_eq!(verify(&flagship, &sets[..2])["exact"], true);
}
