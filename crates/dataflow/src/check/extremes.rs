//! The least and the greatest of numbers, times and truth values.

use super::fields::DeclaredFields;
use super::totals::{Call, TotalsTable};
use mare_model::measure::{Function, Measure};
use mare_model::view::{Aggregate, Number};
use mare_settings::diagnostic::Report;

/// The least number, or the earliest time, that an event had.
pub(super) fn min(
    call: &Call<'_>,
    fields: &DeclaredFields,
    totals: &mut TotalsTable,
    report: &mut Report,
) -> Option<Aggregate> {
    let (field, number) = call.number_or_time(call.argument, fields, report)?;
    Some(Aggregate::Extreme(totals.measure(Measure { function: Function::Min, field }), number))
}

/// The greatest number, or the latest time, that an event had.
pub(super) fn max(
    call: &Call<'_>,
    fields: &DeclaredFields,
    totals: &mut TotalsTable,
    report: &mut Report,
) -> Option<Aggregate> {
    let (field, number) = call.number_or_time(call.argument, fields, report)?;
    Some(Aggregate::Extreme(totals.measure(Measure { function: Function::Max, field }), number))
}

/// Whether a field is true in any event that has it: the greatest of 0 and 1.
pub(super) fn any(
    call: &Call<'_>,
    fields: &DeclaredFields,
    totals: &mut TotalsTable,
    report: &mut Report,
) -> Option<Aggregate> {
    let field = call.truth(fields, report)?;
    Some(Aggregate::Extreme(totals.measure(Measure { function: Function::Max, field }), Number::Boolean))
}

/// Whether a field is true in all events that have it: the least of 0 and 1.
pub(super) fn all(
    call: &Call<'_>,
    fields: &DeclaredFields,
    totals: &mut TotalsTable,
    report: &mut Report,
) -> Option<Aggregate> {
    let field = call.truth(fields, report)?;
    Some(Aggregate::Extreme(totals.measure(Measure { function: Function::Min, field }), Number::Boolean))
}
