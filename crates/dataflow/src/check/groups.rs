//! `totals.group_by`: by which fields events are grouped.

use super::fields::DeclaredFields;
use mare_model::schema::{Field, FieldType};
use mare_settings::diagnostic::Report;
use mare_settings::section::Section;
use mare_settings::tree::{Mark, Marked, Value};

/// The fields that name a group, with the name of each in a document. Without the key there is one group.
pub(super) fn read(
    section: &Section<'_>,
    fields: &DeclaredFields,
    report: &mut Report,
) -> Vec<(usize, Marked<String>)> {
    let Some(node) = section.table.entry("group_by").map(|entry| &entry.node) else { return Vec::new() };
    let Value::Array(items) = &node.value else {
        section.wrong_type::<()>("group_by", node, "an array of strings", "[\"field\"]", report);
        return Vec::new();
    };
    let mut groups = Vec::new();
    for item in items {
        let Value::String(name) = &item.value else {
            section.wrong_type::<()>("group_by", item, "an array of strings", "[\"field\"]", report);
            continue;
        };
        // A key may end with a `?` itself.
        let without = name.strip_suffix('?').filter(|_| !fields.has(name));
        if let Some((index, field)) = fields.find(without.unwrap_or(name), item.mark, report) {
            refuse(field, without.is_some(), item.mark, report);
            groups.push((index, Marked { value: field.document_name(), mark: item.mark }));
        }
    }
    groups
}

/// A group needs a value that is the same however it was written, and that every event has, unless it is said that
/// those without it are a group of their own.
fn refuse(field: &Field, takes_null: bool, mark: Mark, report: &mut Report) {
    let name = &field.name;
    match (field.optional, takes_null) {
        (true, false) => {
            let remedy = format!("write `{name}?`: events without it are a group of their own, whose `{name}` is null");
            report.refuse(mark, format!("an event need not have the optional field `{name}`"), remedy);
        }
        (false, true) => {
            let remedy = format!("write `{name}`, or declare it with a `?` behind its type");
            report.refuse(mark, format!("no event is without `{name}`, which is not optional"), remedy);
        }
        _ => {}
    }
    let kind = match field.kind {
        FieldType::Decimal { .. } => "decimal",
        FieldType::Time(_) => "time",
        FieldType::String | FieldType::Integer | FieldType::Boolean => return,
    };
    let remedy = "group by a string, an integer or a boolean";
    report.refuse(mark, format!("events cannot be grouped by the {kind} field `{}`", field.name), remedy);
}
