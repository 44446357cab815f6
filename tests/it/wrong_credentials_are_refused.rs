//! Wrong passwords for Kafka and for MongoDB: an error that says where to look, not an endless wait, and no password in
//! it.

use crate::support::flagship::Flagship;
use crate::support::kafka::{Access, Kafka, Topic, kafka, record};
use crate::support::mare::Mare;
use crate::support::mongodb::{MongoDb, USER, mongodb};

const SALE: &[u8] = br#"{"id_pedido":"a","categoria":"Games","valor":1.5,"timestamp":"2025-11-28T12:00:00Z"}"#;
const NOON: i64 = 1_764_331_200_000;

#[test]
fn of_kafka() {
    let broker = Kafka::start_with(Access::Password { user: "mare", password: "tide" });
    let topic = Topic::create_by(&broker.client(), "locked", 3);
    topic.produce([record(0, NOON, Some(SALE))]);
    let flagship = Flagship::between(&broker.brokers(), &topic.name, mongodb());
    let with_password = |password: &str| {
        let properties = format!(
            r#"source.kafka.properties={{"security.protocol"="SASL_PLAINTEXT","sasl.mechanism"="PLAIN","sasl.username"="mare","sasl.password"="{password}"}}"#
        );
        Mare::run(flagship.arguments(&["--until-end", "--set", &properties]))
    };

    let refused = with_password("slack-water").refused(&["kafka", "credentials", "sasl.password"]).explained();
    assert!(!refused.output().contains("slack-water"), "{}", refused.output());

    // Who offers no login at all hears that one is wanted, from whatever asks.
    let wanted = [&broker.brokers(), "wants a login (SASL)", "security.protocol"];
    Mare::run(flagship.arguments(&["--until-end"])).refused(&wanted).explained();
    Mare::run(["topic", "list", "--brokers", &broker.brokers()]).refused(&wanted);
    Mare::run(["produce", "--brokers", &broker.brokers(), "--topic", &topic.name, "--count", "1"]).refused(&wanted);

    let finished = with_password("tide").success();
    assert_eq!(finished.summary("counted"), 1);
    assert_eq!(flagship.documents().len(), 1);
}

#[test]
fn of_mongodb() {
    let server = MongoDb::start_with_password();
    let topic = Topic::create(kafka(), "locked-away", 3);
    let right = Flagship::between(kafka(), &topic.name, &server.uri());
    let wrong = Flagship { uri: server.uri_as(USER, "slack-water"), ..right.clone() };

    // Nothing is in the topic: the refusal does not wait for the first document.
    let refused = Mare::run(wrong.arguments(&["-w", "2"])).refused(&["sink.mongodb", "password"]).explained();
    assert!(!refused.output().contains("slack-water"), "{}", refused.output());

    topic.produce([record(0, NOON, Some(SALE))]);
    let finished = right.run_until_end(&["-w", "2"]);
    assert!(!finished.output().contains("root@") && !finished.output().contains("mar%"), "{}", finished.output());
    right.assert_exact("with the right password");
}
