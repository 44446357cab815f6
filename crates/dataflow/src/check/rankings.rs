//! Totals that rank the values of a field: `top(3, produto, sum(valor))`.

use super::fields::DeclaredFields;
use super::totals::{Call, TotalsTable};
use mare_model::schema::{Field, FieldType};
use mare_model::summary::{Summarize, SummaryFunction};
use mare_model::view::{Aggregate, Number, Ranking};
use mare_settings::diagnostic::Report;
use mare_settings::suggest;

/// How many values may be asked for: a document is to be read by people.
const K_MAX: u8 = 100;

/// How a ranking is written.
const EXAMPLE: &str = "`top(3, field)`, by how many events have each value, or `top(3, field, sum(other))`";

/// Why something is no ranking: what is wrong, and what to write instead; nothing if its field has been refused.
struct NoRanking(Option<(String, String)>);

impl NoRanking {
    fn of(message: impl Into<String>, remedy: impl Into<String>) -> NoRanking {
        NoRanking(Some((message.into(), remedy.into())))
    }
}

/// The ranking that a call asks for; nothing if it is none.
pub(super) fn read(call: &Call<'_>, fields: &DeclaredFields) -> Option<(Summarize, Ranking)> {
    (call.function == "top").then(|| parse(call, fields).ok()).flatten()
}

/// Says what is wrong with a call of `top` that is no ranking.
pub(super) fn refuse(
    call: &Call<'_>,
    fields: &DeclaredFields,
    _: &mut TotalsTable,
    report: &mut Report,
) -> Option<Aggregate> {
    if let Err(NoRanking(Some((message, remedy)))) = parse(call, fields) {
        report.refuse(call.mark, message, remedy);
    }
    None
}

fn parse(call: &Call<'_>, fields: &DeclaredFields) -> Result<(Summarize, Ranking), NoRanking> {
    let mut parts = call.argument.splitn(3, ',').map(str::trim);
    let (k, name, by) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let k = k.parse().ok().filter(|k| (1..=K_MAX).contains(k)).ok_or_else(|| {
        let message = format!("`{k}` is no number of values from 1 to {K_MAX}");
        NoRanking::of(message, format!("write how many there are to be: {EXAMPLE}"))
    })?;
    let name = name.filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| NoRanking::of("`top` does not say of which field", format!("write {EXAMPLE}")))?;
    let (field, Field { kind, .. }) = find(name, fields)?;
    if !matches!(kind, FieldType::String | FieldType::Integer | FieldType::Boolean) {
        let message = format!("`{name}` is none of the fields whose values are ranked");
        return Err(NoRanking::of(message, "rank the values of a string, an integer or a boolean"));
    }
    let (by, number) = by.map_or(Ok((None, Number::Integer)), |by| weight(by, fields))?;
    let summarize = Summarize { function: SummaryFunction::Top, field, by };
    Ok((summarize, Ranking { k, of: *kind, by: number }))
}

/// What the values are ranked by: `sum(field)`, or `count()`, which nothing stands for as well.
fn weight(by: &str, fields: &DeclaredFields) -> Result<(Option<usize>, Number), NoRanking> {
    let call = by.strip_suffix(')').and_then(|by| by.split_once('('));
    let (field, Field { kind, .. }) = match call.map(|(function, name)| (function.trim(), name.trim())) {
        Some(("count", "")) => return Ok((None, Number::Integer)),
        Some(("sum", name)) => find(name, fields)?,
        _ => return Err(NoRanking::of(format!("values are not ranked by `{by}`"), format!("write {EXAMPLE}"))),
    };
    match kind {
        FieldType::Integer => Ok((Some(field), Number::Integer)),
        FieldType::Decimal { scale } => Ok((Some(field), Number::Decimal { scale: *scale })),
        _ => Err(NoRanking::of(format!("`{by}` sums what is no number"), "sum an integer or a decimal up")),
    }
}

fn find<'f>(name: &str, fields: &'f DeclaredFields) -> Result<(usize, &'f Field), NoRanking> {
    fields.get(name).ok_or_else(|| {
        if fields.has(name) {
            return NoRanking(None);
        }
        let known: Vec<_> = fields.names().collect();
        NoRanking::of(format!("`{name}` is not declared in `[event.fields]`"), suggest::remedy(name, &known))
    })
}
