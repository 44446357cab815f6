//! What must come of some events, in numbers: by the reference model, and as the engine keeps it.

use mare_expression_reference::{NaiveRow, NaiveValue, read};
use mare_reference::Total as ModelTotal;
use mare_reference::amounts::{self, SeenAmount};

use super::oracle::{LARGE, VALUE};
use mare_model::datum::Datum;
use mare_model::dispersion::{Dispersion, DispersionKind};
use mare_model::measure::{Function, Measure};
use mare_model::position::{Offset, Partition};
use mare_model::summary::sighting::Witness;
use mare_model::summary::{Quantile, Summarize, Summary, SummaryFunction};
use mare_model::time::EventTime;
use mare_model::total::Total;
use mare_model::view::{Aggregate, Number, TextField, TotalField, View};

/// The numbers of a document of `view`, in the order of its totals.
pub fn of(view: &View, total: ModelTotal, amounts: &[SeenAmount]) -> Vec<Option<i128>> {
    let of = |index: usize| measured(view.measures[index], &total);
    let number = |aggregate| match aggregate {
        Aggregate::Events => Some(total.events.into()),
        Aggregate::Measure(index, _) | Aggregate::Extreme(index, _) => of(index),
        Aggregate::Average(average) => total.mean(i32::from(average.scale) - i32::from(average.of_scale)),
        Aggregate::Dispersion(dispersion) => self::dispersion(dispersion, total),
        Aggregate::Summary(of) => summarized(view.summaries[of.index], of.quantile, amounts),
        Aggregate::Computed(..) => None,
    };
    with_computed(view, view.totals.iter().map(|total| number(total.aggregate)).collect())
}

/// What the engine maintains of one event or more.
pub fn maintained(View { measures, summaries, .. }: &View, total: &ModelTotal, amounts: &[SeenAmount]) -> Total {
    let none = |measure: &Measure| if measure.function == Function::Min { i128::MAX } else { i128::MIN };
    let units = measures.iter().map(|measure| measured(*measure, total).unwrap_or(none(measure)));
    let summaries: Vec<_> = summaries.iter().map(|of| kept(*of, amounts)).collect();
    Total::new(total.events, measures, &units.collect::<Vec<_>>()).summarized(&summaries)
}

/// The rankings of a document of `view`, by whether amounts are large, as JSON.
pub fn rankings(view: &View, amounts: &[SeenAmount]) -> Vec<Option<String>> {
    let ranking = |text: &TextField| {
        let ranking = text.ranking.expect("no total of the simulation is a text");
        let by = view.summaries[text.summary].by;
        let weigh = |it: &SeenAmount| (it.units > LARGE, by.map_or(1, |_| it.units));
        let ranked = amounts::ranked(amounts.iter().map(weigh), ranking.k.into());
        let cents =
            |units: i128| format!("{}{}.{:02}", if units < 0 { "-" } else { "" }, units.abs() / 100, units.abs() % 100);
        let total = |units: i128| if by.is_some() { cents(units) } else { units.to_string() };
        let ranked =
            ranked.into_iter().map(|(is_large, units)| format!(r#"{{"value":{is_large},"total":{}}}"#, total(units)));
        Some(format!("[{}]", ranked.collect::<Vec<_>>().join(",")))
    };
    view.texts.iter().map(ranking).collect()
}

/// What a variance or a deviation must come to.
fn dispersion(Dispersion { of_scale, scale, kind, .. }: Dispersion, total: ModelTotal) -> Option<i128> {
    match kind {
        DispersionKind::Sample => total.variance(true, u32::from(scale - 2 * of_scale)),
        DispersionKind::Population => total.variance(false, u32::from(scale - 2 * of_scale)),
        DispersionKind::SampleDeviation => total.deviation(true, u32::from(scale - of_scale)),
        DispersionKind::PopulationDeviation => total.deviation(false, u32::from(scale - of_scale)),
    }
}

/// The numbers of a document with those that are computed from the others.
fn with_computed(view: &View, mut numbers: Vec<Option<i128>>) -> Vec<Option<i128>> {
    let is_computed = |total: &TotalField| matches!(total.aggregate, Aggregate::Computed(..));
    let value = |(total, units): (&TotalField, &Option<i128>)| match (total.aggregate.number(), *units) {
        (_, None) => NaiveValue::Null,
        (Number::Boolean, Some(units)) => NaiveValue::Truth(units != 0),
        (number, Some(units)) => NaiveValue::Number(units, number.scale().into()),
    };
    let inputs: Vec<_> = view.totals.iter().zip(&numbers).filter(|(total, _)| !is_computed(total)).collect();
    let names: Vec<_> = inputs.iter().map(|(total, _)| (&*total.name, total.aggregate.number().scale())).collect();
    let row: Vec<_> = inputs.iter().map(|input| value(*input)).collect();
    let row = NaiveRow { row: &row, time_ms: 0 };
    let of = |index: usize| match row.value(&read(&view.expressions[index].canonical, &names).expect("canonical")) {
        Ok(NaiveValue::Number(units, _)) => Some(units),
        Ok(NaiveValue::Truth(truth)) => Some(truth.into()),
        _ => None,
    };
    let computed: Vec<_> = view
        .totals
        .iter()
        .enumerate()
        .filter_map(|(place, total)| match total.aggregate {
            Aggregate::Computed(index, _) => Some((place, of(index))),
            _ => None,
        })
        .collect();
    computed.into_iter().for_each(|(place, units)| numbers[place] = units);
    numbers
}

/// What a field of an event with this amount is: the value, or whether it is large.
fn of_field(field: usize, amount: i128) -> i128 {
    if field == VALUE { amount } else { i128::from(amount > LARGE) }
}

/// What a measure of the value, or of whether it is large, must have come to; `None` if there is no value.
fn measured(measure: Measure, total: &ModelTotal) -> Option<i128> {
    let of_field = |amount: i128| of_field(measure.field, amount);
    match measure.function {
        Function::Sum => Some(total.sum),
        Function::Count => Some(total.present.into()),
        Function::Min => total.least.map(of_field),
        Function::Max => total.greatest.map(of_field),
        // No square of these amounts has more than 64 bits.
        Function::SquaresLow => Some(total.squares),
        Function::SquaresMiddle | Function::SquaresHigh => Some(0),
        Function::Live => Some(total.live.into()),
    }
}

/// The number that a document must have of these amounts, by the reference model. What is estimated is left to the
/// engine: its own tests hold it to its bound.
fn summarized(of: Summarize, quantile: Option<Quantile>, amounts: &[SeenAmount]) -> Option<i128> {
    let of_field = |it: &SeenAmount| SeenAmount { units: of_field(of.field, it.units), ..*it };
    let said: Vec<_> = amounts.iter().map(of_field).collect();
    match of.function {
        SummaryFunction::First => amounts::first(&said),
        SummaryFunction::Last => amounts::last(&said),
        SummaryFunction::Distinct => Some(amounts::distinct(&said) as i128),
        SummaryFunction::ApproxDistinct => kept(of, amounts).units(Quantile(0)),
        SummaryFunction::LeastText | SummaryFunction::GreatestText | SummaryFunction::Top => None,
        SummaryFunction::Quantiles => amounts::quantile(&said, quantile?.0),
    }
}

/// What the engine keeps of these amounts.
fn kept(of: Summarize, amounts: &[SeenAmount]) -> Summary {
    let mut summary = of.function.identity();
    for amount in amounts {
        let SeenAmount { time_ms, partition, offset, units, .. } = amount;
        let units = of_field(of.field, *units);
        let value = if of.field == VALUE { Datum::Exact(units) } else { Datum::Boolean(units == 1) };
        let (time, partition, offset) = (EventTime(*time_ms), Partition(*partition), Offset(*offset));
        match of.by {
            Some(_) => summary.rank(value, Datum::Exact(amount.units)),
            None => summary.take(value, Witness { time, partition, offset }),
        };
    }
    summary
}
