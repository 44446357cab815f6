//! A sale that comes in while the run is idle is in the database at once, and the next one of its window on top of it.

use jiff::Timestamp;

use crate::support::flagship::Flagship;
use crate::support::kafka::{Topic, kafka, record};

#[test]
fn a_live_sale_becomes_visible() {
    let topic = Topic::create(kafka(), "live", 3);
    let flagship = Flagship::shared(&topic);
    let mut run = flagship.spawn(&["-w", "3"]);
    for (sales, partition) in [(1, 0), (2, 2), (3, 1)] {
        let now = Timestamp::now().as_millisecond();
        let sale = r#"{"id_pedido":"a","categoria":"Games","valor":0.1,"timestamp":"2025-11-28T12:00:00Z"}"#;
        topic.produce([record(partition, now, Some(sale.as_bytes()))]);
        flagship.wait_until_exact(&mut run);
        let documents = flagship.documents();
        assert_eq!(documents.len(), 1, "{documents:?}");
        assert_eq!(documents[0].get_i64("volume_vendas"), Ok(sales));
    }
}
