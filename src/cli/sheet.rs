//! Rows and columns for a person or for the next program: a table, JSON or CSV.
//!
//! # Layout
//! * [`Sheet`]: all of it
//! * `fit`: a table that fits into a terminal

mod fit;

pub(super) use fit::{broken, trimmed};

use comfy_table::{Attribute, Cell as TableCell, CellAlignment, Table};
use serde::{Serialize, Serializer};

use super::{logging, output};
use crate::plain::plain;
use crate::sink::document::{FieldValue, iso};
use crate::sink::ranking::Ranked;
use crate::{decimal, json};

/// What a text begins with that a spreadsheet takes for a formula. Numbers are none.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// What stands in a table where there is nothing.
const NOTHING: &str = "-";

/// How to print an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum SheetFormat {
    /// Columns for a person
    #[default]
    Table,
    /// One JSON array of objects, with exact numbers
    Json,
    /// Comma-separated values with a line of names, as RFC 4180 has them
    Csv,
}

/// What stands in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SheetCell {
    /// A text.
    Text(String),
    /// A number, exactly, as JSON writes it.
    Number(String),
    /// A truth value.
    Truth(bool),
    /// Nothing.
    Nothing,
}

impl SheetCell {
    /// A number of things.
    #[must_use]
    pub fn count(count: u64) -> SheetCell {
        SheetCell::Number(count.to_string())
    }

    /// A value of a document.
    #[must_use]
    pub fn of(value: &FieldValue) -> SheetCell {
        match value {
            FieldValue::Time(time) => SheetCell::Text(iso(*time)),
            FieldValue::Text(text) => SheetCell::Text(text.clone()),
            FieldValue::Boolean(truth) => SheetCell::Truth(*truth),
            FieldValue::Integer(number) => SheetCell::Number(number.to_string()),
            FieldValue::Decimal { units, scale } => SheetCell::Number(decimal::text(*units, *scale)),
            FieldValue::Ranking(all) => SheetCell::Text(Ranked::text(all)),
            FieldValue::Null => SheetCell::Nothing,
        }
    }

    /// The cell as JSON.
    #[must_use]
    pub fn json(&self) -> String {
        json::spaced(self)
    }

    /// The cell in a table: numbers with commas between their thousands.
    fn shown(&self) -> String {
        match self {
            // A backslash of its own is doubled, so that two texts never look the same, nor one like nothing.
            SheetCell::Text(text) if text == NOTHING => format!("\\{NOTHING}"),
            SheetCell::Text(text) => plain(&text.replace('\\', "\\\\")).into_owned(),
            SheetCell::Number(number) => with_commas(number),
            SheetCell::Truth(truth) => if *truth { "yes" } else { "no" }.to_owned(),
            SheetCell::Nothing => NOTHING.to_owned(),
        }
    }

    /// The cell as a field of CSV.
    fn csv(&self) -> String {
        match self {
            SheetCell::Text(text) if text.starts_with(FORMULA) => csv_text(&format!("'{text}")),
            SheetCell::Text(text) => csv_text(text),
            SheetCell::Nothing => String::new(),
            other => other.json(),
        }
    }
}

impl Serialize for SheetCell {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            SheetCell::Text(text) => to.serialize_str(text),
            SheetCell::Number(number) => json::number(number).serialize(to),
            SheetCell::Truth(truth) => to.serialize_bool(*truth),
            SheetCell::Nothing => to.serialize_none(),
        }
    }
}

/// A row as JSON: an object of its cells by the names of their columns.
struct Row<'a>(&'a [String], &'a [SheetCell]);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().zip(self.1))
    }
}

/// Rows under named columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, each as long as the columns are many.
    pub rows: Vec<Vec<SheetCell>>,
    /// A row below them for a table alone: JSON and CSV are for programs, which add up themselves.
    pub sum: Option<Vec<SheetCell>>,
    /// Columns that a table which is too wide for a terminal leaves out first.
    pub spare: Vec<usize>,
    /// What there is to say of the whole: that it is a part of something, say. It stands below a table, and on standard
    /// error beside JSON and CSV.
    pub note: Option<String>,
}

/// That not all are shown.
#[must_use]
pub fn first_of(shown: usize, all: usize, what: &str) -> String {
    let [shown, all] = [shown, all].map(|number| with_commas(&number.to_string()));
    format!("first {shown} of {all} {what}; --limit N shows more")
}

impl Sheet {
    /// An empty sheet.
    #[must_use]
    pub fn new(columns: impl IntoIterator<Item = impl Into<String>>) -> Sheet {
        Sheet { columns: columns.into_iter().map(Into::into).collect(), ..Sheet::default() }
    }

    /// The text of the sheet, without a line end behind the last line; `colours` is for tables.
    #[must_use]
    pub fn render(&self, format: SheetFormat, colours: bool) -> String {
        match format {
            SheetFormat::Table => self.table(colours),
            SheetFormat::Json => self.json(),
            SheetFormat::Csv => self.csv(),
        }
    }

    /// Prints the sheet on standard output; a table in colours on a terminal, and no wider than that.
    pub fn print(&self, format: SheetFormat) {
        match (format, &self.note) {
            (SheetFormat::Table, _) => output::print(self.shown()),
            (_, note) => {
                let is_seen = format == SheetFormat::Csv && console::Term::stdout().is_term();
                let sheet = if is_seen { &self.with_plain_texts() } else { self };
                output::print(sheet.render(format, false));
                note.iter().for_each(|note| logging::say(format_args!("note: {note}")));
            }
        }
    }

    /// The table as standard output shows it best, with its note.
    #[must_use]
    pub fn shown(&self) -> String {
        let columns = console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
        let table = columns.map_or_else(|| self.table(console::colors_enabled()), |columns| self.fitted(columns));
        let note = self.note.as_ref().map(|note| format!("\n\n{note}"));
        format!("{table}{}", note.unwrap_or_default())
    }

    fn table(&self, colours: bool) -> String {
        let bold = |text: &str| TableCell::new(text).add_attribute(Attribute::Bold);
        let mut table = Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_header(self.columns.iter().map(|name| bold(name)));
        for row in &self.rows {
            table.add_row(row.iter().map(SheetCell::shown));
        }
        if let Some(sum) = &self.sum {
            table.add_row(sum.iter().map(|cell| bold(&cell.shown())));
        }
        let numbers = |at: usize| self.rows.iter().any(|row| matches!(row.get(at), Some(SheetCell::Number(_))));
        for column in table.column_iter_mut() {
            if numbers(column.index) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        if colours {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        table.lines().map(|line| fit::trimmed(&line)).collect::<Vec<_>>().join("\n")
    }

    fn json(&self) -> String {
        let rows: Vec<_> = self.rows.iter().map(|row| Row(&self.columns, row)).collect();
        json::spaced(&rows)
    }

    /// The same for a person who looks at what is meant for programs.
    fn with_plain_texts(&self) -> Sheet {
        let cell = |cell: &SheetCell| match cell {
            SheetCell::Text(text) => SheetCell::Text(plain(text).into_owned()),
            other => other.clone(),
        };
        Sheet { rows: self.rows.iter().map(|row| row.iter().map(cell).collect()).collect(), ..self.clone() }
    }

    fn csv(&self) -> String {
        let names = self.columns.iter().map(|name| csv_text(name)).collect::<Vec<_>>().join(",");
        let rows = self.rows.iter().map(|row| row.iter().map(SheetCell::csv).collect::<Vec<_>>().join(","));
        std::iter::once(names).chain(rows).collect::<Vec<_>>().join("\r\n")
    }
}

/// A text as a field of CSV, in quotes where it needs them; an empty one too, for without them it is nothing.
fn csv_text(text: &str) -> String {
    if text.is_empty() || text.contains([',', '"', '\r', '\n']) || text.trim() != text {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// A number with commas between the thousands of its whole part.
#[must_use]
pub fn with_commas(number: &str) -> String {
    let (sign, magnitude) = number.split_at(usize::from(number.starts_with(['-', '+'])));
    let (whole, behind) = magnitude.split_at(magnitude.find('.').unwrap_or(magnitude.len()));
    let mut parted = String::with_capacity(number.len() + whole.len() / 3);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            parted.push(',');
        }
        parted.push(digit);
    }
    format!("{sign}{parted}{behind}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let row = |text: &str, number: &str| vec![SheetCell::Text(text.into()), SheetCell::Number(number.into())];
        let rows = vec![row("Casa, \"Jardim\"", "-1234567.80"), vec![SheetCell::Truth(true), SheetCell::Nothing]];
        Sheet { rows, sum: Some(row("all", "1")), ..Sheet::new(["grupo", "total"]) }
    }

    #[test]
    fn a_table_is_for_people() {
        let lines = [
            "grupo                   total",
            "Casa, \"Jardim\"  -1,234,567.80",
            "yes                         -",
            "all                         1",
        ];
        let shown = sheet().render(SheetFormat::Table, false);
        let shown: Vec<_> = shown.lines().map(str::trim).collect();
        assert_eq!(shown, lines);
        assert!(!sheet().render(SheetFormat::Table, false).contains('\u{1b}'));
        assert!(sheet().render(SheetFormat::Table, true).contains('\u{1b}'));
    }

    #[test]
    fn json_is_exact_and_an_array() {
        let rendered = sheet().render(SheetFormat::Json, true);
        assert_eq!(
            rendered,
            "[\n  {\"grupo\": \"Casa, \\\"Jardim\\\"\", \"total\": -1234567.80},\n  {\"grupo\": true, \"total\": null}\n]"
        );
        assert!(serde_json::from_str::<serde_json::Value>(&rendered).is_ok());
        assert_eq!(Sheet::new(["x"]).render(SheetFormat::Json, false), "[]");
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        assert_eq!(
            sheet().render(SheetFormat::Csv, true),
            "grupo,total\r\n\"Casa, \"\"Jardim\"\"\",-1234567.80\r\ntrue,"
        );
    }

    #[test]
    fn no_text_looks_like_nothing() {
        let row = |cell| vec![cell, SheetCell::count(1)];
        let texts = ["", "-", "null"].map(|text| row(SheetCell::Text(text.to_owned())));
        let rows = texts.into_iter().chain([row(SheetCell::Nothing)]).collect();
        let sheet = Sheet { rows, ..Sheet::new(["pais", "n"]) };
        assert_eq!(sheet.render(SheetFormat::Csv, false), "pais,n\r\n\"\",1\r\n'-,1\r\nnull,1\r\n,1");
        let table = sheet.render(SheetFormat::Table, false);
        let first: Vec<_> = table.lines().skip(1).map(|line| line.trim().trim_end_matches('1').trim()).collect();
        assert_eq!(first, ["", r"\-", "null", "-"]);
        assert!(sheet.render(SheetFormat::Json, false).contains("{\"pais\": null, \"n\": 1}"));
    }

    #[test]
    fn thousands_are_parted() {
        for (number, expected) in [("0", "0"), ("999", "999"), ("-1000", "-1,000"), ("+123456.789", "+123,456.789")] {
            assert_eq!(with_commas(number), expected);
        }
    }

    #[test]
    fn a_table_hides_nothing_and_no_two_texts_look_the_same() {
        let rows =
            ["a\x1b[2J\u{202e}b", "two\nlines", "two\\nlines"].map(|text| vec![SheetCell::Text(text.to_owned())]);
        let sheet = Sheet { rows: rows.into(), ..Sheet::new(["grupo"]) };
        let shown = sheet.render(SheetFormat::Table, false);
        let lines: Vec<_> = shown.lines().skip(1).map(str::trim).collect();
        assert_eq!(lines, ["a\\u{1b}[2J\\u{202e}b", "two\\nlines", "two\\\\nlines"]);
        let json = sheet.render(SheetFormat::Json, false);
        assert!(!json.contains(['\x1b', '\u{202e}']) && json.contains("a\\u001b[2J\\u202eb"), "{json}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).expect("JSON")[0]["grupo"], "a\x1b[2J\u{202e}b");
    }

    #[test]
    fn no_text_of_csv_is_a_formula_and_numbers_stay() {
        let row = ["=1+1", "-x", "@SUM(A1)", "x=1"].map(|text| SheetCell::Text(text.to_owned()));
        let row = row.into_iter().chain([SheetCell::Number("-5".to_owned())]).collect();
        let sheet = Sheet { rows: vec![row], ..Sheet::new(["a", "b", "c", "d", "e"]) };
        assert_eq!(sheet.render(SheetFormat::Csv, false), "a,b,c,d,e\r\n'=1+1,'-x,'@SUM(A1),x=1,-5");
    }
}
