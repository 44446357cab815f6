//! What a payload is that is no JSON object.
//!
//! The rules, in their order; the first that holds names it:
//! 1. `utf_16`: its bytes are, in pairs or in fours, lower or higher byte first, text that begins with `{`, `[` or `"`,
//!    behind a byte order mark and white space if need be.
//! 2. `compressed`: it begins as gzip, zstd, zlib, lz4, snappy, bzip2 or xz do.
//! 3. `schema_framed`: it begins with a zero byte, and has more than the four behind that.
//! 4. `json_in_string`: it is a JSON string whose content is a JSON object.
//! 5. `several_objects`: it is a JSON array of objects, at least one; or it begins with two JSON objects or more, with
//!    nothing but white space, commas and record separators between.
//! 6. `not_json`: anything else.

use super::json::{self, JsonObject, first, is_value};

/// How compressed bytes begin.
const COMPRESSED: [&[u8]; 10] = [
    &[0x1f, 0x8b],
    &[0x28, 0xb5, 0x2f, 0xfd],
    &[0x78, 0x01],
    &[0x78, 0x9c],
    &[0x78, 0xda],
    &[0x04, 0x22, 0x4d, 0x18],
    &[0xff, 0x06, 0x00, 0x00, b's', b'N', b'a', b'P', b'p', b'Y'],
    &[0x82, b'S', b'N', b'A', b'P', b'P', b'Y', 0x00],
    b"BZh",
    &[0xfd, b'7', b'z', b'X', b'Z', 0x00],
];

/// The reason why `payload`, which is no JSON object, is none.
#[must_use]
pub fn reason(payload: &[u8]) -> &'static str {
    if is_wide(payload) {
        "utf_16"
    } else if COMPRESSED.iter().any(|begin| payload.starts_with(begin)) {
        "compressed"
    } else if payload.len() > 5 && payload[0] == 0 {
        "schema_framed"
    } else if is_object_in_string(payload) {
        "json_in_string"
    } else if is_array(payload) || objects(payload) > 1 {
        "several_objects"
    } else {
        "not_json"
    }
}

fn is_wide(payload: &[u8]) -> bool {
    let begins = |text: Option<String>| {
        text.is_some_and(|text| text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[', '"']))
    };
    let pairs = |high: usize| {
        let units = payload.chunks_exact(2).map(|pair| u16::from(pair[high]) * 256 + u16::from(pair[1 - high]));
        String::from_utf16(&units.collect::<Vec<_>>()).ok()
    };
    let fours = |is_big: bool| {
        let number = |number: u32, byte: &u8| number * 256 + u32::from(*byte);
        let unit = |four: &[u8]| {
            if is_big { four.iter().fold(0, number) } else { four.iter().rev().fold(0, number) }
        };
        payload.chunks_exact(4).map(|four| char::from_u32(unit(four))).collect::<Option<String>>()
    };
    let is_even = payload.len().is_multiple_of(2);
    (is_even && (begins(pairs(0)) || begins(pairs(1))))
        || (payload.len().is_multiple_of(4) && (begins(fours(true)) || begins(fours(false))))
}

fn is_object_in_string(payload: &[u8]) -> bool {
    let Some((string, rest)) = first(payload) else { return false };
    if !rest.is_empty() || !string.starts_with(b"\"") {
        return false;
    }
    match std::str::from_utf8(&json::unescaped(string.trim_ascii_end())) {
        Ok(text) => JsonObject::of(text.trim_start_matches('\u{feff}').as_bytes()).is_some(),
        Err(_) => false,
    }
}

fn is_array(payload: &[u8]) -> bool {
    if !is_value(payload) {
        return false;
    }
    let Some(mut rest) = payload.trim_ascii().strip_prefix(b"[") else { return false };
    let mut objects = 0;
    while let Some((_, behind)) = first(rest).filter(|(value, _)| value.starts_with(b"{")) {
        objects += 1;
        rest = behind.strip_prefix(b",").unwrap_or(behind);
    }
    objects > 0 && rest == b"]"
}

/// With how many JSON objects `payload` begins.
fn objects(payload: &[u8]) -> usize {
    let is_between = |byte: &u8| byte.is_ascii_whitespace() || *byte == b',' || *byte == 0x1e;
    let (mut rest, mut objects) = (payload, 0);
    loop {
        let between = rest.iter().take_while(|byte| is_between(byte)).count();
        match first(&rest[between..]) {
            Some((value, behind)) if value.starts_with(b"{") => (rest, objects) = (behind, objects + 1),
            _ => return objects,
        }
    }
}
