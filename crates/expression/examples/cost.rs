//! What an evaluation costs: `cargo run --release -p mare-expression --example cost`, on a machine that does nothing
//! else.
//!
//! Each expression is evaluated over a thousand events in turn, a thousand times; the fastest of ten rounds is told.

use std::hint::black_box;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use mare_expression::{Expression, ExpressionError, ScalarType, Scope};
use mare_model::datum::Datum;
use mare_model::schema::{Field, FieldType};
use mare_model::time::EventTime;

const EXPRESSIONS: [&str; 12] = [
    "ativo",
    "valor > 0",
    "status = 'PAID' AND valor > 0",
    "status IN ('PAID', 'SETTLED', 'SHIPPED', 'DELIVERED') AND valor BETWEEN 1 AND 1000",
    "status LIKE 'P%' AND uf <> 'SP'",
    "LOWER(status) = 'paid'",
    "valor * quantidade",
    "ROUND(valor * quantidade * 1.0525, 2)",
    "valor / quantidade",
    "CASE WHEN valor > 100 THEN 'large' WHEN valor > 10 THEN 'middle' ELSE 'small' END",
    "COALESCE(desconto, 0) + valor",
    "EXTRACT(HOUR FROM event_time) BETWEEN 9 AND 17",
];

const EVENTS: usize = 1_000;
const PASSES: usize = 1_000;

fn main() -> Result<(), ExpressionError> {
    let field = |(name, kind): (&str, FieldType)| Field { optional: true, ..Field::new(name, kind) };
    let decimal = FieldType::Decimal { scale: 2 };
    let fields = [
        ("status", FieldType::String),
        ("valor", decimal),
        ("quantidade", FieldType::Integer),
        ("ativo", FieldType::Boolean),
        ("uf", FieldType::String),
        ("desconto", decimal),
    ];
    let zone = TimeZone::get("America/Sao_Paulo").unwrap_or(TimeZone::UTC);
    let scope = Scope::new(&fields.map(field), zone);
    let events: Vec<_> = (0..EVENTS).map(event).collect();
    for text in EXPRESSIONS {
        let expression = Expression::parse(text, &scope)?;
        let fastest = (0..10).map(|_| round(&expression, &events)).min().unwrap_or_default();
        println!("{:6.1} ns  {text}", fastest.as_nanos() as f64 / (EVENTS * PASSES) as f64);
    }
    Ok(())
}

/// An event like many others.
fn event(at: usize) -> (EventTime, [Datum<'static>; 6]) {
    let number = i64::try_from(at).unwrap_or_default();
    let status = ["PAID", "CANCELLED", "SETTLED"][at % 3];
    let values = [
        Datum::Text(status),
        Datum::Exact(i128::from(number * 37 % 20_000 - 500)),
        Datum::Exact(i128::from(number % 7 + 1)),
        Datum::Boolean(at.is_multiple_of(2)),
        Datum::Text(["SP", "RJ", "MG"][at % 3]),
        if at.is_multiple_of(4) { Datum::Absent } else { Datum::Exact(100) },
    ];
    (EventTime(1_764_331_200_000 + number * 60_000), values)
}

/// How long it takes over all events, many times.
fn round(expression: &Expression, events: &[(EventTime, [Datum<'static>; 6])]) -> Duration {
    let is_filter = expression.kind() == ScalarType::Boolean;
    let began = Instant::now();
    for _ in 0..PASSES {
        for (time, values) in events {
            let event = black_box((*time, &values[..]));
            if is_filter {
                let _ = black_box(expression.is_true(&event));
            } else {
                let _ = black_box(expression.evaluate(&event));
            }
        }
    }
    began.elapsed()
}
