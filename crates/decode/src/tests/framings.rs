//! The usual wrappings around JSON: told by their names, each with its remedy.

use super::*;

const SALE: &str = r#"{"id_pedido":"1","categoria":"Gamer","valor":1.5,"timestamp":"2025-11-28T12:00:00Z"}"#;

#[test]
fn a_byte_order_mark_is_no_part_of_the_text() {
    let mut decoder = sales_decoder();
    let good = decode(&mut decoder, SALE.as_bytes()).expect("a good sale");
    assert_eq!(decode(&mut decoder, format!("\u{FEFF}{SALE}").as_bytes()), Ok(good));
    let escaped = SALE.replace("Gamer", "G\\u0061mer");
    assert!(decode(&mut decoder, format!("\u{FEFF}{escaped}").as_bytes()).is_ok());
    assert_eq!(decode(&mut decoder, "\u{FEFF}".as_bytes()).unwrap_err().reason(), "not_json");
}

#[test]
fn each_framing_has_its_reason_and_its_remedy() {
    let utf16 = |unit: fn(u16) -> [u8; 2], mark: &str| format!("{mark}{SALE}").encode_utf16().flat_map(unit).collect();
    let utf32 = SALE.chars().flat_map(|character| u32::from(character).to_le_bytes()).collect();
    let framed = |head: &[u8], body: &[u8]| [head, body].concat();
    let twice = serde_json::to_string(SALE).expect("a string");
    let records: [(Vec<u8>, &str, &[&str]); 17] = [
        (framed(&[0, 0, 0, 1, 2], SALE.as_bytes()), "schema_framed", &["schema 258", "JSON", "plain"]),
        (framed(&[0, 0, 0, 0, 7], b"\x02\x0aGamer"), "schema_framed", &["schema 7", "Avro or Protobuf"]),
        (utf16(u16::to_le_bytes, ""), "utf_16", &["UTF-16", "UTF-8"]),
        (utf16(u16::to_be_bytes, ""), "utf_16", &["UTF-16", "UTF-8"]),
        (utf16(u16::to_le_bytes, "\u{FEFF}"), "utf_16", &["UTF-16", "UTF-8"]),
        (utf16(u16::to_be_bytes, "\u{FEFF} "), "utf_16", &["UTF-16", "UTF-8"]),
        (utf32, "utf_16", &["UTF-32", "UTF-8"]),
        (framed(b"\x1F\x8B\x08\x00", b"...."), "compressed", &["gzip", "compression.type"]),
        (framed(b"\x28\xB5\x2F\xFD", b"...."), "compressed", &["zstd", "compression.type"]),
        (twice.clone().into_bytes(), "json_in_string", &["twice"]),
        (format!(" {twice}\n").into_bytes(), "json_in_string", &["twice"]),
        (format!("{SALE}{SALE}").into_bytes(), "several_objects", &["2 JSON objects", "record of its own"]),
        (format!("{SALE}\n{SALE}\r\n{SALE}\n").into_bytes(), "several_objects", &["3 JSON objects"]),
        (format!("{SALE}, {SALE}").into_bytes(), "several_objects", &["2 JSON objects"]),
        (format!("[{SALE}, {SALE}]").into_bytes(), "several_objects", &["array of 2 JSON objects"]),
        (format!("\u{FEFF}{SALE}\n{{}}").into_bytes(), "several_objects", &["2 JSON objects"]),
        (format!("{SALE}\n{SALE}\n{{").into_bytes(), "several_objects", &["2 JSON objects"]),
    ];
    let mut decoder = sales_decoder();
    for (record, reason, words) in records {
        let reject = decode(&mut decoder, &record).unwrap_err();
        assert_eq!(reject.reason(), reason, "{}", record.escape_ascii());
        assert!(words.iter().all(|word| reject.to_string().contains(word)), "{words:?}: {reject}");
    }
}

#[test]
fn what_only_looks_like_a_framing_is_no_json() {
    let mut decoder = sales_decoder();
    let records: [&[u8]; 12] = [
        b"",
        b"[]",
        b"[1]",
        b"[{},1]",
        b"\"text\"",
        b"\"[1]\"",
        b"\0\0\0\0\x01",
        b"\xFF\xFE",
        b"\xFF\xFE\0",
        b"\xFF\xFE{}",
        b"{}{",
        b"{} x {}",
    ];
    for record in records {
        let reason = decode(&mut decoder, record).unwrap_err().reason();
        assert_eq!(reason, "not_json", "{}", record.escape_ascii());
    }
}
