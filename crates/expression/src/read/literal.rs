//! Numbers and times.

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::{Operand, Parser, Read, shortened};
use crate::error::ExpressionError;
use crate::scalar::SCALE_MAX;
use crate::term::What;

/// A number: digits with at most one point.
pub(super) fn number(digits: &str, at: u32) -> Read<What> {
    let (whole, behind) = digits.split_once('.').unwrap_or((digits, ""));
    if !whole.bytes().chain(behind.bytes()).all(|byte| byte.is_ascii_digit()) {
        let what = format_args!("`{}` is no number here", shortened(digits));
        return Err(ExpressionError::new(
            at,
            what,
            "write all its digits, with a point and without exponent or underscores",
        ));
    }
    let scale = u8::try_from(behind.len()).ok().filter(|scale| *scale <= SCALE_MAX);
    let units = format!("0{whole}{behind}").parse().ok();
    let (Some(scale), Some(units)) = (scale, units) else {
        let what = format_args!("`{}` has too many digits", shortened(digits));
        let remedy = format_args!("write up to {SCALE_MAX} digits behind the point, and up to 38 in all");
        return Err(ExpressionError::new(at, what, remedy));
    };
    Ok(What::Number { units, scale })
}

impl Parser<'_> {
    /// `TIMESTAMP '2025-11-28T12:00:00-03:00'`, or without an offset, in the zone of the scope.
    pub(super) fn timestamp(&mut self, text: &str) -> Read<Operand> {
        self.next += 1;
        // A local time that a clock shows twice, or never, is none.
        let local = || self.scope.zone().to_ambiguous_zoned(text.parse::<DateTime>().ok()?).unambiguous().ok();
        let time = text.parse::<Timestamp>().ok().or_else(|| Some(local()?.timestamp()));
        match time {
            Some(time) if time.as_nanosecond() % 1_000_000 == 0 => self.literal(What::Time(time.as_millisecond())),
            _ => {
                let what = format_args!("`{}` is no one time, to the millisecond", shortened(text));
                Err(ExpressionError::new(self.peek().at, what, "write it as '2025-11-28T12:00:00.000-03:00'"))
            }
        }
    }

    /// What is said of a text behind another type, which has so many words.
    pub(super) fn typed_text(&mut self, words: usize) -> ExpressionError {
        let (first, text) = (self.next, self.next + words);
        let what = format_args!("`{}` is no literal here", shortened(self.tokens.written(first, text + 1)));
        let remedy = "write a time as TIMESTAMP '2025-11-28T12:00:00-03:00'";
        ExpressionError::new(self.tokens.get(text).at, what, remedy)
    }
}
