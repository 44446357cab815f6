//! What is gathered while a topic goes by.

use super::*;
use crate::recount::Recount;
use mare_dataflow::Overrides;
use mare_dataflow::fixture::load;
use mare_model::header::Headers;

#[test]
fn what_has_to_do_with_a_document_is_gathered() {
    let plan =
        load("../../dataflows/black_friday.toml".as_ref(), &Overrides::new(["dedup.by=id_pedido"]), &|_| None).unwrap();
    let target = DocumentKey { slot: EventTime(60_000), group: "a".into() };
    let mut recount = Recount::new(&plan, EventTime::MIN, EventTime::MAX, [(0, 3)]).unwrap();
    let shown = [(mare_model::position::Partition(0), mare_model::position::Offset(3))].into_iter().collect();
    let target = Target { key: target, session_end: None };
    let mut collector = Collector::new(&plan, &target, Some(shown)).unwrap();
    let sale = |id: &str, group: &str, value: &str, second: i64| {
        let time = jiff::Timestamp::from_second(second).unwrap();
        format!(r#"{{"id_pedido":"{id}","categoria":"{group}","valor":{value},"timestamp":"{time}"}}"#)
    };
    let records = [
        ("dead".to_owned(), None),
        (sale("1", "a", "1.00", 60), Some("counted")),
        ("dead".to_owned(), None),
        (sale("2", "b", "9.99", 60), None),
        (sale("3", "a", "3.00", 119), Some("counted")),
        (sale("3", "a", "3.00", 119), Some("duplicate")),
        ("dead".to_owned(), None),
        (sale("4", "a", "9.99", 120), None),
        (sale("5", "b", "1.00", 300), None),
        (sale("6", "a", "1.00", 61), Some("late")),
    ];
    for (offset, (payload, expected)) in (0_i64..).zip(&records) {
        let record = RawRecord {
            partition: 0,
            offset,
            timestamp_ms: None,
            key: None,
            payload: Some(payload.as_bytes()),
            headers: Headers::NONE,
        };
        let mut fate = None;
        recount.take(&record, &mut |of| fate = collector.take(&record, of));
        assert_eq!(fate.map(|(_, fate)| fate), *expected, "{payload}");
    }
    let part = &collector.parts[&0];
    assert_eq!((part.counted, part.range, part.late, part.duplicate, part.unshown), (2, Some((1, 4)), 1, 1, 1));
    assert_eq!(part.dead, BTreeMap::from([("not_json", 1)]), "within the range alone");
    let largest: Vec<_> = collector.largest.iter().map(|each| (each.place.offset, each.units)).collect();
    assert_eq!(largest, [(4, 300), (1, 100)]);
    assert_eq!(collector.late[0].by_ms, 60_000);
    for (offset, sent_ms, second) in
        [(10, 60_000, 60), (11, -3_600_000, 60), (12, 0, 3_700), (13, 59_999 - 3_600_000, 60)]
    {
        let payload = sale("7", "a", "1.00", second);
        let record = RawRecord {
            partition: 0,
            offset,
            timestamp_ms: Some(sent_ms),
            key: None,
            payload: Some(payload.as_bytes()),
            headers: Headers::NONE,
        };
        collector.take(&record, &Fate::Dead("future_time"));
    }
    let ahead: Vec<_> = collector.ahead.iter().map(|each| (each.place.offset, each.time.0, each.sent.0)).collect();
    assert_eq!(ahead.iter().map(|(offset, ..)| *offset).collect::<Vec<_>>(), [10, 11, 13], "those of the window alone");
    assert_eq!(ahead[1], (11, 60_000, -3_600_000));
}

#[test]
fn an_order_and_its_cancellation_are_both_of_the_document() {
    let file = "../../dataflows/black_friday.toml";
    for (by_id, order) in [(true, Some(1)), (false, None)] {
        let set = ["retract.when=valor < 2 OR categoria = 'x'", "dedup.by=id_pedido"];
        let set = Overrides::new(set[..1 + usize::from(by_id)].iter().copied());
        let plan = load(file.as_ref(), &set, &|_| None).unwrap();
        let key = DocumentKey { slot: EventTime(60_000), group: "a".into() };
        let target = Target { key, session_end: None };
        let mut recount = Recount::new(&plan, EventTime::MIN, EventTime::MAX, [(0, 9)]).unwrap();
        let mut collector = Collector::new(&plan, &target, None).unwrap();
        let sale = |id: &str, group: &str, value: &str, second: i64| {
            let time = jiff::Timestamp::from_second(second).unwrap();
            format!(r#"{{"id_pedido":"{id}","categoria":"{group}","valor":{value},"timestamp":"{time}"}}"#)
        };
        let records = [
            (sale("1", "a", "9.00", 60), Some("counted"), Some("counted")),
            (sale("2", "a", "3.00", 60), Some("counted"), Some("counted")),
            // By its id it is the order's; by its amount it is its own window and group's.
            (sale("2", "x", "7.00", 190), Some("cancels"), None),
            (sale("2", "a", "1.00", 61), Some("duplicate"), Some("cancels")),
            (sale("5", "a", "1.00", 62), Some("late"), Some("cancels")),
        ];
        for (offset, (payload, of_ids, of_amounts)) in (0_i64..).zip(&records) {
            let payload = Some(payload.as_bytes());
            let record =
                RawRecord { partition: 0, offset, timestamp_ms: None, key: None, payload, headers: Headers::NONE };
            let expected = if by_id { *of_ids } else { *of_amounts };
            let mut fate = None;
            recount.take(&record, &mut |of| fate = collector.take(&record, of));
            assert_eq!(fate.map(|(_, fate)| fate), expected, "{by_id} {offset}");
        }
        let part = &collector.parts[&0];
        let expected = if by_id { (3, 1, 1, 1) } else { (4, 2, 0, 0) };
        assert_eq!((part.counted, part.cancels, part.late, part.duplicate), expected);
        let (first, units) = if by_id { (2, -300) } else { (3, -100) };
        let reversal = collector.reversals[0];
        assert_eq!((reversal.place.offset, reversal.order, reversal.units), (first, order, units));
        assert!(collector.late.is_empty(), "nobody knows by how much");
    }
}
