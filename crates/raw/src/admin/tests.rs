//! Questions to librdkafka's own broker in memory.

use std::collections::BTreeMap;
use std::time::Instant;

use rdkafka::ClientConfig;
use rdkafka::consumer::DefaultConsumerContext;
use rdkafka::mocking::MockCluster;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use super::*;
use mare_model::position::{Offset, Partition};

const PATIENCE: Duration = Duration::from_secs(20);

type Asker = Arc<BaseConsumer<DefaultConsumerContext>>;

fn asker(brokers: &str) -> Asker {
    Arc::new(ClientConfig::new().set("bootstrap.servers", brokers).create().expect("a client"))
}

fn positions() -> Positions {
    BTreeMap::from([(Partition(0), Offset(7)), (Partition(1), Offset(9))])
}

#[test]
fn a_group_that_may_not_be_used_is_answered_at_once_and_closes_at_once() {
    let cluster = MockCluster::new(1).expect("a broker");
    cluster.create_topic("sales", 2, 1).expect("a topic");
    let refused = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED; 100];
    cluster.request_errors(RDKafkaApiKey::FindCoordinator, &refused);
    let (client, begin) = (asker(&cluster.bootstrap_servers()), Instant::now());
    let inquiry = Inquiry::positions(&client, ("mare-test", "sales"), &positions(), PATIENCE).expect("names");
    let answer = inquiry.answer(PATIENCE).expect("an answer");
    assert_eq!(answer.positioned(), Err(RDKafkaErrorCode::GroupAuthorizationFailed));
    drop((answer, inquiry, client));
    assert!(begin.elapsed() < PATIENCE / 2, "it was waited for: {:?}", begin.elapsed());
}

#[test]
fn an_answer_that_never_comes_holds_up_nobody() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port"); // takes connections, and says nothing
    let (client, begin) = (asker(&silent.local_addr().expect("bound").to_string()), Instant::now());
    let inquiry = Inquiry::positions(&client, ("mare-test", "sales"), &positions(), Duration::from_secs(600));
    let inquiry = inquiry.expect("names");
    assert!(inquiry.answer(Duration::from_millis(1)).is_none());
    drop((inquiry, client));
    assert!(begin.elapsed() < PATIENCE / 2, "it was waited for: {:?}", begin.elapsed());
}

#[test]
fn what_is_no_name_is_not_asked_for() {
    let client = asker("127.0.0.1:1");
    assert!(Inquiry::topic(&client, "a\0b", 1, PATIENCE).is_none());
    assert!(Inquiry::positions(&client, ("g", "t"), &Positions::new(), PATIENCE).is_none());
}

#[test]
fn a_topic_has_an_id_that_stays_or_none() {
    let cluster = MockCluster::new(1).expect("a broker");
    cluster.create_topic("sales", 1, 1).expect("a topic");
    let client = asker(&cluster.bootstrap_servers());
    let broker = client.fetch_metadata(None, PATIENCE).expect("metadata").brokers()[0].id();
    let ask = |name: &str| {
        let inquiry = Inquiry::topic(&client, name, broker, PATIENCE).expect("a name");
        inquiry.answer(PATIENCE).expect("an answer").topic_id()
    };
    let id = ask("sales");
    assert!(id.is_ok(), "{id:?}");
    assert_eq!(ask("sales"), id);
}
