//! The SQLite reader on real files.

use tempfile::TempDir;

use super::*;
use crate::SqliteWriter;
use mare_model::time::Window;
use mare_model::total::{Change, Key};
use mare_sink::document::Document;
use mare_sink::fixture::SampleView;
use mare_sink::fixture::{change, final_change, key, positions, sales, sales_with_final, sensors, total};
use mare_sink::read::each;
use mare_sink::{FencingToken, Writer};

struct Scratch {
    _folder: TempDir,
    sink: SqliteSink,
    layout: Layout,
}

impl Scratch {
    fn new(plan: &SampleView) -> Scratch {
        let folder = TempDir::new().unwrap();
        let sink = SqliteSink { path: folder.path().join("mare.db"), table: "tempo \"real\"".into() };
        Scratch { _folder: folder, sink, layout: plan.layout() }
    }

    fn write(&self, changes: &[Change]) -> Vec<Document> {
        let mut writer = SqliteWriter::open(&self.sink, self.layout.clone(), FencingToken::UNFENCED).unwrap();
        writer.write(changes).unwrap();
        changes.iter().map(|change| self.layout.render(change).unwrap()).collect()
    }

    fn execute(&self, sql: &str) {
        let connection = Connection::open(&self.sink.path).unwrap();
        assert_eq!(connection.execute(&sql.replace("TABLE", &quoted(&self.sink.table)), ()).unwrap(), 1, "{sql}");
    }

    fn reader(&self) -> SqliteReader {
        SqliteReader::new(&self.sink, self.layout.clone())
    }

    fn find(&self, query: &Query) -> Vec<StoredDocument> {
        self.reader().find(query).unwrap()
    }
}

fn ids(found: &[StoredDocument]) -> Vec<&str> {
    found.iter().map(|found| &*found.id).collect()
}

#[test]
fn every_type_is_read_back() {
    let changes = |group: &str| {
        [change(key(group, -60_000), total(3, &[641_856, -9])), final_change(key(group, 0), total(1, &[1, 0]))]
    };
    for (plan, group) in [(sales(), "Café '"), (sales_with_final(), "a|b"), (sensors(), r"-7|true|a\|b")] {
        let scratch = Scratch::new(&plan);
        let group = if group == "a|b" { r"a\|b" } else { group };
        let expected = scratch.write(&changes(group));
        let found = scratch.find(&Query::all(10));
        let documents: Vec<_> = found.iter().map(|found| found.document.clone().unwrap()).collect();
        assert_eq!(documents, expected);
        assert_eq!(found[0].slot, Some(EventTime(-60_000)));
        assert_eq!(scratch.reader().size().unwrap(), 2);
        let wide = change(key(group, 60_000), total(9, &[1 << 70, 1 << 70]));
        let expected = scratch.write(&[wide]);
        let found = scratch.find(&Query { from: EventTime(60_000), ..Query::all(10) });
        let again = found[0].document.clone().unwrap();
        let cells = |document: Document| document.values.into_iter().map(cell).collect::<Vec<_>>();
        assert_eq!(cells(again), cells(expected[0].clone()), "the same double again");
    }
}

#[test]
fn pages_come_in_the_order_of_windows_and_then_ids() {
    let mut changes = Vec::new();
    for minute in 0..7 {
        changes.extend(["b", "a", "c"].map(|group| change(key(group, minute * 60_000), total(1, &[1]))));
    }
    let scratch = Scratch::new(&sales());
    let mut expected: Vec<_> = scratch.write(&changes).into_iter().map(|document| document.id).collect();
    expected.sort_by_key(|id| id.split('|').rev().map(str::to_owned).collect::<Vec<_>>());
    let all = |query: Query| {
        let (mut found, mut reader) = (Vec::new(), scratch.reader());
        each(&mut reader, query, &mut |each| {
            found.push(each.id);
            true
        })
        .unwrap();
        found
    };
    for limit in [1, 2, 3, 4, 20, 21, 22] {
        assert_eq!(all(Query::all(limit)), expected, "{limit}");
        let newest: Vec<_> = expected.chunks(3).rev().flatten().cloned().collect();
        assert_eq!(all(Query { newest_first: true, ..Query::all(limit) }), newest, "{limit}");
    }
    let (from, to) = (EventTime(60_000), EventTime(180_001));
    assert_eq!(all(Query { from, to, ..Query::all(2) }), expected[3..12]);
    assert_eq!(all(Query { from: EventTime(60_001), to, ..Query::all(2) }), expected[6..12], "between two windows");
    let of_group: Vec<_> = expected.iter().filter(|id| id.starts_with("a|")).cloned().collect();
    assert_eq!(all(Query { group: Some("a".into()), ..Query::all(2) }), of_group);
    assert_eq!(all(Query { group: Some("a|b".into()), ..Query::all(2) }), [""; 0], "no group of this plan");
}

#[test]
fn windows_within_a_second_keep_their_order() {
    let mut plan = sales();
    plan.view.windows = mare_model::time::Windows::tumbling(250, plan.view.windows.lateness_ms);
    let scratch = Scratch::new(&plan);
    let changes: Vec<_> = (-3..9).map(|quarter| change(key("a", quarter * 250), total(1, &[1]))).collect();
    let expected: Vec<_> = scratch.write(&changes).into_iter().map(|document| document.id).collect();
    assert_eq!(ids(&scratch.find(&Query::all(100))), expected);
    let (from, to) = (EventTime(-500), EventTime(1_000));
    assert_eq!(ids(&scratch.find(&Query { from, to, ..Query::all(100) })), expected[1..7]);
}

#[test]
fn damaged_and_foreign_rows_say_what_is_wrong() {
    let scratch = Scratch::new(&sales());
    scratch.write(&[change(key("a", 0), total(1, &[641_856])), change(key("b", 0), total(1, &[1]))]);
    scratch.execute("UPDATE TABLE SET faturamento_total = 6418.5599999999995 WHERE categoria = 'a'");
    scratch.execute("INSERT INTO TABLE VALUES ('soma', 'hoje', 'amanhã', 'a', 1.0, 1)");
    let found = scratch.find(&Query::all(10));
    assert_eq!(ids(&found), ["soma", "a|1970-01-01T00:00:00Z", "b|1970-01-01T00:00:00Z"]);
    let wrong: Vec<_> = found.iter().filter_map(|found| found.document.as_ref().err()).collect();
    assert!(wrong.len() == 2 && wrong[0].contains("`hoje`") && wrong[1].contains("6418.5599999999995"), "{wrong:?}");
    assert_eq!((found[0].slot, found[1].slot), (None, Some(EventTime(0))));
    let bounded = Query { from: EventTime(0), ..Query::all(10) };
    assert_eq!(scratch.find(&bounded).len(), 2, "what has no window is in no bounds");
}

#[test]
fn nothing_is_made_where_nothing_is() {
    let scratch = Scratch::new(&sales());
    let away = |reader: &mut SqliteReader| match reader.find(&Query::all(1)) {
        Err(SinkError::Away(fault)) => fault.to_string(),
        other => panic!("{other:?}"),
    };
    let mut reader = scratch.reader();
    assert!(away(&mut reader).contains("no such file yet"));
    assert!(!scratch.sink.path.exists());
    assert_eq!(Connection::open(&scratch.sink.path).unwrap().execute("CREATE TABLE x (y)", ()), Ok(0));
    assert!(away(&mut reader).contains("no such table yet"));
    scratch.write(&[change(key("a", 0), total(1, &[1]))]);
    assert_eq!(reader.find(&Query::all(10)).unwrap().len(), 1, "found as soon as it is there");
    let other = SqliteReader::new(&scratch.sink, sensors().layout()).find(&Query::all(1));
    assert!(
        matches!(&other, Err(SinkError::Refused(fault)) if fault.to_string().contains("has the columns")),
        "{other:?}"
    );
}

#[test]
fn positions_are_those_of_the_control_document() {
    let scratch = Scratch::new(&sales());
    scratch.write(&[]);
    assert_eq!(scratch.reader().shown().unwrap(), None);
    let claim = mare_sink::fixture::claim("f1", false);
    let standing = crate::claim(&scratch.sink, &scratch.layout, &claim).unwrap();
    let mut writer = SqliteWriter::open(&scratch.sink, scratch.layout.clone(), standing.token()).unwrap();
    let mut reader = scratch.reader();
    assert_eq!(reader.shown().unwrap(), Some(positions(&[])));
    writer.show(&positions(&[(0, 5), (2, 7)])).unwrap();
    writer.write(&[]).unwrap();
    assert_eq!(reader.shown().unwrap(), Some(positions(&[(0, 5), (2, 7)])));
}

#[test]
fn windows_that_grow_are_read_in_the_order_of_their_ends() {
    let mut plan = sales();
    plan.view.windows = Windows::cumulative(120_000, 60_000, 0);
    let scratch = Scratch::new(&plan);
    let slots = [0, 60_000, 120_000];
    let of =
        |slot: &i64| change(Key { window: plan.view.windows.of_slot(EventTime(*slot)), ..key("a", 0) }, total(1, &[1]));
    scratch.write(&slots.each_ref().map(of));
    let found = |query: Query| -> Vec<i64> {
        let found = scratch.find(&query);
        assert!(found.iter().all(|found| found.document.is_ok()), "{found:?}");
        found.iter().map(|found| found.slot.unwrap().0).collect()
    };
    assert_eq!(found(Query::all(9)), slots);
    assert_eq!(found(Query { newest_first: true, ..Query::all(9) }), [120_000, 60_000, 0]);
    assert_eq!(found(Query { from: EventTime(60_000), to: EventTime(120_000), ..Query::all(9) }), [60_000]);
    let first = scratch.find(&Query::all(1));
    assert_eq!(found(Query::all(1).following(&first).unwrap()), [60_000]);
}

#[test]
fn without_windows_rows_are_read_in_the_order_of_their_names() {
    let mut plan = sales();
    plan.view.windows = Windows::global();
    let scratch = Scratch::new(&plan);
    let of = |group: &str| change(Key { window: Window::ALL, ..key(group, 0) }, total(1, &[1]));
    let expected = scratch.write(&["b", "a", "a b"].map(of));
    let found =
        |query: &Query| scratch.find(query).into_iter().map(|found| found.document.unwrap().id).collect::<Vec<_>>();
    assert_eq!(found(&Query::all(9)), ["a b|all", "a|all", "b|all"]);
    assert_eq!(found(&Query { newest_first: true, ..Query::all(9) }), ["a b|all", "a|all", "b|all"]);
    assert_eq!(found(&Query { group: Some("a".into()), ..Query::all(9) }), ["a|all"]);
    let first = scratch.find(&Query::all(2));
    assert_eq!(first[1].document.as_ref(), Ok(&expected[1]));
    assert_eq!(found(&Query::all(2).following(&first).unwrap()), ["b|all"]);
    assert!(scratch.find(&Query { from: EventTime(0), ..Query::all(9) }).is_empty(), "of no time");
    let one = Query { to: EventTime(i64::MIN + 1), ..Query::all(9) };
    assert_eq!(found(&one).len(), 3);
}
