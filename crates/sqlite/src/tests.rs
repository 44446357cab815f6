//! The SQLite writer on real files.

mod claims;
mod owners;

use std::path::Path;

use tempfile::TempDir;

use super::*;
use mare_sink::fixture::{change, key, sales, sales_with_final, sensors, total};

fn sink(folder: &Path) -> SqliteSink {
    SqliteSink { path: folder.join("mare.db"), table: "tempo \"real\"".into() }
}

fn open(folder: &TempDir) -> SqliteWriter {
    SqliteWriter::open(&sink(folder.path()), sales().layout(), FencingToken::UNFENCED).unwrap()
}

fn refusal(outcome: Result<SqliteWriter, SinkError>) -> String {
    match outcome {
        Err(SinkError::Refused(fault)) => fault.to_string(),
        other => panic!("not refused: {other:?}"),
    }
}

/// All rows, as the texts of their cells.
fn rows(folder: &TempDir) -> Vec<Vec<String>> {
    let connection = Connection::open(sink(folder.path()).path).unwrap();
    let mut statement = connection.prepare("SELECT * FROM \"tempo \"\"real\"\"\" ORDER BY _id").unwrap();
    let width = statement.column_count();
    let rows = statement.query_map((), |row| {
        Ok((0..width).map(|index| format!("{:?}", row.get::<_, Cell>(index).unwrap())).collect::<Vec<_>>())
    });
    rows.unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_total_becomes_a_typed_row() {
    let folder = TempDir::new().unwrap();
    let written = open(&folder).write(&[change(key("Café '", 60_000), total(3, &[1_010]))]).unwrap();
    assert_eq!(written, Written { written: 1, stale: 0 });
    let expected = [
        r#"Text("Café '|1970-01-01T00:01:00Z")"#,
        r#"Text("1970-01-01T00:01:00Z")"#,
        r#"Text("1970-01-01T00:02:00Z")"#,
        r#"Text("Café '")"#,
        "Real(10.1)",
        "Integer(3)",
    ];
    assert_eq!(rows(&folder), [expected]);
}

#[test]
fn a_row_is_only_replaced_by_a_more_complete_one() {
    let folder = TempDir::new().unwrap();
    let mut writer = open(&folder);
    let steps = [(5, 500, 1), (4, 900, 0), (5, 900, 0), (6, 600, 1)];
    for (n, units, written) in steps {
        let outcome = writer.write(&[change(key("a", 0), total(n, &[units]))]).unwrap();
        assert_eq!(outcome, Written { written, stale: 1 - written }, "n = {n}");
    }
    assert_eq!(rows(&folder)[0][4..], ["Real(6.0)", "Integer(6)"]);
    let again = open(&folder).write(&[change(key("a", 0), total(6, &[600])), change(key("b", 0), total(1, &[1]))]);
    assert_eq!(again.unwrap(), Written { written: 1, stale: 1 });
}

/// Each step: the number of events, whether the total is final, and what becomes of it.
#[test]
fn a_final_row_is_only_replaced_by_a_more_complete_one() {
    let folder = TempDir::new().unwrap();
    let layout = sales_with_final().layout();
    let mut writer = SqliteWriter::open(&sink(folder.path()), layout, FencingToken::UNFENCED).unwrap();
    let steps = [
        (5, false, 1, "Integer(0)"),
        (4, true, 0, "Integer(0)"),
        (5, false, 0, "Integer(0)"),
        (5, true, 1, "Integer(1)"),
        (5, false, 0, "Integer(1)"),
        (5, true, 0, "Integer(1)"),
        (6, false, 1, "Integer(0)"),
        (7, true, 1, "Integer(1)"),
    ];
    for (n, is_final, written, stands) in steps {
        let outcome = writer.write(&[Change { key: key("a", 0), total: total(n, &[1]), is_final }]).unwrap();
        assert_eq!(outcome, Written { written, stale: 1 - written }, "{n} {is_final}");
        assert_eq!(rows(&folder)[0][3], stands, "{n} {is_final}");
    }
}

#[test]
fn writers_that_open_a_new_file_at_once_wait_for_each_other() {
    for round in 0..100 {
        let folder = TempDir::new().unwrap();
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let open = || SqliteWriter::open(&sink(folder.path()), sales().layout(), FencingToken::UNFENCED);
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(outcomes.iter().all(Result::is_ok), "round {round}: {outcomes:?}");
    }
}

#[test]
fn writers_that_race_leave_the_most_complete_rows() {
    let folder = TempDir::new().unwrap();
    let counts = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..3)
            .map(|writer: i64| {
                let mut sink = open(&folder);
                scope.spawn(move || {
                    let versions = (0..40).map(|step| 1 + (step * 3 + writer * 7) % 40);
                    let batch =
                        |n| [change(key("a", 0), total(n, &[i128::from(n)])), change(key("b", 0), total(41 - n, &[1]))];
                    versions.map(|n| sink.write(&batch(n)).unwrap().written).sum::<u64>()
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).sum::<u64>()
    });
    let rows = rows(&folder);
    assert_eq!([&rows[0][5], &rows[1][5]], ["Integer(40)", "Integer(40)"]);
    assert!(counts <= 80, "each row can only grow from 1 to 40: {counts}");
}

#[test]
fn sums_beyond_64_bits_become_the_nearest_double() {
    let folder = TempDir::new().unwrap();
    let sink = SqliteSink { path: folder.path().join("mare.db"), table: "t".into() };
    let mut writer = SqliteWriter::open(&sink, sensors().layout(), FencingToken::UNFENCED).unwrap();
    let big = i128::from(i64::MAX) + 1;
    writer
        .write(&[change(key("1|true|x", 0), total(2, &[2, big])), change(key("2|false|x", 0), total(1, &[1, big - 1]))])
        .unwrap();
    let connection = Connection::open(&sink.path).unwrap();
    let sql = "SELECT group_concat(sensor_id || ' ' || indoors || ' ' || typeof(sum) || ' ' || n, ', ' ORDER BY sensor_id) FROM t";
    let found: String = connection.query_one(sql, (), |row| row.get(0)).unwrap();
    assert_eq!(found, "1 1 real 2, 2 0 integer 1");
}

#[test]
fn the_newest_windows_of_a_category_come_from_the_index() {
    let folder = TempDir::new().unwrap();
    drop(open(&folder));
    let connection = Connection::open(sink(folder.path()).path).unwrap();
    let sql =
        "EXPLAIN QUERY PLAN SELECT * FROM \"tempo \"\"real\"\"\" WHERE categoria = 'a' ORDER BY janela_inicio DESC";
    let plan: String = connection.query_one(sql, (), |row| row.get(3)).unwrap();
    assert!(plan.contains("USING INDEX") && plan.contains("newest_first"), "{plan}");
}

#[test]
fn another_table_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let sink = sink(folder.path());
    let connection = Connection::open(&sink.path).unwrap();
    connection.execute("CREATE TABLE \"tempo \"\"real\"\"\" (categoria TEXT)", ()).unwrap();
    let text = refusal(SqliteWriter::open(&sink, sales().layout(), FencingToken::UNFENCED));
    assert!(text.contains("has the columns (categoria TEXT)") && text.contains("sink.sqlite.table"), "{text}");
    let indices: i64 =
        connection.query_one("SELECT count(*) FROM sqlite_schema WHERE type = 'index'", (), |row| row.get(0)).unwrap();
    assert_eq!(indices, 0);
}

#[test]
fn files_that_cannot_be_used_are_refused_with_the_remedy() {
    let folder = TempDir::new().unwrap();
    let absent =
        refusal(SqliteWriter::open(&sink(&folder.path().join("absent")), sales().layout(), FencingToken::UNFENCED));
    assert!(absent.contains("folder in sink.sqlite.path exists"), "{absent}");
    std::fs::write(sink(folder.path()).path, "not a database, and long enough to have had a header".repeat(99))
        .unwrap();
    let other = refusal(SqliteWriter::open(&sink(folder.path()), sales().layout(), FencingToken::UNFENCED));
    assert!(other.contains("is no SQLite database"), "{other}");
}

#[test]
fn a_full_disk_is_refused_and_leaves_nothing_half_written() {
    let folder = TempDir::new().unwrap();
    let mut writer = open(&folder);
    writer.write(&[change(key("a", 0), total(1, &[1]))]).unwrap();
    let pages: i64 = writer.connection.query_one("PRAGMA page_count", (), |row| row.get(0)).unwrap();
    writer.connection.pragma_update(None, "max_page_count", pages).unwrap();
    let many: Vec<_> = (0..500).map(|n| change(key("b", n * 60_000), total(1, &[1]))).collect();
    let outcome = writer.write(&many);
    assert!(
        matches!(&outcome, Err(SinkError::Refused(fault)) if fault.to_string().contains("free space")),
        "{outcome:?}"
    );
    assert_eq!(rows(&folder).len(), 1);
}

#[test]
fn a_locked_file_is_away_and_then_back() {
    let folder = TempDir::new().unwrap();
    let mut writer = open(&folder);
    writer.connection.busy_timeout(Duration::ZERO).unwrap();
    let other = Connection::open(sink(folder.path()).path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let totals = [change(key("a", 0), total(1, &[1]))];
    assert!(matches!(writer.write(&totals), Err(SinkError::Away(_))));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(writer.write(&totals).unwrap().written, 1);
}
