//! `[lookup.NAME]`: tables in which events look values up, and the computed fields that do so.

use std::path::Path;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::expressions::new_name;
use super::fields::{self, DeclaredFields};
use crate::lookup::LookupFile;
use mare_decode::{Lookup, LookupTable};
use mare_model::schema::{Field, FieldType, TimeFormat};
use mare_settings::diagnostic::Report;
use mare_settings::section::Section;
use mare_settings::suggest;
use mare_settings::tree::Marked;

/// The tables of a file by their names; of one that is refused the name alone, so that who looks up in it is not
/// refused too.
pub(super) struct LookupTables(Vec<(String, Option<Arc<LookupTable>>)>);

impl LookupTables {
    /// The table that is called `name`; nothing if there is none, which is refused, or if it has been refused itself.
    fn find(&self, name: &Marked<String>, report: &mut Report) -> Option<&Arc<LookupTable>> {
        let found = self.0.iter().find(|(known, _)| *known == name.value);
        if found.is_none() {
            let known: Vec<_> = self.0.iter().map(|(name, _)| &**name).collect();
            let remedy = match known.as_slice() {
                [] => format!("add a table `[lookup.{}]` with `file` and `key`", name.value),
                known => suggest::remedy(&name.value, known),
            };
            report.refuse(name.mark, format!("there is no table `[lookup.{}]`", name.value), remedy);
        }
        found?.1.as_ref()
    }
}

/// The tables, whose files are named from `folder`; times without an offset are read in `zone`.
pub(super) fn read(root: &Section<'_>, folder: &Path, zone: Option<&TimeZone>, report: &mut Report) -> LookupTables {
    let Some(section) = root.section_if_any("lookup", report) else { return LookupTables(Vec::new()) };
    let tables = section.table.entries.iter().map(|entry| {
        let name = &entry.key.value;
        let table = section.section_if_any(name, report);
        (name.clone(), table.and_then(|table| one(&table, name, folder, zone, report)).map(Arc::new))
    });
    LookupTables(tables.collect())
}

/// One table.
fn one(
    section: &Section<'_>,
    name: &str,
    folder: &Path,
    zone: Option<&TimeZone>,
    report: &mut Report,
) -> Option<LookupTable> {
    section.only(&["file", "key", "fields"], report);
    let file = section.text("file", &format!("{name}.csv"), report);
    let key = section.text("key", "sku", report);
    let declared = fields::read(section, fields::EventPaths::default(), TimeFormat::Iso, report);
    let (file, (key, fields)) = (file?, columns(key?, &declared, report)?);
    let path = folder.join(&file.value);
    let file_of = LookupFile { name: name.to_owned(), path, fields, key, zone: zone?.clone() };
    let table = file_of.read();
    table.map_err(|fault| report.refuse(file.mark, &fault.what, fault.remedy.unwrap_or_default())).ok()
}

/// The columns of a table, and the place of its key among them: a text if that is not declared.
fn columns(key: Marked<String>, declared: &DeclaredFields, report: &mut Report) -> Option<(usize, Vec<Field>)> {
    let mut columns = declared.plan()?;
    if !declared.has(&key.value) {
        let path = fields::path(&key, report)?;
        columns.push(Field { path, ..Field::new(&key.value, FieldType::String) });
    }
    let place = columns.iter().position(|field| field.name == key.value)?;
    if columns[place].optional || !matches!(columns[place].kind, FieldType::String | FieldType::Integer) {
        let message = format!("rows cannot be told apart by the field `{}`", key.value);
        report.refuse(key.mark, message, "declare it as a string or an integer, without a `?`");
        return None;
    }
    Some((place, columns))
}

/// A computed field that is looked up: `{ lookup = "products", by = "sku", take = "department" }`.
pub(super) fn field(
    section: &Section<'_>,
    key: &Marked<String>,
    fields: &DeclaredFields,
    tables: &LookupTables,
    report: &mut Report,
) -> Option<(Field, Lookup)> {
    section.only(&["lookup", "by", "take"], report);
    let name = new_name(key, fields, report);
    let table = section.text("lookup", "products", report);
    let (by, take) = (section.text("by", "sku", report), section.text("take", "department", report));
    let (name, table, by, take) = (name?, tables.find(&table?, report)?, by?, take?);
    let by = of_key(table, &by, fields, report);
    let place = table.fields.iter().position(|field| field.name == take.value);
    if place.is_none() {
        let known: Vec<_> = table.fields.iter().map(|field| &*field.name).collect();
        let message = format!("`{}` is not declared in `[lookup.{}.fields]`", take.value, table.name);
        report.refuse(take.mark, message, suggest::remedy(&take.value, &known));
    }
    let (by, take) = (by?, place?);
    let field = Field { optional: true, ..Field::new(&name, table.fields.get(take)?.kind) };
    Some((field, Lookup { table: Arc::clone(table), by, take }))
}

/// The field of the event that has a key of the table.
fn of_key(table: &LookupTable, by: &Marked<String>, fields: &DeclaredFields, report: &mut Report) -> Option<usize> {
    let (index, field) = fields.find(&by.value, by.mark, report)?;
    let key = table.fields.get(table.key)?;
    if field.kind != key.kind {
        let kind = if key.kind == FieldType::Integer { "integers" } else { "strings" };
        let message = format!("the keys of `[lookup.{}]` are {kind}, and `{}` is none", table.name, field.name);
        let remedy = format!("declare `{}` under `[lookup.{}.fields]` as `{}` is", key.name, table.name, field.name);
        report.refuse(by.mark, message, remedy);
        return None;
    }
    Some(index)
}
