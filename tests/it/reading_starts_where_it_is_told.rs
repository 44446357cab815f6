//! `source.kafka.start`: the beginning, behind the end, or at a time of the records' own Kafka timestamps.

use crate::support::flagship::Flagship;
use crate::support::kafka::{Topic, kafka, record};

#[test]
fn reading_starts_where_it_is_told() {
    let topic = Topic::create(kafka(), "start", 2);
    let begin = 1_764_331_200_000_i64;
    let sale = r#"{"id_pedido":"a","categoria":"Games","valor":0.1,"timestamp":"2025-11-28T12:00:00Z"}"#;
    // Partition 1 ends before partition 0 does.
    let records = (0..10).flat_map(|second| [(0, second), (1, second - 4)]);
    topic.produce(records.map(|(partition, second)| record(partition, begin + second * 1000, Some(sale.as_bytes()))));
    for (start, expected) in [
        ("earliest", 20),
        ("latest", 0),
        ("2025-11-28T12:00:00Z", 16),  // all of partition 0, six of partition 1
        ("2025-11-28T12:00:06.5Z", 3), // the time of no record: the next ones, and none of partition 1
        ("2025-11-28T12:00:09+00:00", 1),
        ("2025-11-28T12:00:10Z", 0),
    ] {
        let run = Flagship::shared(&topic).run_until_end(&["--set", &format!("source.kafka.start={start}")]);
        assert_eq!(run.summary("counted"), expected, "from {start}:\n{}", run.output());
    }
}
