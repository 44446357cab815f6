//! `mare init` writes a dataflow file from a sample of records that is good as it is: it is run, and every document is
//! what the topic says.

use std::path::Path;

use crate::support::flagship::produce_hour;
use crate::support::kafka::{Topic, kafka, record};
use crate::support::mare::{Finished, Mare};
use crate::support::unique;

fn init(topic: &str, more: &[&str]) -> Finished {
    Mare::run([&["init", "--brokers", kafka(), "--topic", topic], more].concat())
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn that_is_run_as_it_is() {
    let topic = Topic::create(kafka(), "init", 3);
    produce_hour(kafka(), &topic.name, 29, 4_000);
    let folder = tempfile::tempdir().expect("a folder");
    let [file, database, checkpoints] =
        ["own.toml", "own.db", "checkpoints"].map(|name| shown(&folder.path().join(name)));
    let sink = format!("sqlite:{database}");
    let written = init(&topic.name, &["--name", "own", "--output", &file, "--sink", &sink]).success();
    for words in ["wrote", "of the newest", "records are events of it", "mare check"] {
        assert!(written.stdout.contains(words), "{words} is not in:\n{}", written.output());
    }
    let text = std::fs::read_to_string(&file).expect("the file");
    for line in
        ["time = \"timestamp\"", "valor = \"decimal(2)\"", "group_by = [\"categoria\"]", "valor_sum = \"sum(valor)\""]
    {
        assert!(text.contains(line), "{line} is not in:\n{text}");
    }

    Mare::run(["check", &file]).success();
    let place = format!("checkpoint.path={checkpoints}");
    Mare::run(["run", &file, "--until-end", "--set", &place]).success();
    let groups = Mare::run(["query", "groups", &file]).success().stdout;
    assert!(groups.contains("Gamer") && groups.contains("valor_sum"), "{groups}");
    let verified = Mare::run(["verify", &file, "--set", &place]).success().stdout;
    assert!(verified.contains("every document that was compared is exact"), "{verified}");

    init(&topic.name, &["--output", &file]).refused(&["is there already", "--force"]);
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), text, "it is as it was");
    init(&topic.name, &["--output", &file, "--force", "--sink", "stdout"]).success();
    let printed = init(&topic.name, &["--output", "-", "--name", "own"]).success();
    assert!(
        printed.stdout.starts_with("# Proposed by") && printed.stderr.contains("are events of it"),
        "{}",
        printed.output()
    );
}

#[test]
fn but_not_from_nothing() {
    let refused = |topic: &str, words: &[&str]| {
        init(topic, &["--output", "-"]).refused(words);
    };
    let nowhere = unique("nowhere");
    refused(&nowhere, &[&nowhere, "mare topic create"]);
    let topic = Topic::create(kafka(), "init-nothing", 2);
    refused(&topic.name, &["has no records", "mare produce --topic"]);
    topic.produce([record(0, 1, Some(b"id;amount")), record(1, 1, Some(b"7;1.50"))]);
    refused(&topic.name, &["none of the newest 2 records", "JSON object", "mare topic read"]);
    topic.produce([record(0, 1, Some(br#"{"amount": 1.5}"#))]);
    refused(&topic.name, &["no field is a time", "amount", "--time"]);
}
