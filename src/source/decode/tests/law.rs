//! Whenever the fast way answers, the slow way gives the same answer: random records, most of them damaged.

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use super::*;

/// How many records are tried.
const RECORDS: usize = 60_000;

/// Keys: wanted ones, their neighbours, and strangers.
const KEYS: [&str; 15] = [
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
const DAMAGE: &[u8] = b"{}[]:,\"\\/ \t\n\x00\x1f\x7f01289.-+eEuntf\xC3\xA7\xFF\xED\xA0";

/// Records at random.
struct Records(SmallRng);

impl Records {
    /// White space, mostly none.
    fn space(&mut self) -> &'static str {
        ["", "", "", "", " ", "\n", "\t\r"].choose(&mut self.0).unwrap()
    }

    /// A value at most `depth` brackets deep.
    fn value(&mut self, depth: u32) -> String {
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
            "\"item\":{\"qtd\":2,\"cor\":\"azul\",\"preco\":null}".to_owned(),
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
    fn damaged(&mut self, record: String) -> Vec<u8> {
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
fn decode_slowly(decoder: &mut Decoder, record: &[u8]) -> Result<Owned, Reject> {
    decoder.walk(record)?;
    decoder.converter.event(&decoder.text, &decoder.slots).map(owned)
}

/// The kind and text of each slot.
fn picked<'a>(slots: &[Slot], text: &'a str) -> Vec<(slot::Kind, &'a str)> {
    slots.iter().map(|slot| (slot.kind, slot.text(text))).collect()
}

#[test]
fn the_fast_way_never_says_other_than_the_slow_way() {
    let plan = events(vec![
        field("categoria", FieldType::String),
        field("valor", FieldType::Decimal { scale: 2 }),
        field("item.qtd?", FieldType::Integer),
        field("item.preco?", FieldType::Decimal { scale: 4 }),
        field("ativo?", FieldType::Boolean),
    ]);
    let mut decoder = Decoder::new(&plan, &totals(&[0, 4], &[Measure::Sum(1), Measure::Sum(2), Measure::Present(3)]));
    let seed = mare_random::seed();
    let mut records = Records(SmallRng::seed_from_u64(seed));
    let (mut fast, mut slow, mut good, mut latin) = (0, 0, 0, 0);
    for round in 0..RECORDS {
        let record = if round % 3 == 0 { records.object(4) } else { records.sale() };
        let record = records.damaged(record);
        let decoded = decode(&mut decoder, &record);
        let slowly = decode_slowly(&mut decoder, &record);
        assert_eq!(decoded, slowly, "seed {seed} round {round}: {}", record.escape_ascii());
        good += usize::from(decoded.is_ok());
        let Ok(text) = std::str::from_utf8(&record) else {
            latin += usize::from(decoded.is_ok());
            continue;
        };
        let by_walk = decoder.slots.clone();
        let by_walk = picked(&by_walk, &decoder.text).into_iter().map(|(kind, text)| (kind, text.to_owned()));
        let by_walk: Vec<_> = by_walk.collect();
        if is_fast(&mut decoder, text) {
            let read = serde_json::from_str::<serde::de::IgnoredAny>(text);
            assert!(read.is_ok(), "seed {seed} round {round}: {text}");
            let by_scan = picked(&decoder.slots, text);
            assert!(
                by_scan
                    .iter()
                    .map(|(kind, text)| (*kind, *text))
                    .eq(by_walk.iter().map(|(kind, text)| (*kind, &**text))),
                "seed {seed} round {round}: {text}: {by_scan:?} is not {by_walk:?}"
            );
            fast += 1;
        } else {
            slow += 1;
        }
    }
    let counts = format!("{fast} fast, {slow} slow, {good} good, {latin} not in UTF-8");
    assert!(
        latin > 50 && fast > RECORDS / 8 && slow > RECORDS / 8 && good > RECORDS / 8,
        "the records test too little: {counts}"
    );
}
