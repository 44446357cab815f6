//! Totals that are computed from others.
//!
//! The rule: an expression of `[totals]` is evaluated over the other totals of its document, as `docs/expressions.md`
//! says, by [`mare_expression_reference`]. It is null if it is NULL or fails, and if it is beyond what a document
//! holds: 64 bits of a whole number, 34 digits of a decimal.

use mare_expression_reference::{NaiveRow, NaiveValue, NamedScale, Tree, Unreadable, read};
use mare_model::time::EventTime;
use mare_model::view::{Aggregate, Number, TotalField, View};
use mare_sink::document::FieldValue;

use super::compare::number;
use super::recount::Total;

/// One more than the largest decimal, in units.
const DECIMAL_END: u128 = 10_u128.pow(34);

/// The expressions of a view.
#[derive(Debug)]
pub struct ComputedTotals {
    /// Each, and what kind of number it is.
    expressions: Vec<(Tree, Number)>,
}

/// The totals that expressions may name, in their order.
fn inputs(view: &View) -> impl Iterator<Item = &TotalField> {
    view.totals.iter().filter(|total| !matches!(total.aggregate, Aggregate::Computed(..)))
}

impl ComputedTotals {
    /// Those of a view.
    ///
    /// # Errors
    /// If the canonical text of one cannot be read, which is a mistake of ours.
    pub fn of(view: &View) -> Result<ComputedTotals, Unreadable> {
        let names: Vec<NamedScale<'_>> =
            inputs(view).map(|total| (&*total.name, total.aggregate.number().scale())).collect();
        let kind = |index: usize| {
            let found = view.totals.iter().find_map(|total| match total.aggregate {
                Aggregate::Computed(own, number) if own == index => Some(number),
                _ => None,
            });
            found.unwrap_or(Number::Integer)
        };
        let expressions = view.expressions.iter().enumerate();
        let expressions =
            expressions.map(|(index, expression)| Ok((read(&expression.canonical, &names)?, kind(index))));
        Ok(ComputedTotals { expressions: expressions.collect::<Result<_, _>>()? })
    }

    /// What each comes to in the document of a total, in the order of [`View::expressions`].
    #[must_use]
    pub fn values(&self, view: &View, total: &Total) -> Vec<FieldValue> {
        if self.expressions.is_empty() {
            return Vec::new();
        }
        let row: Vec<NaiveValue> = inputs(view).map(|field| naive(&number(field.aggregate, total, view))).collect();
        let row = NaiveRow { row: &row, time_ms: 0 };
        let value = |(tree, kind): &(Tree, Number)| shown(row.value(tree).unwrap_or(NaiveValue::Null), *kind);
        self.expressions.iter().map(value).collect()
    }
}

/// A field of a document as an expression sees it.
fn naive(value: &FieldValue) -> NaiveValue {
    match value {
        FieldValue::Integer(units) => NaiveValue::Number(*units, 0),
        FieldValue::Decimal { units, scale } => NaiveValue::Number(*units, (*scale).into()),
        FieldValue::Boolean(truth) => NaiveValue::Truth(*truth),
        FieldValue::Time(time) => NaiveValue::Number(time.0.into(), 0),
        FieldValue::Text(_) | FieldValue::Ranking(_) | FieldValue::Null => NaiveValue::Null,
    }
}

/// What a document has of a value.
fn shown(value: NaiveValue, kind: Number) -> FieldValue {
    match (value, kind) {
        (NaiveValue::Truth(truth), Number::Boolean) => FieldValue::Boolean(truth),
        (NaiveValue::Number(millis, _), Number::Time) => {
            i64::try_from(millis).map_or(FieldValue::Null, |millis| FieldValue::Time(EventTime(millis)))
        }
        (NaiveValue::Number(units, _), Number::Integer) if i64::try_from(units).is_ok() => FieldValue::Integer(units),
        (NaiveValue::Number(units, _), Number::Decimal { scale }) if units.unsigned_abs() < DECIMAL_END => {
            FieldValue::Decimal { units, scale }
        }
        _ => FieldValue::Null,
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::SmallRng;
    use rand::{RngExt, SeedableRng};

    use super::*;
    use mare_dataflow::fixture;
    use mare_model::total;

    const TOTALS: [&str; 12] = [
        "event.fields.tip=decimal(2)?",
        "event.fields.paid=boolean?",
        "event.fields.left=time?",
        "totals.orders=count()",
        "totals.tips=sum(tip)",
        "totals.all_paid=all(paid)",
        "totals.first_left=min(left)",
        "totals.mean=(revenue + tips) / NULLIF(tips, 0)",
        "totals.cubed=orders * orders * orders",
        "totals.fine=ROUND(revenue, 9) * tips * CASE WHEN all_paid THEN 10 ELSE 1 END",
        "totals.late=CASE WHEN all_paid THEN first_left END",
        "totals.is_evening=EXTRACT(HOUR FROM first_left) >= orders % 24 OR LENGTH(CAST(tips AS TEXT)) > 30",
    ];

    /// Two evaluations that share no code, and the bounds of documents.
    #[test]
    fn any_total_is_what_its_document_has() {
        let plan = fixture::plan(fixture::ORDERS, &TOTALS);
        let (view, layout) = (plan.view(), plan.layout());
        let computed = ComputedTotals::of(view).unwrap();
        let (mut nulls, mut all) = (0, 0);
        for seed in mare_random::seeds(4_000) {
            let mut random = SmallRng::seed_from_u64(seed);
            let n = 1 + (random.random_range(0..i64::MAX) >> random.random_range(0..63));
            let wide = |random: &mut SmallRng| random.random::<i128>() >> random.random_range(0..127);
            let (revenue, tips) = (wide(&mut random), wide(&mut random));
            let paid = [None, Some(0), Some(1)][random.random_range(0..3)];
            let left = random.random_bool(0.8).then(|| random.random_range(-62_135_596_800_000..4_102_444_800_000));
            let measures = vec![Some(revenue), Some(tips), paid, left];
            let units = view.measures.iter().zip(&measures);
            let units: Vec<_> = units.map(|(measure, units)| units.unwrap_or(measure.function.identity())).collect();
            let change = total::Change {
                key: mare_sink::fixture::key("a", 0),
                total: total::Total::new(n, &view.measures, &units),
                is_final: false,
            };
            let document = layout.render(&change).unwrap();
            let values = computed.values(view, &Total { n, measures, ..Total::default() });
            assert_eq!(document.values[8..13], values, "seed {seed}: {n} {revenue} {tips} {paid:?} {left:?}");
            nulls += values.iter().filter(|value| **value == FieldValue::Null).count();
            all += values.len();
        }
        assert!(mare_random::asked().is_some() || (nulls > all / 10 && nulls < all * 9 / 10), "{nulls} of {all}");
    }
}
