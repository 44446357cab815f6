//! Runs that claim a table after each other, and what older ones may still do.

use super::*;
use mare_sink::fence::{Generation, Standing};
use mare_sink::fixture::SampleView;
use mare_sink::fixture::{claim as says, positions};

/// What the claim of a run of the flagship comes to.
fn claim(folder: &TempDir, fingerprint: &str, overwrite: bool) -> Result<Standing, SinkError> {
    super::claim(&sink(folder.path()), &sales().layout(), &says(fingerprint, overwrite))
}

/// The writer of a run that has claimed the table.
fn writer(folder: &TempDir, token: FencingToken) -> SqliteWriter {
    SqliteWriter::open(&sink(folder.path()), sales().layout(), token).unwrap()
}

/// One batch, as the delivery thread does it.
fn deliver(writer: &mut SqliteWriter, shows: &[(i32, i64)], n: i64) -> Result<Written, SinkError> {
    writer.show(&positions(shows))?;
    writer.write(&[change(key("a", 0), total(n, &[100]))])
}

/// The flagship with another name for its number of events, so that its table has other columns.
fn renamed() -> SampleView {
    let mut plan = sales();
    plan.view.totals[1].name = "vendas".into();
    plan.view.version = "vendas".into();
    plan
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, SinkError>) -> String {
    match outcome {
        Err(SinkError::Refused(fault)) => fault.to_string(),
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn each_claim_gets_the_next_generation_and_finds_what_was_shown() {
    let folder = TempDir::new().unwrap();
    let first = claim(&folder, "f1", false).unwrap();
    assert_eq!(first, Standing { generation: Generation(1), id: first.id.clone(), ..Standing::default() });
    let mut run = writer(&folder, first.token());
    deliver(&mut run, &[(0, 5), (1, 7)], 1).unwrap();
    deliver(&mut run, &[(0, 6), (1, 3)], 2).unwrap();
    let second = claim(&folder, "f1", false).unwrap();
    let shown = positions(&[(0, 6), (1, 7)]);
    assert_eq!(second, Standing { generation: Generation(2), shown, ..first });
}

#[test]
fn a_run_that_has_claimed_nothing_touches_no_control_document() {
    let folder = TempDir::new().unwrap();
    claim(&folder, "f1", false).unwrap();
    deliver(&mut open(&folder), &[(0, 5)], 1).unwrap();
    let standing = claim(&folder, "f1", false).unwrap();
    assert_eq!((standing.shown, rows(&folder).len()), (Positions::new(), 1));
}

#[test]
fn claims_that_race_get_different_generations() {
    let folder = TempDir::new().unwrap();
    let mut generations: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| claim(&folder, "f1", false).unwrap().generation)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    generations.sort();
    assert_eq!(generations, (1..=8).map(Generation).collect::<Vec<_>>());
}

#[test]
fn a_superseded_writer_writes_nothing_and_shows_nothing() {
    let folder = TempDir::new().unwrap();
    let mut zombie = writer(&folder, claim(&folder, "f1", false).unwrap().token());
    deliver(&mut zombie, &[(0, 5)], 1).unwrap();
    let newer = claim(&folder, "f1", false).unwrap();
    let before = rows(&folder);
    let Err(SinkError::Superseded(fault)) = deliver(&mut zombie, &[(0, 9)], 2) else { panic!("not superseded") };
    let text = fault.to_string();
    assert!(text.contains("generation 2, host:1") && text.contains("Nothing is lost"), "{text}");
    assert_eq!(rows(&folder), before);
    deliver(&mut writer(&folder, newer.token()), &[], 3).unwrap();
    assert_eq!(claim(&folder, "f1", false).unwrap().shown, positions(&[(0, 5)]));
}

#[test]
fn positions_rise_with_the_documents_or_not_at_all() {
    let folder = TempDir::new().unwrap();
    let mut run = writer(&folder, claim(&folder, "f1", false).unwrap().token());
    deliver(&mut run, &[(0, 5)], 1).unwrap();
    let pages: i64 = run.connection.query_one("PRAGMA page_count", (), |row| row.get(0)).unwrap();
    run.connection.pragma_update(None, "max_page_count", pages).unwrap();
    run.show(&positions(&[(0, 900)])).unwrap();
    let many: Vec<_> = (0..500).map(|n| change(key("b", n * 60_000), total(1, &[1]))).collect();
    assert!(refused(run.write(&many)).contains("free space"));
    assert_eq!(claim(&folder, "f1", false).unwrap().shown, positions(&[(0, 5)]));
}

#[test]
fn another_fingerprint_is_refused_and_does_not_stop_the_run_that_writes() {
    let folder = TempDir::new().unwrap();
    let mut run = writer(&folder, claim(&folder, "f1", false).unwrap().token());
    deliver(&mut run, &[(0, 5)], 1).unwrap();
    let text = refused(claim(&folder, "f2", false));
    assert!(text.contains("f1 there, f2 here") && text.contains("sink.sqlite.table"), "{text}");
    deliver(&mut run, &[(0, 6)], 2).unwrap();
}

#[test]
fn told_to_overwrite_a_claim_replaces_rows_of_any_columns() {
    let folder = TempDir::new().unwrap();
    let mut old = writer(&folder, claim(&folder, "f1", false).unwrap().token());
    deliver(&mut old, &[(0, 5)], 7).unwrap();
    let (sink, layout) = (sink(folder.path()), renamed().layout());
    let standing = super::claim(&sink, &layout, &says("f2", true)).unwrap();
    let id = standing.id.clone();
    assert_eq!(standing, Standing { generation: Generation(2), id, overwritten: true, ..Standing::default() });
    assert_eq!(rows(&folder), Vec::<Vec<String>>::new());
    let zombie = deliver(&mut old, &[(0, 6)], 8);
    assert!(
        matches!(&zombie, Err(SinkError::Superseded(fault)) if fault.to_string().contains("generation 2")),
        "{zombie:?}"
    );
    let mut new = SqliteWriter::open(&sink, layout, standing.token()).unwrap();
    deliver(&mut new, &[(0, 2)], 3).unwrap();
    assert_eq!(rows(&folder)[0][5], "Integer(3)");
    assert_eq!(claim(&folder, "f2", true).unwrap().generation, Generation(3), "the same fingerprint is replaced too");
    assert_eq!(rows(&folder).len(), 0);
}

#[test]
fn rows_from_before_the_control_documents_are_kept_or_replaced_as_told() {
    for (overwrite, left) in [(false, 1), (true, 0)] {
        let folder = TempDir::new().unwrap();
        open(&folder).write(&[change(key("a", 0), total(5, &[100]))]).unwrap();
        assert_eq!(claim(&folder, "f1", overwrite).unwrap().overwritten, overwrite);
        assert_eq!(rows(&folder).len(), left);
    }
}

#[test]
fn a_table_that_mare_did_not_make_is_left_alone_whatever_is_said() {
    let folder = TempDir::new().unwrap();
    let connection = Connection::open(sink(folder.path()).path).unwrap();
    connection.execute("CREATE TABLE \"tempo \"\"real\"\"\" (categoria TEXT)", ()).unwrap();
    for overwrite in [false, true] {
        assert!(refused(claim(&folder, "f1", overwrite)).contains("has the columns (categoria TEXT)"));
    }
    let tables: i64 =
        connection.query_one("SELECT count(*) FROM sqlite_schema WHERE type = 'table'", (), |row| row.get(0)).unwrap();
    assert_eq!(tables, 1, "nor is a control document left behind");
}

#[test]
fn the_table_of_the_control_documents_is_taken() {
    let folder = TempDir::new().unwrap();
    let sink = SqliteSink { table: "Mare_Control".into(), ..sink(folder.path()) };
    let text = refused(super::claim(&sink, &sales().layout(), &says("f1", true)));
    assert!(text.contains("sink.sqlite.table"), "{text}");
}
