//! The table of a layout: made if it is absent, and refused if it cannot hold the rows.
//!
//! An `_id` is compared by its bytes. A key or a unique index with another collation takes some texts for equal that
//! are not, and a unique index over less than a row's window and group takes rows for one that are two.

use rusqlite::Connection;

use super::fault::TransactionFailure;
use super::statements;
use mare_sink::SinkError;
use mare_sink::document::{ID, Layout};

/// Makes the table and the index that are absent, and refuses a table that cannot hold the rows.
pub(super) fn prepare(
    connection: &Connection,
    table: &str,
    layout: &Layout,
    name: &str,
) -> Result<(), TransactionFailure> {
    check(connection, table, layout, name)?;
    connection.execute(&statements::create_table(table, layout), ())?;
    if let Some(index) = statements::create_index(table, layout) {
        connection.execute(&index, ())?;
    }
    Ok(())
}

/// Refuses a table that cannot hold the rows; one that is absent can.
pub(super) fn check(
    connection: &Connection,
    table: &str,
    layout: &Layout,
    name: &str,
) -> Result<(), TransactionFailure> {
    let (found, expected) = (columns(connection, table)?, expected(layout));
    if found.is_empty() {
        return Ok(());
    }
    let kind = "SELECT type FROM sqlite_master WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')";
    let kind: String = connection.query_row(kind, [table], |row| row.get(0))?;
    if kind != "table" {
        return Err(refused(name, &format!("is a {kind}, which takes no rows"), "drop it").into());
    }
    if found != expected {
        return Err(other_columns(name, &found, &expected).into());
    }
    if let Some(column) = not_null(connection, table)?.into_iter().find(|column| statements::takes_null(layout, column))
    {
        let why =
            format!("does not take NULL in {column}, which stands there where no event of a window had its field");
        return Err(refused(name, &why, "drop the table").into());
    }
    for index in unique(connection, table)? {
        if let Some(why) = index.refuses(layout) {
            return Err(refused(name, &why, "drop the table or that index").into());
        }
    }
    Ok(())
}

/// A column as the schema tells it: its name, its declared type, and whether it is the primary key.
pub(super) type Column = (String, String, bool);

/// The columns that the table has.
pub(super) fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Column>> {
    let mut statement = connection.prepare("SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid")?;
    let rows = statement.query_map([table], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)? == 1)))?;
    rows.collect()
}

/// The columns that take no NULL.
fn not_null(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?) WHERE \"notnull\"")?;
    statement.query_map([table], |row| row.get(0))?.collect()
}

/// The columns that the table should have.
pub(super) fn expected(layout: &Layout) -> Vec<Column> {
    let columns = statements::columns(layout).into_iter().enumerate();
    columns.map(|(index, (name, kind))| (name, kind.to_owned(), index == 0)).collect()
}

/// A unique index: its name, and its columns, each with its collation. A column that is an expression has no name.
struct Unique {
    name: String,
    columns: Vec<(Option<String>, String)>,
}

impl Unique {
    /// Why it would refuse rows of `layout`, or take one for another.
    fn refuses(&self, layout: &Layout) -> Option<String> {
        let has = |wanted: &str| {
            let exact = |(column, collation): &(Option<String>, String)| {
                column.as_deref() == Some(wanted) && collation.eq_ignore_ascii_case("BINARY")
            };
            self.columns.iter().any(exact)
        };
        if has(ID) || layout.newest_first().iter().all(|(column, _)| has(column)) {
            return None;
        }
        let columns = self.columns.iter().map(|(column, collation)| {
            let column = column.as_deref().unwrap_or("an expression");
            if collation.eq_ignore_ascii_case("BINARY") {
                column.to_owned()
            } else {
                format!("{column} with the collation {collation}")
            }
        });
        let columns: Vec<_> = columns.collect();
        Some(format!(
            "has a unique index that takes rows for equal that are not, as `Gamer` and `gamer` may be: {} over {}",
            self.name,
            columns.join(", ")
        ))
    }
}

/// The unique indexes of the table, that of its key among them.
fn unique(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Unique>> {
    let mut indexes = connection.prepare("SELECT name FROM pragma_index_list(?) WHERE \"unique\"")?;
    let names = indexes.query_map([table], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    let mut columns = connection.prepare("SELECT name, coll FROM pragma_index_xinfo(?) WHERE key ORDER BY seqno")?;
    let indexes = names.into_iter().map(|name| {
        let columns = columns.query_map([&name], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        Ok(Unique { name, columns })
    });
    indexes.collect()
}

/// What is said of something that is in the way.
fn refused(name: &str, why: &str, remedy: &str) -> SinkError {
    SinkError::refused(format_args!("{name} {why}"), format_args!("{remedy}, or name another one in sink.sqlite.table"))
}

/// What is said of a table that belongs to something else.
#[cold]
pub(super) fn other_columns(name: &str, found: &[Column], expected: &[Column]) -> SinkError {
    let show = |columns: &[Column]| {
        let columns = columns.iter().map(|(name, kind, _)| format!("{name} {kind}"));
        columns.collect::<Vec<_>>().join(", ")
    };
    SinkError::refused(
        format_args!("{name} has the columns ({}), this dataflow writes ({})", show(found), show(expected)),
        "drop the table or name another one in sink.sqlite.table",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_sink::fixture::sales;

    /// What is said of a table of the flagship's rows that these statements have made.
    fn checked(statements: &str) -> Result<(), String> {
        let (connection, layout) = (Connection::open_in_memory().unwrap(), sales().layout());
        connection.execute_batch(statements).unwrap();
        check(&connection, "vendas", &layout, "SQLite").map_err(|failure| failure.of("SQLite").to_string())
    }

    /// A table of the flagship's rows, with `key` behind its `_id`.
    fn with_key(key: &str) -> String {
        format!(
            "CREATE TABLE vendas (_id TEXT {key}, janela_inicio TEXT, janela_fim TEXT, categoria TEXT, \
             faturamento_total REAL, volume_vendas INTEGER);"
        )
    }

    #[test]
    fn a_key_is_compared_by_its_bytes() {
        assert_eq!(checked(&with_key("PRIMARY KEY NOT NULL")), Ok(()));
        assert_eq!(checked(""), Ok(()), "none is there yet");
        let without_rowid = with_key("PRIMARY KEY COLLATE NOCASE NOT NULL").replace(");", ") WITHOUT ROWID;");
        for table in [&with_key("PRIMARY KEY COLLATE NOCASE"), &with_key("COLLATE RTRIM PRIMARY KEY"), &without_rowid] {
            let why = checked(table).unwrap_err();
            assert!(why.contains("_id with the collation") && why.contains("sink.sqlite.table"), "{table}: {why}");
        }
    }

    #[test]
    fn a_unique_index_tells_all_rows_apart() {
        let with =
            |index: &str| checked(&format!("{} CREATE UNIQUE INDEX i ON vendas {index};", with_key("PRIMARY KEY")));
        assert_eq!(with("(categoria, janela_inicio)"), Ok(()));
        assert_eq!(with("(_id, volume_vendas)"), Ok(()));
        for index in ["(categoria)", "(categoria COLLATE NOCASE, janela_inicio)", "(lower(_id))"] {
            assert!(with(index).unwrap_err().contains("i over"), "{index}");
        }
    }

    #[test]
    fn a_column_of_what_no_event_may_have_had_has_to_take_null() {
        let layout = mare_sink::fixture::tips().layout();
        let made = statements::create_table("vendas", &layout);
        let checked = |statement: &str| {
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch(statement).unwrap();
            check(&connection, "vendas", &layout, "SQLite").map_err(|failure| failure.of("SQLite").to_string())
        };
        assert_eq!(checked(&made), Ok(()));
        let why = checked(&made.replace("\"exact\" REAL,", "\"exact\" REAL NOT NULL,")).unwrap_err();
        assert!(why.contains("does not take NULL in exact") && why.contains("drop the table"), "{why}");
    }

    #[test]
    fn a_view_is_no_table() {
        let view = "CREATE TABLE t (_id TEXT PRIMARY KEY, n INTEGER); CREATE VIEW vendas AS SELECT * FROM t;";
        assert!(checked(view).unwrap_err().contains("is a view"));
    }
}
