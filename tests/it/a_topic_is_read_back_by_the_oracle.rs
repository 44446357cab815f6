//! The shared broker and the oracle's own consumer: records of all kinds come back in order, with their timestamps.

use crate::support::kafka::{Topic, kafka, record};
use crate::support::oracle::{Counts, Oracle};

#[test]
fn a_topic_is_read_back_by_the_oracle() {
    let topic = Topic::create(kafka(), "read-back", 3);
    let noon: i64 = 1_764_331_200_000;
    let sale = |minute: u32| {
        format!(r#"{{"id_pedido":"a","categoria":"Games","valor":10.5,"timestamp":"2025-11-28T12:{minute:02}:00Z"}}"#)
    };
    // In this order the sale of minute 0 is late; in any other it is not.
    let (first, then, late) = (sale(0), sale(10), sale(0));
    let big = vec![b' '; 1 << 20];
    topic.produce([
        record(0, noon, Some(first.as_bytes())),
        record(0, noon, Some(then.as_bytes())),
        record(0, noon, Some(late.as_bytes())),
        record(1, noon, Some(late.as_bytes())),
        record(1, noon, None),
        record(1, noon, Some(&big)),
        // Ten minutes are more than an hour ahead of this record's own time.
        record(1, noon - 3_600_000, Some(then.as_bytes())),
    ]);

    let oracle = Oracle::read(kafka(), &topic.name);

    assert_eq!(oracle.partitions()[&0], Counts { read: 3, counted: 2, filtered: 0, late: 1, duplicate: 0, dead: 0 });
    assert_eq!(oracle.partitions()[&1], Counts { read: 4, counted: 1, filtered: 0, late: 0, duplicate: 0, dead: 3 });
    assert_eq!(oracle.counts().read, 7);
    let totals: Vec<_> = oracle.documents().into_iter().collect();
    let games = || "Games".to_owned();
    assert_eq!(totals, [((noon, games()), (2100, 2)), ((noon + 600_000, games()), (1050, 1))]);
}
