//! Whenever the fast way answers, the slow way gives the same answer: random records, most of them damaged.

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use super::*;

/// How many records are tried.
const RECORDS: usize = 60_000;

/// Keys: wanted ones, their neighbours, and strangers.
const KEYS: [&str; 16] = [
    "timestamp",
    "categoria",
    "valor",
    "item",
    "qtd",
    "preco",
    "ativo",
    "categori",
    "valor2",
    "",
    "x",
    "ação",
    "c\\u0061tegoria",
    "$serde_json::private::Number",
    "\\ud83d",
    "[1]",
];

/// Values without structure.
const SCALARS: [&str; 37] = [
    "\"2025-11-28T12:00:00.123456\"",
    "\"2025-11-28T12:00:00-03:00\"",
    "\"Gamer\"",
    "\"Moda \\u0026 Casa\"",
    "\"a|b\"",
    "\"\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "\"\\ude00\\ud83d\\u0041\"",
    "1e999",
    "-0.5e+999999999999",
    "\"\\\"\"",
    "\"\\\\\"",
    "\"uma categoria com nome comprido, ção\"",
    "\"tab\\t\"",
    "\"\t\"",
    "\"\u{7f}\"",
    "0",
    "-0",
    "7",
    "123.45",
    "-1.005",
    "1e3",
    "1E-2",
    "1.0",
    "01",
    "1.",
    ".5",
    "-",
    "12345678901234567890123",
    "9223372036854775808",
    "true",
    "false",
    "null",
    "nul",
    "True",
    "NaN",
];

/// Bytes that damage is made of.
pub(super) const DAMAGE: &[u8] = b"{}[]:,\"\\/ \t\n\x00\x1f\x7f01289.-+eEuntf\xC3\xA7\xFF\xED\xA0";

/// Records at random.
pub(super) struct Records(pub(super) SmallRng);

impl Records {
    /// White space, mostly none.
    fn space(&mut self) -> &'static str {
        ["", "", "", "", " ", "\n", "\t\r"].choose(&mut self.0).unwrap()
    }

    /// A value at most `depth` brackets deep.
    pub(super) fn value(&mut self, depth: u32) -> String {
        match self.0.random_range(0..24) {
            2 => {
                let depth = self.0.random_range(0..300);
                format!("{}{}", "[".repeat(depth), "]".repeat(depth))
            }
            0 if depth > 0 => self.object(depth),
            1 if depth > 0 => {
                let values: Vec<String> = (0..self.0.random_range(0..4)).map(|_| self.value(depth - 1)).collect();
                format!("[{}{}]", self.space(), values.join(","))
            }
            _ => (*SCALARS.choose(&mut self.0).unwrap()).to_owned(),
        }
    }

    /// `record` with bytes that are no UTF-8 in the place of its characters that are more than one byte.
    fn latin(&mut self, record: String) -> Vec<u8> {
        if self.0.random_bool(0.9) {
            return record.into_bytes();
        }
        record.chars().map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?')).collect()
    }

    /// An object of random members.
    fn object(&mut self, depth: u32) -> String {
        let members: Vec<String> = (0..self.0.random_range(0..5)).map(|_| self.member(depth)).collect();
        format!("{{{}{}{}}}", self.space(), members.join(","), self.space())
    }

    /// A random member.
    fn member(&mut self, depth: u32) -> String {
        let key = *KEYS.choose(&mut self.0).unwrap();
        let (before, behind) = (self.space(), self.space());
        format!("{before}\"{key}\"{behind}:{before}{}{behind}", self.value(depth - 1))
    }

    /// A sale that is good up to one random member.
    fn sale(&mut self) -> String {
        let valor = format!("{}.{:02}", self.0.random_range(0..5000), self.0.random_range(0..100));
        let mut members = vec![
            "\"timestamp\":\"2025-11-28T12:00:00.123456\"".to_owned(),
            "\"categoria\":\"Gamer\"".to_owned(),
            format!("\"valor\":{valor}"),
            if self.0.random_ratio(1, 3) {
                format!("\"item\":[{},{{\"qtd\":{}}}]", self.value(2), self.0.random_range(0..9))
            } else {
                "\"item\":{\"qtd\":2,\"cor\":\"azul\",\"preco\":null}".to_owned()
            },
            "\"ativo\":true".to_owned(),
        ];
        let place = self.0.random_range(0..=members.len());
        if self.0.random() {
            members.insert(place, self.member(4));
        } else if let Some(member) = members.get_mut(place) {
            *member = self.member(4);
        }
        format!("{{{}}}", members.join(","))
    }

    /// `record` with some bytes changed, taken away or put in.
    pub(super) fn damaged(&mut self, record: String) -> Vec<u8> {
        let mut bytes = self.latin(record);
        for _ in 0..self.0.random_range(0..3) {
            let place = self.0.random_range(0..bytes.len().max(1));
            let byte = *DAMAGE.choose(&mut self.0).unwrap();
            match self.0.random_range(0..4) {
                0 => bytes.insert(place.min(bytes.len()), byte),
                1 if place < bytes.len() => drop(bytes.remove(place)),
                2 => bytes.truncate(place),
                _ => bytes.get_mut(place).into_iter().for_each(|old| *old = byte),
            }
        }
        bytes
    }
}

/// The event in `record`, read the slow way only.
fn decode_slowly(reader: &mut Reader, record: &[u8]) -> Result<Owned, Reject> {
    let Reader { decoder, totals } = reader;
    decoder.walk(record)?;
    decoder
        .converter
        .row(&Record::of_payload(None), decoder.text.as_bytes(), &decoder.slots)
        .map(|row| owned(row, totals))
}

/// The kind and text of each slot; of an object or an array where it stands in the record.
fn picked(slots: &[Slot], text: &[u8]) -> Vec<(slot::Kind, String)> {
    let what = |slot: &Slot| match slot.kind {
        slot::Kind::Composite => format!("{}, {} bytes", slot.start, slot.length),
        slot::Kind::Absent | slot::Kind::Null | slot::Kind::True | slot::Kind::False => String::new(),
        _ => String::from_utf8(slot.bytes(text).to_vec()).expect("text"),
    };
    slots.iter().map(|slot| (slot.kind, what(slot))).collect()
}

/// Holds both ways to read `record` against each other. What it is, and whether the fast way knows it.
pub(super) fn law(decoder: &mut Reader, record: &[u8]) -> (Result<Owned, Reject>, bool) {
    let decoded = decode(decoder, record);
    let slowly = decode_slowly(decoder, record);
    assert_eq!(decoded, slowly, "{}", record.escape_ascii());
    let by_walk = picked(&decoder.decoder.slots, decoder.decoder.text.as_bytes());
    let is_fast = is_fast(decoder, record);
    if is_fast {
        let read = serde_json::from_slice::<serde::de::IgnoredAny>(record);
        assert!(read.is_ok(), "{}", record.escape_ascii());
        assert_eq!(picked(&decoder.decoder.slots, record), by_walk, "{}", record.escape_ascii());
    }
    (decoded, is_fast)
}

/// A decoder of events that have a field of each type.
pub(super) fn decoder() -> Reader {
    let plan = events(vec![
        field("categoria", FieldType::String),
        field("valor", FieldType::Decimal { scale: 2 }),
        field("item.qtd?", FieldType::Integer),
        field("item.preco?", FieldType::Decimal { scale: 4 }),
        field("ativo?", FieldType::Boolean),
        field("item.[1].qtd?", FieldType::Integer),
        field("x.[0]?", FieldType::String),
    ]);
    let plan = EventPlan { max_bytes: 1 << 20, ..plan };
    Reader::new(&plan, totals(&[0, 4], &[sum(1), sum(2), count(3), sum(5), count(6)]))
}

#[test]
fn the_fast_way_never_says_other_than_the_slow_way() {
    let mut decoder = decoder();
    let mut records = Records(SmallRng::seed_from_u64(mare_random::seed()));
    let (mut fast, mut slow, mut good, mut latin, mut fast_latin) = (0, 0, 0, 0, 0);
    for round in 0..RECORDS {
        let record = if round % 3 == 0 { records.object(4) } else { records.sale() };
        let record = records.damaged(record);
        let (decoded, is_fast) = law(&mut decoder, &record);
        let (is_good, is_text) = (decoded.is_ok(), std::str::from_utf8(&record).is_ok());
        good += usize::from(is_good);
        latin += usize::from(is_good && !is_text);
        fast_latin += usize::from(is_fast && !is_text);
        fast += usize::from(is_fast);
        slow += usize::from(!is_fast);
    }
    let counts = format!("{fast} fast, {slow} slow, {good} good, {latin} not in UTF-8, {fast_latin} of these fast");
    assert!(
        latin > 50 && fast_latin > 50 && fast > RECORDS / 8 && slow > RECORDS / 8 && good > RECORDS / 8,
        "the records test too little: {counts}"
    );
}

#[test]
fn nor_of_any_bytes() {
    let (mut decoder, mut fast) = (decoder(), 0);
    mare_random::fuzz("records", 12_000, |mut record| {
        // One is left out before both ways, and what stands behind it is none.
        while let Some(rest) = record.strip_prefix(BYTE_ORDER_MARK) {
            record = rest;
        }
        let (decoded, is_fast) = law(&mut decoder, record);
        fast += usize::from(is_fast);
        decoded.is_ok()
    });
    assert!(fast > 0, "the fast way has read none of them");
}
