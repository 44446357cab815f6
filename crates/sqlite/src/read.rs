//! Rows of a table read back.
//!
//! The file is opened for reading when it is first asked, and again until it is there: a reader makes neither the file
//! nor the table. Texts of instants sort as the instants do, for the years 0 to 9999; but a fraction of a second sorts
//! before the `Z` of one without, so where windows may begin within a second the order leaves the `Z` out.

use rusqlite::types::Value as Cell;
use rusqlite::{Connection, ErrorCode, OpenFlags, Row, params_from_iter};

use super::fault::TransactionFailure;
use super::statements::quoted;
use super::table::{columns, expected, other_columns};
use super::{BUSY_TIMEOUT, SqliteSink, cell, control, name_of};
use mare_model::fault::{Domain, Fault};
use mare_model::journal::Journal;
use mare_model::position::Positions;
use mare_model::schema::FieldType;
use mare_model::time::{EventTime, Windows};
use mare_model::view::Number;
use mare_sink::document::{FieldOrigin, FieldValue, ID, Layout, LayoutField, iso};
use mare_sink::fence::ControlDocument;
use mare_sink::parse::{self, Stored};
use mare_sink::{Query, Reader, SinkError, StoredDocument};

/// A connection that reads a table in an SQLite file. It needs no right to write.
#[derive(Debug)]
pub struct SqliteReader {
    sink: SqliteSink,
    /// What a row consists of.
    layout: Layout,
    /// Names the sink in messages.
    name: String,
    /// The file, once it and the table have been there.
    connection: Option<Connection>,
}

/// Matches texts that look like instants as [`iso`] writes them.
const INSTANT: &str = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z";

impl SqliteReader {
    /// The control document; without the table of control documents there is none.
    fn control(&mut self) -> Result<Option<ControlDocument>, SinkError> {
        let table = self.sink.table.clone();
        match control::find(self.open()?, &table) {
            Ok(found) => Ok(found),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::Unknown) => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// A reader of the rows of `sink`. Nothing is opened yet.
    #[must_use]
    pub fn new(sink: &SqliteSink, layout: Layout) -> Self {
        SqliteReader { name: name_of(sink), sink: sink.clone(), layout, connection: None }
    }

    /// The open file.
    ///
    /// # Errors
    /// [`SinkError::Away`] as long as there is no such file or table: a run makes them.
    fn open(&mut self) -> Result<&Connection, SinkError> {
        let opened = match self.connection.take() {
            Some(connection) => connection,
            None => self.reach()?,
        };
        Ok(self.connection.insert(opened))
    }

    fn reach(&self) -> Result<Connection, SinkError> {
        if !self.sink.path.exists() {
            return Err(self.nothing_yet("file"));
        }
        let opened = Connection::open_with_flags(&self.sink.path, OpenFlags::SQLITE_OPEN_READ_ONLY);
        let connection = opened.and_then(|connection| connection.busy_timeout(BUSY_TIMEOUT).map(|()| connection));
        let connection = connection.map_err(|error| self.failed(error))?;
        let found = columns(&connection, &self.sink.table).map_err(|error| self.failed(error))?;
        match expected(&self.layout) {
            _ if found.is_empty() => Err(self.nothing_yet("table")),
            expected if found == expected => Ok(connection),
            expected => Err(other_columns(&self.name, &found, &expected)),
        }
    }

    /// What `question` finds out about the table.
    pub(super) fn ask<T>(&mut self, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, SinkError> {
        let answer = question(self.open()?);
        answer.map_err(|error| self.failed(error))
    }

    /// That there is nothing to read.
    fn nothing_yet(&self, what: &str) -> SinkError {
        let what = format!("{}: there is no such {what} yet", self.name);
        SinkError::Away(Fault::new(Domain::Sink, what).remedy("`mare run` makes it").later())
    }

    fn failed(&self, error: rusqlite::Error) -> SinkError {
        TransactionFailure::from(error).of(&self.name)
    }

    /// The rows that `statement` selects, each as what it is.
    fn page(&mut self, statement: Statement) -> Result<Vec<StoredDocument>, SinkError> {
        let columns: Vec<_> =
            std::iter::once(ID).chain(self.layout.fields().iter().map(|field| &*field.name)).collect();
        let columns: Vec<_> = columns.into_iter().map(quoted).collect();
        let sql = format!("SELECT {} FROM {} {}", columns.join(", "), quoted(&self.sink.table), statement.tail);
        let layout = self.layout.clone();
        let read = |connection: &Connection| -> rusqlite::Result<Vec<StoredDocument>> {
            let mut prepared = connection.prepare_cached(&sql)?;
            let rows = prepared.query_map(params_from_iter(statement.parameters), |row| found(&layout, row))?;
            rows.collect()
        };
        let page = read(self.open()?);
        page.map_err(|error| self.failed(error))
    }
}

impl Reader for SqliteReader {
    fn find(&mut self, query: &Query) -> Result<Vec<StoredDocument>, SinkError> {
        self.open()?;
        let Some(statement) = Statement::of(&self.layout, query) else { return Ok(Vec::new()) };
        let mut page = Vec::new();
        if query.wants_strays() {
            page = self.page(Statement::strays(&self.layout, query.limit.saturating_sub(1)))?;
        }
        let rest = query.limit.saturating_sub(page.len());
        page.extend(self.page(statement.limit(rest))?);
        Ok(page)
    }

    fn size(&mut self) -> Result<u64, SinkError> {
        let count = format!("SELECT count(*) FROM {}", quoted(&self.sink.table));
        let counted = self.open()?.query_row(&count, (), |row| row.get::<_, i64>(0));
        counted.map(i64::unsigned_abs).map_err(|error| self.failed(error))
    }

    fn shown(&mut self) -> Result<Option<Positions>, SinkError> {
        Ok(self.control()?.map(|control| control.shown))
    }

    fn begins(&mut self) -> Result<Positions, SinkError> {
        Ok(self.control()?.map(|control| control.begins).unwrap_or_default())
    }

    fn journal(&mut self) -> Result<Journal, SinkError> {
        Ok(self.control()?.map(|control| control.journal).unwrap_or_default())
    }
}

/// What stands behind the table's name, and its parameters.
struct Statement {
    tail: String,
    parameters: Vec<Cell>,
}

impl Statement {
    /// Selects what `query` asks for and has a place in the order, without a limit yet; `None` if its group is none of
    /// this plan's, or it is of times that are not told apart.
    fn of(layout: &Layout, query: &Query) -> Option<Statement> {
        let order = Order::of(layout);
        let place = layout.order().map_or("TRUE".to_owned(), |column| format!("{} GLOB '{INSTANT}'", quoted(column)));
        let mut statement = Statement { tail: format!("WHERE {place}"), parameters: Vec::new() };
        for (name, value) in query.group.as_deref().map_or(Some(Vec::new()), |group| layout.of_group(group))? {
            // Nothing equals NULL, and an index serves both.
            let equals = if value == FieldValue::Null { "IS" } else { "=" };
            statement.and(&format!("{} {equals} ?", quoted(name)), [cell(value)]);
        }
        let Some(order) = order else {
            return query.has_all_times().then(|| statement.by_id(query));
        };
        if query.from != EventTime::MIN {
            statement.and(&format!("{} >= ?", order.by), [order.place(query.from)]);
        }
        if query.to != EventTime::MAX {
            statement.and(&format!("{} < ?", order.by), [order.place(query.to)]);
        }
        if query.any_order {
            return Some(statement.by_id(query));
        }
        let (behind, direction) = if query.newest_first { ("<", " DESC") } else { (">", "") };
        if let Some((slot, id)) = &query.after {
            let (by, place) = (&order.by, order.place(*slot));
            let condition = format!("({by} {behind} ? OR ({by} = ? AND {} > ?))", quoted(ID));
            statement.and(&condition, [place.clone(), place, Cell::Text(id.clone())]);
        }
        statement.tail.push_str(&format!(" ORDER BY {}{direction}, {}", order.by, quoted(ID)));
        Some(statement)
    }

    /// Selects what has no place in the order.
    fn strays(layout: &Layout, limit: usize) -> Statement {
        let place = layout.order().map_or("TRUE".to_owned(), |column| format!("{} GLOB '{INSTANT}'", quoted(column)));
        let tail = format!("WHERE NOT ({place}) ORDER BY {}", quoted(ID));
        Statement { tail, parameters: Vec::new() }.limit(limit)
    }

    /// The same in the order of the key.
    fn by_id(mut self, query: &Query) -> Statement {
        let after = query.after.iter().map(|(_, id)| Cell::Text(id.clone()));
        after.for_each(|id| self.and(&format!("{} > ?", quoted(ID)), [id]));
        self.tail.push_str(&format!(" ORDER BY {}", quoted(ID)));
        self
    }

    fn and<const N: usize>(&mut self, condition: &str, parameters: [Cell; N]) {
        self.tail.push_str(" AND ");
        self.tail.push_str(condition);
        self.parameters.extend(parameters);
    }

    /// The same with at most `limit` rows.
    fn limit(mut self, limit: usize) -> Statement {
        self.tail.push_str(" LIMIT ?");
        self.parameters.push(Cell::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
        self
    }
}

/// By what rows are put in the order of their windows.
struct Order {
    /// The column, or the expression of it.
    by: String,
    /// Whether the `Z` is left out.
    cuts: bool,
    windows: Windows,
}

impl Order {
    /// That of documents of `layout`, if they have windows.
    fn of(layout: &Layout) -> Option<Order> {
        let windows = layout.windows();
        let (column, cuts) = (quoted(layout.order()?), !windows.begin_at_seconds());
        Some(Order { by: if cuts { format!("rtrim({column}, 'Z')") } else { column }, cuts, windows })
    }

    /// The place of a slot.
    fn place(&self, slot: EventTime) -> Cell {
        let time = self.windows.name(slot);
        // Whole seconds of windows compare with those of any instant as if it were rounded up.
        let text = if self.cuts {
            iso(time)
        } else {
            iso(EventTime(time.0.saturating_add(999).div_euclid(1000).saturating_mul(1000)))
        };
        Cell::Text(if self.cuts { text.trim_end_matches('Z').to_owned() } else { text })
    }
}

/// What a row is.
fn found(layout: &Layout, row: &Row<'_>) -> rusqlite::Result<StoredDocument> {
    let id: String = row.get(0)?;
    let mut fields = Vec::with_capacity(layout.fields().len());
    for (index, field) in layout.fields().iter().enumerate() {
        fields.push((field.name.clone(), stored(field, row.get(index + 1)?)));
    }
    let slot = match layout.order() {
        None => Some(EventTime::MIN),
        Some(order) => fields.iter().find_map(|(name, value)| match value {
            Stored::Time(named) if name == order => Some(layout.windows().slot_named(*named)),
            _ => None,
        }),
    };
    let document = parse::document(layout, &id, fields);
    Ok(StoredDocument { id, slot, document })
}

/// An instant as it is kept.
fn instant(text: &str) -> Stored {
    parse::instant(text).map_or_else(|| Stored::Other(format!("`{}`", text.escape_debug())), Stored::Time)
}

/// A cell of a field's column, in the terms that all sinks share.
fn stored(field: &LayoutField, cell: Cell) -> Stored {
    let is = |kind| matches!(field.origin, FieldOrigin::Total(aggregate) if aggregate.number() == kind);
    match (field.origin, cell) {
        (FieldOrigin::WindowStart | FieldOrigin::WindowEnd, Cell::Text(text)) => instant(&text),
        (FieldOrigin::Total(_), Cell::Text(text)) if is(Number::Time) => instant(&text),
        (FieldOrigin::Final | FieldOrigin::Group(FieldType::Boolean), Cell::Integer(truth @ 0..=1)) => {
            Stored::Boolean(truth == 1)
        }
        (FieldOrigin::Total(_), Cell::Integer(truth @ 0..=1)) if is(Number::Boolean) => Stored::Boolean(truth == 1),
        // A column of doubles that is not strict may hand whole ones out as integers.
        (FieldOrigin::Total(aggregate), Cell::Integer(number))
            if matches!(aggregate.number(), Number::Decimal { .. }) && (number as f64) as i64 == number =>
        {
            Stored::Double(number as f64)
        }
        (_, Cell::Text(text)) => Stored::Text(text),
        (_, Cell::Integer(number)) => Stored::Integer(number),
        (_, Cell::Real(number)) => Stored::Double(number),
        (_, Cell::Blob(_)) => Stored::Other("a blob".to_owned()),
        (_, Cell::Null) => Stored::Null,
    }
}

#[cfg(test)]
mod tests;
