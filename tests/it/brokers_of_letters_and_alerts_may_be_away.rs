//! Brokers that are not those of the topic that is read, and away: letters are worth waiting for, alerts are not, and
//! who is waited for is said.

use nix::sys::signal::Signal;

use crate::support::flagship::Flagship;
use crate::support::kafka::{Kafka, Topic, kafka, record};
use crate::support::ports;

const SALE: &[u8] = br#"{"id_pedido":"a","categoria":"Games","valor":1.5,"timestamp":"2025-11-28T12:00:00Z"}"#;
const NOON: i64 = 1_764_331_200_000;

#[test]
fn brokers_of_alerts_keep_no_run_waiting() {
    let topic = Topic::create(kafka(), "alerts-at-nobody", 1);
    topic.produce([record(0, NOON, Some(SALE))]);
    let (flagship, nobody) = (Flagship::shared(&topic), format!("127.0.0.1:{}", ports::free()));
    let brokers = format!("alerts.brokers={nobody}");
    let rule = r#"alerts.rules=[{ name = "any", total = "faturamento_total", above = 0 }]"#;
    let sets = ["--set", &brokers, "--set", "alerts.topic=nowhere", "--set", rule];

    let finished = flagship.run_until_end(&sets);
    assert_eq!(finished.summary("counted"), 1);
    assert!(finished.stderr.contains(&format!("no broker of {nobody} answers, alerts wait")), "{}", finished.stderr);
    assert!(!finished.stderr.contains("Kafka does not answer"), "{}", finished.stderr);
}

#[test]
fn brokers_of_letters_are_waited_for_by_their_name() {
    let topic = Topic::create(kafka(), "letters-elsewhere", 1);
    let mut others = Kafka::start();
    let dead = Topic::create(&others.brokers(), "letters-there", 1);
    let flagship = Flagship::shared(&topic);
    let (brokers, letters) =
        (format!("dead_letter.brokers={}", others.brokers()), format!("dead_letter.topic={}", dead.name));
    let sets = ["--set", &brokers, "--set", &letters];

    others.kill();
    let mut run = flagship.spawn(&sets);
    run.wait_for_lines(1, &format!("Kafka does not answer at {}, trying again", others.brokers()));
    assert!(!run.output().contains(kafka()), "those that are read answer: {}", run.output());
    others.restart();
    topic.produce([record(0, NOON, Some(SALE))]);
    flagship.wait_for_more(&mut run, 0);

    others.pause();
    topic.produce([record(0, NOON, Some(b"no sale"))]);
    run.wait_for_lines(1, "1 dead letters");
    run.signal(Signal::SIGINT);
    run.wait_for_lines(1, &format!("the end waits for Kafka at {}, which has not taken 1 letters", others.brokers()));
    others.resume();
    run.wait().success();
}
