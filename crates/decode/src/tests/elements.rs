//! Elements of arrays: by table, and at random against a decoder that reads one element by its number.

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use super::*;
use mare_model::datum::Datum;
use mare_model::schema::EACH;

/// A field at these steps.
fn at(steps: &[&str], kind: FieldType, optional: bool) -> Field {
    let path = steps.iter().map(|step| (*step).to_owned()).collect();
    Field { path, optional, ..Field::new(&steps.join("."), kind) }
}

/// Fields of an order and, behind `element`, of its items.
fn fields(element: &str) -> Vec<Field> {
    vec![
        at(&["order"], FieldType::String, false),
        at(&["order_items", element, "sku"], FieldType::String, false),
        at(&["order_items", element, "size", "cm"], FieldType::Integer, true),
        at(&["total"], FieldType::Decimal { scale: 2 }, true),
        at(&["order_items", element, "price"], FieldType::Decimal { scale: 2 }, false),
        at(&["order_items", "[0]", "sku"], FieldType::String, true),
    ]
}

/// Orders whose items are events.
fn exploded() -> EventPlan {
    EventPlan { explode: Some(vec!["order_items".to_owned()]), ..events(fields(EACH)) }
}

/// What an element says: its values, and in how many digits were rounded.
type Said = (Vec<String>, u32);

/// What each element says, or why it is no event.
fn elements(decoder: &mut Decoder, record: &[u8]) -> Result<Vec<Result<Said, Reject>>, Reject> {
    let record = payload(record);
    let mut elements = decoder.elements(&record)?;
    let mut all = Vec::new();
    while let Some(Element { place, row, .. }) = elements.next() {
        assert_eq!(place, all.len());
        all.push(row.map(|row| said(&row)));
    }
    Ok(all)
}

fn said(row: &Row<'_>) -> Said {
    ((0..6).map(|field| format!("{:?}", row.datum(field))).collect(), row.rounded)
}

#[test]
fn each_element_is_an_event_with_what_its_record_says() {
    let order = br#"{"order": "o", "order_items": [ {"sku": "a", "price": 1.005} , {"price": 2, "sku": "b\n", "size": {"cm": 3}}],
        "total": 3.005, "timestamp": "2025-11-28T12:00:00Z"}"#;
    let found = elements(&mut Decoder::new(&exploded(), &[], &[]), order).expect("an order");
    let told = |sku: &str, cm: &str, price: i32, rounded| {
        let first = r#"Text("a")"#;
        let values = ["Text(\"o\")", sku, cm, "Exact(300)", &format!("Exact({price})"), first].map(str::to_owned);
        Ok((values.to_vec(), rounded))
    };
    assert_eq!(found, [told("Text(\"a\")", "Absent", 100, 2), told("Text(\"b\\n\")", "Exact(3)", 200, 1)]);
}

#[test]
fn an_array_without_elements_has_none_and_what_is_no_array_is_refused() {
    let mut decoder = Decoder::new(&exploded(), &[], &[]);
    let mut of = |array: &str| {
        let order = format!(r#"{{"timestamp": "2025-11-28T12:00:00Z", "order": "o"{array}}}"#);
        elements(&mut decoder, order.as_bytes())
    };
    for empty in ["", r#", "order_items": []"#, r#", "order_items": [ ]"#, r#", "order_items": null"#] {
        assert_eq!(of(empty), Ok(Vec::new()), "{empty}");
    }
    for (none, noun) in [
        ("{}", "an object"),
        ("{\"[]\": {\"sku\": \"a\", \"price\": 1}}", "an object"),
        ("\"[]\"", "a string"),
        ("7", "a number"),
    ] {
        let reject = of(&format!(r#", "order_items": {none}"#)).expect_err(none);
        assert_eq!(reject.reason(), "wrong_type");
        assert!(reject.to_string().contains(&format!("it is {noun}, and an array (event.explode)")), "{reject}");
    }
    // Of a key that comes twice the last value counts.
    let twice = of(r#", "order_items": [{"sku": "a", "price": 1}], "order_items": [7, {"sku": "b", "price": 1}]"#);
    let [Err(first), Ok((second, _))] = &twice.expect("an order")[..] else { panic!("two elements") };
    assert_eq!(first.to_string(), "`order_items[0]`: field `order_items.[].sku` is missing or null");
    assert_eq!((first.reason(), &*second[1]), ("missing_field", "Text(\"b\")"));
}

#[test]
fn what_is_wrong_with_the_record_is_told_before_its_elements() {
    let mut decoder = Decoder::new(&exploded(), &[], &[]);
    for (order, reason) in [
        (&b"{\"order_items\": ["[..], "not_json"),
        (br#"{"order": "o", "order_items": [7]}"#, "missing_field"),
        (br#"{"order": 1, "order_items": 7, "timestamp": "2025-11-28T12:00:00Z"}"#, "wrong_type"),
        (br#"{"order": "o", "total": 1e30, "order_items": [7], "timestamp": "2025-11-28T12:00:00Z"}"#, "out_of_range"),
    ] {
        assert_eq!(elements(&mut decoder, order).map_err(|reject| reject.reason()), Err(reason));
    }
    assert_eq!(decoder.elements(&Record::of_payload(None)).map(|_| ()).map_err(|it| it.reason()), Err("tombstone"));
}

/// What may stand in an array, and some of it for a field.
const VALUES: [&str; 14] = [
    "null",
    "true",
    "7",
    "1.005",
    "1e2",
    "\"a\"",
    "\"a\\u0062\"",
    "\"\\ud83d\"",
    "[]",
    "[[1], {}]",
    "{}",
    "\"7\"",
    "-0.5",
    "\"longer than a word of it, ção\"",
];

fn element(random: &mut SmallRng) -> String {
    let mut value = |usual: &'static str| match random.random_range(0..5) {
        0 => (*VALUES.choose(random).expect("a value")).to_owned(),
        _ => usual.to_owned(),
    };
    let (sku, price, cm) = (value("\"x\""), value("1.25"), value("3"));
    match random.random_range(0..8) {
        0 => (*VALUES.choose(random).expect("a value")).to_owned(),
        1 => format!("{{\"sku\": {sku}, \"sku\": {cm}, \"price\": {price}}}"),
        2 => format!("{{\"pri\\u0063e\" : {price} , \"sku\":{sku}, \"size\": {{\"cm\": {cm}}} }}"),
        3 => format!("{{ \"size\":{cm}, \"price\":{price},\"sku\":{sku}}}"),
        _ => format!("{{\"sku\":{sku},\"price\":{price},\"size\":{{\"cm\":{cm}}}}}"),
    }
}

#[test]
fn every_element_says_what_it_says_by_its_number() {
    let fields = |element: &str| fields(element)[..5].to_vec();
    let mut decoder = Decoder::new(&EventPlan { fields: fields(EACH), ..exploded() }, &[], &[]);
    let mut by_number: Vec<_> =
        (0..5).map(|number| Decoder::new(&events(fields(&format!("[{number}]"))), &[], &[])).collect();
    let (mut good, mut bad) = (0, 0);
    for seed in mare_random::seeds(4_000) {
        let mut random = SmallRng::seed_from_u64(seed);
        let items: Vec<_> = (0..random.random_range(1..=5)).map(|_| element(&mut random)).collect();
        let (order, space) = (*["o", "\\u00e7", "ç"].choose(&mut random).expect("one"), random.random_range(0..2));
        let items_text = items.join(&format!("{},", " ".repeat(space)));
        let record = format!(
            r#"{{"order":"{order}","order_items":[{items_text}],"total":0.125,"timestamp":"2025-11-28T12:00:00Z"}}"#
        );
        let found = elements(&mut decoder, record.as_bytes()).unwrap_or_else(|reject| panic!("seed {seed}: {reject}"));
        assert_eq!(found.len(), items.len(), "seed {seed}: {record}");
        for ((place, found), by_number) in found.into_iter().enumerate().zip(&mut by_number) {
            let expected = by_number.decode(&payload(record.as_bytes())).map(|row| said(&row));
            let reason = |it: Result<Said, Reject>| it.map_err(|reject| reject.reason());
            (good, bad) = (good + u32::from(found.is_ok()), bad + u32::from(found.is_err()));
            assert_eq!(reason(found), reason(expected), "seed {seed}: element {place} of {record}");
        }
    }
    assert!(good > 1_000 && bad > 1_000, "{good} good, {bad} bad");
}

#[test]
fn scalars_may_be_elements() {
    let skus = vec![at(&["order_items", EACH], FieldType::String, false), at(&["order"], FieldType::String, false)];
    let plan = EventPlan { explode: Some(vec!["order_items".to_owned()]), ..events(skus) };
    let mut decoder = Decoder::new(&plan, &[], &[]);
    let record =
        payload(br#"{"order": "o\n", "order_items": ["a", "b\t", 7, "c"], "timestamp": "2025-11-28T12:00:00Z"}"#);
    let mut elements = decoder.elements(&record).expect("an order");
    let mut found = Vec::new();
    while let Some(Element { row, .. }) = elements.next() {
        found.push(row.map(|row| {
            assert_eq!(row.datum(1), Datum::Text("o\n"), "whichever way the elements are read");
            format!("{:?}", row.datum(0))
        }));
    }
    let found: Vec<_> = found.into_iter().map(|it| it.unwrap_or_else(|reject| reject.reason().to_owned())).collect();
    assert_eq!(found, ["Text(\"a\")", "Text(\"b\\t\")", "wrong_type", "Text(\"c\")"]);
}

#[test]
fn plain_elements_are_read_the_fast_way() {
    let mut decoder = Decoder::new(&exploded(), &[], &[]);
    let item = r#"{"sku": "a", "price": 1.25}"#;
    let order =
        format!(r#"{{"order": "o", "order_items": [{}], "timestamp": "2025-11-28T12:00:00Z"}}"#, [item; 50].join(", "));
    assert_eq!(elements(&mut decoder, order.as_bytes()).map(|all| all.len()), Ok(50));
    assert!(decoder.text.is_empty(), "nothing is copied");
    let escaped = order.replacen("\"a\"", "\"\\u0061\"", 1);
    assert_eq!(elements(&mut decoder, escaped.as_bytes()).map(|all| all.len()), Ok(50));
    assert!(decoder.text.len() < 40, "the texts of the record and of one element: {}", decoder.text);
}
