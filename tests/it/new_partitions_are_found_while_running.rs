//! A topic grows from three to five partitions while it is read: the run notices, goes on with all of them and with
//! what it knows, and counts the sales in the new ones. For these, windows are closed that were certain before they
//! came.

use nix::sys::signal::Signal;

use crate::support::checkpoints::{OFTEN, assert_accounts};
use crate::support::flagship::{Flagship, produce_hour};
use crate::support::kafka::{Topic, kafka};
use crate::support::mongodb::MongoDb;
use crate::support::observer::Observer;

#[test]
fn new_partitions_are_found_while_running() {
    let server = MongoDb::start();
    let topic = Topic::create(kafka(), "grows", 3);
    produce_hour(kafka(), &topic.name, 61, 5_000);
    let mut flagship = Flagship::between(kafka(), &topic.name, &server.uri());
    let observer = Observer::watch(&flagship);
    let mut run = flagship.spawn(&[&["-w", "2"][..], &OFTEN].concat());
    flagship.wait_until_exact(&mut run);
    let certain_ms = flagship.oracle().certain_ms();
    flagship.since = [3, 4].map(|partition| (partition, certain_ms)).into();
    topic.grow(5);
    run.wait_for_lines(1, "the topic has 5 partitions now, not 3: going on with all of them");
    run.wait_for_lines(1, "going on from the checkpoint");
    produce_hour(kafka(), &topic.name, 62, 5_000);
    flagship.wait_until_exact(&mut run);
    let finished = run.end_by(Signal::SIGTERM).success();
    assert!(finished.output().contains("5 partitions, from earliest"), "{}", finished.output());
    let (oracle, read) = (flagship.oracle(), finished.summary("read"));
    for partition in [3, 4] {
        let counts = oracle.partitions()[&partition];
        assert!(counts.counted > 10 && counts.late > 100, "partition {partition}: {counts:?}");
    }
    assert!(read < oracle.counts().read, "it has kept what it knew and read {read} records since");
    flagship.assert_exact("at the end");
    assert_accounts(&flagship);
    observer.end();
}
