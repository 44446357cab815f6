//! A broker that goes while somebody logs in has refused nothing: it is waited for, at the start and later.

use nix::sys::signal::Signal;

use crate::support::flagship::Flagship;
use crate::support::kafka::{Access, Kafka, Topic, record};
use crate::support::mare::{BOUND, Mare};
use crate::support::mongodb::mongodb;
use crate::support::proxy::Proxy;
use crate::support::wait;

const SALE: &[u8] = br#"{"id_pedido":"a","categoria":"Games","valor":1.5,"timestamp":"2025-11-28T12:00:00Z"}"#;
const NOON: i64 = 1_764_331_200_000;
const LOGIN: &str = r#"source.kafka.properties={"security.protocol"="SASL_PLAINTEXT","sasl.mechanism"="PLAIN","sasl.username"="mare","sasl.password"="tide"}"#;

#[test]
fn a_login_that_breaks_off_is_no_refusal() {
    let (broker, proxy) = Kafka::start_behind_proxy(Access::Password { user: "mare", password: "tide" });
    let [topic, dead] = ["cut", "cut-dead"].map(|name| Topic::create_by(&broker.client(), name, 1));
    topic.produce([record(0, NOON, Some(SALE))]);
    let flagship = Flagship::between(&format!("127.0.0.1:{}", proxy.port()), &topic.name, mongodb());
    let letters = format!("dead_letter.topic={}", dead.name);
    let more = ["--set", LOGIN, "--set", &letters];

    proxy.cut_logins(6);
    let mut run = flagship.spawn(&more);
    run.wait_for_lines(1, "breaks off the login");
    flagship.wait_for_more(&mut run, 0);

    proxy.cut_logins(6);
    proxy.cut(4);
    wait_until_cut(&proxy);
    topic.produce([record(0, NOON, Some(SALE))]);
    flagship.wait_for_more(&mut run, 1);
    run.end_by(Signal::SIGTERM).success();

    proxy.cut_logins(usize::MAX);
    let verify = flagship.command("verify", &more);
    let away = Mare::run(&verify).refused(&["Kafka does not answer at", "breaks off the login"]).explained();
    assert!(!away.output().contains("credentials"), "{}", away.output());
    proxy.cut_logins(0);
    Mare::run(&verify).success();
}

fn wait_until_cut(proxy: &Proxy) {
    wait::until(BOUND, "logins cut", || match proxy.logins_to_cut() {
        0 => Ok(()),
        more => Err(format!("{more} more")),
    });
}
