//! Values as they are written.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mare_expression::Scalar;
use mare_model::schema::{EpochUnit, Field, FieldType, TimeFormat};
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

/// How often a field that may be absent is, or a number stands in a text where it may: one time in so many.
const RARELY: u32 = 10;

/// Whether something rare is the case.
pub(super) fn is_rare(rng: &mut Xoshiro256PlusPlus) -> bool {
    rng.random_ratio(1, RARELY)
}

/// The JSON of a field's value; of NULL half the time that, half the time nothing.
pub(super) fn field(
    value: &Scalar<'_>,
    field: &Field,
    zone: &TimeZone,
    rng: &mut Xoshiro256PlusPlus,
) -> Option<String> {
    Some(match (value, field.kind) {
        (Scalar::Null, _) => return rng.random::<bool>().then(|| "null".to_owned()),
        (Scalar::Boolean(truth), _) => truth.to_string(),
        (Scalar::Text(text), _) => serde_json::Value::from(&**text).to_string(),
        (Scalar::Exact(ms), FieldType::Time(format)) => {
            time(micros(i64::try_from(*ms).unwrap_or_default()), format, zone, rng)
        }
        (Scalar::Exact(units), kind) => {
            let scale = if let FieldType::Decimal { scale } = kind { scale } else { 0 };
            in_text(number(*units, scale), field.from_text, rng)
        }
    })
}

/// The microseconds of milliseconds.
pub(super) fn micros(ms: i64) -> i64 {
    ms.saturating_mul(1_000)
}

/// A number with all digits of its scale.
fn number(units: i128, scale: u8) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = usize::from(scale) + 1);
    let (whole, behind) = digits.split_at(digits.len() - usize::from(scale));
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{behind}") }
}

/// A number, or the text that it is, where a producer may write either.
fn in_text(number: String, from_text: bool, rng: &mut Xoshiro256PlusPlus) -> String {
    if from_text && rng.random() { format!("\"{number}\"") } else { number }
}

/// What is read back of a time, in milliseconds since the Unix epoch: all but whole seconds are written finer.
pub(super) fn read_back(us: i64, format: TimeFormat) -> i64 {
    match format {
        TimeFormat::Epoch { unit: EpochUnit::Seconds, .. } => us.div_euclid(1_000_000) * 1_000,
        TimeFormat::Iso | TimeFormat::Record | TimeFormat::Epoch { .. } => us.div_euclid(1_000),
    }
}

/// The JSON of a time, given in microseconds since the Unix epoch. An ISO-8601 text has its offset: that of the zone
/// half the time, for a text without one may mean two times of a night in autumn.
pub(super) fn time(us: i64, format: TimeFormat, zone: &TimeZone, rng: &mut Xoshiro256PlusPlus) -> String {
    let TimeFormat::Epoch { unit, from_text } = format else { return format!("\"{}\"", iso(us, zone, rng)) };
    let number = match unit {
        EpochUnit::Seconds => us.div_euclid(1_000_000).to_string(),
        EpochUnit::Millis => us.div_euclid(1_000).to_string(),
        EpochUnit::Micros => us.to_string(),
        EpochUnit::Nanos => (i128::from(us) * 1_000).to_string(),
    };
    in_text(number, from_text, rng)
}

fn iso(us: i64, zone: &TimeZone, rng: &mut Xoshiro256PlusPlus) -> String {
    let time = Timestamp::from_millisecond(us.div_euclid(1_000)).unwrap_or(Timestamp::UNIX_EPOCH);
    let offset = zone.to_offset(time);
    let is_written = offset.seconds() != 0 && offset.seconds() % 60 == 0;
    if is_written && rng.random() { time.display_with_offset(offset).to_string() } else { time.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits() {
        for (units, scale, text) in
            [(0, 2, "0.00"), (-5, 2, "-0.05"), (123_456, 2, "1234.56"), (7, 0, "7"), (-70, 0, "-70"), (1, 4, "0.0001")]
        {
            assert_eq!(number(units, scale), text);
        }
    }
}
