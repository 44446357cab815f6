//! The files of tables in which events look values up: read once, whole, when a dataflow is.
//!
//! A row is read as an event is, by [`mare_decode`]: so a column has the types of a field, and what is wrong with a
//! value is said in the same words.
//!
//! # Layout
//! * `mod`: [`LookupFile`], from a file to its table
//! * `csv`: rows of comma-separated values

mod csv;

use std::fmt::{Display, Write};
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use csv::{Csv, CsvFault, CsvRow};
use mare_decode::{Decoder, LookupTable};
use mare_model::fault::{Domain, Fault};
use mare_model::record::Record;
use mare_model::schema::{EventPlan, Field, FieldType, TimeFormat};
use mare_settings::encoding;

/// The largest file, in bytes. Each process of a run keeps all rows in memory.
const FILE_BYTES_MAX: usize = 64 << 20;

/// A file, and what its rows are.
#[derive(Clone, Debug)]
pub(super) struct LookupFile {
    /// How the dataflow calls the table.
    pub name: String,
    /// Where the file is.
    pub path: PathBuf,
    /// The columns that are read.
    pub fields: Vec<Field>,
    /// The one of them that has the keys.
    pub key: usize,
    /// The zone in which a time without an offset is read.
    pub zone: TimeZone,
}

impl LookupFile {
    /// The table that it is.
    ///
    /// # Errors
    /// The first thing that is wrong with the file: with its line, if it is one of a line.
    pub fn read(self) -> Result<LookupTable, Fault> {
        let is_csv = match self.path.extension().and_then(|extension| extension.to_str()) {
            Some("csv") => true,
            Some("jsonl" | "ndjson") => false,
            _ => {
                let what = format!("`{}` is no file of a table by its name", self.path.display());
                return Err(user(what, "call it `.csv` if it is comma-separated values, `.jsonl` if it is JSON Lines"));
            }
        };
        let bytes = bytes(&self.path)?;
        let text = encoding::decode(&bytes).map_err(|found| {
            user(format!("`{}` is not UTF-8: {found}", self.path.display()), found.remedy(&self.path))
        })?;
        let mut filling = Filling::new(&self, is_csv, checksum(&bytes));
        if is_csv {
            filling.csv(text)?
        } else {
            filling.json_lines(text)?
        }
        Ok(filling.table)
    }
}

/// A table that is being filled.
struct Filling {
    table: LookupTable,
    decoder: Decoder,
    /// The line of each row.
    lines: Vec<usize>,
}

impl Filling {
    fn new(file: &LookupFile, is_csv: bool, checksum: String) -> Filling {
        let LookupFile { name, path, fields, key, zone } = file;
        let event = EventPlan {
            time: Vec::new(),
            time_format: TimeFormat::Record,
            zone: zone.clone(),
            max_ahead_ms: 0,
            max_bytes: FILE_BYTES_MAX,
            group_max_bytes: FILE_BYTES_MAX,
            confirm: 1,
            explode: None,
            fields: if is_csv { fields.iter().map(in_csv).collect() } else { fields.clone() },
        };
        let table = LookupTable::new(name, path.clone(), checksum, fields.clone(), *key);
        Filling { table, decoder: Decoder::new(&event, &[], &[]), lines: Vec::new() }
    }

    /// Takes the rows of comma-separated values in, behind a row with the names of the columns.
    fn csv(&mut self, text: &str) -> Result<(), Fault> {
        let mut rows = Csv::new(text);
        let heading = rows.next().transpose().map_err(|fault| self.no_csv(&fault))?;
        let columns: Vec<_> = heading.iter().flat_map(|row| &row.cells).map(|name| name.as_deref()).collect();
        let places = self.places(&columns)?;
        for row in rows {
            let CsvRow { line, cells } = row.map_err(|fault| self.no_csv(&fault))?;
            if cells.len() != columns.len() {
                let what = format!("has {} fields, and the first line {}", cells.len(), columns.len());
                return Err(self.at(line, what, "give each row one for each column; one with a comma in it in quotes"));
            }
            let record = self.record(&places, &cells);
            self.take(line, record.as_bytes())?;
        }
        Ok(())
    }

    /// The places of the fields among the names of columns.
    fn places(&self, columns: &[Option<&str>]) -> Result<Vec<usize>, Fault> {
        let place = |field: &Field| {
            let mut found = columns.iter().enumerate().filter(|(_, column)| **column == Some(&*field.name));
            match (found.next(), found.next()) {
                (Some((place, _)), None) => Ok(place),
                (Some(_), Some(_)) => {
                    Err(self.at(1, format!("has two columns `{}`", field.name), "give each a name of its own"))
                }
                (None, _) => {
                    let names = columns.iter().map(|name| name.unwrap_or_default()).collect::<Vec<_>>().join("`, `");
                    let remedy = format!("its columns are `{names}`; commas are between them");
                    Err(self.at(1, format!("has no column `{}`", field.name), remedy))
                }
            }
        };
        self.table.fields.iter().map(place).collect()
    }

    /// The fields of a row as a record.
    fn record(&self, places: &[usize], cells: &[Option<String>]) -> String {
        let fields = self.table.fields.iter().zip(places.iter().filter_map(|place| cells.get(*place)));
        let value = |field: &Field, cell: &String| match (field.kind, &**cell) {
            (FieldType::Boolean, "true") => Value::Bool(true),
            (FieldType::Boolean, "false") => Value::Bool(false),
            _ => Value::String(cell.clone()),
        };
        let members = fields
            .map(|(field, cell)| (field.name.clone(), cell.as_ref().map_or(Value::Null, |cell| value(field, cell))));
        Value::Object(members.collect::<Map<_, _>>()).to_string()
    }

    /// Takes the rows of JSON Lines in: each line that is not blank is one object.
    fn json_lines(&mut self, text: &str) -> Result<(), Fault> {
        let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        lines.map(|(line, text)| (line, text.as_bytes())).try_for_each(|(line, record)| self.take(line, record))
    }

    /// Takes the row of a line in.
    fn take(&mut self, line: usize, record: &[u8]) -> Result<(), Fault> {
        const REMEDY: &str = "correct the line, or the type of the column";
        let Filling { table, decoder, lines } = self;
        let record = Record { timestamp_ms: Some(0), ..Record::of_payload(Some(record)) };
        let row = match decoder.decode(&record) {
            Ok(row) if row.rounded == 0 => row,
            Ok(_) => {
                let what = "has a number with more digits behind the point than its type has";
                return Err(at(table, line, what, REMEDY));
            }
            Err(reject) => return Err(at(table, line, format_args!("is no row: {reject}"), REMEDY)),
        };
        lines.push(line);
        if let Err(before) = table.add(&row) {
            let (key, first) = (&table.fields[table.key].name, lines.get(before).copied().unwrap_or_default());
            let what = format!("has the `{key}` of another row: line {first}");
            return Err(at(table, line, what, "leave one of them: a key has one row"));
        }
        Ok(())
    }

    fn no_csv(&self, fault: &CsvFault) -> Fault {
        self.at(
            fault.line,
            format_args!("is no row of comma-separated values: {}", fault.what),
            "write it as RFC 4180 has it",
        )
    }

    fn at(&self, line: usize, what: impl Display, remedy: impl Display) -> Fault {
        at(&self.table, line, what, remedy)
    }
}

/// What is wrong in a line of the file.
fn at(table: &LookupTable, line: usize, what: impl Display, remedy: impl Display) -> Fault {
    user(format!("line {line} of `{}` {what}", table.path.display()), remedy)
}

fn user(what: String, remedy: impl Display) -> Fault {
    Fault::new(Domain::User, what).remedy(remedy)
}

/// A field as a column of comma-separated values has it: its name is no path, and its numbers are texts.
fn in_csv(field: &Field) -> Field {
    let kind = match field.kind {
        FieldType::Time(TimeFormat::Epoch { unit, .. }) => FieldType::Time(TimeFormat::Epoch { unit, from_text: true }),
        kind => kind,
    };
    let from_text = matches!(kind, FieldType::Integer | FieldType::Decimal { .. });
    Field { path: vec![field.name.clone()], kind, from_text, ..field.clone() }
}

/// All bytes of a file.
fn bytes(path: &Path) -> Result<Vec<u8>, Fault> {
    let unread = |why: &dyn Display| {
        let what = format!("cannot read the table `{}`: {why}", path.display());
        user(what, "give the path of a readable file, from the folder of the dataflow file")
    };
    let metadata = std::fs::metadata(path).map_err(|error| unread(&error))?;
    // What is no file, such as a pipe, may never end.
    if !metadata.is_file() {
        return Err(unread(&"it is no file"));
    }
    let length = metadata.len();
    if length > FILE_BYTES_MAX as u64 {
        let what = format!("`{}` has {length} bytes, and a table may have {FILE_BYTES_MAX}", path.display());
        return Err(user(what, "leave out the rows and columns that no event looks up"));
    }
    std::fs::read(path).map_err(|error| unread(&error))
}

/// What tells contents apart: half of their SHA-256. It is part of the fingerprint of a dataflow, so it stays as it is.
fn checksum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(16).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a text cannot fail
        text
    })
}
