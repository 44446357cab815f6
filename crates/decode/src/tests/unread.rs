//! What nobody reads cannot kill a record.

use super::*;

/// A good sale with `members` in front of its own.
fn sale_with(members: &[u8]) -> Vec<u8> {
    let own = br#","id_pedido":"1","categoria":"Gamer","valor":1.5,"timestamp":"2025-11-28T12:00:00Z"}"#;
    [b"{", members, own].concat()
}

#[test]
fn a_value_that_nobody_declared_does_no_harm() {
    let mut plan = sales();
    plan.max_bytes = usize::MAX;
    let mut decoder = Reader::new(&plan, totals(&[1], &[sum(2)]));
    let good = decode(&mut decoder, &sale_with(br#""nota":"""#)).expect("a good sale");
    let nested = |depth: usize, open: &str, close: &str| {
        format!("\"nota\":{}1{}", open.repeat(depth), close.repeat(depth)).into_bytes()
    };
    let members = [
        br#""nota":"x \ud83d""#.to_vec(),
        br#""nota":"\ude00\ud83d""#.to_vec(),
        br#""\ud83d":1"#.to_vec(),
        br#""nota":[1e999,-1E+99999999999999999999]"#.to_vec(),
        br#""nota":{"$serde_json::private::Number":"no number"}"#.to_vec(),
        br#""nota":{"a":1,"a":2},"nota":3"#.to_vec(),
        b"\"nota\":\"caf\xE9\",\"\xE7\":{\"\xFF\":[\"\xC0\"]}".to_vec(),
        nested(200, "[", "]"),
        nested(200, "{\"a\":", "}"),
        nested(100_000, "[{\"a\":[", "]}]"),
    ];
    for member in members {
        let shown = member.escape_ascii().to_string().chars().take(80).collect::<String>();
        assert_eq!(decode(&mut decoder, &sale_with(&member)), Ok(good.clone()), "{shown}");
    }
}

#[test]
fn a_value_that_another_one_replaces_is_read_by_nobody() {
    let mut decoder = sales_decoder();
    for member in [r#""categoria":"\ud83d""#, r#""valor":"1""#, r#""timestamp":{"x":1}"#, r#""valor":1e99"#] {
        assert!(decode(&mut decoder, &sale_with(member.as_bytes())).is_ok(), "{member}");
    }
    let plan = events(vec![field("a.b?", FieldType::Integer), field("a.c?", FieldType::Integer)]);
    let mut decoder = Reader::new(&plan, totals(&[], &[sum(0), sum(1)]));
    for (members, sums) in [
        (r#""a":{"b":1},"a":{"c":2}"#, [0, 2]),
        (r#""a":{"b":1,"b":3}"#, [3, 0]),
        (r#""a":{"b":1},"a":7"#, [0, 0]),
        (r#""a":[{"b":1}],"a":{"b":4,"c":"x","c":null}"#, [4, 0]),
    ] {
        let event = decode(&mut decoder, &sale_with(members.as_bytes())).map(|(.., measures, _)| measures);
        assert_eq!(event, Ok(sums.to_vec()), "{members}");
    }
}

#[test]
fn a_declared_field_has_to_be_text() {
    let mut decoder = sales_decoder();
    for (categoria, words) in [(&br#""x \ud83d""#[..], "no text"), (b"\"Inform\xE1tica\"", "Latin-1")] {
        let record =
            [b"{\"id_pedido\":\"1\",\"valor\":1,\"timestamp\":\"2025-11-28T12:00Z\",\"categoria\":", categoria, b"}"]
                .concat();
        let reject = decode(&mut decoder, &record).unwrap_err();
        assert_eq!(reject.reason(), "not_text");
        assert!(reject.to_string().contains("`categoria`") && reject.to_string().contains(words), "{reject}");
    }
    let time = br#"{"id_pedido":"1","categoria":"Gamer","valor":1,"timestamp":"2025-11-28T12:00:00Z\ud83d"}"#;
    assert_eq!(decode(&mut decoder, time).unwrap_err().reason(), "not_a_time");
}

#[test]
fn a_bound_on_groups_is_what_the_file_says() {
    let mut plan = sales();
    plan.group_max_bytes = 5;
    let mut decoder = Reader::new(&plan, totals(&[1], &[sum(2)]));
    assert!(decode(&mut decoder, &sale_with(br#""x":1"#)).is_ok());
    let long = sale_with(br#""x":1"#).escape_ascii().to_string().replace("\\\"", "\"").replace("Gamer", "Gamers");
    let words = decode(&mut decoder, long.as_bytes()).unwrap_err().to_string();
    assert_eq!(
        words,
        "field `categoria` has 6 bytes, and a field of totals.group_by (totals.group_max_bytes) may have 5"
    );
}
