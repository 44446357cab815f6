//! The network between a run and its database delays, cuts connections in the middle of replies and swallows everything
//! for a while: the run goes on, the documents are exact, and none goes back.

use std::time::Duration;

use nix::sys::signal::Signal;

use crate::support::checkpoints::{OFTEN, assert_accounts};
use crate::support::flagship::{Flagship, produce_flood, produce_hour};
use crate::support::kafka::{Topic, kafka};
use crate::support::mongodb::MongoDb;
use crate::support::observer::Observer;
use crate::support::proxy::Proxy;

#[test]
fn a_bad_network_loses_nothing() {
    let server = MongoDb::start();
    let proxy = Proxy::to(server.address());
    let topic = Topic::create(kafka(), "network", 3);
    let uri = format!("mongodb://127.0.0.1:{}/?directConnection=true", proxy.port());
    let flagship = Flagship::between(kafka(), &topic.name, &uri);
    let direct = Flagship { uri: server.uri(), ..flagship.clone() };
    let observer = Observer::watch(&direct);
    let sales = produce_flood(kafka(), &topic.name, 51, 2_000, 16_000);
    let mut run = flagship.spawn(&[&["-w", "3"][..], &OFTEN].concat());
    let mut seen = direct.wait_for_more(&mut run, 500);
    proxy.delay(Duration::from_millis(40));
    seen = direct.wait_for_more(&mut run, seen);
    proxy.delay(Duration::ZERO);
    for _ in 0..3 {
        proxy.cut(3);
        seen = direct.wait_for_more(&mut run, seen);
    }
    run.wait_for_lines(1, "retrying until it is back");
    run.wait_for_lines(1, "is back after");
    proxy.darken();
    proxy.lighten();
    seen = direct.wait_for_more(&mut run, seen);
    proxy.lose();
    direct.wait_for_more(&mut run, seen);
    sales.wait().success();
    direct.wait_until_exact(&mut run);
    run.end_by(Signal::SIGTERM).success();
    direct.assert_exact("at the end");
    direct.assert_positive();
    assert_accounts(&flagship);
    observer.end();
}

#[test]
fn and_a_database_that_swallows_everything_is_noticed() {
    let server = MongoDb::start();
    let proxy = Proxy::to(server.address());
    let topic = Topic::create(kafka(), "network-dark", 3);
    let soon = "directConnection=true&heartbeatFrequencyMS=500&connectTimeoutMS=1000";
    let uri = format!("mongodb://127.0.0.1:{}/?{soon}", proxy.port());
    let flagship = Flagship::between(kafka(), &topic.name, &uri);
    let direct = Flagship { uri: server.uri(), ..flagship.clone() };
    let mut run = flagship.spawn(&["-w", "2"]);
    produce_hour(kafka(), &topic.name, 52, 1_000);
    direct.wait_until_exact(&mut run);
    proxy.swallow();
    produce_hour(kafka(), &topic.name, 53, 1_000);
    run.wait_for_lines(1, "retrying until it is back");
    proxy.lighten();
    direct.wait_until_exact(&mut run);
    run.wait_for_lines(1, "is back after");
    run.end_by(Signal::SIGTERM).success();
}
