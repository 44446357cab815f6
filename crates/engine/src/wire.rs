//! Partials between processes as plain rows, instead of field by field through timely's own serialisation.
//!
//! Partials are columns already, so their bytes are written as they stand; what arrives is checked before it is
//! believed.

use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserializer, Serializer};

use super::partials::Partials;
use mare_model::columns::Columns;
use mare_model::summary::Summary;
use mare_raw::rows::{read, write};

/// The bytes of `partials`.
#[must_use]
pub fn encode(partials: &Partials) -> Vec<u8> {
    let (mut bytes, Partials { windows, columns, summaries }) = (Vec::new(), partials);
    write(&[columns.width], &mut bytes);
    write(windows, &mut bytes);
    write(&columns.ends, &mut bytes);
    write(columns.text.as_bytes(), &mut bytes);
    write(&columns.counts, &mut bytes);
    write(&columns.measures, &mut bytes);
    // Few views have any, and these are no plain rows.
    if !summaries.is_empty() {
        write(&in_a_row(summaries), &mut bytes);
    }
    bytes
}

/// Summaries as bytes.
fn in_a_row(summaries: &[Summary]) -> Vec<u8> {
    postcard::to_stdvec(summaries).expect("nothing in a summary can be refused")
}

/// The summaries that stand behind the rows, if there are any, as they were written.
fn summaries(bytes: &mut &mut [u8]) -> Option<Vec<Summary>> {
    if bytes.is_empty() {
        return Some(Vec::new());
    }
    let row = read::<u8>(bytes)?;
    let summaries: Vec<Summary> = postcard::from_bytes(&row).ok()?;
    (!summaries.is_empty() && in_a_row(&summaries) == row).then_some(summaries)
}

/// The partials that `bytes` are, or `None` if they are none.
#[must_use]
pub fn decode(mut bytes: &mut [u8]) -> Option<Partials> {
    let width = *read::<u32>(&mut bytes)?.first()?;
    let windows = read(&mut bytes)?;
    let columns = Columns {
        width,
        ends: read(&mut bytes)?,
        text: String::from_utf8(read(&mut bytes)?).ok()?,
        counts: read(&mut bytes)?,
        measures: read(&mut bytes)?,
    };
    let summaries = summaries(&mut bytes)?;
    let partials = Partials { windows, columns, summaries };
    (bytes.is_empty() && partials.is_consistent()).then_some(partials)
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
    use mare_model::datum::Datum;
    use mare_model::position::{Offset, Partition};
    use mare_model::summary::SummaryFunction;
    use mare_model::summary::sighting::Witness;
    use mare_model::time::{EventTime, Windows};
    use mare_model::view::ViewId;

    fn partials() -> Partials {
        let mut partials = Partials::new(2);
        for (row, group) in ["Gamer", "", "Eletrônicos"].into_iter().enumerate() {
            let window = Windows::tumbling(60_000, 0).of_slot(EventTime(60_000 * row as i64));
            partials.push(window, group, [row as i128, -1]);
            partials.fold(row, 1, |_, units| units);
        }
        partials
    }

    /// The same rows with a first and a distinct value each.
    fn summarized() -> Partials {
        let mut partials = partials();
        for row in 0..partials.len() as i64 {
            for function in [SummaryFunction::First, SummaryFunction::Distinct] {
                let mut summary = function.identity();
                let witness = Witness { time: EventTime(row), partition: Partition(1), offset: Offset(row) };
                summary.take(Datum::Exact(row.into()), witness);
                partials.summaries.push(summary);
            }
        }
        partials
    }

    #[test]
    fn partials_come_back() {
        for partials in [partials(), summarized(), Partials::new(0), Partials::new(3)] {
            assert_eq!(decode(&mut encode(&partials)), Some(partials));
        }
    }

    #[test]
    fn any_bytes_are_partials_that_are_sent_as_they_came_or_none() {
        mare_random::fuzz("rows", 12_000, |input| {
            let Some(partials) = decode(&mut input.to_vec()) else { return false };
            assert_eq!(partials.totals(ViewId(0), &[]).count(), partials.len());
            assert_eq!(encode(&partials), input);
            true
        });
    }

    #[test]
    fn cut_or_flipped_bytes_never_panic_and_never_make_broken_columns() {
        let (bytes, plain) = (encode(&summarized()), encode(&partials()).len());
        for end in (0..bytes.len()).filter(|end| *end != plain) {
            assert_eq!(decode(&mut bytes.clone()[..end]), None, "{end} bytes");
        }
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[place] ^= 1 << bit;
                if let Some(partials) = decode(&mut flipped) {
                    assert_eq!(partials.totals(ViewId(0), &[]).count(), partials.len(), "byte {place} bit {bit}");
                }
            }
        }
    }
}
