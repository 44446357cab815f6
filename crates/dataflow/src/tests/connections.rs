//! Refusals of what sources and sinks are reached by: names, addresses, properties.

use super::refusals::check;
use super::{edited, parsed};

#[test]
fn names_that_brokers_and_databases_refuse() {
    check(&[
        ("name = \"orders\"", "name = \"a/b\"", 1, "cannot be the name of a dataflow", "letters without accents"),
        ("topic = \"orders\"", "topic = \"promoções\"", 4, "`promoções` cannot be the name of a topic", "Kafka allows"),
        ("topic = \"orders\"", "topic = \"..\"", 4, "cannot be the name of a topic", "Kafka allows"),
        ("topic = \"orders\"", "topic = \"\"", 4, "cannot be the name of a topic", "Kafka allows"),
        ("\"localhost:9092\"", "\"\"", 3, "no `host:port` in ``", "separated by commas"),
        ("\"localhost:9092\"", "\"a:9092,,b\"", 3, "no `host:port` in ``", "separated by commas"),
        ("\"localhost:9092\"", "\"a:port\"", 3, "no `host:port` in `a:port`", "separated by commas"),
        ("\"localhost:9092\"", "\"kafka://a:9092\"", 3, "and a broker is no URL", "`a:9092`"),
        (
            "\"localhost:9092\"",
            "\"SSL://a:9092\"",
            3,
            "security.protocol is another",
            "\"security.protocol\" = \"SSL\"",
        ),
        ("\"mongodb://root", "\"http://root", 17, "not a MongoDB connection string", "`mongodb://host:port`"),
        ("hunter2@localhost", "hunter2@x@localhost", 17, "a `@` in the password", "`%40`"),
        ("\"shop\"", "\"a.b\"", 18, "cannot be the name of a database", "letters, digits and `_`"),
        ("collection = \"orders\"", "collection = \"system.x\"", 19, "the name of a collection", "letters, digits"),
    ]);
}

#[test]
fn long_topics_end_at_kafkas_limit() {
    let topic = |length| edited("topic = \"orders\"", &format!("topic = \"{}\"", "a".repeat(length)));
    assert!(parsed(&topic(249), &[]).is_ok());
    assert!(parsed(&topic(250), &[]).is_err());
}

#[test]
fn more_than_one_or_no_source_and_sink() {
    check(&[
        ("[sink.mongodb]", "[sink.stdout]\n[sink.mongodb]", 16, "has one sink, and this is `stdout`", "keep either"),
        ("[totals]", "[sink.sqlite]\npath = \"x\"\n[totals]", 13, "`sqlite` beside `mongodb`", "`[sink.mongodb]` or"),
        (
            "[source.kafka]\nbrokers = \"localhost:9092\"\ntopic = \"orders\"",
            "",
            1,
            "`[source]` is missing",
            "`[source.kafka]` with `brokers` and `topic`",
        ),
        (
            "[source.kafka]\nbrokers = \"localhost:9092\"\ntopic = \"orders\"",
            "[source]",
            2,
            "`[source]` names no source",
            "`[source.kafka]`",
        ),
    ]);
    let (text, _) = super::GOOD.split_once("[sink").unwrap();
    let invalid = parsed(text, &[]).unwrap_err();
    assert_eq!(invalid.problems()[0].message(), "`[sink]` is missing");
    assert!(invalid.problems()[0].remedy().contains("`[sink.sqlite]` with `path`"));
    let invalid = parsed(&format!("{text}[sink.stdout]\npath = 1\n"), &[]).unwrap_err();
    assert_eq!(invalid.problems()[0].message(), "unknown key `sink.stdout.path`");
    assert_eq!((invalid.problems().len(), invalid.problems()[0].line()), (1, 17));
}

#[test]
fn properties_that_the_engine_owns_or_that_are_no_values() {
    let property = |property: &str| edited("[event]\n", &format!("[source.kafka.properties]\n{property}\n[event]\n"));
    for (line, message, remedy) in [
        ("\"enable.auto.commit\" = true", "`enable.auto.commit` belongs to the engine", "remove it"),
        ("\"enable.partition.eof\" = true", "`enable.partition.eof` belongs to the engine", "remove it"),
        ("\"auto.offset.reset\" = \"latest\"", "`auto.offset.reset` belongs", "set `source.kafka.start` instead"),
        ("\"bootstrap.servers\" = \"b\"", "`bootstrap.servers` belongs", "set `source.kafka.brokers` instead"),
        ("security.protocol = \"SSL\"", "its name is not in quotes", "quotes on both sides"),
        ("\"sasl.passwrod\" = \"hunter2\"", "`sasl.passwrod` is no property", "did you mean `sasl.password`?"),
        ("\"fetch.wait.max.ms\" = 900000000", "does not take the value", "it takes 0 .. 300000"),
        ("\"linger.ms\" = 0.5", "a string, an integer or a boolean, not a float", "write it like"),
    ] {
        let invalid = parsed(&property(line), &[]).expect_err(line);
        let [problem] = invalid.problems() else { panic!("{line}: {invalid}") };
        assert_eq!(problem.line(), 6, "{invalid}");
        assert!(!problem.message().contains("hunter2") && !problem.remedy().contains("hunter2"), "{invalid}");
        assert!(problem.message().contains(message) && problem.remedy().contains(remedy), "{line}: {invalid}");
    }
    assert!(parsed(&property("\"group.id\" = \"g\""), &[]).is_ok());
}
