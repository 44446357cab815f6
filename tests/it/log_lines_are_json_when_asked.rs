//! With `--log-format json` every line on standard error is a JSON object, from the banner to the summary; without it
//! there is none, and no colour either where no terminal is.

use serde_json::Value;

use crate::support::flagship::{Flagship, produce_hour};
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::Mare;

/// The lines of a stream, each of which must be an object with the fields of a log line.
fn objects(stderr: &str) -> Vec<Value> {
    let object = |line: &str| {
        let object: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}\nin:\n{stderr}"));
        assert!(object["message"].is_string() && object["level"].is_string(), "{line}");
        object
    };
    stderr.lines().map(object).collect()
}

fn has(objects: &[Value], level: &str, text: &str) -> bool {
    objects
        .iter()
        .any(|it| it["level"] == level && it["message"].as_str().is_some_and(|message| message.contains(text)))
}

/// The records of a summary that no total has.
fn not_counted(line: &Value) -> u64 {
    let fields = ["late_records", "duplicate_records", "dead_letter_records"];
    fields.iter().map(|field| line[*field].as_u64().unwrap_or_else(|| panic!("{field} is no number in {line}"))).sum()
}

#[test]
fn every_line_of_a_run_is_json_when_asked() {
    let topic = Topic::create(kafka(), "json", 3);
    produce_hour(kafka(), &topic.name, 8, 5_000);
    let flagship = Flagship::shared(&topic);
    let finished = flagship.run_until_end(&["-w", "2", "--log-format", "json"]);
    let lines = objects(&finished.stderr);
    assert!(has(&lines, "INFO", "kafka "), "the banner:\n{}", finished.stderr);
    assert!(has(&lines, "WARN", "dead letter (the first of its reason)"), "the log:\n{}", finished.stderr);
    assert!(has(&lines, "INFO", "5,000 events"), "the summary:\n{}", finished.stderr);
    let begun = lines.iter().find(|line| line["workers"].is_number()).expect("the numbers of the banner");
    assert_eq!(
        (&begun["workers"], &begun["partitions"], &begun["dataflow"]),
        (&2.into(), &3.into(), &"black-friday".into())
    );
    assert!(begun["generation"].is_number() && begun["restored_epoch"].is_null(), "{begun}");
    let head = lines.iter().find(|line| line["elapsed_s"].is_number()).expect("the summary's numbers");
    let number = |field: &str| head[field].as_u64().unwrap_or_else(|| panic!("{field} is no number in {head}"));
    assert_eq!((number("read_records"), number("counted_records") + not_counted(head)), (5_000, 5_000));
    assert!(
        number("written_documents") > 0 && head["events_per_second"].as_f64().is_some_and(|rate| rate > 0.0),
        "{head}"
    );
    let partitions = lines.iter().filter(|line| line["partition"].is_number() && line["read_records"].is_number());
    assert_eq!(partitions.filter_map(|line| line["read_records"].as_u64()).sum::<u64>(), 5_000, "{}", finished.stderr);
    let timed = lines.iter().all(|line| line["timestamp"].as_str().is_some_and(|time| time.ends_with('Z')));
    assert!(timed, "{}", finished.stderr);
    flagship.assert_exact("with JSON lines");
}

#[test]
fn a_failure_is_json_when_asked() {
    let finished = Mare::run(["run", "there-is-none.toml", "--log-format", "json"]).refused(&["there-is-none.toml"]);
    assert!(has(&objects(&finished.stderr), "ERROR", "cannot read the dataflow file"), "{}", finished.stderr);
    let finished =
        Mare::run(["topic", "list", "--brokers", "nowhere.invalid:1", "--log-format=json", "--property", "a=b"]);
    let lines = objects(&finished.refused(&[]).stderr);
    assert!(lines.iter().any(|line| line["level"] == "ERROR"), "{lines:?}");
}

#[test]
fn every_line_of_a_cluster_is_json_and_says_which_process_it_is_from() {
    let topic = Topic::create(kafka(), "json", 2);
    produce_hour(kafka(), &topic.name, 9, 2_000);
    let flagship = Flagship::shared(&topic);
    let mut arguments = flagship.arguments(&["--until-end", "-n", "2", "--log-format", "json"]);
    arguments[0] = "cluster".to_owned();
    let finished = Mare::run(arguments).success();
    let lines = objects(&finished.stderr);
    for process in [0, 1] {
        let own: Vec<_> = lines.iter().filter(|line| line["process"] == process).cloned().collect();
        assert!(has(&own, "INFO", "events/s"), "process {process}:\n{}", finished.stderr);
    }
    assert!(lines.iter().any(|line| line["process"].is_null()), "the supervisor's own:\n{}", finished.stderr);
}

#[test]
fn no_line_is_coloured_without_a_terminal() {
    let finished = Mare::run(["run", "there-is-none.toml"]).refused(&["error: cannot read the dataflow file"]);
    assert!(!finished.output().contains('\x1b'), "{:?}", finished.output());
}
