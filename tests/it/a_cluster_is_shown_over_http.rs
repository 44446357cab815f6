//! Each process of a cluster answers at a port of its own: for all documents, and for its own partitions; it says where
//! the others are.

use std::collections::BTreeSet;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::support::cluster::arguments;
use crate::support::flagship::{Flagship, produce_hour};
use crate::support::http::Http;
use crate::support::kafka::{Topic, kafka};
use crate::support::mare::Mare;
use crate::support::ports;

#[test]
fn a_cluster_is_shown_over_http() {
    let topic = Topic::create(kafka(), "cluster-shown", 4);
    produce_hour(kafka(), &topic.name, 74, 5_000);
    let flagship = Flagship::shared(&topic);
    let port = ports::free();
    let first = format!("127.0.0.1:{port}");
    let mut run = Mare::spawn(arguments(&flagship, &["-n", "2", "--http", &first]));
    flagship.wait_until_exact(&mut run);
    let peers = [port, port + 1].map(|port| format!("127.0.0.1:{port}"));
    let urls = peers.each_ref().map(|peer| format!("http://{peer}"));
    let mut partitions = BTreeSet::new();
    for (index, address) in peers.iter().enumerate() {
        let http = Http { address: address.clone(), headers: String::new() };
        let ids: BTreeSet<String> =
            http.documents("/api/v1/totals?limit=500").iter().map(|document| document["id"].to_string()).collect();
        assert_eq!(ids.len(), flagship.documents().len(), "process {index} answers for all");
        let status = http.get("/api/v1/status").body;
        assert_eq!((&status["process"]["index"], &status["process"]["peers"]), (&json!(index), &json!(urls)));
        let own = status["partitions"].as_array().expect("partitions").iter();
        partitions.extend(own.filter_map(|partition| partition["partition"].as_i64()));
        assert_eq!(status["generation"], json!(1), "also who does not lead has heard it");
    }
    assert_eq!(partitions, BTreeSet::from([0, 1, 2, 3]));
    run.end_by(Signal::SIGTERM).success();
}

#[test]
fn a_process_that_knows_its_own_documents_only_says_so() {
    let topic = Topic::create(kafka(), "cluster-alone", 2);
    produce_hour(kafka(), &topic.name, 75, 1_000);
    let port = ports::free();
    let set = [format!("source.kafka.brokers={}", kafka()), format!("source.kafka.topic={}", topic.name)];
    let first = format!("127.0.0.1:{port}");
    let fixed = [
        "cluster",
        "dataflows/black_friday.toml",
        "-n",
        "2",
        "--no-checkpoint",
        "--set",
        "sink.stdout={}",
        "--http",
        &first,
    ];
    let run = Mare::spawn(fixed.into_iter().chain(set.iter().flat_map(|pair| ["--set", pair.as_str()])));
    run.wait_for_lines(1, "the cluster is up");
    let http = Http { address: first, headers: String::new() };
    let answer = http
        .wait_for("/api/v1/totals", |answer| answer.body["documents"].as_array().is_some_and(|all| !all.is_empty()));
    let expected = json!([format!("http://127.0.0.1:{}", port + 1)]);
    assert_eq!((&answer.body["complete"], &answer.body["peers"]), (&Value::Bool(false), &expected));
    run.end_by(Signal::SIGTERM).success();
}
