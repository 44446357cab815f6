//! A topic written in transactions has offsets that are nobody's records: marks, and what was aborted. A run goes on
//! behind them, so lag comes to nothing and retention takes nothing away; and what an open transaction holds back is
//! said.

use nix::sys::signal::Signal;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::BaseRecord;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::support::audit::verify;
use crate::support::checkpoints::accounts;
use crate::support::flagship::Flagship;
use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::BOUND;
use crate::support::wait;

const SALE: &str = r#"{"id_pedido":"a","categoria":"Games","valor":0.1,"timestamp":"2025-11-28T12:00:00Z"}"#;

/// So many sales at noon.
fn sales(count: i64) -> impl Iterator<Item = BaseRecord<'static, [u8], [u8]>> {
    (0..count).map(|at| record(0, 1_764_331_200_000 + at, Some(SALE.as_bytes())))
}

/// A topic of five sales that were committed, and five that were aborted: twelve offsets, with the marks.
fn written() -> Topic {
    let topic = Topic::create(kafka(), "transactions", 1);
    topic.begin_transaction(sales(5)).commit();
    topic.begin_transaction(sales(5)).abort();
    topic
}

/// Waits until the group `mare-black-friday` is at `offset`.
fn wait_for_group(topic: &Topic, offset: i64) {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", kafka()).set("group.id", "mare-black-friday");
    let consumer: BaseConsumer = config.create().expect("a consumer");
    wait::until(BOUND, "the position of a group", || {
        let mut asked = TopicPartitionList::new();
        asked.add_partition(&topic.name, 0);
        let committed = consumer.committed_offsets(asked, BOUND).map_err(|error| error.to_string())?;
        match committed.elements()[0].offset() {
            Offset::Offset(at) if at == offset => Ok(()),
            other => Err(format!("it is at {other:?}")),
        }
    });
}

#[test]
fn and_retention_takes_none_of_them_for_a_record() {
    let topic = written();
    let flagship = Flagship::shared(&topic);
    assert_eq!(flagship.run_until_end(&[]).summary("read"), 5);
    assert_eq!(accounts(&flagship)[&0].0, 12, "reading goes on behind the last mark");
    topic.delete_records_before(0, 12);
    assert_eq!(flagship.run_until_end(&[]).summary("read"), 0, "nothing was lost, so it goes on");
    topic.produce(sales(3));
    assert_eq!(flagship.run_until_end(&[]).summary("read"), 3);
}

#[test]
fn a_live_run_comes_to_a_lag_of_nothing() {
    let topic = written();
    let flagship = Flagship::shared(&topic);
    let run = flagship.spawn(&["--set", "checkpoint.every=100ms"]);
    wait_for_group(&topic, 12);
    run.end_by(Signal::SIGTERM).success();
}

#[test]
fn what_an_open_transaction_holds_back_is_said() {
    let topic = written();
    let open = topic.begin_transaction(sales(1));
    topic.produce(sales(5));
    let flagship = Flagship::shared(&topic);
    let run = flagship.run_until_end(&[]);
    assert_eq!(run.summary("read"), 5, "{}", run.output());
    let words = "[0]: an open transaction holds back 6 offsets, from 12 (the last stable offset) to 18 (the end)";
    assert_eq!(run.output().matches(words).count(), 2, "at the beginning and in the summary: {}", run.output());
    let verdict = verify(&flagship, &[]);
    assert_eq!((&verdict["exact"], &verdict["partitions"][0]["held_back"]), (&true.into(), &6.into()), "{verdict}");
    open.commit();
    assert_eq!(flagship.run_until_end(&[]).summary("read"), 6);
}
