//! With `window.final`, documents say whether their window is certain: those of windows that are closed for all
//! partitions do, the others do not, and none that has said so ever changes.

use nix::sys::signal::Signal;

use crate::support::checkpoints::OFTEN;
use crate::support::flagship::{Flagship, produce_flood};
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::BOUND;
use crate::support::mongodb::MongoDb;
use crate::support::observer::{FINAL, Observer};
use crate::support::oracle::{Oracle, differences};
use crate::support::wait;

/// What is wrong with the documents, if anything is.
fn fault(flagship: &Flagship, oracle: &Oracle) -> Result<(), String> {
    let mut documents = flagship.documents();
    for document in &documents {
        let end_ms = document.get_datetime("janela_fim").expect("a date").timestamp_millis();
        if document.get_bool(FINAL) != Ok(oracle.is_certain(end_ms)) {
            return Err(format!("certain {}: {document}", oracle.is_certain(end_ms)));
        }
    }
    documents.iter_mut().for_each(|document| drop(document.remove(FINAL)));
    differences(&documents, oracle).into_iter().next().map_or(Ok(()), Err)
}

#[test]
fn a_window_is_final_once_it_is_certain() {
    let server = MongoDb::start();
    let topic = Topic::create(kafka(), "final", 3);
    let flagship = Flagship::between(kafka(), &topic.name, &server.uri());
    let observer = Observer::watch(&flagship);
    let name = format!("window.final={FINAL}");
    let flags = ["--set", &name, "-w"];
    let mut run = flagship.spawn(&[&flags[..], &["3"], &OFTEN].concat());
    let sales = produce_flood(kafka(), &topic.name, 98, 2_000, 10_000);
    flagship.wait_for_more(&mut run, 3_000);
    run.end_by(Signal::SIGKILL);
    let mut run = flagship.spawn(&[&flags[..], &["2"], &OFTEN].concat());
    sales.wait().success();
    let oracle = flagship.oracle();
    wait::until(BOUND, "the oracle's documents, final where they are certain", || {
        assert!(run.is_running(), "the run ended:\n{}", run.output());
        fault(&flagship, &oracle).map_err(|fault| format!("{fault}\n{}", run.output()))
    });
    run.end_by(Signal::SIGTERM).success();
    assert_eq!(fault(&flagship, &oracle), Ok(()), "a stop makes no window certain");
    let finals = observer.end().finals;
    assert!(finals > 100, "windows became final before the eyes of the observer: {finals}");
}
