//! Schemathesis reads the OpenAPI document from a run and sends it what that says, and what it forbids: no answer is a
//! failure of the server, each has a status, a type and a body that are documented, and what is forbidden is refused.

use std::process::Command;

use nix::sys::signal::Signal;

use crate::support::fetch::schemathesis_python;
use crate::support::flagship::{Flagship, produce_hour};
use crate::support::http::Http;
use crate::support::kafka::{Topic, kafka};

/// What is checked of each answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,negative_data_rejection,unsupported_method";
/// How many requests are drawn for each route, beside those that cover each constraint.
const DRAWN: &str = "50";

#[test]
fn the_api_keeps_to_its_openapi_document() {
    let topic = Topic::create(kafka(), "fuzzed", 2);
    produce_hour(kafka(), &topic.name, 73, 3_000);
    let flagship = Flagship::shared(&topic);
    let mut run = flagship.spawn(&["--http", "127.0.0.1:0"]);
    let http = Http::of(&run);
    flagship.wait_until_exact(&mut run);
    http.wait_for("/health/ready", |answer| answer.status == 200);
    let seed = (mare_random::seed() as u32).to_string();
    let url = format!("http://{}/openapi.json", http.address);
    let home = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(schemathesis_python());
    command.args(["-m", "schemathesis.cli", "run", &url, "--seed", &seed, "--max-examples", DRAWN, "--checks", CHECKS]);
    // The stream has no end; scenarios and unit tests of its own read it.
    command.args(["--phases", "coverage,fuzzing", "--exclude-path", "/api/v1/stream", "--request-timeout", "30"]);
    command.args(["--generation-database", "none", "--no-color"]).current_dir(home.path());
    let output = command.output().expect("Schemathesis starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "seed {seed}:\n{said}");
    // The stream is left out, and Schemathesis leaves out the document itself.
    let routes = http.get("/openapi.json").body["paths"].as_object().map_or(0, serde_json::Map::len);
    let passed = format!("{} passed", routes - 2);
    assert!(said.contains(&passed) && !said.contains("WARNINGS"), "every route is tested, seed {seed}:\n{said}");
    assert!(run.is_running(), "{}", run.output());
    run.end_by(Signal::SIGTERM).success();
}
