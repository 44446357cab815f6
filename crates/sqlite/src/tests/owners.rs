//! Files that are removed, replaced, emptied or put back while checkpoints of them stand, and what a claim says of it.

use super::*;
use mare_sink::fence::{Claim, Expected, Generation, Standing};
use mare_sink::fixture::{claim as says, positions};

/// What a run says that goes on from a checkpoint which this one has taken when all that it wrote was shown.
fn going_on(first: &Standing) -> Claim {
    let expects = Expected {
        sink: "here".into(),
        id: first.id.clone(),
        generation: first.generation,
        shown: positions(&[(0, 30)]),
        counted: 30,
        taken: jiff::Timestamp::UNIX_EPOCH,
        ..Expected::default()
    };
    Claim { expects: Some(expects), goes_on: true, newest: first.generation, ..says("f1", false) }
}

fn claim(folder: &TempDir, claim: &Claim) -> Result<Standing, SinkError> {
    super::claim(&sink(folder.path()), &sales().layout(), claim)
}

/// A run that has written a row of 30 records; its writer stays open.
fn written(folder: &TempDir) -> (Standing, SqliteWriter) {
    let first = claim(folder, &says("f1", false)).unwrap();
    let mut writer = SqliteWriter::open(&sink(folder.path()), sales().layout(), first.token()).unwrap();
    writer.show(&positions(&[(0, 30)])).unwrap();
    writer.write(&[change(key("a", 0), total(30, &[100]))]).unwrap();
    (first, writer)
}

/// Removes the file and what belongs to it.
fn remove(folder: &TempDir) {
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, SinkError>) -> String {
    match outcome {
        Err(SinkError::Refused(fault)) => fault.to_string(),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_file_that_is_gone_is_no_new_one_to_a_run_that_goes_on() {
    let folder = TempDir::new().unwrap();
    let (first, writer) = written(&folder);
    drop(writer);
    assert_eq!(claim(&folder, &going_on(&first)).unwrap().generation, Generation(2));
    remove(&folder);
    let looked = inspect::belongs(&sink(folder.path()), &going_on(&first));
    assert!(refused(looked).contains("the documents of 30 records"));
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "looking makes nothing");
    let text = refused(claim(&folder, &going_on(&first)));
    assert!(text.contains("no control document") && text.contains("--fresh"), "{text}");
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "nor does a claim that is refused");
    drop(Connection::open(sink(folder.path()).path).unwrap());
    assert!(refused(claim(&folder, &going_on(&first))).contains("no control document"), "an empty file");
    let anew = claim(&folder, &Claim { counts_again: true, anew: true, ..going_on(&first) }).unwrap();
    assert!(anew.generation > first.generation && anew.id != first.id, "{anew:?}");
    assert!(refused(claim(&folder, &going_on(&first))).contains("made anew"));
}

#[test]
fn an_older_copy_of_the_file_is_told_from_it() {
    let folder = TempDir::new().unwrap();
    let first = claim(&folder, &says("f1", false)).unwrap();
    let (path, copy) = (sink(folder.path()).path, folder.path().join("copy.db"));
    file::fold(&sink(folder.path()));
    std::fs::copy(&path, &copy).unwrap();
    let mut writer = SqliteWriter::open(&sink(folder.path()), sales().layout(), first.token()).unwrap();
    writer.show(&positions(&[(0, 30)])).unwrap();
    writer.write(&[change(key("a", 0), total(30, &[100]))]).unwrap();
    drop(writer);
    std::fs::rename(&copy, &path).unwrap();
    assert!(refused(claim(&folder, &going_on(&first))).contains("the documents of 30 records"));
    // Another run counts again: its positions come as far before all of its documents do.
    let again = claim(&folder, &Claim { counts_again: true, ..going_on(&first) }).unwrap();
    assert!(again.generation > first.generation && again.id != first.id, "{again:?}");
    let mut writer = SqliteWriter::open(&sink(folder.path()), sales().layout(), again.token()).unwrap();
    writer.show(&positions(&[(0, 30)])).unwrap();
    writer.write(&[change(key("b", 0), total(1, &[1]))]).unwrap();
    assert!(refused(claim(&folder, &going_on(&first))).contains("made anew, or replaced"));
}

#[test]
fn a_sink_that_is_claimed_anew_with_the_same_number_is_not_its_old_runs() {
    let folder = TempDir::new().unwrap();
    let (first, mut writer) = written(&folder);
    Connection::open(sink(folder.path()).path).unwrap().execute_batch("DELETE FROM mare_control").unwrap();
    let second = claim(&folder, &says("f1", false)).unwrap();
    assert_eq!(second.generation, first.generation);
    assert!(matches!(writer.write(&[change(key("b", 0), total(1, &[1]))]), Err(SinkError::Superseded(_))));
}

#[test]
fn a_table_that_is_emptied_or_dropped_is_missed() {
    for statement in ["DELETE FROM \"tempo \"\"real\"\"\"", "DROP TABLE \"tempo \"\"real\"\"\""] {
        let folder = TempDir::new().unwrap();
        let (first, writer) = written(&folder);
        drop(writer);
        Connection::open(sink(folder.path()).path).unwrap().execute_batch(statement).unwrap();
        assert!(refused(claim(&folder, &going_on(&first))).contains("holds no document"), "{statement}");
        let found = inspect::inspect(&sink(folder.path()), &sales().layout(), &going_on(&first)).unwrap();
        assert!(refused(found.checkpoint).contains("holds no document"), "{statement}");
    }
}

#[test]
fn a_file_that_is_removed_or_replaced_under_a_writer_is_noticed() {
    let (folder, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (_, mut writer) = written(&folder);
    let (_, another) = written(&other);
    drop(another);
    writer.look().unwrap();
    remove(&folder);
    assert!(refused(writer.look()).contains("was removed"));
    let more = [change(key("b", 0), total(1, &[1]))];
    assert!(refused(writer.write(&more)).contains("was removed"), "and not told that it is durable");
    std::fs::copy(sink(other.path()).path, sink(folder.path()).path).unwrap();
    assert!(refused(writer.write(&more)).contains("was replaced"));
}

#[test]
fn a_writer_that_is_idle_hears_that_it_is_superseded() {
    let folder = TempDir::new().unwrap();
    let (_, mut writer) = written(&folder);
    claim(&folder, &says("f1", false)).unwrap();
    assert!(matches!(writer.look(), Err(SinkError::Superseded(_))));
}

#[test]
fn a_row_that_is_ignored_is_not_taken_for_one_that_stands() {
    let folder = TempDir::new().unwrap();
    let mut writer = open(&folder);
    let trigger = "CREATE TRIGGER no BEFORE INSERT ON \"tempo \"\"real\"\"\" WHEN new.categoria = 'b' \
        BEGIN SELECT RAISE(IGNORE); END";
    Connection::open(sink(folder.path()).path).unwrap().execute_batch(trigger).unwrap();
    let text = refused(writer.write(&[change(key("a", 0), total(2, &[1])), change(key("b", 0), total(1, &[1]))]));
    assert!(text.contains("`b|1970-01-01T00:00:00Z` was not taken") && text.contains("trigger"), "{text}");
    assert_eq!(rows(&folder).len(), 0, "all or nothing");
}

#[test]
fn a_table_whose_key_has_no_case_is_refused_before_anything_is_written() {
    let folder = TempDir::new().unwrap();
    let table = statements::create_table("tempo \"real\"", &sales().layout());
    let table = table.replace("PRIMARY KEY", "PRIMARY KEY COLLATE NOCASE");
    let connection = Connection::open(sink(folder.path()).path).unwrap();
    connection.execute_batch(&table).unwrap();
    for overwrite in [false, true] {
        assert!(refused(claim(&folder, &says("f1", overwrite))).contains("collation NOCASE"));
    }
    assert!(!connection.table_exists(None, control::TABLE).unwrap(), "no control document either");
    let found = inspect::inspect(&sink(folder.path()), &sales().layout(), &says("f1", false)).unwrap();
    assert!(refused(found.table).contains("`Gamer` and `gamer`"));
}

/// SQLite takes the pages of both for one file, and finds the newest control document in them.
#[test]
fn an_older_file_under_the_log_of_a_newer_one_is_refused() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = claim(&folder, &Claim { fingerprint: "f1".into(), ..Claim::default() }).unwrap();
    let path = sink(folder.path()).path;
    let writer = Connection::open(&path).unwrap();
    let fill = |from: i64, to: i64| {
        let rows = format!(
            "WITH RECURSIVE n (i) AS (VALUES (?1) UNION ALL SELECT i + 1 FROM n WHERE i < ?2) INSERT INTO {} \
             SELECT 'group ' || i || hex(randomblob(40)), '2025-11-28T12:00:00Z', '2025-11-28T12:01:00Z', 'group ' || i, 1.0, 1 FROM n",
            statements::quoted(&sink(folder.path()).table)
        );
        writer.execute(&rows, (from, to)).unwrap();
    };
    let fold = |how: &str| writer.query_row(&format!("PRAGMA wal_checkpoint({how})"), (), |_| Ok(())).unwrap();
    fill(1, 2_000);
    fold("TRUNCATE");
    let copy = sink(other.path()).path;
    std::fs::copy(&path, &copy).unwrap();
    fill(2_001, 9_000);
    fold("RESTART");
    fill(9_001, 9_020);
    std::fs::copy(path.with_extension("db-wal"), copy.with_extension("db-wal")).unwrap();
    let again = Claim { fingerprint: "f1".into(), newest: first.generation, ..Claim::default() };
    let examined = inspect::inspect(&sink(other.path()), &sales().layout(), &again).unwrap();
    let belongs = inspect::belongs(&sink(other.path()), &again);
    for told in [claim(&other, &again).map(drop), examined.lock, belongs] {
        let text = refused(told);
        assert!(text.contains("is damaged") && text.contains("-wal and -shm"), "{text}");
    }
}
