//! The assortment of records that are no sales.

use fake::{Fake, RngExt};
use jiff::{Timestamp, ToSpan};

use super::Sale;

/// How a record is no sale, or no event of another dataflow. Every reason for which a decoder refuses a record has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Garbage {
    /// 1 to 64 random bytes, the first of which starts no text.
    RandomBytes,
    /// The JSON of a sale, cut off.
    CutJson,
    /// One of the four fields is absent.
    MissingField,
    /// One of the four fields has another JSON type.
    WrongType,
    /// A value of 45 digits.
    OutOfRange,
    /// A timestamp that is none.
    BadTime,
    /// No payload at all.
    Tombstone,
    /// A sale of a later century, as one broken clock would write it.
    FutureTime,
    /// Nearly 1 MiB, cut off. The rarest: one in 257.
    Huge,
    /// A category of 1,200 bytes.
    TooLong,
    /// A category with half a surrogate pair.
    NotText,
    /// A sale in UTF-16.
    Utf16,
    /// A sale behind the first bytes of gzip.
    Compressed,
    /// A sale behind the five bytes of a schema registry.
    SchemaFramed,
    /// A sale as a JSON string.
    JsonInString,
    /// One sale twice in a record.
    SeveralObjects,
}

/// What is written where a timestamp belongs.
const NOT_TIMES: [&str; 6] =
    ["ontem", "", "2025-13-28T12:00:00", "2025-02-30T12:00:00", "28/11/2025 12:00", "2025-11-28T25:61:00"];

impl Garbage {
    /// Size of a huge record, in bytes: with its headers just below Kafka's default limit for a batch (1 MiB and 12
    /// bytes).
    pub const HUGE_BYTES: usize = 1_048_000;

    /// What a person reads.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Garbage::RandomBytes => "random bytes",
            Garbage::CutJson => "cut JSON",
            Garbage::MissingField => "missing field",
            Garbage::WrongType => "wrong type",
            Garbage::OutOfRange => "value out of range",
            Garbage::BadTime => "bad timestamp",
            Garbage::Tombstone => "null payload",
            Garbage::FutureTime => "future timestamp",
            Garbage::Huge => "nearly 1 MiB",
            Garbage::TooLong => "long text",
            Garbage::NotText => "half a surrogate pair",
            Garbage::Utf16 => "UTF-16",
            Garbage::Compressed => "gzip",
            Garbage::SchemaFramed => "schema frame",
            Garbage::JsonInString => "JSON in a string",
            Garbage::SeveralObjects => "two objects",
        }
    }

    /// Draws a kind of garbage: one in 257 is huge, the others are equally frequent.
    pub(super) fn draw(rng: &mut impl RngExt) -> Self {
        const USUAL: [Garbage; 8] = [
            Garbage::RandomBytes,
            Garbage::CutJson,
            Garbage::MissingField,
            Garbage::WrongType,
            Garbage::OutOfRange,
            Garbage::BadTime,
            Garbage::Tombstone,
            Garbage::FutureTime,
        ];
        let ticket: usize = (0..USUAL.len() * 32 + 1).fake_with_rng(rng);
        USUAL.get(ticket / 32).copied().unwrap_or(Garbage::Huge)
    }

    /// This kind or, about as often, one of those that came later. They have a draw of their own, which only garbage
    /// makes: so what a seed sells stayed what it was when they came.
    pub(super) fn or_newer(self, rng: &mut impl RngExt) -> Self {
        const NEWER: [Garbage; 7] = [
            Garbage::TooLong,
            Garbage::NotText,
            Garbage::Utf16,
            Garbage::Compressed,
            Garbage::SchemaFramed,
            Garbage::JsonInString,
            Garbage::SeveralObjects,
        ];
        let ticket: usize = (0..2 * NEWER.len()).fake_with_rng(rng);
        NEWER.get(ticket).copied().filter(|_| self != Garbage::Huge).unwrap_or(self)
    }

    /// Appends the record that this kind makes of `sale`; nothing for a null payload.
    pub(super) fn write(self, sale: &Sale<'_>, rng: &mut impl RngExt, out: &mut Vec<u8>) {
        match self {
            Garbage::RandomBytes => write_random_bytes(rng, out),
            Garbage::CutJson => write_cut_json(sale, rng, out),
            Garbage::MissingField => write_with(sale, (0..4).fake_with_rng(rng), None, out),
            Garbage::WrongType => write_with_wrong_type(sale, rng, out),
            Garbage::OutOfRange => write_with(sale, 2, Some(&format!("\"valor\":{}.00", "9".repeat(45))), out),
            Garbage::BadTime => {
                let text = NOT_TIMES[(0..NOT_TIMES.len()).fake_with_rng::<usize, _>(rng)];
                write_with(sale, 3, Some(&format!("\"timestamp\":\"{text}\"")), out);
            }
            Garbage::Tombstone => {}
            Garbage::FutureTime => Sale { time: draw_future(rng), ..*sale }.write_json(out),
            Garbage::Huge => write_huge(sale, out),
            Garbage::TooLong => write_with(sale, 1, Some(&format!("\"categoria\":\"{}\"", "Moda".repeat(300))), out),
            Garbage::NotText => write_with(sale, 1, Some("\"categoria\":\"Moda \\ud83d\""), out),
            Garbage::Utf16 => out.extend(text(sale).encode_utf16().flat_map(u16::to_le_bytes)),
            Garbage::Compressed => write_behind(&[0x1f, 0x8b, 0x08, 0x00], sale, out),
            Garbage::SchemaFramed => write_behind(&[0, 0, 0, 0, 7], sale, out),
            Garbage::JsonInString => out.extend(serde_json::Value::String(text(sale)).to_string().into_bytes()),
            Garbage::SeveralObjects => write_behind(text(sale).as_bytes(), sale, out),
        }
    }
}

/// A first byte that no UTF-8 text starts with, then up to 63 random ones.
fn write_random_bytes(rng: &mut impl RngExt, out: &mut Vec<u8>) {
    out.push(0xff);
    let more: usize = (0..64).fake_with_rng(rng);
    out.extend((0..more).map(|_| rng.random::<u8>()));
}

/// The sale without at least its last byte, but with its first.
fn write_cut_json(sale: &Sale<'_>, rng: &mut impl RngExt, out: &mut Vec<u8>) {
    let start = out.len();
    sale.write_json(out);
    let kept: usize = (1..out.len() - start).fake_with_rng(rng);
    out.truncate(start + kept);
}

/// The sale with field `index` (of the four, in order) written as `instead`, or left out.
fn write_with(sale: &Sale<'_>, index: usize, instead: Option<&str>, out: &mut Vec<u8>) {
    let mut mark = b'{';
    for (place, write) in Sale::FIELDS.into_iter().enumerate() {
        if place == index && instead.is_none() {
            continue;
        }
        out.push(mark);
        mark = b',';
        match instead {
            Some(text) if place == index => out.extend_from_slice(text.as_bytes()),
            _ => write(sale, out),
        }
    }
    out.push(b'}');
}

/// The sale with one field of another JSON type.
fn write_with_wrong_type(sale: &Sale<'_>, rng: &mut impl RngExt, out: &mut Vec<u8>) {
    const WRONG: [(usize, &str); 4] = [
        (0, "\"id_pedido\":17"),
        (1, "\"categoria\":[\"Moda\"]"),
        (2, "\"valor\":\"caro\""),
        (3, "\"timestamp\":true"),
    ];
    let (index, text) = WRONG[(0..WRONG.len()).fake_with_rng::<usize, _>(rng)];
    write_with(sale, index, Some(text), out);
}

/// A time in the 22nd century: ahead of every wall clock and of every record's own timestamp, whatever the base times
/// are.
fn draw_future(rng: &mut impl RngExt) -> Timestamp {
    const YEAR_2100: i64 = 4_102_444_800;
    let start = Timestamp::from_second(YEAR_2100).unwrap_or(Timestamp::MAX);
    let seconds: i64 = (0..100 * 365 * 86_400_i64).fake_with_rng(rng);
    start.checked_add(seconds.seconds()).unwrap_or(start)
}

/// The sale behind something else.
fn write_behind(front: &[u8], sale: &Sale<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(front);
    sale.write_json(out);
}

/// The JSON of the sale.
fn text(sale: &Sale<'_>) -> String {
    let mut json = Vec::new();
    sale.write_json(&mut json);
    String::from_utf8_lossy(&json).into_owned()
}

/// The start of a sale with a remark that does not end.
fn write_huge(sale: &Sale<'_>, out: &mut Vec<u8>) {
    let end = out.len() + Garbage::HUGE_BYTES;
    sale.write_json(out);
    out.pop();
    out.extend_from_slice(b",\"observacao\":\"");
    out.resize(end, b'x');
}
