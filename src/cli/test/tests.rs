use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::dataflow::fixture::ORDERS;

/// A good test of [`ORDERS`].
const GOOD: &str = r#"
[[test]]
name = "orders add up"
events = ['{"at": "2025-11-28T12:00:00Z", "city": "a", "price": 1.50}', '{"at": "2025-11-28T12:00:00Z", "city": "a", "price": 2}']
documents = [{ window_start = 2025-11-28T12:00:00Z, city = "a", revenue = 3.50, n = 2 }]
"#;

fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    fs::write(&file, text).expect("written");
    file
}

fn run(files: &[&PathBuf], format: Printed) -> Result<(), Failure> {
    let args = Args { files: files.iter().map(|file| (*file).clone()).collect(), set: SetArgs::default(), format };
    args.conclude(&args.tested()?)
}

fn tested(file: &Path) -> Tested {
    Tested::of(file.to_owned(), &SetArgs::default()).unwrap_or_else(|failure| panic!("{failure}"))
}

/// What is printed of a dataflow.
fn shown(file: &Path) -> String {
    let performed = tested(file).outcome.unwrap_or_else(|error| panic!("{error}"));
    text::text(Path::new("flow.toml"), &performed, false, None)
}

#[test]
fn good_tests_are_said_to_be_good_wherever_they_stand() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = written(folder.path(), "own.toml", &format!("{ORDERS}{GOOD}"));
    let flow = written(folder.path(), "flow.toml", ORDERS);
    let beside = written(folder.path(), "flow.test.toml", GOOD);
    for format in [Printed::Table, Printed::Json] {
        assert_eq!(run(&[&own, &flow, &beside], format), Ok(()));
    }
    assert_eq!(shown(&own), "flow.toml: orders\nok       orders add up");
    let args = Args { files: vec![beside, flow.clone()], set: SetArgs::default(), format: Printed::Table };
    assert_eq!(args.dataflows(), [flow], "each dataflow once");
    let left: Vec<_> = fs::read_dir(folder.path()).expect("a folder").collect();
    assert_eq!(left.len(), 3, "nothing is left behind");
}

#[test]
fn a_wrong_expectation_fails_and_is_told_by_document_and_field() {
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = GOOD.replace("3.50", "3.51").replace(
        "\"price\": 2}",
        "\"price\": 2}', '{', '{\"city\": \"b\", \"at\": \"2025-11-28T09:01:00-03:00\", \"price\": 1}",
    );
    let flow = written(
        folder.path(),
        "flow.toml",
        &ORDERS.replace("time = \"at\"", "time = \"at\"\nzone = \"America/Sao_Paulo\""),
    );
    written(folder.path(), "flow.test.toml", &wrong.replace("00Z, city", "00Z, window_end = '2025-11-28T09:01', city"));
    let expected = [
        "flow.toml: orders",
        "failed   orders add up",
        "         2025-11-28T09:00:00-03:00 \"a\": revenue is 3.50, and 3.51 is expected",
        "         a document comes that is not expected: { window_start = 2025-11-28T09:01:00-03:00, \
         window_end = 2025-11-28T09:02:00-03:00, city = \"b\", revenue = 1.00, n = 1 }",
        "         dead is 1, and 0 is expected",
    ];
    let shown = shown(&flow);
    let shown: Vec<&str> = shown.lines().collect();
    assert_eq!(shown[..5], expected[..5]);
    assert!(
        shown[5].starts_with("         event 3 (partition 0, offset 2) is a dead letter, not_json: not a JSON object"),
        "{}",
        shown[5]
    );
    assert_eq!(shown.len(), 6);
    assert_eq!(run(&[&flow], Printed::Table), Err(Failure::new("1 of 1 tests failed")));

    let report = serde_json::to_value(json::report(&[tested(&flow)])).expect("JSON");
    assert_eq!((&report["failed"], &report["files"][0]["name"]), (&1.into(), &"orders".into()), "{report}");
    let test = &report["files"][0]["tests"][0];
    assert_eq!((&test["test"], &test["good"]), (&"orders add up".into(), &false.into()));
    let deviation = &test["deviations"][0];
    assert_eq!((&deviation["kind"], &deviation["field"]), (&"field".into(), &"revenue".into()), "{report}");
    assert_eq!((deviation["expected"].to_string(), deviation["found"].to_string()), ("3.51".into(), "3.50".into()));
    assert_eq!((&test["events"][2]["fate"], &test["events"][2]["reason"]), (&"dead".into(), &"not_json".into()));
}

#[test]
fn a_record_that_is_late_filtered_or_a_duplicate_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let event = |id: u8, at: &str, price: u8| {
        format!(r#"'{{"at": "2025-11-28T12:{at}Z", "city": "a", "note": "{id}", "price": {price}}}',"#)
    };
    let events =
        [event(1, "00:00", 1), event(2, "00:00", 0), event(1, "00:00", 1), event(3, "01:00", 1), event(4, "00:59", 1)];
    let test =
        format!("[dedup]\nby = \"note\"\n[[test]]\nname = \"a\"\nevents = [{}]\ndocuments = []\n", events.concat());
    let dataflow = ORDERS.replace("string?", "string").replace("group_by", "where = \"price > 0\"\ngroup_by");
    let shown = shown(&written(folder.path(), "flow.toml", &format!("{dataflow}{test}")));
    for line in [
        "filtered is 1, and 0 is expected",
        "late is 1, and 0 is expected",
        "duplicate is 1, and 0 is expected",
        "event 2 (partition 0, offset 1) is filtered: the dataflow does not want it",
        "event 3 (partition 0, offset 2) is a duplicate: its id was counted before in this partition and window",
        "event 5 (partition 0, offset 4) is late: its window, which starts at 2025-11-28T12:00:00Z, had been closed by an \
         event of 2025-11-28T12:01:00Z",
    ] {
        assert!(shown.lines().any(|found| found == format!("         {line}")), "{line} is not in:\n{shown}");
    }
    assert!(!shown.contains("event 1 ") && !shown.contains("event 4 "), "{shown}");
}

#[test]
fn where_there_is_no_test_nothing_is_good() {
    let folder = tempfile::tempdir().expect("a folder");
    let none = written(folder.path(), "none.toml", ORDERS);
    let failure = run(&[&none], Printed::Table).expect_err("no test");
    assert!(failure.to_string().contains("there is no test") && failure.to_string().contains("[[test]]"), "{failure}");
    assert_eq!(shown(&none), "flow.toml: orders\nnone     no tests");
    let some = written(folder.path(), "some.toml", &format!("{ORDERS}{GOOD}"));
    assert_eq!(run(&[&none, &some], Printed::Table), Ok(()), "it is said, and the others have some");
}

#[test]
fn a_file_that_is_refused_is_no_good_test() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = written(folder.path(), "good.toml", &format!("{ORDERS}{GOOD}"));
    let flow = written(folder.path(), "flow.toml", ORDERS);
    written(folder.path(), "flow.test.toml", &GOOD.replace("documents", "docments"));
    let refused = run(&[&good, &flow], Printed::Table);
    assert_eq!(refused, Err(Failure::new("1 of 2 dataflows refused")));
    let report = serde_json::to_value(json::report(&[tested(&flow)])).expect("JSON");
    let problem = &report["files"][0]["problems"][0];
    assert_eq!(report["files"][0]["name"], serde_json::Value::Null);
    assert!(problem["message"].as_str().is_some_and(|message| message.contains("test.documents")), "{report}");
    let missing = run(&[&folder.path().join("nowhere.toml")], Printed::Json);
    assert_eq!(missing, Err(Failure::new("1 of 1 dataflows refused")));
}

#[test]
fn colours_come_only_when_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let flow = written(folder.path(), "flow.toml", &format!("{ORDERS}{GOOD}"));
    let performed = tested(&flow).outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(text::text(&flow, &performed, true, None).contains("\x1b[32m"));
    assert!(!text::text(&flow, &performed, false, None).contains('\x1b'));
}
