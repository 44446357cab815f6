//! `[dedup]`: by which field a repeated event is known.

use super::fields::DeclaredFields;
use mare_model::schema::FieldType;
use mare_settings::diagnostic::Report;
use mare_settings::section::Section;

/// The index of the field that names an event, if there is such a table; `None` alone means that it is refused.
pub(super) fn read(root: &Section<'_>, fields: &DeclaredFields, report: &mut Report) -> Option<Option<usize>> {
    if root.table.entry("dedup").is_none() {
        return Some(None);
    }
    let section = root.section_if_any("dedup", report)?;
    section.only(&["by"], report);
    let by = section.text("by", "order_id", report)?;
    let (index, field) = fields.find(&by.value, by.mark, report)?;
    let fault = match field.kind {
        _ if field.optional => "optional",
        FieldType::Decimal { .. } => "decimal",
        FieldType::Boolean => "boolean",
        FieldType::Time(_) => "time",
        FieldType::String | FieldType::Integer => return Some(Some(index)),
    };
    let message = format!("events cannot be told apart by the {fault} field `{}`", field.name);
    report.refuse(by.mark, message, "name a string or an integer that every event has: declare it without a `?`");
    None
}
