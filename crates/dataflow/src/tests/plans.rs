//! Good files become exactly the expected plan.

use std::time::Duration;

use super::super::fixture::{load, parse};
use super::super::{Dashboard, Epochs, Output, Overrides, Plan};
use super::{GOOD, edited, no_env, parsed};
use mare_checkpoint::Checkpointing;
use mare_letters::LetterTopic;
use mare_model::average::Average;
use mare_model::measure::{Function, Measure};
use mare_model::schema::{EpochUnit, EventPlan, Field, FieldType, TimeFormat};
use mare_model::time::{EventTime, Windows};
use mare_model::view::{Aggregate, Number, TotalField, View, WindowNames};
use mare_mongodb::MongoSink;
use mare_source::kafka::KafkaSource;
use mare_source::{OnDataLoss, Source, StartAt};
use mare_sqlite::SqliteSink;

fn shipped(file: &str) -> Plan {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dataflows").join(file);
    load(&path, &Overrides::default(), &no_env).unwrap_or_else(|error| panic!("{}", error.render(false)))
}

fn field(name: &str, kind: FieldType, optional: bool) -> Field {
    Field { optional, ..Field::new(name, kind) }
}

fn sum(field: usize) -> Measure {
    Measure { function: Function::Sum, field }
}

fn count(field: usize) -> Measure {
    Measure { function: Function::Count, field }
}

fn total(name: &str, aggregate: Aggregate) -> TotalField {
    TotalField { name: name.to_owned(), aggregate }
}

fn kafka(topic: &str) -> Source {
    Source::Kafka(KafkaSource {
        brokers: "localhost:9092".to_owned(),
        topic: topic.to_owned(),
        start: StartAt::Earliest,
        on_data_loss: OnDataLoss::Fail,
        properties: Vec::new(),
    })
}

const MS: fn(u64) -> Duration = Duration::from_millis;

fn checkpointing() -> Checkpointing {
    Checkpointing { path: ".mare/checkpoints".to_owned(), every: MS(10_000), keep: 3 }
}

#[test]
fn the_flagship_is_the_expected_plan() {
    let expected = Plan {
        name: "black-friday".to_owned(),
        source: kafka("black-friday-sales"),
        event: EventPlan {
            time: vec!["timestamp".to_owned()],
            time_format: TimeFormat::Iso,
            zone: jiff::tz::TimeZone::UTC,
            max_ahead_ms: 3_600_000,
            max_bytes: 262_144,
            group_max_bytes: 1024,
            confirm: 1,
            explode: None,
            fields: vec![
                field("id_pedido", FieldType::String, false),
                field("categoria", FieldType::String, false),
                field("valor", FieldType::Decimal { scale: 2 }, false),
            ],
        },
        computed: Vec::new(),
        grouped: vec![1],
        outputs: vec![Output {
            name: None,
            filter: None,
            view: View {
                windows: Windows::tumbling(60_000, 120_000),
                window_names: WindowNames {
                    start: "janela_inicio".to_owned(),
                    end: "janela_fim".to_owned(),
                    is_final: None,
                },
                group_by: vec![1],
                measures: vec![sum(2)],
                summaries: Vec::new(),
                totals: vec![
                    total("faturamento_total", Aggregate::Measure(0, Number::Decimal { scale: 2 })),
                    total("volume_vendas", Aggregate::Events),
                ],
                texts: Vec::new(),
                expressions: Vec::new(),
                version: "volume_vendas".to_owned(),
            },
            sink: MongoSink {
                uri: "mongodb://root:root@localhost:27017".to_owned(),
                database: "black_friday".to_owned(),
                collection: "faturamento_tempo_real".to_owned(),
                decimal128: false,
            }
            .into(),
        }],
        epochs: Epochs { shortest: MS(5), freshness: MS(20), longest: MS(100), in_flight: 16 },
        checkpoint: Some(checkpointing()),
        dedup: None,
        retract: None,
        idle: None,
        late: None,
        dead_letter: None,
        dashboard: Dashboard {
            title: Some("Black Friday".to_owned()),
            units: vec![("faturamento_total".to_owned(), "BRL".to_owned())],
        },
        alerts: None,
        whole: None,
    };
    assert_eq!(shipped("black_friday.toml"), expected);
}

#[test]
fn the_energy_example_is_the_expected_plan() {
    let expected = Plan {
        name: "energy-use".to_owned(),
        source: kafka("meter-readings"),
        event: EventPlan {
            time: vec!["read_at".to_owned()],
            time_format: EpochUnit::Millis.format(),
            zone: jiff::tz::TimeZone::UTC,
            max_ahead_ms: 600_000,
            max_bytes: 16_384,
            group_max_bytes: 1024,
            confirm: 1,
            explode: None,
            fields: vec![
                field("meter.site", FieldType::String, false),
                field("tariff", FieldType::Integer, false),
                field("reading.wh", FieldType::Integer, false),
                field("reading.cost", FieldType::Decimal { scale: 3 }, false),
                field("outage_s", FieldType::Integer, true),
            ],
        },
        computed: Vec::new(),
        grouped: vec![0, 1],
        outputs: vec![Output {
            name: None,
            filter: None,
            view: View {
                windows: Windows::tumbling(300_000, 900_000),
                window_names: WindowNames {
                    start: "window_start".to_owned(),
                    end: "window_end".to_owned(),
                    is_final: None,
                },
                group_by: vec![0, 1],
                measures: vec![sum(2), sum(3), count(4)],
                summaries: Vec::new(),
                totals: vec![
                    total("energy_wh", Aggregate::Measure(0, Number::Integer)),
                    total("cost", Aggregate::Measure(1, Number::Decimal { scale: 3 })),
                    total("outages", Aggregate::Measure(2, Number::Integer)),
                    total("readings", Aggregate::Events),
                ],
                texts: Vec::new(),
                expressions: Vec::new(),
                version: "readings".to_owned(),
            },
            sink: SqliteSink { path: "energy.db".into(), table: "energy_use".to_owned() }.into(),
        }],
        epochs: Epochs { shortest: MS(5), freshness: MS(20), longest: MS(200), in_flight: 16 },
        checkpoint: Some(checkpointing()),
        dedup: None,
        retract: None,
        idle: None,
        late: None,
        dead_letter: None,
        dashboard: Dashboard { title: None, units: vec![("energy_wh".to_owned(), "Wh".to_owned())] },
        alerts: None,
        whole: None,
    };
    let plan = shipped("energy.toml");
    assert_eq!(plan.event.fields[0].document_name(), "meter_site");
    assert_eq!(plan, expected);
}

#[test]
fn equal_measures_are_kept_once_and_a_total_of_all_events_is_the_version() {
    let text = edited("revenue = \"sum(price)\"", "a = \"sum(price)\"\nb = \" sum( price ) \"\nc = \"count(note)\"");
    let plan = parsed(&text, &[]).unwrap();
    assert_eq!(plan.view().measures, [sum(2), count(1)]);
    assert_eq!(plan.view().totals[1].aggregate, Aggregate::Measure(0, Number::Decimal { scale: 2 }));
    assert_eq!(plan.view().version, "n");

    let text = edited("revenue = \"sum(price)\"", "n = \"sum(price)\"");
    assert_eq!(parsed(&text, &[]).unwrap().view().version, "_n");
    let text = edited("revenue = \"sum(price)\"", "n = \"sum(price)\"\n_n = \"sum(price)\"\nall = \"count(city)\"");
    assert_eq!(parsed(&text, &[]).unwrap().view().version, "all");
}

#[test]
fn truth_values_are_the_greatest_and_the_least_of_0_and_1() {
    let text = edited("note = \"string?\"", "note = \"boolean?\"").replace("sum(price)", "all(note)");
    let plan =
        parsed(&text.replace("[sink.mongodb]", "b = \"any( note )\"\nc = \"all(note)\"\n[sink.mongodb]"), &[]).unwrap();
    let measure = |function| Measure { function, field: 1 };
    assert_eq!(plan.view().measures, [measure(Function::Min), measure(Function::Max)]);
    let found: Vec<_> = plan.view().totals.iter().map(|total| total.aggregate).collect();
    let truth = |index| Aggregate::Extreme(index, Number::Boolean);
    assert_eq!(found, [truth(0), truth(1), truth(0)]);
    let texts: Vec<_> = found.iter().map(|aggregate| plan.view().text(*aggregate, &plan.event)).collect();
    assert_eq!(texts, ["all(note)", "any(note)", "all(note)"]);
}

#[test]
fn an_average_is_of_a_sum_and_a_count_that_others_share() {
    let text =
        edited("note = \"string?\"", "note = \"integer?\"\ntiny = \"decimal(18)\"").replace("sum(price)", "avg(price)");
    let more = "b = \"avg( note )\"\nc = \"avg(note,0)\"\nd = \"sum(note)\"\ne = \"count(note)\"\nf = \"avg(price, 12)\"\n\
                g = \"avg(tiny)\"\nh = \"avg(tiny, 1)\"\n[sink.mongodb]";
    let plan = parsed(&text.replace("[sink.mongodb]", more), &[]).unwrap();
    assert_eq!(plan.view().measures, [sum(3), sum(1), count(1), sum(2)]);
    let average = |sum, count, of_scale, scale| Aggregate::Average(Average { sum, count, of_scale, scale });
    let expected = [
        average(0, None, 2, 2),
        average(1, Some(2), 0, 2),
        average(1, Some(2), 0, 0),
        Aggregate::Measure(1, Number::Integer),
        Aggregate::Measure(2, Number::Integer),
        average(0, None, 2, 12),
        average(3, None, 18, 18),
        average(3, None, 18, 1),
    ];
    let found: Vec<_> = plan.view().totals.iter().map(|total| total.aggregate).collect();
    assert_eq!(found, expected);
    let texts: Vec<_> = plan.view().totals.iter().map(|total| plan.view().text(total.aggregate, &plan.event)).collect();
    assert_eq!(texts[..3], ["avg(price, 2)", "avg(note, 2)", "avg(note, 0)"], "always with its scale");
    assert_eq!(plan.view().version, "n");
}

#[test]
fn spreads_share_what_they_are_made_of() {
    let text = edited("note = \"string?\"", "note = \"integer?\"").replace("sum(price)", "stddev(price)");
    let more = "b = \"variance(price, 4)\"\nc = \"var_samp( price , 4 )\"\nd = \"stddev_pop(note)\"\ne = \"var_pop(note, 0)\"\n\
                f = \"stddev_samp(price)\"\n[sink.mongodb]";
    let plan = parsed(&text.replace("[sink.mongodb]", more), &[]).unwrap();
    let measure = |function, field| Measure { function, field };
    let squares = |field| [Function::SquaresLow, Function::SquaresMiddle].map(|function| measure(function, field));
    let [low, middle] = squares(2);
    let [low_of_note, middle_of_note] = squares(1);
    let expected =
        [sum(2), low, middle, measure(Function::SquaresHigh, 2), sum(1), count(1), low_of_note, middle_of_note];
    assert_eq!(plan.view().measures, expected, "whole numbers have no third limb");
    let texts: Vec<_> = plan.view().totals.iter().map(|total| plan.view().text(total.aggregate, &plan.event)).collect();
    let expected = [
        "stddev(price, 2)",
        "variance(price, 4)",
        "variance(price, 4)",
        "stddev_pop(note, 2)",
        "var_pop(note, 0)",
        "stddev(price, 2)",
    ];
    assert_eq!(texts, expected);
}

#[test]
fn the_least_and_the_greatest_are_of_the_kind_of_their_field() {
    let text = edited("note = \"string?\"", "note = \"integer?\"");
    let totals = "a = \"min(price)\"\nb = \"max(note)\"\nc = \"max(price)\"\nd = \" min( price ) \"\n[sink.mongodb]";
    let plan = parsed(&text.replace("[sink.mongodb]", totals), &[]).unwrap();
    let measure = |function, field| Measure { function, field };
    let expected = [sum(2), measure(Function::Min, 2), measure(Function::Max, 1), measure(Function::Max, 2)];
    assert_eq!(plan.view().measures, expected);
    let found: Vec<_> = plan.view().totals[1..].iter().map(|total| total.aggregate).collect();
    let cents = Number::Decimal { scale: 2 };
    let least = Aggregate::Extreme(1, cents);
    assert_eq!(found, [least, Aggregate::Extreme(2, Number::Integer), Aggregate::Extreme(3, cents), least]);
    let texts: Vec<_> = plan.view().totals.iter().map(|total| plan.view().text(total.aggregate, &plan.event)).collect();
    assert_eq!(texts, ["sum(price)", "min(price)", "max(note)", "max(price)", "min(price)"]);
}

#[test]
fn a_window_says_that_it_is_final_if_it_is_told_how() {
    let plan = parsed(&edited("[totals]", "final = \"window_final\"\n[totals]"), &[]).unwrap();
    assert_eq!(plan.view().window_names.is_final.as_deref(), Some("window_final"));
    let plan = parsed(GOOD, &["window.final=done"]).unwrap();
    assert_eq!(plan.view().window_names.is_final.as_deref(), Some("done"));
}

#[test]
fn a_start_is_a_place_or_a_time_rounded_up() {
    for (start, expected) in [
        ("\"latest\"", StartAt::Latest),
        ("\"2025-11-28T00:00:00Z\"", StartAt::Time(EventTime(1_764_288_000_000))),
        ("2025-11-28T00:00:00-03:00", StartAt::Time(EventTime(1_764_298_800_000))),
        ("\"2025-11-28T00:00:00.0000001Z\"", StartAt::Time(EventTime(1_764_288_000_001))),
    ] {
        let plan = parsed(&edited("[event]\n", &format!("start = {start}\n[event]\n")), &[]).unwrap();
        let Source::Kafka(kafka) = plan.source;
        assert_eq!(kafka.start, expected, "{start}");
    }
}

#[test]
fn properties_are_strings_whatever_they_were() {
    let line = r#"properties = { "group.id" = "g", "fetch.wait.max.ms" = 10, "log.queue" = true }"#;
    let Source::Kafka(kafka) = parsed(&edited("[event]\n", &format!("{line}\n[event]\n")), &[]).unwrap().source;
    let expected = [("group.id", "g"), ("fetch.wait.max.ms", "10"), ("log.queue", "true")];
    assert_eq!(kafka.properties, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn zones_sizes_and_formats_are_read() {
    let line = "zone = \"America/Sao_Paulo\"\nmax_bytes = 1024\ntime_format = \"epoch_seconds\"\nformat = \"json\"";
    let event = parsed(&edited("[event]\n", &format!("[event]\n{line}\n")), &[]).unwrap().event;
    assert_eq!(event.zone.iana_name(), Some("America/Sao_Paulo"));
    assert_eq!((event.max_bytes, event.time_format), (1024, EpochUnit::Seconds.format()));
}

#[test]
fn checkpoints_go_where_and_as_often_as_the_file_says() {
    let text = format!("{GOOD}[checkpoint]\npath = \"${{STATE}}/mare\"\nevery = \"1m 30s\"\nkeep = 1\n");
    let env = |name: &str| (name == "STATE").then(|| "s3://bucket".to_owned());
    let plan = parse(&text, "test.toml", &Overrides::default(), &env).unwrap();
    let expected = Checkpointing { path: "s3://bucket/mare".to_owned(), every: Duration::from_secs(90), keep: 1 };
    assert_eq!(plan.checkpoint, Some(expected));
    assert_eq!(parsed(GOOD, &[]).unwrap().checkpoint, Some(checkpointing()));
}

#[test]
fn line_ends_of_windows_and_a_byte_order_mark_change_nothing() {
    let text = format!("\u{feff}{}", GOOD.replace('\n', "\r\n"));
    assert_eq!(parsed(&text, &[]).unwrap(), parsed(GOOD, &[]).unwrap());
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let error = load("no/such.toml".as_ref(), &Overrides::default(), &no_env).unwrap_err();
    let shown = error.render(false);
    assert!(shown.starts_with("error: cannot read the dataflow file `no/such.toml`: "), "{shown}");
}

#[test]
fn without_group_by_there_is_one_group() {
    assert_eq!(parsed(&edited("group_by = [\"city\"]\n", ""), &[]).unwrap().view().group_by, [0_usize; 0]);
}

#[test]
fn the_environment_is_put_in_as_text_alone() {
    let text =
        edited("\"mongodb://root:hunter2@localhost\"", "\"mongodb://${SECRET}@${HOST:-localhost}/?appName=$${x}\"");
    let env = |name: &str| (name == "SECRET").then(|| "u:\"='x".to_owned());
    let plan = parse(&text, "test.toml", &Overrides::default(), &env).unwrap();
    let mongo: &MongoSink = plan.sink().downcast_ref().expect("a collection");
    assert_eq!(mongo.uri, "mongodb://u:\"='x@localhost/?appName=${x}");
    assert!(!format!("{plan:?}").contains("='x"));
}

#[test]
fn a_plan_prints_no_password() {
    let plan = parsed(GOOD, &["source.kafka.properties.\"sasl.password\"=hunter2"]).unwrap();
    let shown = format!("{plan:?} {plan:#?}");
    assert!(shown.contains("mongodb://***@localhost") && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn letters_go_to_the_brokers_of_the_source_or_to_their_own() {
    let property = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let sets = [
        "source.kafka.properties.\"security.protocol\"=SSL",
        "late.topic=orders-late",
        "late.properties.\"linger.ms\"=50",
        "dead_letter.topic=orders-dead",
        "dead_letter.brokers=there:9092",
        "dead_letter.properties.\"sasl.password\"=hunter2",
    ];
    let plan = parsed(GOOD, &sets).unwrap();
    let late = LetterTopic {
        brokers: "localhost:9092".to_owned(),
        topic: "orders-late".to_owned(),
        properties: vec![property("security.protocol", "SSL"), property("linger.ms", "50")],
    };
    let dead = LetterTopic {
        brokers: "there:9092".to_owned(),
        topic: "orders-dead".to_owned(),
        properties: vec![property("sasl.password", "hunter2")],
    };
    assert!(!format!("{plan:?}").contains("hunter2"));
    assert_eq!((plan.late, plan.dead_letter), (Some(late), Some(dead)));
}

#[test]
fn events_are_told_apart_by_a_field() {
    assert_eq!(parsed(GOOD, &["dedup.by=city"]).unwrap().dedup, Some(0));
    assert_eq!(parsed(GOOD, &["dedup.by=order", "event.fields.order=integer"]).unwrap().dedup, Some(3));
}
