//! Alerts beside the rows that they are about: the table `mare_alerts` in the same file.

use std::sync::PoisonError;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};

use super::fault::TransactionFailure;
use super::statements::quoted;
use super::{BUSY_TIMEOUT, OPENING, SqliteSink, connect, name_of};
use mare_model::time::EventTime;
use mare_sink::SinkError;
use mare_sink::alerts::{Alert, AlertEntry, AlertState, AlertStore, HELD, Target};
use mare_sink::document::{Layout, iso};

/// Makes the tables of the alerts and of how far evaluation has come. Names of tables differ by more than case.
const CREATE: &str = "CREATE TABLE IF NOT EXISTS mare_alerts (_id TEXT PRIMARY KEY NOT NULL, sink TEXT COLLATE NOCASE NOT NULL, \
    found INTEGER NOT NULL, rule TEXT NOT NULL, severity TEXT NOT NULL, window_start TEXT NOT NULL, message TEXT NOT NULL, \
    log TEXT, webhook TEXT, topic TEXT, alert TEXT NOT NULL) STRICT, WITHOUT ROWID; \
    CREATE INDEX IF NOT EXISTS mare_alerts_newest_first ON mare_alerts (sink, found DESC); \
    CREATE TABLE IF NOT EXISTS mare_alerts_position (sink TEXT PRIMARY KEY COLLATE NOCASE NOT NULL, next_ms INTEGER NOT NULL) \
    STRICT, WITHOUT ROWID";

const INSERT: &str = "INSERT OR IGNORE INTO mare_alerts \
    (_id, sink, found, rule, severity, window_start, message, log, webhook, topic, alert) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// The log hears of every alert that is sent to anybody.
const FIRED: &str = "SELECT _id FROM mare_alerts \
    WHERE sink = ? AND log IS NOT NULL AND log NOT LIKE ? || '%' AND window_start >= ?";

const SELECT: &str = "SELECT alert, found, log, webhook, topic FROM mare_alerts WHERE sink = ?";

/// What is remembered of the alerts of a table.
#[derive(Debug)]
pub struct SqliteAlerts {
    connection: Connection,
    /// The table whose rows the alerts are about.
    table: String,
    /// Names the sink in messages.
    name: String,
}

impl SqliteAlerts {
    /// Opens the file of `sink`, and makes what is absent: the tables of alerts, and an index of the rows by window, in
    /// which order rules look at them.
    ///
    /// # Errors
    /// [`SinkError::Away`] if another connection holds the file for too long; [`SinkError::Refused`] if it cannot be
    /// opened or written.
    pub fn open(sink: &SqliteSink, layout: &Layout) -> Result<SqliteAlerts, SinkError> {
        let _alone = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = connect(sink).and_then(|connection| {
            connection.execute_batch(CREATE)?;
            let index = quoted(&format!("{}_by_window", sink.table));
            let (table, order) = (quoted(&sink.table), quoted(layout.order().unwrap_or(mare_sink::document::ID)));
            connection.execute(&format!("CREATE INDEX IF NOT EXISTS {index} ON {table} ({order})"), ())?;
            Ok(connection)
        });
        SqliteAlerts::of(sink, opened)
    }

    /// Opens the file of `sink` to look at alerts, and makes nothing; `None` if there have never been any.
    ///
    /// # Errors
    /// As for [`SqliteAlerts::open`].
    pub fn read(sink: &SqliteSink) -> Result<Option<SqliteAlerts>, SinkError> {
        if !sink.path.exists() {
            return Ok(None);
        }
        let opened = Connection::open_with_flags(&sink.path, OpenFlags::SQLITE_OPEN_READ_ONLY);
        let opened = opened.and_then(|connection| {
            connection.busy_timeout(BUSY_TIMEOUT)?;
            Ok(connection.table_exists(None, "mare_alerts")?.then_some(connection))
        });
        opened.transpose().map(|opened| SqliteAlerts::of(sink, opened)).transpose()
    }

    fn of(sink: &SqliteSink, opened: rusqlite::Result<Connection>) -> Result<SqliteAlerts, SinkError> {
        let name = name_of(sink);
        match opened {
            Ok(connection) => Ok(SqliteAlerts { connection, table: sink.table.clone(), name }),
            Err(error) => Err(TransactionFailure::from(error).of(&name)),
        }
    }

    /// Asks, and puts errors into words.
    fn ask<T>(&mut self, question: impl FnOnce(&mut Connection, &str) -> rusqlite::Result<T>) -> Result<T, SinkError> {
        question(&mut self.connection, &self.table).map_err(|error| TransactionFailure::from(error).of(&self.name))
    }
}

impl AlertStore for SqliteAlerts {
    fn position(&mut self) -> Result<Option<EventTime>, SinkError> {
        self.ask(|connection, table| {
            let found = "SELECT next_ms FROM mare_alerts_position WHERE sink = ?";
            connection.query_row(found, [table], |row| row.get(0).map(EventTime)).optional()
        })
    }

    fn record(&mut self, entries: &[AlertEntry]) -> Result<Vec<bool>, SinkError> {
        self.ask(|connection, table| {
            let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let recorded = {
                let mut insert = transaction.prepare_cached(INSERT)?;
                let recorded = entries.iter().map(|AlertEntry { alert, found, states }| {
                    let [log, webhook, topic] = states.each_ref().map(|state| state.as_ref().map(AlertState::text));
                    let (found, severity) = (found.as_millisecond(), alert.severity.word());
                    let Alert { id, rule, window_start, message, .. } = alert;
                    let json = alert.json();
                    let row =
                        params![id, table, found, rule, severity, window_start, message, log, webhook, topic, json];
                    Ok(insert.execute(row)? == 1)
                });
                recorded.collect::<rusqlite::Result<_>>()?
            };
            transaction.commit()?;
            Ok(recorded)
        })
    }

    fn move_to(&mut self, next: Option<EventTime>) -> Result<(), SinkError> {
        self.ask(|connection, table| {
            let moved = match next {
                Some(next) => connection.execute(
                    "INSERT OR REPLACE INTO mare_alerts_position (sink, next_ms) VALUES (?, ?)",
                    params![table, next.0],
                ),
                None => connection.execute("DELETE FROM mare_alerts_position WHERE sink = ?", [table]),
            };
            moved.map(drop)
        })
    }

    fn mark(&mut self, id: &str, target: Target, state: &AlertState) -> Result<(), SinkError> {
        let update = format!("UPDATE mare_alerts SET {} = ? WHERE _id = ?", target.name());
        self.ask(|connection, _| connection.prepare_cached(&update)?.execute([&state.text(), id]).map(drop))
    }

    fn fired(&mut self, since: Option<EventTime>) -> Result<Vec<String>, SinkError> {
        let since = since.map(iso).unwrap_or_default();
        self.ask(|connection, table| {
            connection.prepare_cached(FIRED)?.query_map([table, HELD, &since], |row| row.get(0))?.collect()
        })
    }

    fn pending(&mut self, target: Target, limit: usize) -> Result<Vec<AlertEntry>, SinkError> {
        let select = format!("{SELECT} AND {} = 'pending' ORDER BY found, _id LIMIT ?", target.name());
        self.ask(|connection, table| find(connection, &select, table, limit))
    }

    fn newest(&mut self, limit: usize, with_held_back: bool) -> Result<Vec<AlertEntry>, SinkError> {
        let which = if with_held_back { String::new() } else { format!("AND (log IS NULL OR log NOT LIKE '{HELD}%')") };
        let select = format!("{SELECT} {which} ORDER BY found DESC, _id DESC LIMIT ?");
        self.ask(|connection, table| find(connection, &select, table, limit))
    }

    fn held_back(&mut self) -> Result<u64, SinkError> {
        let count = "SELECT count(*) FROM mare_alerts WHERE sink = ? AND log LIKE ? || '%'";
        let held = self.ask(|connection, table| connection.query_row(count, [table, HELD], |row| row.get::<_, i64>(0)));
        held.map(|held| u64::try_from(held).unwrap_or_default())
    }
}

fn find(connection: &Connection, select: &str, table: &str, limit: usize) -> rusqlite::Result<Vec<AlertEntry>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    connection.prepare_cached(select)?.query_map(params![table, limit], entry)?.collect()
}

/// A row as an alert.
fn entry(row: &Row<'_>) -> rusqlite::Result<AlertEntry> {
    let (json, found): (String, i64) = (row.get(0)?, row.get(1)?);
    let alert = Alert::parse(&json);
    let alert = alert
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, error.into()))?;
    let found = Timestamp::from_millisecond(found).unwrap_or_default();
    let state =
        |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<String>>(column)?.map(|text| AlertState::parse(&text)));
    Ok(AlertEntry { alert, found, states: [state(2)?, state(3)?, state(4)?] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_sink::fixture::{alert, sales};

    fn sink(folder: &tempfile::TempDir, table: &str) -> SqliteSink {
        SqliteSink { path: folder.path().join("sales.db"), table: table.to_owned() }
    }

    /// The alerts about `table`, which is made as a writer would.
    fn open(folder: &tempfile::TempDir, table: &str) -> SqliteAlerts {
        let (sink, layout) = (sink(folder, table), sales().layout());
        crate::SqliteWriter::open(&sink, layout.clone(), mare_sink::FencingToken::UNFENCED).unwrap();
        SqliteAlerts::open(&sink, &layout).unwrap()
    }

    #[test]
    fn what_is_recorded_stays_and_is_new_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut alerts = open(&folder, "vendas");
        let both = [Target::Log, Target::Webhook];
        let entries = ["a", "b", "c"].map(|id| AlertEntry::new(alert(id), if id == "b" { &[] } else { &both }));
        assert_eq!(alerts.record(&entries[..2]).unwrap(), [true, true]);
        alerts.mark("a", Target::Log, &AlertState::Sent(Timestamp::UNIX_EPOCH)).unwrap();
        assert_eq!(alerts.record(&entries).unwrap(), [false, false, true], "and `a` stays sent");

        let mut again = open(&folder, "VENDAS");
        let ids = |entries: Vec<AlertEntry>| entries.into_iter().map(|entry| entry.alert.id).collect::<Vec<_>>();
        assert_eq!(ids(again.pending(Target::Log, 10).unwrap()), ["c"]);
        assert_eq!(ids(again.pending(Target::Webhook, 10).unwrap()), ["a", "c"]);
        assert_eq!(ids(again.pending(Target::Webhook, 1).unwrap()), ["a"]);
        assert_eq!(ids(again.newest(2, true).unwrap()).len(), 2);
        assert!(again.newest(10, true).unwrap().contains(&entries[1]));
        assert!(open(&folder, "other").newest(10, true).unwrap().is_empty());
    }

    #[test]
    fn what_has_fired_is_neither_old_nor_held_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut alerts = open(&folder, "vendas");
        let entry = |id, targets: &[Target]| AlertEntry::new(alert(id), targets);
        let held = entry("held", &[Target::Log]).held_back(Timestamp::UNIX_EPOCH);
        alerts.record(&[entry("fired", &[Target::Log]), held.clone(), entry("old", &[])]).unwrap();
        assert_eq!(alerts.fired(None).unwrap(), ["fired"]);
        let start: Timestamp = alert("fired").window_start.parse().unwrap();
        let mut since = |ms| alerts.fired(Some(EventTime(start.as_millisecond() + ms))).unwrap().len();
        assert_eq!((since(0), since(1_000)), (1, 0));
        assert!(alerts.newest(10, true).unwrap().contains(&held));
        assert_eq!((alerts.newest(10, false).unwrap().len(), alerts.held_back().unwrap()), (2, 1));
        assert_eq!(alerts.pending(Target::Log, 10).unwrap().len(), 1);
    }

    #[test]
    fn how_far_evaluation_has_come_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut alerts = open(&folder, "vendas");
        assert_eq!(alerts.position().unwrap(), None);
        for next in [EventTime(60_000), EventTime(-1)] {
            alerts.move_to(Some(next)).unwrap();
            assert_eq!(open(&folder, "vendas").position().unwrap(), Some(next));
        }
        alerts.move_to(None).unwrap();
        assert_eq!(alerts.position().unwrap(), None);
    }

    #[test]
    fn looking_makes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let sink = sink(&folder, "vendas");
        assert!(SqliteAlerts::read(&sink).unwrap().is_none() && !sink.path.exists());
        drop(Connection::open(&sink.path));
        assert!(SqliteAlerts::read(&sink).unwrap().is_none());
        open(&folder, "vendas").record(&[AlertEntry::new(alert("a"), &[])]).unwrap();
        let mut read = SqliteAlerts::read(&sink).unwrap().unwrap();
        assert_eq!(read.newest(10, true).unwrap().len(), 1);
        assert!(read.move_to(None).is_err(), "it may not write");
    }

    #[test]
    fn windows_are_found_by_the_index() {
        let folder = tempfile::tempdir().unwrap();
        let alerts = open(&folder, "vendas");
        let plan = "EXPLAIN QUERY PLAN SELECT * FROM vendas WHERE janela_inicio GLOB '2*' AND janela_inicio >= 'a' \
            AND janela_inicio < 'b' ORDER BY janela_inicio, _id LIMIT 10";
        let detail: String = alerts.connection.query_row(plan, (), |row| row.get("detail")).unwrap();
        assert!(detail.contains("vendas_by_window"), "{detail}");
    }
}
