//! `[event.record]`: parts of a record beside its payload, as fields.

use mare_decode::Computed;
use mare_model::schema::RecordPart;
use mare_settings::diagnostic::Report;
use mare_settings::section::Section;

use super::expressions::new_name;
use super::fields::DeclaredFields;

/// Adds these fields to those that are declared.
pub(super) fn read(event: &Section<'_>, fields: &mut DeclaredFields, report: &mut Report) -> Vec<Computed> {
    let mut parts = Vec::new();
    let Some(section) = event.section_if_any("record", report) else { return parts };
    let words = RecordPart::ALL.map(|part| (part.word(), part));
    for entry in &section.table.entries {
        let name = new_name(&entry.key, fields, report);
        let text = section.text_of(&entry.key.value, &entry.node, "key", report);
        let part = text.and_then(|text| section.one_of_words(&entry.key.value, &text, &words, report));
        let field = name.zip(part).map(|(name, part)| part.field(&name));
        parts.extend(field.as_ref().and(part).map(Computed::Part));
        fields.compute(entry.key.clone(), field);
    }
    parts
}
