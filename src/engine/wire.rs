//! Partials between processes as plain rows, instead of field by field through timely's own serialisation.
//!
//! Partials are columns already, so their bytes are written as they stand; what arrives is checked before it is believed.

use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserializer, Serializer};

use super::partials::Partials;
use crate::raw::rows::{read, write};

/// The bytes of `partials`.
#[must_use]
pub fn encode(partials: &Partials) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&[partials.width], &mut bytes);
    write(&partials.windows, &mut bytes);
    write(&partials.ends, &mut bytes);
    write(partials.text.as_bytes(), &mut bytes);
    write(&partials.counts, &mut bytes);
    write(&partials.measures, &mut bytes);
    bytes
}

/// The partials that `bytes` are, or `None` if they are none.
#[must_use]
pub fn decode(mut bytes: &mut [u8]) -> Option<Partials> {
    let width = *read::<u32>(&mut bytes)?.first()?;
    let partials = Partials {
        width,
        windows: read(&mut bytes)?,
        ends: read(&mut bytes)?,
        text: String::from_utf8(read(&mut bytes)?).ok()?,
        counts: read(&mut bytes)?,
        measures: read(&mut bytes)?,
    };
    (bytes.is_empty() && is_whole(&partials)).then_some(partials)
}

/// Whether every column has a value for every row, and every group is a piece of the text.
fn is_whole(partials: &Partials) -> bool {
    let Partials { windows, ends, text, counts, measures, width } = partials;
    let rows = windows.len();
    let measured = rows.checked_mul(*width as usize);
    let cuts = ends.iter().all(|end| text.is_char_boundary(*end as usize));
    let last = ends.last().map_or(0, |end| *end as usize);
    ends.len() == rows
        && counts.len() == rows
        && measured == Some(measures.len())
        && ends.is_sorted()
        && cuts
        && last == text.len()
}

/// For `#[serde(with = …)]`.
///
/// # Errors
/// Those of `serializer`.
pub fn serialize<S: Serializer>(partials: &Partials, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(&encode(partials))
}

/// For `#[serde(with = …)]`.
///
/// # Errors
/// Those of `deserializer`, and bytes that are no partials.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Partials, D::Error> {
    deserializer.deserialize_byte_buf(Bytes)
}

struct Bytes;

impl Visitor<'_> for Bytes {
    type Value = Partials;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes of partials")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Partials, E> {
        self.visit_byte_buf(bytes.to_vec())
    }

    fn visit_byte_buf<E: de::Error>(self, mut bytes: Vec<u8>) -> Result<Partials, E> {
        decode(&mut bytes).ok_or_else(|| E::invalid_value(de::Unexpected::Other("other bytes"), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{EventTime, Window};

    fn partials() -> Partials {
        let mut partials = Partials::new(2);
        for (row, group) in ["Gamer", "", "Eletrônicos"].into_iter().enumerate() {
            partials.push(Window { start: EventTime(60_000 * row as i64) }, group);
            partials.add(row, 1, &[row as i128, -1]);
        }
        partials
    }

    #[test]
    fn partials_come_back() {
        for partials in [partials(), Partials::new(0), Partials::new(3)] {
            assert_eq!(decode(&mut encode(&partials)), Some(partials));
        }
    }

    #[test]
    fn any_bytes_are_partials_that_are_sent_as_they_came_or_none() {
        mare_random::fuzz("rows", 12_000, |input| {
            let Some(partials) = decode(&mut input.to_vec()) else { return false };
            assert_eq!(partials.totals().count(), partials.len());
            assert_eq!(encode(&partials), input);
            true
        });
    }

    #[test]
    fn cut_or_flipped_bytes_never_panic_and_never_make_broken_columns() {
        let bytes = encode(&partials());
        for end in 0..bytes.len() {
            assert_eq!(decode(&mut bytes.clone()[..end]), None, "{end} bytes");
        }
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[place] ^= 1 << bit;
                if let Some(partials) = decode(&mut flipped) {
                    assert_eq!(partials.totals().count(), partials.len(), "byte {place} bit {bit}");
                }
            }
        }
    }
}
