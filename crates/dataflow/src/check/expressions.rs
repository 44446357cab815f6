//! Expressions of a file: `[event.computed]`, the fields that are computed from others or looked up by them, and
//! conditions over all of them.

use mare_decode::Computed;
use mare_expression::{Expression, ExpressionError, Scope};
use mare_model::schema::{Field, FieldType, TimeFormat};
use mare_settings::diagnostic::Report;
use mare_settings::section::Section;
use mare_settings::tree::{Mark, Marked};

use super::fields::{self, DeclaredFields, FieldKind};
use super::lookup::{self, LookupTables};

/// Adds the computed fields to those that are declared, each of which may be of those before it, and returns what they
/// are. `scope` has the declared ones; without it no expression is looked at, and what would be in it has been
/// refused.
pub(super) fn computed(
    event: &Section<'_>,
    fields: &mut DeclaredFields,
    tables: &LookupTables,
    mut scope: Option<Scope>,
    report: &mut Report,
) -> (Vec<Computed>, Option<Scope>) {
    let mut all = Vec::new();
    let Some(section) = event.section_if_any("computed", report) else { return (all, scope) };
    for entry in &section.table.entries {
        let found = one(&section, &entry.key, (fields, tables), scope.as_ref(), report);
        let with = |(scope, (field, _)): (Scope, &(Field, _))| {
            scope.with(field.name.clone(), field.kind.into(), field.optional)
        };
        scope = scope.zip(found.as_ref()).map(with);
        let (field, computed) = found.unzip();
        fields.compute(entry.key.clone(), field);
        all.extend(computed);
    }
    (all, scope)
}

/// One of them.
fn one(
    section: &Section<'_>,
    key: &Marked<String>,
    (fields, tables): (&DeclaredFields, &LookupTables),
    scope: Option<&Scope>,
    report: &mut Report,
) -> Option<(Field, Computed)> {
    let table = section.section_if_any(&key.value, report)?;
    if table.table.entry("lookup").is_some() {
        let (field, lookup) = lookup::field(&table, key, fields, tables, report)?;
        return Some((field, Computed::Lookup(lookup)));
    }
    let (field, expression) = expressed(&table, key, fields, scope, report)?;
    Some((field, Computed::Expression(expression)))
}

/// One that is an expression.
fn expressed(
    table: &Section<'_>,
    key: &Marked<String>,
    fields: &DeclaredFields,
    scope: Option<&Scope>,
    report: &mut Report,
) -> Option<(Field, Expression)> {
    table.only(&["as", "from"], report);
    let name = new_name(key, fields, report);
    let kind = table.text("as", "decimal(2)", report);
    let kind = kind.and_then(|kind| Some((kind.mark, fields::field_type(&kind, TimeFormat::Iso, report)?)));
    let kind = kind.and_then(|(mark, declared)| Some((mark, read_nowhere(declared, mark, report)?)));
    let from = table.text("from", "price * quantity", report);
    let (name, (mark, (kind, optional)), from) = (name?, kind?, from?);
    let expression = parsed(&from, |text| Some(Expression::parse_as(text, scope?, kind)), report)?;
    if expression.is_nullable() && !optional {
        let remedy =
            format!("write `{}?`, or COALESCE with what it is then", report.written(mark).trim_matches(['"', '\'']));
        report.refuse(mark, format!("`{name}` may be NULL: its expression has a field that may be absent"), remedy);
        return None;
    }
    Some((Field { optional, ..Field::new(&name, kind) }, expression))
}

/// The type of a computed field, which is read from nowhere, and whether it may be NULL.
fn read_nowhere(declared: FieldKind, mark: Mark, report: &mut Report) -> Option<(FieldType, bool)> {
    if declared.from_text {
        report.refuse(mark, "a computed field is not read from a text", "leave out `from text`");
        return None;
    }
    Some((declared.kind, declared.optional))
}

/// The name of a field that is not in the payload, by which it is called and, if events are grouped by it, stands in
/// documents.
pub(super) fn new_name(key: &Marked<String>, fields: &DeclaredFields, report: &mut Report) -> Option<String> {
    let name = &key.value;
    if name.is_empty() || name.contains('.') {
        let message = format!("`{name}` cannot be the name of a field that is not in the payload");
        report.refuse(key.mark, message, "it is no path: write a name without dots");
        return None;
    }
    if fields.has(name) {
        let remedy = "give each a name of its own: both can be used";
        report.refuse(key.mark, format!("there is a field `{name}` already"), remedy);
        return None;
    }
    Some(name.clone())
}

/// The condition under `key`, if there is one; the outer `None` alone means that it is refused.
pub(super) fn condition(
    section: &Section<'_>,
    key: &str,
    scope: Option<&Scope>,
    report: &mut Report,
) -> Option<Option<Expression>> {
    let Some(entry) = section.table.entry(key) else { return Some(None) };
    let text = section.text_of(key, &entry.node, "status = 'PAID'", report)?;
    parsed(&text, |text| Some(Expression::parse_filter(text, scope?)), report).map(Some)
}

/// What comes of a text; what is wrong with it is marked where it is wrong.
fn parsed(
    text: &Marked<String>,
    parse: impl FnOnce(&str) -> Option<Result<Expression, ExpressionError>>,
    report: &mut Report,
) -> Option<Expression> {
    match parse(&text.value)? {
        Ok(expression) => Some(expression),
        Err(error) => {
            refuse(text, &error, report);
            None
        }
    }
}

/// Refuses a text for a mistake in it, marked where that is.
pub(super) fn refuse(text: &Marked<String>, error: &ExpressionError, report: &mut Report) {
    let ExpressionError { column, what, remedy } = error;
    report.refuse(marked(text, *column, report), format!("column {column}: {what}"), remedy);
}

/// Where the column of a text is in the file: the word that begins there. Where the text is not written as it is read,
/// for an escape or a variable in it, that is all of it.
pub(super) fn marked(text: &Marked<String>, column: usize, report: &Report) -> Mark {
    let Some(shift) = report.written(text.mark).find(&text.value) else { return text.mark };
    let start = text.value.char_indices().nth(column.saturating_sub(1)).map_or(text.value.len(), |(at, _)| at);
    let rest = text.value.get(start..).unwrap_or_default();
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let first = rest.chars().next().map_or(1, char::len_utf8);
    let end = start + rest.find(|letter| !is_word(letter)).unwrap_or(rest.len()).max(first);
    Mark { start: text.mark.start + shift + start, end: text.mark.start + shift + end, ..text.mark }
}
