//! `[event.record]`: parts of a record beside its payload, as fields.

use mare_decode::Computed;
use mare_model::schema::RecordPart;
use mare_settings::diagnostic::Report;
use mare_settings::section::Section;
use mare_settings::tree::{Entry, Mark};

use super::expressions::new_name;
use super::fields::DeclaredFields;

/// Adds these fields to those that are declared.
pub(super) fn read(event: &Section<'_>, fields: &mut DeclaredFields, report: &mut Report) -> Vec<Computed> {
    let mut parts = Vec::new();
    let Some(section) = event.section_if_any("record", report) else { return parts };
    for entry in &section.table.entries {
        let name = new_name(&entry.key, fields, report);
        let found = name.zip(part(&section, entry, report));
        let (field, part) = found.map(|(name, part)| (part.field(&name), Computed::Part(part))).unzip();
        parts.extend(part);
        fields.compute(entry.key.clone(), field);
    }
    parts
}

/// One part: `key`, or `header(name)`.
fn part(section: &Section<'_>, Entry { key, node }: &Entry, report: &mut Report) -> Option<RecordPart> {
    let text = section.text_of(&key.value, node, "key", report)?;
    if let Some(name) = text.value.strip_prefix("header(").and_then(|name| name.strip_suffix(')')) {
        return header(name, text.mark, report);
    }
    let example = RecordPart::Header("name".into());
    let parts = RecordPart::SINGLE.into_iter().chain([example]).map(|part| (part.to_string(), part));
    let parts: Vec<_> = parts.collect();
    let words: Vec<_> = parts.iter().map(|(word, part)| (&**word, part)).collect();
    section.one_of_words(&key.value, &text, &words, report).cloned()
}

/// The header called `name`.
fn header(name: &str, mark: Mark, report: &mut Report) -> Option<RecordPart> {
    if name.is_empty() || name.contains('\0') {
        let message = format!("`header({})` names no header", name.escape_debug());
        report.refuse(mark, message, "write the name that producers give it: `header(trace-id)`");
        return None;
    }
    Some(RecordPart::Header(name.into()))
}
