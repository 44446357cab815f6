//! Numbers, texts, truth values, NULL, and times.

use jiff::Timestamp;
use jiff::civil::DateTime;
use sqlparser::ast::{DataType, TimezoneInfo, TypedString, Value};

use super::{Read, Reader};
use crate::error::ExpressionError;
use crate::scalar::SCALE_MAX;
use crate::term::{Term, What};

/// A literal.
pub(super) fn value(value: &Value, at: u32) -> Read {
    let what = match value {
        Value::Number(digits, false) => number(digits, at)?,
        Value::SingleQuotedString(text) => What::Text(text.clone()),
        Value::Boolean(truth) => What::Boolean(*truth),
        Value::Null => What::Null,
        other => {
            let what = format_args!("`{}` is no literal here", super::shortened(&other.to_string()));
            return Err(ExpressionError::new(at, what, "write a number in digits, or a text in 'single quotes'"));
        }
    };
    Ok(Term::new(at, what))
}

/// A number: digits with at most one point.
fn number(digits: &str, at: u32) -> Result<What, ExpressionError> {
    let (whole, behind) = digits.split_once('.').unwrap_or((digits, ""));
    if !whole.bytes().chain(behind.bytes()).all(|byte| byte.is_ascii_digit()) {
        let what = format_args!("`{digits}` is no number here");
        return Err(ExpressionError::new(
            at,
            what,
            "write all its digits, with a point and without exponent or underscores",
        ));
    }
    let scale = u8::try_from(behind.len()).ok().filter(|scale| *scale <= SCALE_MAX);
    let units = format!("0{whole}{behind}").parse().ok();
    let (Some(scale), Some(units)) = (scale, units) else {
        let what = format_args!("`{}` has too many digits", super::shortened(digits));
        let remedy = format_args!("write up to {SCALE_MAX} digits behind the point, and up to 38 in all");
        return Err(ExpressionError::new(at, what, remedy));
    };
    Ok(What::Number { units, scale })
}

impl Reader<'_> {
    /// `TIMESTAMP '2025-11-28T12:00:00-03:00'`, or without an offset, in the zone of the scope.
    pub(super) fn timestamp(&self, typed: &TypedString, at: u32) -> Read {
        let at = self.place(typed.value.span.start, at);
        let is_known = matches!(typed.data_type, DataType::Timestamp(None, TimezoneInfo::None));
        let text = match &typed.value.value {
            Value::SingleQuotedString(text) if is_known && !typed.uses_odbc_syntax => text,
            _ => {
                let what = format_args!("`{}` is no literal here", super::shortened(&typed.to_string()));
                return Err(ExpressionError::new(at, what, "write a time as TIMESTAMP '2025-11-28T12:00:00-03:00'"));
            }
        };
        // A local time that a clock shows twice, or never, is none.
        let local = || self.scope.zone().to_ambiguous_zoned(text.parse::<DateTime>().ok()?).unambiguous().ok();
        let time = text.parse::<Timestamp>().ok().or_else(|| Some(local()?.timestamp()));
        match time {
            Some(time) if time.as_nanosecond() % 1_000_000 == 0 => Ok(Term::new(at, What::Time(time.as_millisecond()))),
            _ => {
                let what = format_args!("`{}` is no one time, to the millisecond", super::shortened(text));
                Err(ExpressionError::new(at, what, "write it as '2025-11-28T12:00:00.000-03:00'"))
            }
        }
    }
}
