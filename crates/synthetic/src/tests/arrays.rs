//! Records whose events are the elements of an array.

use super::*;

/// Orders whose items are events, told apart by a number of their own.
const ORDERS: &str = r#"name = "orders"
[source.kafka]
brokers = "unused:1"
topic = "orders"
[event]
time = "at"
explode = "basket.items"
[event.fields]
order = "string"
"basket.items[].sku" = "string"
"basket.items[].size.cm" = "decimal(1)?"
"basket.items[].number" = "integer"
[dedup]
by = "basket.items[].number"
[window]
tumbling = "1m"
lateness = "1m"
[totals]
group_by = ["basket.items[].sku"]
n = "count()"
[sink.stdout]
"#;

#[test]
fn arrays_have_as_many_elements_as_were_drawn_and_what_these_say() {
    let (seed, plan) = (mare_random::seed(), plan_of(ORDERS));
    let (likeness, times, mut decoder) = (likeness(&plan, seed), times(), plan.decoder());
    let (mut lengths, mut skus, mut ids) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for index in 0..COUNT {
        let (contents, made) = likeness.made(index, &times);
        let record = Record::of_payload(made.kind.has_payload().then_some(&*made.payload));
        let found = decoder.elements(&record);
        if matches!(made.kind, SaleKind::Garbage(Garbage::FutureTime)) {
            continue;
        }
        if let SaleKind::Garbage(garbage) = made.kind {
            let reject = found.map(|_| ()).expect_err("garbage");
            let expected = if garbage == Garbage::Huge { "too_large" } else { reason(garbage) };
            assert_eq!(reject.reason(), expected, "seed {seed}: {made:?}");
            continue;
        }
        let mut elements = found.unwrap_or_else(|reject| panic!("seed {seed}: {reject}: {made:?}"));
        assert_eq!(elements.time.0, contents.time_ms(plan.event.time_format), "seed {seed}");
        let mut length = 0;
        while let Some(element) = elements.next() {
            let row = element.row.unwrap_or_else(|reject| panic!("seed {seed}: {reject}: {made:?}"));
            let drawn: Vec<_> = contents.elements[length][1..].iter().map(intended).collect();
            let values: Vec<_> = (0..4).map(|field| shown(row.datum(field))).collect();
            assert_eq!((&values[0], &values[1..]), (&intended(&contents.values[0]), &drawn[..]), "seed {seed}");
            skus.insert(values[1].clone());
            assert!(ids.insert(values[3].clone()) || made.kind == SaleKind::Duplicate, "seed {seed}: {}", values[3]);
            length += 1;
        }
        assert_eq!(length, contents.elements.len(), "seed {seed}: {made:?}");
        lengths.insert(length);
    }
    assert_eq!((lengths, skus.len()), ((0..=5).collect(), 5), "seed {seed}");
}
