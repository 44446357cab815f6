//! What fields say, and how it is written in groups, in ids and as the key of a table. Pure.

use std::borrow::Cow;

use super::scale;
use mare_expression_reference::NaiveValue;
use mare_model::schema::Field;

/// A declared field's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// A number in units of its field, or a time in milliseconds.
    Units(i128),
    /// A truth value.
    Truth(bool),
    /// Null, or not there.
    Nothing,
}

impl Said<'_> {
    /// The same without the record.
    #[must_use]
    pub fn into_owned(self) -> Said<'static> {
        match self {
            Said::Text(text) => Said::Text(text.into_owned().into()),
            Said::Units(units) => Said::Units(units),
            Said::Truth(truth) => Said::Truth(truth),
            Said::Nothing => Said::Nothing,
        }
    }
}

/// A field's value as expressions have it.
pub fn naive(said: &Said<'_>, field: &Field) -> NaiveValue {
    match said {
        Said::Text(text) => NaiveValue::Text(text.clone().into_owned()),
        Said::Units(units) => NaiveValue::Number(*units, scale(field).into()),
        Said::Truth(truth) => NaiveValue::Truth(*truth),
        Said::Nothing => NaiveValue::Null,
    }
}

/// A value in a group or an id, or as the key of a table.
pub fn text<'r>(said: &Said<'r>) -> Cow<'r, str> {
    match said {
        Said::Text(text) => text.clone(),
        Said::Units(number) => number.to_string().into(),
        Said::Truth(truth) => truth.to_string().into(),
        Said::Nothing => Cow::default(),
    }
}

/// The text of a group of these values, joined by `|`.
pub fn group<'s, 'r: 's>(values: impl Iterator<Item = &'s Said<'r>>) -> Cow<'r, str> {
    let mut values = values.map(in_group);
    let mut group = values.next().unwrap_or_default();
    values.for_each(|value| *group.to_mut() += &format!("|{value}"));
    group
}

/// A value in a group. Nothing is what no text is written as.
fn in_group<'r>(said: &Said<'r>) -> Cow<'r, str> {
    match said {
        Said::Nothing => r"\N".into(),
        said => match text(said) {
            plain if !plain.bytes().any(|byte| matches!(byte, b'\\' | b'|')) => plain,
            other => other.replace('\\', r"\\").replace('|', r"\|").into(),
        },
    }
}
