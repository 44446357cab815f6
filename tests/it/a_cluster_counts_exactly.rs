//! Two processes of two workers share a topic: the documents are exact, and standard output holds documents alone.

use serde_json::Value;

use crate::support::cluster::arguments;
use crate::support::flagship::{Flagship, produce_hour};
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::Mare;

#[test]
fn a_cluster_counts_exactly() {
    let topic = Topic::create(kafka(), "cluster", 4);
    produce_hour(kafka(), &topic.name, 21, 60_000);
    let flagship = Flagship::shared(&topic);
    let finished = Mare::run(arguments(&flagship, &["-n", "2", "-w", "2", "--until-end"])).success();
    flagship.assert_exact("two processes of two workers");
    assert_eq!(finished.stdout, "", "the sink is elsewhere");
    for process in ["process 0 | read  ", "process 1 | read  "] {
        assert!(finished.stderr.contains(process), "no `{process}` in:\n{}", finished.stderr);
    }
}

#[test]
fn standard_output_is_for_documents() {
    let topic = Topic::create(kafka(), "cluster-stdout", 3);
    produce_hour(kafka(), &topic.name, 22, 3_000);
    let set = [format!("source.kafka.brokers={}", kafka()), format!("source.kafka.topic={}", topic.name)];
    let arguments = [
        "cluster",
        "dataflows/black_friday.toml",
        "-n",
        "3",
        "--until-end",
        "--no-checkpoint",
        "--set",
        "sink.stdout={}",
    ];
    let set = set.iter().flat_map(|pair| ["--set", pair.as_str()]);
    let finished = Mare::run(arguments.into_iter().chain(set)).success();
    let lines = finished.stdout.lines().map(|line| serde_json::from_str::<Value>(line).map_err(|error| (line, error)));
    let lines: Vec<Value> = lines.collect::<Result<_, _>>().expect("a document on each line");
    assert!(lines.len() > 60, "{} documents:\n{}", lines.len(), finished.stderr);
}
