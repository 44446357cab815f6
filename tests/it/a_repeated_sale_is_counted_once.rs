//! With `dedup.by`, a sale that comes again in its partition and window is a duplicate, and no document counts it.

use crate::support::flagship::{Flagship, produce_with};
use crate::support::kafka::{Topic, kafka};
use crate::support::oracle::{Oracle, assert_same};

#[test]
fn a_repeated_sale_is_counted_once() {
    let topic = Topic::create(kafka(), "repeated", 3);
    let shares = ["--duplicates", "5%", "--late", "2%", "--out-of-order", "10%", "--garbage", "1%"];
    produce_with(kafka(), &topic.name, 31, 30_000, &shares);
    let oracle = Oracle::of_ids().reading(kafka(), &topic.name);
    let counts = oracle.counts();
    assert!(counts.duplicate > 1_000 && counts.late > 100 && counts.dead > 100, "{counts:?}");
    assert_ne!(oracle.documents(), Oracle::read(kafka(), &topic.name).documents(), "it makes a difference");
    for workers in ["1", "3"] {
        let flagship = Flagship::shared(&topic);
        let finished = flagship.run_until_end(&["-w", workers, "--set", "dedup.by=id_pedido"]);
        assert_same(&flagship.documents(), &oracle, &format!("-w {workers}"));
        for (label, expected) in [
            ("read", counts.read),
            ("counted", counts.counted),
            ("late", counts.late),
            ("duplicates", counts.duplicate),
            ("dead letters", counts.dead),
        ] {
            assert_eq!(finished.summary(label), expected, "{label} in {}", finished.output());
        }
        for (partition, counts) in &oracle.partitions() {
            let line = finished.stderr.lines().find(|line| line.starts_with(&format!("partition {partition} ")));
            let line = line.unwrap_or_else(|| panic!("no partition {partition} in:\n{}", finished.output()));
            assert!(line.replace(',', "").contains(&format!("{} duplicates", counts.duplicate)), "{line}");
        }
    }
}
