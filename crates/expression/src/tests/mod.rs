//! What all tests of expressions share: a scope, an event, and values as texts.

mod any;
mod canonical;
mod dates;
mod grammar;
mod law;
mod oracle;
mod page;
mod refusals;
mod values;

use jiff::tz::TimeZone;
use mare_model::datum::Datum;
use mare_model::decimal;
use mare_model::schema::{Field, FieldType};
use mare_model::time::EventTime;

use crate::{EvaluationError, Expression, ExpressionError, Scalar, ScalarType, Scope};

/// The fields, by name and type; all are optional but `preco` and `id`.
const FIELDS: [(&str, FieldType); 9] = [
    ("status", FieldType::String),
    ("valor", FieldType::Decimal { scale: 2 }),
    ("quantidade", FieldType::Integer),
    ("ativo", FieldType::Boolean),
    ("cliente.uf", FieldType::String),
    ("preco", FieldType::Decimal { scale: 4 }),
    ("id", FieldType::Integer),
    ("order", FieldType::String),
    ("ausente", FieldType::Decimal { scale: 2 }),
];

fn scope() -> Scope {
    let field =
        |(name, kind): (&str, FieldType)| Field { optional: !matches!(name, "preco" | "id"), ..Field::new(name, kind) };
    Scope::new(&FIELDS.map(field), TimeZone::UTC).with("pago_em", ScalarType::Time, true)
}

/// A sale of 10.50, three of them.
const SALE: [Datum<'static>; 10] = [
    Datum::Text("PAID"),
    Datum::Exact(1_050),
    Datum::Exact(3),
    Datum::Boolean(true),
    Datum::Text("São Paulo"),
    Datum::Exact(12_345),
    Datum::Exact(i64::MAX as i128),
    Datum::Text("  x  "),
    Datum::Absent,
    Datum::Time(EventTime(1_764_331_200_000)),
];

/// 2025-11-28T12:00:30.250Z, a Friday.
const TIME: EventTime = EventTime(1_764_331_230_250);

/// A value as a text: numbers with the digits of their type, texts in quotes.
fn shown(value: Scalar<'_>, kind: ScalarType) -> String {
    match value {
        Scalar::Null => "NULL".to_owned(),
        Scalar::Boolean(truth) => truth.to_string(),
        Scalar::Exact(units) => decimal::text(units, kind.scale().unwrap_or(0)),
        Scalar::Text(text) => format!("'{text}'"),
    }
}

/// What an expression comes to for the sale, or the name of what went wrong.
fn value(text: &str) -> String {
    let expression = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    match expression.evaluate(&(TIME, &SALE[..])) {
        Ok(value) => shown(value, expression.kind()),
        Err(EvaluationError { fault, .. }) => fault.name().to_owned(),
    }
}

fn parse(text: &str) -> Result<Expression, ExpressionError> {
    Expression::parse(text, &scope())
}

/// What is said of a text that is no expression.
fn refusal(text: &str) -> String {
    parse(text).map_or_else(|error| error.to_string(), |expression| panic!("{text} was taken as {expression}"))
}
