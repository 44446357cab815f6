//! Totals that keep more than numbers: the first and the last, the distinct ones, quantiles, rankings.

use super::fields::DeclaredFields;
use super::rankings;
use super::totals::{Call, TotalsTable};
use mare_model::decimal;
use mare_model::schema::{Field, FieldType};
use mare_model::summary::{Quantile, Summarize, SummaryFunction};
use mare_model::view::{Aggregate, Number, Ranking, SummaryTotal};
use mare_settings::diagnostic::Report;

/// Digits behind the point of a share.
const SHARE_SCALE: u8 = 6;

/// The summary of a total that is no number: the first, the last, the least or the greatest of a text, or a ranking;
/// nothing if it is of another function, or of another field.
pub(super) fn no_number(
    call: &Call<'_>,
    fields: &DeclaredFields,
    totals: &mut TotalsTable,
) -> Option<(usize, Option<Ranking>)> {
    let text = || text(call, fields).map(|text| (text, None));
    let found = rankings::read(call, fields).map(|(summarize, ranking)| (summarize, Some(ranking)));
    let (summarize, ranking) = found.or_else(text)?;
    Some((totals.summary(summarize), ranking))
}

/// The first, the last, the least or the greatest of a text.
fn text(call: &Call<'_>, fields: &DeclaredFields) -> Option<Summarize> {
    let function = match call.function {
        "first" => SummaryFunction::First,
        "last" => SummaryFunction::Last,
        "min" => SummaryFunction::LeastText,
        "max" => SummaryFunction::GreatestText,
        _ => return None,
    };
    let field = fields.text(call.argument)?;
    Some(Summarize { function, field, by: None })
}

/// The value of the first or the last event that had the field.
pub(super) fn sighting(
    call: &Call<'_>,
    fields: &DeclaredFields,
    totals: &mut TotalsTable,
    report: &mut Report,
) -> Option<Aggregate> {
    let (field, number) = match call.field(call.argument, fields, report)? {
        (index, Field { kind: FieldType::Boolean, .. }) => (index, Number::Boolean),
        _ => call.number_or_time(call.argument, fields, report)?,
    };
    let function = if call.function == "first" { SummaryFunction::First } else { SummaryFunction::Last };
    let index = totals.summary(Summarize { function, field, by: None });
    Some(of_summary((function, index), number, None))
}

/// How many distinct values events had, exactly or nearly.
pub(super) fn distinct(
    call: &Call<'_>,
    fields: &DeclaredFields,
    totals: &mut TotalsTable,
    report: &mut Report,
) -> Option<Aggregate> {
    let (field, _) = call.field(call.argument, fields, report)?;
    let function =
        if call.function == "count_distinct" { SummaryFunction::Distinct } else { SummaryFunction::ApproxDistinct };
    let index = totals.summary(Summarize { function, field, by: None });
    Some(of_summary((function, index), Number::Integer, None))
}

/// The value that so many of all are not above, nearly: `quantile(latency, 0.95)`, `median(latency)`.
pub(super) fn quantile(
    call: &Call<'_>,
    fields: &DeclaredFields,
    totals: &mut TotalsTable,
    report: &mut Report,
) -> Option<Aggregate> {
    let (name, share) = match call.argument.rsplit_once(',') {
        Some((name, share)) if call.function == "quantile" => (name.trim_end(), share.trim()),
        None if call.function == "median" => (call.argument, "0.5"),
        _ => {
            let (message, remedy) = match call.function {
                "median" => ("`median` takes a field alone", "write `median(field)`, or `quantile(field, 0.95)`"),
                _ => ("`quantile` does not say which", "write which share of the values: `quantile(field, 0.95)`"),
            };
            report.refuse(call.mark, message, remedy);
            return None;
        }
    };
    let share_of_all = decimal::units(share, SHARE_SCALE).and_then(|millionths| u32::try_from(millionths).ok());
    let Some(millionths) = share_of_all.filter(|millionths| *millionths <= Quantile::END) else {
        let message = format!("`{share}` is no share of the values from 0 to 1 of {SHARE_SCALE} digits");
        report.refuse(call.mark, message, format!("write one: `quantile({name}, 0.95)`"));
        return None;
    };
    let (field, number) = call.number(name, fields, report)?;
    let function = SummaryFunction::Quantiles;
    let index = totals.summary(Summarize { function, field, by: None });
    Some(of_summary((function, index), number, Some(Quantile(millionths))))
}

/// A total that reads the summary at `index`, which is of this function.
fn of_summary((function, index): (SummaryFunction, usize), number: Number, quantile: Option<Quantile>) -> Aggregate {
    Aggregate::Summary(SummaryTotal { index, number, quantile, counts: function.counts() })
}
