//! The least and the greatest of numbers, times and truth values.

use super::fields::DeclaredFields;
use super::totals::{Call, TotalsTable};
use mare_model::measure::{Function, Measure};
use mare_model::view::{Aggregate, Number};
use mare_settings::diagnostic::Report;

/// The least or the greatest number, or the earliest or the latest time, that an event had: `min(x)`, `max(x)`.
pub(super) fn number(
    call: &Call<'_>,
    fields: &DeclaredFields,
    totals: &mut TotalsTable,
    report: &mut Report,
) -> Option<Aggregate> {
    let (field, number) = call.number_or_time(call.argument, fields, report)?;
    let function = if call.function == "min" { Function::Min } else { Function::Max };
    Some(Aggregate::Extreme(totals.measure(Measure { function, field }), number))
}

/// Whether a field is true in any event that has it, which is the greatest of 0 and 1, or in all of them, which is the
/// least: `any(x)`, `all(x)`.
pub(super) fn truth(
    call: &Call<'_>,
    fields: &DeclaredFields,
    totals: &mut TotalsTable,
    report: &mut Report,
) -> Option<Aggregate> {
    let field = call.truth(fields, report)?;
    let function = if call.function == "all" { Function::Min } else { Function::Max };
    Some(Aggregate::Extreme(totals.measure(Measure { function, field }), Number::Boolean))
}
