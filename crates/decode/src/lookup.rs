//! Tables beside the log, in which events look values up. One is read before the start and never changes.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use mare_expression::Scalar;
use mare_model::datum::Datum;
use mare_model::schema::Field;

use super::row::Row;

/// A field that is looked up in a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// The table.
    pub table: Arc<LookupTable>,
    /// The field of the event that has the key, of the type of the table's.
    pub by: usize,
    /// The field of the table that is the value; NULL where no row has the key.
    pub take: usize,
}

/// The rows of a table by their keys.
#[derive(Clone, PartialEq)]
pub struct LookupTable {
    /// How a dataflow calls it.
    pub name: String,
    /// The file that it was read from.
    pub path: PathBuf,
    /// What tells its contents from others: a checksum of all bytes of the file.
    pub checksum: String,
    /// Its columns.
    pub fields: Vec<Field>,
    /// The one of them that has the keys, which are texts or whole numbers.
    pub key: usize,
    /// The number of the row of each key.
    texts: HashMap<Box<str>, usize>,
    numbers: HashMap<i128, usize>,
    /// The values, row by row.
    cells: Vec<Cell>,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Null,
    Boolean(bool),
    Exact(i128),
    Text(Box<str>),
}

impl LookupTable {
    /// A table without rows.
    #[must_use]
    pub fn new(name: &str, path: PathBuf, checksum: String, fields: Vec<Field>, key: usize) -> LookupTable {
        let (texts, numbers, cells) = (HashMap::new(), HashMap::new(), Vec::new());
        LookupTable { name: name.to_owned(), path, checksum, fields, key, texts, numbers, cells }
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.cells.len() / self.fields.len().max(1)
    }

    /// Adds a row of all fields.
    ///
    /// # Errors
    /// The number of the row, from 0, that has the same key.
    pub fn add(&mut self, row: &Row<'_>) -> Result<(), usize> {
        let number = self.rows();
        let before = match row.datum(self.key) {
            Datum::Exact(key) => self.numbers.insert(key, number),
            Datum::Text(key) => self.texts.insert(key.into(), number),
            Datum::Absent | Datum::Boolean(_) | Datum::Time(_) => None,
        };
        self.cells.extend((0..self.fields.len()).map(|field| Cell::of(row.datum(field))));
        before.map_or(Ok(()), Err)
    }

    /// The keys, in their order.
    #[must_use]
    pub fn keys(&self) -> Vec<Scalar<'_>> {
        let (mut texts, mut numbers): (Vec<&str>, Vec<i128>) =
            (self.texts.keys().map(|text| &**text).collect(), self.numbers.keys().copied().collect());
        texts.sort_unstable();
        numbers.sort_unstable();
        let texts = texts.into_iter().map(|text| Scalar::Text(text.into()));
        numbers.into_iter().map(Scalar::Exact).chain(texts).collect()
    }

    /// The value of a field in the row of a key; NULL if there is no such row.
    #[must_use]
    pub fn find(&self, key: Datum<'_>, field: usize) -> Scalar<'_> {
        let row = match key {
            Datum::Exact(key) => self.numbers.get(&key),
            Datum::Text(key) => self.texts.get(key),
            Datum::Absent | Datum::Boolean(_) | Datum::Time(_) => None,
        };
        let cell = row.and_then(|row| self.cells.get(row * self.fields.len() + field));
        cell.map_or(Scalar::Null, Cell::scalar)
    }
}

impl Cell {
    fn of(datum: Datum<'_>) -> Cell {
        match datum {
            Datum::Absent => Cell::Null,
            Datum::Boolean(truth) => Cell::Boolean(truth),
            Datum::Exact(units) => Cell::Exact(units),
            Datum::Text(text) => Cell::Text(text.into()),
            Datum::Time(time) => Cell::Exact(time.0.into()),
        }
    }

    fn scalar(&self) -> Scalar<'_> {
        match self {
            Cell::Null => Scalar::Null,
            Cell::Boolean(truth) => Scalar::Boolean(*truth),
            Cell::Exact(units) => Scalar::Exact(*units),
            Cell::Text(text) => Scalar::Text((&**text).into()),
        }
    }
}

impl fmt::Debug for LookupTable {
    /// Without its rows, which may be many.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LookupTable { name, checksum, .. } = self;
        f.debug_struct("LookupTable").field("name", name).field("checksum", checksum).finish_non_exhaustive()
    }
}
