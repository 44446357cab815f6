//! What a run tells Prometheus adds up, and no counter goes down within a process: not even when the run in it begins
//! anew because the topic has grown.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;

use nix::sys::signal::Signal;

use crate::support::checkpoints::OFTEN;
use crate::support::flagship::{Flagship, produce_hour};
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::{BOUND, Mare};
use crate::support::wait;

/// The series that are told at one moment.
type Series = BTreeMap<String, f64>;

/// Asks the run that answers at `address`.
fn scrape(address: &str) -> Series {
    let mut stream = TcpStream::connect(address).expect("the run answers");
    let request = format!("GET /metrics HTTP/1.0\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.contains(" 200 OK") && head.contains("text/plain; version=0.0.4"), "{head}");
    let lines = body.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let series = lines.map(|line| line.rsplit_once(' ').expect("a name and a value"));
    series.map(|(name, value)| (name.to_owned(), value.parse().expect("a number"))).collect()
}

/// The sum of all series of a metric.
fn sum(series: &Series, metric: &str) -> f64 {
    series.iter().filter(|(name, _)| name.split('{').next() == Some(metric)).map(|(_, value)| value).sum()
}

/// Where a run says that it answers.
fn address(run: &Mare) -> String {
    run.wait_for_lines(1, "http    http://");
    let output = run.output();
    let rest = output.split("http    http://").nth(1).and_then(|rest| rest.lines().next());
    rest.expect("an address").to_owned()
}

/// Waits until the run has told of `read` records, and holds what it tells meanwhile against what it told `before`.
fn wait_until_read(address: &str, run: &mut Mare, read: u32, mut before: Series) -> Series {
    wait::until(BOUND, "records that are told of", || {
        assert!(run.is_running(), "the run ended:\n{}", run.output());
        let now = scrape(address);
        let grows = |name: &str| {
            ["_total", "_bucket", "_count"].iter().any(|end| name.split('{').next().is_some_and(|it| it.ends_with(end)))
        };
        for (name, value) in before.iter().filter(|(name, _)| grows(name)) {
            assert!(now.get(name).is_some_and(|now| now >= value), "{name} was {value}, and is {:?}", now.get(name));
        }
        let of = |what: &str| sum(&now, &format!("mare_ledger_{what}_records_total"));
        assert_eq!(of("read"), of("counted") + of("late") + of("duplicate") + of("dead"), "it adds up");
        before.clone_from(&now);
        if of("read") >= f64::from(read) { Ok(now.clone()) } else { Err(format!("{} of {read} records", of("read"))) }
    })
}

#[test]
fn counters_never_go_down_within_a_process() {
    let topic = Topic::create(kafka(), "counted", 3);
    produce_hour(kafka(), &topic.name, 71, 5_000);
    let flagship = Flagship::shared(&topic);
    let mut run = flagship.spawn(&[&["-w", "2", "--http", "127.0.0.1:0"][..], &OFTEN].concat());
    let address = address(&run);
    let first = wait_until_read(&address, &mut run, 5_000, Series::new());
    topic.grow(5);
    run.wait_for_lines(1, "going on from the checkpoint");
    let second = wait_until_read(&address, &mut run, 5_000, first);
    produce_hour(kafka(), &topic.name, 72, 5_000);
    let last = wait_until_read(&address, &mut run, 10_000, second);
    assert_eq!(last["mare_engine_runs_total"], 2.0, "{last:?}");
    assert_eq!(sum(&last, "mare_ledger_read_records_total"), 10_000.0, "each record once: {last:?}");
    assert_eq!(sum(&last, "mare_kafka_lag_records"), 0.0, "{last:?}");
    for (partition, counts) in flagship.oracle().partitions().iter().filter(|(partition, _)| **partition < 3) {
        let read = last[&format!("mare_ledger_read_records_total{{partition=\"{partition}\"}}")];
        assert_eq!(read, counts.read as f64, "partition {partition}");
    }
    run.end_by(Signal::SIGTERM).success();
}
