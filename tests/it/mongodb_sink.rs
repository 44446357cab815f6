//! The MongoDB writer on a real server: documents only ever grow more complete, whoever writes them and however often.

mod claims;
mod conformance;

use std::time::Duration;

use mare::dataflow::{Epochs, Output, Plan};
use mare::measure::{Function, Measure};
use mare::schema::{EventPlan, Field, FieldType, TimeFormat};
use mare::sink::mongodb::MongoSink;
use mare::sink::{FencingToken, SinkError, Writer, Written};
use mare::source::kafka::KafkaSource;
use mare::source::{OnDataLoss, Source, StartAt};
use mare::time::{EventTime, Windows};
use mare::total::{Change, Key, Total};
use mare::view::{Aggregate, Number, TotalField, View, ViewId, WindowNames};
use mongodb::bson::{Bson, DateTime, Document, doc};
use mongodb::options::ClientOptions;
use mongodb::sync::{Client, Collection, Database};

/// A collection of its own on the test server; it goes with the value.
struct Scratch {
    sink: MongoSink,
    database: Database,
    collection: Collection<Document>,
}

impl Scratch {
    fn new(name: &str) -> Scratch {
        Scratch::on(crate::support::mongodb::mongodb(), name)
    }

    /// On the server at `uri`.
    fn on(uri: &str, name: &str) -> Scratch {
        let sink = MongoSink {
            uri: uri.to_owned(),
            database: format!("mare_{name}_{}", uuid::Uuid::new_v4().simple()),
            collection: "vendas".into(),
            decimal128: false,
        };
        let database = Client::with_uri_str(&sink.uri).unwrap().database(&sink.database);
        let collection = database.collection(&sink.collection);
        Scratch { sink, database, collection }
    }

    fn open(&self) -> Box<dyn Writer> {
        open(&self.sink).unwrap()
    }

    /// All documents, by `_id`.
    fn documents(&self) -> Vec<Document> {
        let found = self.collection.find(doc! {}).sort(doc! { "_id": 1 }).run().unwrap();
        found.map(Result::unwrap).collect()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = self.database.drop().run();
    }
}

fn open(sink: &MongoSink) -> Result<Box<dyn Writer>, SinkError> {
    plan(sink).writer(&[FencingToken::UNFENCED])
}

fn refusal(outcome: Result<Box<dyn Writer>, SinkError>) -> String {
    match outcome {
        Err(SinkError::Refused(fault) | SinkError::Superseded(fault)) => fault.to_string(),
        Err(SinkError::Away(fault)) => panic!("away, not refused: {fault}"),
        Ok(_) => panic!("not refused"),
    }
}

fn key(group: &str, minute: i64) -> Key {
    Key {
        view: ViewId(0),
        window: Windows::tumbling(60_000, 120_000).of_slot(EventTime(minute * 60_000)),
        group: group.into(),
    }
}

/// A total of `n` events that says so in its sum too.
fn total(n: i64) -> Total {
    Total::new(n, &[Measure { function: Function::Sum, field: 1 }], &[i128::from(n) * 101])
}

fn change(key: Key, total: Total) -> Change {
    Change { key, total, is_final: false }
}

fn written(written: u64, stale: u64) -> Written {
    Written { written, stale }
}

#[test]
fn documents_have_the_flagships_types() {
    let scratch = Scratch::new("types");
    assert_eq!(scratch.open().write(&[change(key("Gamer", 1), total(10))]).unwrap(), written(1, 0));
    let expected = doc! {
        "_id": "Gamer|1970-01-01T00:01:00Z",
        "janela_inicio": DateTime::from_millis(60_000),
        "janela_fim": DateTime::from_millis(120_000),
        "categoria": "Gamer",
        "faturamento_total": 10.1,
        "volume_vendas": 10_i64,
    };
    assert_eq!(scratch.documents(), [expected]);
    let decimal128 = MongoSink { decimal128: true, ..scratch.sink.clone() };
    open(&decimal128).unwrap().write(&[change(key("Gamer", 1), total(20))]).unwrap();
    assert_eq!(scratch.documents()[0].get("faturamento_total"), Some(&Bson::Decimal128("20.20".parse().unwrap())));
}

#[test]
fn a_document_is_only_replaced_by_a_more_complete_one() {
    let scratch = Scratch::new("guard");
    let mut writer = scratch.open();
    for (n, replaces) in [(5, 1), (4, 0), (5, 0), (6, 1), (1, 0)] {
        let outcome = writer.write(&[change(key("Gamer", 0), total(n)), change(key("Casa", n), total(1))]).unwrap();
        let new = u64::from(!matches!((n, replaces), (5, 0)));
        assert_eq!(outcome, written(replaces + new, 2 - replaces - new), "n = {n}");
    }
    let documents = scratch.documents();
    let gamer = documents.iter().find(|document| document.get_str("categoria") == Ok("Gamer")).unwrap();
    assert_eq!((gamer.get_i64("volume_vendas"), gamer.get_f64("faturamento_total")), (Ok(6), Ok(6.06)));
}

/// Each step: the number of events, whether the total is final, what becomes of it, and what the document says then.
#[test]
fn a_final_document_is_only_replaced_by_a_more_complete_one() {
    let scratch = Scratch::new("final");
    let mut with_final = plan(&scratch.sink);
    with_final.outputs[0].view.window_names.is_final = Some("janela_final".into());
    let mut writer = with_final.writer(&[FencingToken::UNFENCED]).unwrap();
    let steps = [
        (5, false, 1, false),
        (4, true, 0, false),
        (5, false, 0, false),
        (5, true, 1, true),
        (5, false, 0, true),
        (5, true, 0, true),
        (6, false, 1, false),
        (7, true, 1, true),
    ];
    for (n, is_final, replaces, says) in steps {
        let outcome = writer.write(&[Change { key: key("Gamer", 0), total: total(n), is_final }]).unwrap();
        assert_eq!(outcome, written(replaces, 1 - replaces), "{n} {is_final}");
        assert_eq!(scratch.documents()[0].get_bool("janela_final"), Ok(says), "{n} {is_final}");
    }
}

/// The option is turned on over documents that were made without it.
#[test]
fn a_document_without_the_field_is_not_final() {
    let scratch = Scratch::new("unfinal");
    scratch.open().write(&[Change { key: key("Gamer", 0), total: total(5), is_final: true }]).unwrap();
    assert_eq!(scratch.documents()[0].len(), 6, "the five fields behind `_id` stay five");
    let mut with_final = plan(&scratch.sink);
    with_final.outputs[0].view.window_names.is_final = Some("janela_final".into());
    let mut writer = with_final.writer(&[FencingToken::UNFENCED]).unwrap();
    let change = Change { key: key("Gamer", 0), total: total(5), is_final: true };
    assert_eq!(writer.write(&[change]).unwrap(), written(1, 0));
    let keys: Vec<_> = scratch.documents()[0].keys().cloned().collect();
    assert_eq!(keys[..5], ["_id", "janela_inicio", "janela_fim", "janela_final", "categoria"]);
}

#[test]
fn a_second_run_changes_no_document() {
    let scratch = Scratch::new("again");
    let totals: Vec<_> = (0..2_500).map(|minute| change(key("Gamer", minute), total(1 + minute % 7))).collect();
    assert_eq!(scratch.open().write(&totals).unwrap(), written(2_500, 0));
    let first = scratch.documents();
    assert_eq!(first.len(), 2_500);
    assert_eq!(scratch.open().write(&totals).unwrap(), written(0, 2_500));
    assert_eq!(scratch.documents(), first);
}

/// All writers insert the same documents at once, in the same order and each with other versions: a server that works
/// on several commands at a time lets one of them insert each document, not always the one with the largest version.
#[test]
fn writers_that_race_converge_to_the_most_complete_documents() {
    const WRITERS: i64 = 4;
    const DOCUMENTS: i64 = 400;
    let scratch = Scratch::new("race");
    let mut writers: Vec<_> = (0..WRITERS).map(|_| scratch.open()).collect();
    std::thread::scope(|scope| {
        for (index, writer) in (0_i64..).zip(&mut writers) {
            let versions = (0..DOCUMENTS).map(move |minute| (minute, 1 + (minute + index) % WRITERS));
            let totals: Vec<_> = versions.map(|(minute, n)| change(key("Gamer", minute), total(n))).collect();
            scope.spawn(move || totals.chunks(20).for_each(|part| assert!(writer.write(part).is_ok())));
        }
    });
    let documents = scratch.documents();
    assert_eq!(documents.len(), DOCUMENTS as usize);
    for document in documents {
        assert_eq!(document.get_i64("volume_vendas"), Ok(WRITERS), "{document}");
    }
}

#[test]
fn the_index_serves_the_newest_windows_of_a_category() {
    let scratch = Scratch::new("index");
    drop((scratch.open(), scratch.open()));
    let indexes: Vec<_> = scratch.collection.list_indexes().run().unwrap().map(|index| index.unwrap().keys).collect();
    assert!(indexes.contains(&doc! { "categoria": 1, "janela_inicio": -1 }), "{indexes:?}");
}

#[test]
fn a_foreign_unique_index_is_refused_and_named() {
    let scratch = Scratch::new("foreign");
    let mut writer = scratch.open();
    let index = doc! { "key": { "categoria": 1 }, "name": "so_uma", "unique": true };
    let command = doc! { "createIndexes": &scratch.sink.collection, "indexes": [index] };
    scratch.database.run_command(command).run().unwrap();
    writer.write(&[change(key("Gamer", 0), total(1))]).unwrap();
    match writer.write(&[change(key("Gamer", 1), total(1))]) {
        Err(SinkError::Refused(fault)) => assert!(fault.to_string().contains("unique index"), "{fault}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_server_that_is_not_there_is_away_and_its_password_unsaid() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let sink = MongoSink {
        uri: format!("mongodb://root:s3cret@127.0.0.1:{port}/?serverSelectionTimeoutMS=200"),
        database: "loja".into(),
        collection: "vendas".into(),
        decimal128: false,
    };
    match open(&sink).map(|_| ()) {
        Err(SinkError::Away(fault)) => {
            let text = fault.to_string();
            assert!(text.contains("loja.vendas") && !text.contains("s3cret"), "{text}");
        }
        other => panic!("{other:?}"),
    }
}

/// Only a server that asks for passwords can show this; one whose uri has none is let be.
#[test]
fn wrong_credentials_are_refused_with_the_remedy() {
    let scratch = Scratch::new("password");
    let options = ClientOptions::parse(&scratch.sink.uri).run().unwrap();
    let Some(password) = options.credential.and_then(|credential| credential.password) else { return };
    let sink = MongoSink { uri: scratch.sink.uri.replace(&password, "s3cret"), ..scratch.sink.clone() };
    let text = refusal(open(&sink));
    assert!(text.contains("authSource") && !text.contains("s3cret"), "{text}");
}

/// The flagship's plan with another sink.
fn plan(sink: &MongoSink) -> Plan {
    let field = Field::new;
    let total = |name: &str, aggregate| TotalField { name: name.into(), aggregate };
    Plan {
        name: "black-friday".into(),
        source: Source::Kafka(KafkaSource {
            brokers: "localhost:9092".into(),
            topic: "black-friday-sales".into(),
            start: StartAt::Earliest,
            on_data_loss: OnDataLoss::Fail,
            properties: Vec::new(),
        }),
        event: EventPlan {
            time: vec!["timestamp".into()],
            time_format: TimeFormat::Iso,
            zone: jiff::tz::TimeZone::UTC,
            max_ahead_ms: 3_600_000,
            max_bytes: 1 << 20,
            group_max_bytes: 1024,
            confirm: 1,
            explode: None,
            fields: vec![field("categoria", FieldType::String), field("valor", FieldType::Decimal { scale: 2 })],
        },
        computed: Vec::new(),
        grouped: Vec::new(),
        outputs: vec![Output {
            name: None,
            filter: None,
            view: View {
                windows: Windows::tumbling(60_000, 120_000),
                window_names: WindowNames { start: "janela_inicio".into(), end: "janela_fim".into(), is_final: None },
                group_by: vec![0],
                measures: vec![Measure { function: Function::Sum, field: 1 }],
                summaries: Vec::new(),
                totals: vec![
                    total("faturamento_total", Aggregate::Measure(0, Number::Decimal { scale: 2 })),
                    total("volume_vendas", Aggregate::Events),
                ],
                texts: Vec::new(),
                expressions: Vec::new(),
                version: "volume_vendas".into(),
            },
            sink: sink.clone().into(),
        }],
        epochs: Epochs {
            shortest: Duration::from_millis(2),
            freshness: Duration::from_millis(20),
            longest: Duration::from_millis(50),
            in_flight: 8,
        },
        checkpoint: None,
        dedup: None,
        retract: None,
        idle: None,
        late: None,
        dead_letter: None,
        dashboard: mare::dataflow::Dashboard::default(),
        alerts: None,
        whole: None,
    }
}
