//! The tables in which events look values up, read once more.
//!
//! The rules: a file is one JSON object a line, or comma-separated values (RFC 4180) behind a line with the names of
//! the columns, of which one that is empty and has no quotes is nothing; blank lines are passed over. A column is read
//! as a field of an event is, and in comma-separated values a text that is a number is one.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::event;
use super::json::{self, JsonValue};
use mare_dataflow::Lookup;
use mare_expression_reference::NaiveValue;
use mare_model::fault::{Domain, Fault};
use mare_model::schema::{Field, FieldType, TimeFormat};

/// The values of a lookup by the texts of their keys.
///
/// # Errors
/// If the file cannot be read, or is not any more what it was when the dataflow was read.
pub(super) fn read(lookup: &Lookup, zone: &TimeZone) -> Result<BTreeMap<String, NaiveValue>, Fault> {
    let table = &lookup.table;
    let named = |what: &str| Fault::new(Domain::User, format!("the table `{}` {what}", table.path.display()));
    let bytes = std::fs::read(&table.path).map_err(|error| named(&format!("cannot be read: {error}")))?;
    let sum: String = Sha256::digest(&bytes)[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    if sum != table.checksum {
        return Err(named("has changed since the dataflow was read").remedy("ask again, of a run with the new table"));
    }
    let text = String::from_utf8_lossy(bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes)).into_owned();
    let is_csv = table.path.extension().is_some_and(|extension| extension == "csv");
    let [key, taken] = [table.key, lookup.take].map(|place| &table.fields[place]);
    let rows = if is_csv { of_csv(&text, key, taken) } else { of_json(&text, key, taken) };
    let typed = rows.into_iter().map(|[of_key, of_taken]| {
        let key = event::typed(key, of_key, zone)?;
        Ok((event::text(&key).into_owned(), event::naive(&event::typed(taken, of_taken, zone)?, taken)))
    });
    typed
        .collect::<Result<_, &str>>()
        .map_err(|reason| named(&format!("is read otherwise than at the start: {reason}")))
}

/// Both values of each row of JSON Lines.
fn of_json<'a>(text: &'a str, key: &Field, taken: &Field) -> Vec<[Option<JsonValue<'a>>; 2]> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| [key, taken].map(|field| json::at(line.trim().as_bytes(), &field.path).flatten())).collect()
}

/// The same of comma-separated values.
fn of_csv(text: &str, key: &Field, taken: &Field) -> Vec<[Option<JsonValue<'static>>; 2]> {
    let mut rows = cells(text).into_iter();
    let names = rows.next().unwrap_or_default();
    let places = [key, taken].map(|field| names.iter().position(|name| name.as_ref() == Some(&field.name)));
    let value = |row: &[Option<String>], field: &Field, place: Option<usize>| of_cell(field, row.get(place?)?.clone()?);
    rows.map(|row| [value(&row, key, places[0]), value(&row, taken, places[1])]).collect()
}

/// What a text says in a column of this type.
fn of_cell(field: &Field, cell: String) -> Option<JsonValue<'static>> {
    let is_number = matches!(
        field.kind,
        FieldType::Integer | FieldType::Decimal { .. } | FieldType::Time(TimeFormat::Epoch { .. })
    );
    Some(match (field.kind, &*cell) {
        (FieldType::Boolean, "true") => JsonValue::Truth(true),
        (FieldType::Boolean, "false") => JsonValue::Truth(false),
        (_, text) if is_number && json::is_number(text) => JsonValue::Number(cell.into()),
        _ => JsonValue::Text(Some(cell.into())),
    })
}

/// The fields of each line, letter by letter.
fn cells(text: &str) -> Vec<Vec<Option<String>>> {
    let (mut rows, mut row, mut cell, mut is_quoted) = (Vec::new(), Vec::new(), None::<String>, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (is_quoted, letter) {
            (true, '"') if letters.next_if_eq(&'"').is_none() => is_quoted = false,
            (true, letter) => cell.get_or_insert_default().push(letter),
            (false, '"') => {
                is_quoted = true;
                cell.get_or_insert_default();
            }
            (false, ',') => row.push(cell.take()),
            (false, '\r') => {}
            (false, '\n') => {
                row.push(cell.take());
                rows.push(std::mem::take(&mut row));
            }
            (false, letter) => cell.get_or_insert_default().push(letter),
        }
    }
    if cell.is_some() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows.retain(|row| row.as_slice() != [None]);
    rows
}

#[cfg(test)]
mod tests {
    use super::super::VerifyError;
    use super::event::EventReader;
    use mare_dataflow::fixture::{EVENTS, load};
    use mare_dataflow::{Overrides, Plan};

    /// A dataflow that looks up in a table beside it.
    const SET: [&str; 4] = [
        "event.fields.sku=string",
        "lookup.products.file=products.csv",
        "lookup.products.key=sku",
        "event.computed.same={ lookup = \"products\", by = \"sku\", take = \"sku\" }",
    ];

    #[test]
    fn a_table_that_has_changed_since_is_no_table_to_audit_by() {
        let folder = tempfile::tempdir().unwrap();
        let [file, table] = ["events.toml", "products.csv"].map(|name| folder.path().join(name));
        std::fs::write(&file, EVENTS).unwrap();
        std::fs::write(&table, "sku\nA1\n").unwrap();
        let plan: Plan = load(&file, &Overrides::new(SET), &|_| None).unwrap();
        let said = || match EventReader::new(&plan) {
            Ok(_) => String::new(),
            Err(VerifyError::Lookup(fault)) => fault.to_string(),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(said(), "");
        std::fs::write(&table, "sku\nA1\nA2\n").unwrap();
        assert!(said().contains("products.csv` has changed since the dataflow was read; ask again"), "{}", said());
        std::fs::remove_file(&table).unwrap();
        assert!(said().contains("products.csv` cannot be read: "), "{}", said());
    }
}
