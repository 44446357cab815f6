//! `mare test` runs a dataflow's own tests with no server there, says what differs by document and field and ends with
//! 1, and marks a typo at its line; a program reads all of it.

use std::fs;
use std::path::Path;

use crate::support::mare::Mare;

/// The flagship's tests in a folder of their own, with changes.
fn flagship(folder: &Path, changes: &[(&str, &str)]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("dataflows");
    let tests = fs::read_to_string(root.join("black_friday.test.toml")).expect("its tests");
    let changed = changes.iter().fold(tests, |tests, (from, to)| {
        assert!(tests.contains(from), "{from}");
        tests.replacen(from, to, 1)
    });
    fs::write(folder.join("black_friday.test.toml"), changed).expect("written");
    fs::copy(root.join("black_friday.toml"), folder.join("black_friday.toml")).expect("a copy");
    folder.join("black_friday.toml").display().to_string()
}

#[test]
fn good_tests_end_with_0_and_say_nothing_else() {
    let files = [
        "black_friday",
        "energy",
        "sensors",
        "daily_sales",
        "card_fraud",
        "page_sessions",
        "product_revenue",
        "top_products",
        "net_revenue",
    ];
    let files = files.map(|file| format!("dataflows/{file}.toml"));
    let tested = Mare::run(["test".to_owned()].into_iter().chain(files)).success();
    assert!(tested.stdout.lines().filter(|line| line.starts_with("ok  ")).count() >= 18, "{}", tested.output());
    assert_eq!(tested.stderr, "", "what is set aside is expected");
    let nowhere = ["--set", "source.kafka.brokers=nowhere:1", "--set", "sink.sqlite.path=/nowhere/x.db"];
    Mare::run(["test", "dataflows/black_friday.toml"].into_iter().chain(nowhere)).success();
}

#[test]
fn a_cent_that_is_wrong_ends_with_1_and_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = flagship(folder.path(), &[("= 1234.66", "= 1234.67")]);
    let failed = Mare::run(["test", &file]);
    let line = r#"2025-11-28T12:00:00Z "Gamer": faturamento_total is 1234.66, and 1234.67 is expected"#;
    assert!(failed.stdout.contains(line) && failed.stderr.contains("1 of 5 tests failed"), "{}", failed.output());
    assert_eq!(failed.status.code(), Some(1));
    let json = Mare::run(["test", &file, "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!((&report["failed"], json.status.code()), (&1.into(), Some(1)));
    assert_eq!(report["files"][0]["tests"][0]["deviations"][0]["field"], "faturamento_total", "{report}");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "nothing is left behind");
}

#[test]
fn a_typo_is_marked_at_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = flagship(folder.path(), &[("\ncounted = 4", "\ncuonted = 4")]);
    for command in ["test", "check"] {
        let tests = file.replace(".toml", ".test.toml");
        Mare::run([command, &tests]).refused(&["black_friday.test.toml:18:1", "did you mean `counted`?"]);
    }
}
