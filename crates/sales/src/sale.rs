//! A sale and its JSON.

use fake::uuid::UUIDv4;
use fake::{Fake, RngExt};
use jiff::Timestamp;
use jiff::tz::Offset;
use uuid::Uuid;

use super::Assortment;

/// The categories, and how many of 100 sales fall into each.
pub const CATEGORIES: [(&str, u32); 8] = [
    ("Eletrônicos", 24),
    ("Eletrodomésticos", 15),
    ("Moda", 19),
    ("Gamer", 12),
    ("Casa", 10),
    ("Beleza", 8),
    ("Livros", 7),
    ("Brinquedos", 5),
];

/// The least and the greatest value of a sale, in cents.
pub const VALUE_CENTS: (u32, u32) = (1_000, 500_000);

/// One sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sale<'a> {
    /// `id_pedido`: the order, a random UUID of version 4.
    pub order: Uuid,
    /// `categoria`: one of the [`Assortment`], as it stands between the quotes of a JSON string.
    pub category: &'a str,
    /// `valor`: the value in cents.
    pub cents: u32,
    /// `timestamp`: the event time; microseconds are written.
    pub time: Timestamp,
}

impl<'a> Sale<'a> {
    /// Draws a sale of `assortment` that happened at `time`.
    pub(super) fn draw(rng: &mut impl RngExt, time: Timestamp, assortment: &'a Assortment) -> Self {
        Sale {
            order: UUIDv4.fake_with_rng(rng),
            category: assortment.draw_category(rng),
            cents: assortment.draw_cents(rng),
            time,
        }
    }

    /// Appends the sale as one JSON object, about 130 bytes.
    ///
    /// `valor` always has two digits behind the point. `timestamp` is ISO-8601 to the microsecond *without an offset*,
    /// as most systems write it that have but one zone: it is in UTC, and readers must be told so (`zone = "UTC"`).
    pub fn write_json(&self, out: &mut Vec<u8>) {
        let mut mark = b'{';
        for write in Self::FIELDS {
            out.push(mark);
            write(self, out);
            mark = b',';
        }
        out.push(b'}');
    }

    /// Each field with its name, in the order of the schema: order, category, value, time.
    pub(super) const FIELDS: [fn(&Self, &mut Vec<u8>); 4] =
        [Self::write_order, Self::write_category, Self::write_value, Self::write_time];

    /// `"id_pedido":"…"`
    fn write_order(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\"id_pedido\":\"");
        out.extend_from_slice(self.order.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
        out.push(b'"');
    }

    /// `"categoria":"…"`
    fn write_category(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\"categoria\":\"");
        out.extend_from_slice(self.category.as_bytes());
        out.push(b'"');
    }

    /// `"valor":…`
    fn write_value(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\"valor\":");
        let reais = digits::<8>(self.cents / 100);
        let zeros = reais.iter().take(7).take_while(|digit| **digit == b'0').count();
        out.extend(reais.iter().skip(zeros));
        out.push(b'.');
        out.extend_from_slice(&digits::<2>(self.cents % 100));
    }

    /// `"timestamp":"…"`
    fn write_time(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\"timestamp\":\"");
        let time = Offset::UTC.to_datetime(self.time);
        out.extend_from_slice(&digits::<4>(time.year().unsigned_abs().into()));
        for (mark, number) in [
            (b'-', time.month()),
            (b'-', time.day()),
            (b'T', time.hour()),
            (b':', time.minute()),
            (b':', time.second()),
        ] {
            out.push(mark);
            out.extend_from_slice(&digits::<2>(number.unsigned_abs().into()));
        }
        out.push(b'.');
        out.extend_from_slice(&digits::<6>(time.subsec_nanosecond().unsigned_abs() / 1_000));
        out.push(b'"');
    }
}

/// The last `N` decimal digits of `number`, with leading zeros.
fn digits<const N: usize>(mut number: u32) -> [u8; N] {
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(cents: u32, time: &str) -> String {
        let time = time.parse().unwrap_or(Timestamp::UNIX_EPOCH);
        let mut out = Vec::new();
        Sale { order: Uuid::from_u128(0xa), category: "Moda", cents, time }.write_json(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn a_sale_reads_as_its_schema_says() {
        assert_eq!(
            json(123_405, "2025-11-28T12:00:00.000456Z"),
            r#"{"id_pedido":"00000000-0000-0000-0000-00000000000a","categoria":"Moda","valor":1234.05,"timestamp":"2025-11-28T12:00:00.000456"}"#
        );
    }

    #[test]
    fn values_keep_their_two_digits() {
        for (cents, text) in [
            (1_000, "10.00"),
            (9_990, "99.90"),
            (10_001, "100.01"),
            (500_000, "5000.00"),
            (5, "0.05"),
            (u32::MAX, "42949672.95"),
        ] {
            let json = json(cents, "2025-11-28T12:00:00Z");
            assert!(json.contains(&format!("\"valor\":{text},")), "{json}");
        }
    }
}
