//! The totals of `[totals]` that are computed from others: SQL expressions over those that are functions.

use jiff::tz::TimeZone;

use super::expressions;
use super::fields::DeclaredFields;
use mare_expression::{Expression, ExpressionError, Scope};
use mare_model::view::{Aggregate, Number, TotalExpression, TotalField};
use mare_settings::diagnostic::Report;
use mare_settings::tree::Marked;
use mare_sink::computed;

/// A total that is no function, and its place among all.
#[derive(Debug)]
pub(super) struct Unread {
    pub place: usize,
    pub name: String,
    pub text: Marked<String>,
}

/// Reads the expressions behind the totals that are functions, and puts each in its place among them.
pub(super) fn read(
    unread: Vec<Unread>,
    fields: &DeclaredFields,
    zone: &TimeZone,
    totals: &mut Vec<TotalField>,
    report: &mut Report,
) -> Vec<TotalExpression> {
    let scope = scope(&unread, fields, zone, totals);
    let mut expressions = Vec::new();
    for Unread { place, name, text } in unread {
        let Some((expression, number)) = checked(&text, &scope, report) else { continue };
        let aggregate = Aggregate::Computed(expressions.len(), number);
        totals.insert(place.min(totals.len()), TotalField { name, aggregate });
        expressions.push(TotalExpression { text: text.value, canonical: expression.canonical() });
    }
    expressions
}

/// What the expressions may name, and what is said of what people may try besides.
fn scope(unread: &[Unread], fields: &DeclaredFields, zone: &TimeZone, totals: &[TotalField]) -> Scope {
    let scope = unread.iter().fold(computed::scope(totals, zone.clone()), |scope, Unread { name, .. }| {
        let remedy = "write what it stands for here as well, over totals that are functions";
        scope.without(name, format!("`{name}` is an expression itself"), remedy)
    });
    let is_total = |name: &&str| totals.iter().any(|total| total.name == **name);
    fields.names().filter(|name| !is_total(name)).fold(scope, |scope, name| {
        let what = format!("`{name}` is a field of an event, and an expression is over totals");
        scope.without(name, what, format!("give `sum({name})`, say, a total of its own, and name that"))
    })
}

/// An expression, if it is one whose values a document has a place for.
fn checked(text: &Marked<String>, scope: &Scope, report: &mut Report) -> Option<(Expression, Number)> {
    let expression = match Expression::parse(&text.value, scope) {
        Ok(expression) => expression,
        Err(error) => {
            refuse(text, &error, report);
            return None;
        }
    };
    if expression.fields().is_empty() {
        let remedy =
            "write `sum(field)`, `count()` or another function, or an expression over totals that are functions";
        report.refuse(text.mark, format!("`{}` is not a total", text.value), remedy);
        return None;
    }
    let number = computed::number(expression.kind());
    if number.is_none() {
        let remedy = "compute a number, a truth value or a time";
        report.refuse(text.mark, format!("`{}` is a text, and no total is one", text.value), remedy);
    }
    Some((expression, number?))
}

/// Refuses a text at the column of its mistake. What is called like a function and is not known may be meant for one of
/// those of totals.
fn refuse(text: &Marked<String>, error: &ExpressionError, report: &mut Report) {
    let called = called(&text.value, error.column);
    if let Some(function) = called.filter(|name| super::totals::is_function(name)) {
        let message = format!("`{function}` stands inside an expression, which is over totals");
        let remedy = format!("give `{function}(…)` a total of its own, and name that here");
        return report.refuse(expressions::marked(text, error.column, report), message, remedy);
    }
    expressions::refuse(text, error, report);
}

/// The name of what is called at a column.
fn called(text: &str, column: usize) -> Option<&str> {
    let (start, _) = text.char_indices().nth(column.checked_sub(1)?)?;
    let rest = text.get(start..)?;
    let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_')?;
    rest.get(end..)?.trim_start().starts_with('(').then(|| &rest[..end])
}
