//! Records that are no sales: counted by reason, the first of each reason shown with its place, and nothing else
//! changes.

use crate::support::flagship::Flagship;
use crate::support::kafka::{Topic, kafka, record};

const NOON: i64 = 1_764_331_200_000;
const GOOD: &str = r#"{"id_pedido":"a","categoria":"Games","valor":1.5,"timestamp":"2025-11-28T12:00:00Z"}"#;

/// How often, under which reason, which payload.
fn bad() -> Vec<(&'static str, Vec<Option<Vec<u8>>>)> {
    let text = |texts: &[&str]| texts.iter().map(|text| Some(text.as_bytes().to_vec())).collect::<Vec<_>>();
    let with = |field: &str, value: &str| GOOD.replace(field, value);
    let mut huge = GOOD.trim_end_matches('}').to_owned() + r#","note":""#;
    huge += &"x".repeat(1 << 20);
    huge += "\"}";
    vec![
        ("tombstone", vec![None, None]),
        ("too_large", text(&[&huge])),
        ("not_json", [text(&["", "[]", "{", "42", "sale", &GOOD[..40]]), vec![Some(vec![0xff, 0xfe, 0x00])]].concat()),
        (
            "missing_field",
            text(&["{}", &with("id_pedido", "pedido"), &with("1.5", "null"), &with("timestamp", "time")]),
        ),
        ("wrong_type", text(&[&with("1.5", "\"1.5\""), &with("\"Games\"", "7"), &with("\"a\"", "[]")])),
        ("out_of_range", text(&[&with("1.5", "1e25")])),
        ("not_a_time", text(&[&with("2025-11-28T12:00:00Z", "yesterday"), &with("11-28", "11-31")])),
        ("not_text", text(&[&with("Games", r"\ud83d")])),
        ("too_long", text(&[&with("Games", &"x".repeat(1025))])),
        ("utf_16", vec![Some(GOOD.encode_utf16().flat_map(u16::to_le_bytes).collect())]),
        ("compressed", vec![Some([&[0x1f, 0x8b, 0x08, 0x00][..], GOOD.as_bytes()].concat())]),
        ("schema_framed", vec![Some([&[0, 0, 0, 0, 7][..], GOOD.as_bytes()].concat())]),
        ("json_in_string", text(&[&format!("{GOOD:?}")])),
        ("several_objects", text(&[&format!("{GOOD}\n{GOOD}"), &format!("[{GOOD}]")])),
        ("future_time", text(&[&with("2025", "2125"), &with("12:00:00Z", "13:00:00.001Z")])),
    ]
}

#[test]
fn bad_input_is_counted_by_reason() {
    let topic = Topic::create(kafka(), "bad", 3);
    let bad = bad();
    let payloads: Vec<_> = bad.iter().flat_map(|(_, payloads)| payloads).collect();
    let good = || record(0, NOON, Some(GOOD.as_bytes()));
    topic.produce([good()]);
    topic.produce(payloads.iter().enumerate().map(|(at, payload)| record(at as i32 % 3, NOON, payload.as_deref())));
    topic.produce([good()]);
    // What nobody declared does no harm, and a byte order mark is none of the text.
    let noted = |note: &str| GOOD.replacen('{', &format!("{{\"nota\":{note},"), 1);
    let nested = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let odd = [noted(r#""x \ud83d""#), noted(&nested), noted("1e999"), format!("\u{FEFF}{GOOD}")];
    topic.produce(odd.iter().map(|payload| record(1, NOON, Some(payload.as_bytes()))));

    let flagship = Flagship::shared(&topic);
    let finished = flagship.run_until_end(&["-w", "3"]);

    let oracle = flagship.oracle();
    assert_eq!(oracle.counts().dead, payloads.len() as u64, "the oracle agrees that all of them are bad");
    flagship.assert_exact("beside bad input");
    assert_eq!(finished.summary("counted"), 6);
    assert_eq!(finished.summary("dead letters"), payloads.len() as u64);
    let line = finished.stderr.lines().find(|line| line.starts_with("dead letters")).expect("in the summary");
    for (reason, payloads) in &bad {
        assert!(
            line.contains(&format!("{reason} {}", payloads.len())),
            "{reason} {} is not in: {line}",
            payloads.len()
        );
        let shown = finished.stderr.lines().filter(|line| line.contains(reason) && line.contains("offset"));
        let shown: Vec<_> = shown.collect();
        assert_eq!(shown.len(), 1, "{reason} is shown once: {shown:?}");
        assert!(shown[0].contains("partition"), "{}", shown[0]);
    }
}
