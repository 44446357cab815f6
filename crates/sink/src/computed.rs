//! Totals that are computed from others when a document is made, by a SQL expression: they keep no number of their own.
//! Pure.

use jiff::tz::TimeZone;
use mare_expression::{Expression, FieldValues, Scalar, ScalarType, Scope};
use mare_model::datum::Datum;
use mare_model::schema::{EventPlan, FieldType};
use mare_model::time::EventTime;
use mare_model::view::{Aggregate, COMPUTED_END, Number, TotalField, View};

/// What such an expression may name: the totals that are not computed themselves, in their order.
#[must_use]
pub fn scope(totals: &[TotalField], zone: TimeZone) -> Scope {
    inputs(totals).fold(Scope::of_totals(zone), |scope, (_, total)| {
        scope.with(&*total.name, scalar(total.aggregate.number()), total.aggregate.may_be_null())
    })
}

/// What kind of number its values are in a document; none if a document has no place for them.
#[must_use]
pub fn number(kind: ScalarType) -> Option<Number> {
    match kind {
        ScalarType::Boolean => Some(Number::Boolean),
        ScalarType::Integer => Some(Number::Integer),
        ScalarType::Decimal { scale } => Some(Number::Decimal { scale }),
        ScalarType::Time => Some(Number::Time),
        ScalarType::Text => None,
    }
}

fn scalar(number: Number) -> ScalarType {
    match number {
        Number::Integer => ScalarType::Integer,
        Number::Decimal { scale } => FieldType::Decimal { scale }.into(),
        Number::Boolean => ScalarType::Boolean,
        Number::Time => ScalarType::Time,
    }
}

/// The totals over which expressions are, each with its place among all.
fn inputs(totals: &[TotalField]) -> impl Iterator<Item = (usize, &TotalField)> {
    totals.iter().enumerate().filter(|(_, total)| !matches!(total.aggregate, Aggregate::Computed(..)))
}

/// The computed totals of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ComputedTotals {
    /// For each name of an expression the place of its number in a document, and what kind of number it is.
    inputs: Vec<(usize, Number)>,
    /// For each that is computed its place, what kind of number it is, and how it is computed.
    computed: Vec<(usize, Number, Expression)>,
}

impl ComputedTotals {
    /// Those of `view`, whose expressions have been [checked](scope).
    pub(super) fn new(event: &EventPlan, view: &View) -> ComputedTotals {
        let scope = scope(&view.totals, event.zone.clone());
        let computed = view.totals.iter().enumerate().filter_map(|(place, total)| match total.aggregate {
            Aggregate::Computed(index, number) => {
                let expression = Expression::parse(&view.expressions.get(index)?.text, &scope).ok()?;
                Some((place, number, expression))
            }
            _ => None,
        });
        let inputs = inputs(&view.totals).map(|(place, total)| (place, total.aggregate.number()));
        ComputedTotals { computed: computed.collect(), inputs: inputs.collect() }
    }

    /// Puts what is computed into the numbers of a document, which has all others.
    pub(super) fn complete(&self, numbers: &mut [Option<i128>]) {
        for (place, number, expression) in &self.computed {
            let units = value(expression, &Inputs { numbers, of: &self.inputs });
            if let Some(slot) = numbers.get_mut(*place) {
                *slot = units.filter(|units| is_within(*units, *number));
            }
        }
    }
}

/// What an expression comes to; none if it is NULL, and if it has no value.
fn value(expression: &Expression, inputs: &Inputs<'_>) -> Option<i128> {
    match expression.evaluate(inputs).ok()? {
        Scalar::Exact(units) => Some(units),
        Scalar::Boolean(truth) => Some(truth.into()),
        Scalar::Null | Scalar::Text(_) => None,
    }
}

/// Whether a document has room for it.
fn is_within(units: i128, number: Number) -> bool {
    match number {
        Number::Integer => i64::try_from(units).is_ok(),
        Number::Decimal { .. } => units.unsigned_abs() < COMPUTED_END.unsigned_abs(),
        Number::Boolean | Number::Time => true,
    }
}

/// The numbers of a document, as an expression asks for them.
struct Inputs<'n> {
    numbers: &'n [Option<i128>],
    of: &'n [(usize, Number)],
}

impl<'a> FieldValues<'a> for Inputs<'_> {
    fn datum(&self, field: usize) -> Datum<'a> {
        let known = self.of.get(field).and_then(|(place, number)| Some(((*self.numbers.get(*place)?)?, number)));
        match known {
            None => Datum::Absent,
            Some((units, Number::Boolean)) => Datum::Boolean(units != 0),
            Some((units, Number::Time)) => {
                i64::try_from(units).map_or(Datum::Absent, |millis| Datum::Time(EventTime(millis)))
            }
            Some((units, Number::Integer | Number::Decimal { .. })) => Datum::Exact(units),
        }
    }

    /// There is no event: the scope refuses to name its time.
    fn event_time(&self) -> EventTime {
        EventTime::MIN
    }
}
