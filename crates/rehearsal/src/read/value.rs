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
use mare_sink::ranking::{RANKED_TOTAL, RANKED_VALUE, Ranked};

/// What type a field of documents has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Time,
    Text,
    Boolean,
    Integer,
    /// With so many digits behind the point.
    Decimal(u8),
    /// Values of the first kind, each with a total of the second.
    Ranking(FieldType, Number),
}

impl Kind {
    /// That of a field.
    pub(super) fn of(origin: FieldOrigin) -> Kind {
        match origin {
            FieldOrigin::WindowStart | FieldOrigin::WindowEnd => Kind::Time,
            FieldOrigin::Final => Kind::Boolean,
            FieldOrigin::Group(kind) => Kind::of_field(kind),
            FieldOrigin::Text(_) => Kind::Text,
            FieldOrigin::Ranking(_, ranking) => Kind::Ranking(ranking.of, ranking.by),
            FieldOrigin::Total(aggregate) => Kind::of_number(aggregate.number()),
        }
    }

    /// That of a value of a group or a ranking.
    fn of_field(kind: FieldType) -> Kind {
        match kind {
            FieldType::Integer => Kind::Integer,
            FieldType::Boolean => Kind::Boolean,
            FieldType::String | FieldType::Decimal { .. } | FieldType::Time(_) => Kind::Text,
        }
    }

    fn of_number(number: Number) -> Kind {
        match number {
            Number::Integer => Kind::Integer,
            Number::Decimal { scale } => Kind::Decimal(scale),
            Number::Boolean => Kind::Boolean,
            Number::Time => Kind::Time,
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
            Kind::Ranking(..) => "[{ value = \"Gamer\", total = 1 }]",
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
            Kind::Ranking(..) => "an array of tables, each with `value` and `total`".to_owned(),
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
        (Kind::Ranking(of, by), Value::Array(all)) => {
            let kinds = [Kind::of_field(of), Kind::of_number(by)];
            let all = all.iter().map(|entry| ranked(section, key, entry, kinds, zone, report));
            return all.collect::<Option<_>>().map(FieldValue::Ranking);
        }
        _ => None,
    };
    found.or_else(|| section.wrong_type(key, node, &kind.name(), kind.example(), report))
}

/// One value of a ranking, and its total, which are of these kinds.
fn ranked(
    section: &Section<'_>,
    key: &str,
    node: &Node,
    [of, by]: [Kind; 2],
    zone: &TimeZone,
    report: &mut Report,
) -> Option<Ranked> {
    let entries = if let Value::Table(table) = &node.value { &table.entries[..] } else { &[] };
    let entry = |name: &str| entries.iter().find(|entry| entry.key.value == name);
    let (Some(found), Some(total), 2) = (entry(RANKED_VALUE), entry(RANKED_TOTAL), entries.len()) else {
        let example = "{ value = \"Gamer\", total = 1 }";
        return section.wrong_type(key, node, "a table with `value` and `total`", example, report);
    };
    let found = value(section, key, &found.node, of, zone, report);
    let total = value(section, key, &total.node, by, zone, report);
    Some(Ranked { value: found?, total: total? })
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
