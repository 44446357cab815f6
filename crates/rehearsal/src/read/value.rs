//! A value that a document must have, of the type that its field has. Numbers are exact.

use jiff::tz::TimeZone;

use super::{json, time};
use mare_model::decimal;
use mare_model::schema::FieldType;
use mare_model::view::Number;
use mare_settings::diagnostic::Report;
use mare_settings::section::Section;
use mare_settings::tree::{Node, Table, Value};
use mare_sink::document::{FieldOrigin, FieldValue};

/// What type a field of documents has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Time,
    Text,
    Boolean,
    Integer,
    /// With so many digits behind the point.
    Decimal(u8),
}

impl Kind {
    /// That of a field.
    pub(super) fn of(origin: FieldOrigin) -> Kind {
        match origin {
            FieldOrigin::WindowStart | FieldOrigin::WindowEnd => Kind::Time,
            FieldOrigin::Final | FieldOrigin::Group(FieldType::Boolean) => Kind::Boolean,
            FieldOrigin::Group(FieldType::Integer) => Kind::Integer,
            FieldOrigin::Group(FieldType::String | FieldType::Decimal { .. } | FieldType::Time(_)) => Kind::Text,
            FieldOrigin::Text(_) => Kind::Text,
            FieldOrigin::Total(aggregate) => match aggregate.number() {
                Number::Integer => Kind::Integer,
                Number::Decimal { scale } => Kind::Decimal(scale),
                Number::Boolean => Kind::Boolean,
                Number::Time => Kind::Time,
            },
        }
    }

    /// How a value is written, as TOML.
    pub(super) fn example(self) -> &'static str {
        match self {
            Kind::Time => "2025-11-28T12:00:00Z",
            Kind::Text => "\"Gamer\"",
            Kind::Boolean => "true",
            Kind::Integer => "1",
            Kind::Decimal(_) => "10.50",
        }
    }

    /// What it is called, with its article.
    fn name(self) -> String {
        match self {
            Kind::Time => "a time".to_owned(),
            Kind::Text => "a string".to_owned(),
            Kind::Boolean => "a boolean".to_owned(),
            Kind::Integer => "a whole number".to_owned(),
            Kind::Decimal(scale) => format!("a number of at most {scale} digits behind the point"),
        }
    }
}

/// The value at a key, which is `node`.
pub(super) fn value(
    section: &Section<'_>,
    key: &str,
    node: &Node,
    kind: Kind,
    zone: &TimeZone,
    report: &mut Report,
) -> Option<FieldValue> {
    let found = match (kind, &node.value) {
        (_, Value::Table(table)) if is_null(table) => Some(FieldValue::Null),
        (Kind::Time, Value::String(_) | Value::Datetime(_)) => {
            return time::of(section, key, node, zone, report).map(FieldValue::Time);
        }
        (Kind::Text, Value::String(text)) => Some(FieldValue::Text(text.clone())),
        (Kind::Boolean, Value::Boolean(truth)) => Some(FieldValue::Boolean(*truth)),
        (Kind::Integer, _) => units(node, 0, report).map(FieldValue::Integer),
        (Kind::Decimal(scale), _) => units(node, scale, report).map(|units| FieldValue::Decimal { units, scale }),
        _ => None,
    };
    found.or_else(|| section.wrong_type(key, node, &kind.name(), kind.example(), report))
}

/// How many units of `10^-scale` a number is; `None` if it is no whole number of them, or none at all.
fn units(node: &Node, scale: u8, report: &Report) -> Option<i128> {
    match node.value {
        Value::Integer(number) => i128::from(number).checked_mul(10_i128.checked_pow(scale.into())?),
        Value::Unusable(_) => decimal::units(&json::digits(report.written(node.mark)), scale),
        _ => None,
    }
}

/// Whether a table stands for null, which TOML does not have: `{ null = true }`.
fn is_null(table: &Table) -> bool {
    matches!(&table.entries[..], [only] if only.key.value == "null" && matches!(only.node.value, Value::Boolean(true)))
}
