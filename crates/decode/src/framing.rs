//! What a payload is that is no JSON object, where that can be told: the usual wrappings, each with its remedy. Pure.
//!
//! It is asked only when a record has been found to be no JSON object, so it costs good ones nothing.

use std::fmt;

use serde::de::IgnoredAny;

/// A byte order mark in UTF-8, which is no part of the text behind it.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The first bytes of what is compressed.
const COMPRESSED: [(&[u8], &str); 10] = [
    (b"\x1F\x8B", "gzip"),
    (b"\x28\xB5\x2F\xFD", "zstd"),
    (b"\x78\x01", "zlib"),
    (b"\x78\x9C", "zlib"),
    (b"\x78\xDA", "zlib"),
    (b"\x04\x22\x4D\x18", "lz4"),
    (b"\xFF\x06\x00\x00sNaPpY", "snappy"),
    (b"\x82SNAPPY\x00", "snappy"),
    (b"BZh", "bzip2"),
    (b"\xFD7zXZ\x00", "xz"),
];

/// How many bytes a schema registry's serialisers put in front: a zero, and the number of the schema.
const SCHEMA_BYTES: usize = 5;

/// What a payload is that is no JSON object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Text in UTF-16 or UTF-32.
    Utf16(
        /// In which of them.
        &'static str,
    ),
    /// Compressed by the producer itself.
    Compressed(
        /// With what.
        &'static str,
    ),
    /// The five bytes of a schema registry's serialisers are in front.
    Schema {
        /// The number of the schema.
        id: u32,
        /// Whether JSON follows; else it is Avro or Protobuf most likely.
        is_json: bool,
    },
    /// The text of a JSON object, as a JSON string.
    JsonInString,
    /// JSON objects, one behind the other.
    Several {
        /// How many.
        objects: usize,
    },
    /// An array of JSON objects.
    Array {
        /// How many.
        objects: usize,
    },
}

impl Framing {
    /// What `payload` is, which is no JSON object; nothing if it is none of the known.
    #[cold]
    pub(super) fn of(payload: &[u8]) -> Option<Framing> {
        let compressed = || COMPRESSED.iter().find(|(magic, _)| payload.starts_with(magic));
        wide(payload)
            .or_else(|| compressed().map(|(_, name)| Framing::Compressed(name)))
            .or_else(|| schema(payload))
            .or_else(|| in_string(payload))
            .or_else(|| array(payload))
            .or_else(|| several(payload))
    }
}

/// Text in units of two or four bytes that begins as JSON does.
fn wide(payload: &[u8]) -> Option<Framing> {
    let begins = |first: Option<char>| first.is_some_and(|first| "{[\"".contains(first));
    let utf16 = |unit: fn([u8; 2]) -> u16| {
        let (pairs, rest) = payload.as_chunks::<2>();
        let text = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect::<Result<String, _>>().ok()?;
        let text = text.trim_start_matches('\u{FEFF}').trim_start();
        (rest.is_empty() && begins(text.chars().next())).then_some(Framing::Utf16("UTF-16"))
    };
    let utf32 = |unit: fn([u8; 4]) -> u32| {
        let (units, rest) = payload.as_chunks::<4>();
        let text = units.iter().map(|bytes| char::from_u32(unit(*bytes))).collect::<Option<String>>()?;
        let text = text.trim_start_matches('\u{FEFF}').trim_start();
        (rest.is_empty() && begins(text.chars().next())).then_some(Framing::Utf16("UTF-32"))
    };
    utf32(u32::from_le_bytes)
        .or_else(|| utf32(u32::from_be_bytes))
        .or_else(|| utf16(u16::from_le_bytes))
        .or_else(|| utf16(u16::from_be_bytes))
}

/// A zero, the number of a schema, and something behind them.
fn schema(payload: &[u8]) -> Option<Framing> {
    let (head, body) = payload.split_at_checked(SCHEMA_BYTES).filter(|(_, body)| !body.is_empty())?;
    let (0, id) = (head.first()?, head.last_chunk::<4>()?) else { return None };
    let is_json = serde_json::from_slice::<IgnoredAny>(body).is_ok();
    Some(Framing::Schema { id: u32::from_be_bytes(*id), is_json })
}

/// A JSON string that holds a JSON object.
fn in_string(payload: &[u8]) -> Option<Framing> {
    let text = serde_json::from_slice::<String>(payload).ok()?;
    is_object(text.trim_start_matches('\u{FEFF}').as_bytes()).then_some(Framing::JsonInString)
}

/// A JSON array of objects and nothing else.
fn array(payload: &[u8]) -> Option<Framing> {
    serde_json::from_slice::<IgnoredAny>(payload).ok()?;
    let (mut rest, mut objects) = (payload.trim_ascii_start().strip_prefix(b"[")?, 0);
    while let Some(behind) = behind_object(rest) {
        (rest, objects) = (behind.trim_ascii_start().strip_prefix(b",").unwrap_or(behind), objects + 1);
    }
    let ends = rest.trim_ascii() == b"]";
    (ends && objects > 0).then_some(Framing::Array { objects })
}

/// Two JSON objects or more, with white space, commas or record separators between.
fn several(payload: &[u8]) -> Option<Framing> {
    let between = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b'\x1E');
    let trimmed = |rest: &'_ [u8]| rest.iter().take_while(|byte| between(byte)).count();
    let (mut rest, mut objects) = (payload, 0);
    while let Some(behind) = behind_object(&rest[trimmed(rest)..]) {
        (rest, objects) = (behind, objects + 1);
    }
    (objects > 1).then_some(Framing::Several { objects })
}

/// Whether `text` is one JSON object.
fn is_object(text: &[u8]) -> bool {
    text.trim_ascii_start().starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// What follows the JSON object that `text` begins with.
fn behind_object(text: &[u8]) -> Option<&[u8]> {
    let text = text.trim_ascii_start();
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    let is_object = text.starts_with(b"{") && values.next()?.is_ok();
    if is_object { text.get(values.byte_offset()..) } else { None }
}

impl fmt::Display for Framing {
    /// What it is, and what helps.
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Framing::Utf16(encoding) => write!(to, "it is text in {encoding}: have the producer write UTF-8"),
            Framing::Compressed(name) => write!(
                to,
                "it is compressed with {name}: have the producer send it plain, and set its compression.type instead, which every \
                 reader undoes"
            ),
            Framing::Schema { id, is_json } => {
                let (what, remedy) = if *is_json {
                    ("JSON", "have the producer send it without them, with a serialiser of plain JSON")
                } else {
                    (
                        "no JSON, but Avro or Protobuf perhaps",
                        "have the producer write JSON, with a serialiser of plain JSON",
                    )
                };
                write!(
                    to,
                    "it begins with the five bytes of a schema registry (schema {id}), and behind them is {what}: {remedy}"
                )
            }
            Framing::JsonInString => to.write_str(
                "it is a JSON object inside a JSON string, serialised twice: have the producer send the object itself",
            ),
            Framing::Several { objects } => {
                write!(
                    to,
                    "it is {objects} JSON objects one behind the other: have the producer send each in a record of its own"
                )
            }
            Framing::Array { objects } => {
                write!(
                    to,
                    "it is an array of {objects} JSON objects: have the producer send each in a record of its own"
                )
            }
        }
    }
}
