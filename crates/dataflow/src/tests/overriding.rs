//! `--set`: any key, other kinds, and mistakes in it.

use std::path::Path;

use super::super::Overrides;
use super::{GOOD, edited, parsed};
use mare_model::schema::EpochUnit;
use mare_mongodb::MongoSink;
use mare_sink::Sink;
use mare_source::{Source, StartAt};
use mare_sqlite::SqliteSink;
use mare_stdout::StdoutSink;

#[test]
fn any_key_is_overridden_or_added() {
    let overrides = [
        "name=2024",
        "source.kafka.start=2025-11-28T00:00:00Z",
        r#"source.kafka.properties."security.protocol"=SSL"#,
        r#"source.kafka.properties.'client.id'="c=d""#,
        "event.time_format=epoch_seconds",
        "window.tumbling=5m",
        "window.lateness=\"90s\"",
        r#"totals.group_by=["city", "note2"]"#,
        "event.fields.note2=integer",
        "totals.sales=count()",
        "epochs={in_flight=4}",
        "epochs.shortest=1ms",
        "sink.mongodb.uri=mongodb://h/?w=1",
        "sink.mongodb.decimals=decimal128",
    ];
    let plan = parsed(GOOD, &overrides).unwrap_or_else(|invalid| panic!("{invalid}"));
    let Source::Kafka(kafka) = &plan.source;
    assert_eq!(plan.name, "2024");
    assert!(matches!(kafka.start, StartAt::Time(_)));
    let properties = [("security.protocol", "SSL"), ("client.id", "c=d")];
    assert_eq!(kafka.properties, properties.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(plan.event.time_format, EpochUnit::Seconds.format());
    assert_eq!(plan.view().windows, mare_model::time::Windows::tumbling(300_000, 90_000));
    assert_eq!(plan.view().group_by, [0, 3]);
    assert_eq!(plan.view().version, "sales");
    assert_eq!((plan.epochs.in_flight, plan.epochs.shortest.as_millis()), (4, 1));
    let mongo: &MongoSink = plan.sink().downcast_ref().expect("a collection");
    assert_eq!((mongo.uri.as_str(), mongo.database.as_str()), ("mongodb://h/?w=1", "shop"));
    assert!(mongo.decimal128);
}

#[test]
fn a_key_of_another_kind_replaces_the_files_sink() {
    let sink = |overrides: &[&str]| parsed(GOOD, overrides).unwrap().sink().clone();
    let sqlite = |overrides: &[&str]| sink(overrides).downcast_ref::<SqliteSink>().expect("a table").clone();
    assert_eq!(sqlite(&["sink.sqlite.path=a.db"]).path, Path::new("a.db"));
    let both = sqlite(&["sink.sqlite.path=a.db", "sink.sqlite.table=t"]);
    assert_eq!((both.path.as_path(), both.table.as_str()), (Path::new("a.db"), "t"));
    let stdout = Sink::from(StdoutSink);
    assert_eq!(sink(&["sink.stdout={}"]), stdout);
    assert_eq!(sink(&["sink={stdout={}}"]), stdout);
    assert_eq!(sink(&["sink.stdout={}", "sink.sqlite.path=x", "sink.stdout={}"]), stdout);
}

#[test]
fn a_variable_that_an_override_replaces_may_be_unset() {
    let text = edited("topic = \"orders\"", "topic = \"${TOPIC}\"");
    assert!(parsed(&text, &[]).is_err());
    assert!(parsed(&text, &["source.kafka.topic=t"]).is_ok());
    assert!(parsed(&text, &["source.kafka.topic=${T:-t}"]).is_ok());
}

#[test]
fn a_mistake_in_an_override_is_marked_there() {
    for (set, message, remedy) in [
        ("window.tumblng=5m", "unknown key `window.tumblng`", "did you mean `tumbling`?"),
        ("window.tumbling=0s", "`window.tumbling` is `0s`, which is out of bounds", "from 1ms to 366 days"),
        ("window", "an override without `=`", "`--set key.path=value`"),
        ("=5", "`` is not a key", "separate its parts by dots"),
        ("a b=5", "`a b` is not a key", "quotes around a part"),
        ("a=0\nb=5", "unknown key `a`", "the known ones here"),
        ("totals.group_by=[city]", "not TOML: string values must be quoted", "double quotes"),
        ("totals.group_by=city", "must be an array of strings, not a string", "`group_by = [\"field\"]`"),
        ("sink.sqlite.table=t", "`sink.sqlite.path` is missing", "`path = \"totals.db\"` under `[sink.sqlite]`"),
        ("sink.sqlit.path=t", "unknown key `sink.sqlit`", "did you mean `sqlite`?"),
        ("name.x=1", "`name` must be a string, not a table", "`name = \"black-friday\"`"),
        ("event.zone=${ZONE}", "the environment variable `ZONE` is not set", "set `ZONE`"),
    ] {
        let invalid = parsed(GOOD, &[set]).expect_err(set);
        let [problem] = invalid.problems() else { panic!("{set}: {invalid}") };
        assert!(problem.is_in_override(), "{set}: {invalid}");
        assert!(problem.message().contains(message), "{set}: {invalid}");
        assert!(problem.remedy().contains(remedy), "{set}: {invalid}");
        assert!(invalid.to_string().contains("command line:1:"), "{set}: {invalid}");
    }
}

#[test]
fn overrides_print_no_password() {
    let overrides = Overrides::new(["sink.mongodb.uri=mongodb://u:hunter2@h"]);
    assert!(!format!("{overrides:?}").contains("hunter2"));
}
