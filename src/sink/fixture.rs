//! Plans, keys and totals for the tests of the sinks.

use std::time::Duration;

use crate::dataflow::{Dashboard, Epochs, Output, Plan};
use crate::measure::{Function, Measure};
use crate::position::{Offset, Partition, Positions};
use crate::schema::{EventPlan, Field, FieldType, TimeFormat};
use crate::sink::Claim;
use crate::source::kafka::KafkaSource;
use crate::source::{OnDataLoss, Source, StartAt};
use crate::time::{EventTime, Windows};
use crate::total::{Change, Key, Total};
use crate::view::{Aggregate, Number, TotalField, View, ViewId, WindowNames};

/// The windows of all plans.
const MINUTES: Windows = Windows::tumbling(60_000, 120_000);

/// The flagship: its version is the total `volume_vendas`.
pub(crate) fn sales() -> Plan {
    let fields = vec![
        field("id_pedido", FieldType::String),
        field("categoria", FieldType::String),
        field("valor", FieldType::Decimal { scale: 2 }),
    ];
    let view = View {
        windows: MINUTES,
        window_names: names("janela_inicio", "janela_fim"),
        group_by: vec![1],
        measures: vec![Measure { function: Function::Sum, field: 2 }],
        totals: vec![
            total_of("faturamento_total", Aggregate::Measure(0, Number::Decimal { scale: 2 })),
            total_of("volume_vendas", Aggregate::Events),
        ],
        version: "volume_vendas".into(),
    };
    plan(fields, view)
}

/// The flagship with a field that says whether the window is closed.
pub(crate) fn sales_with_final() -> Plan {
    let mut plan = sales();
    plan.outputs[0].view.window_names.is_final = Some("janela_final".into());
    plan
}

/// Another schema: a group of three types, whole numbers only, and a version of its own.
pub(crate) fn sensors() -> Plan {
    let fields = vec![
        field("sensor.id", FieldType::Integer),
        field("indoors", FieldType::Boolean),
        field("room", FieldType::String),
        field("value", FieldType::Integer),
    ];
    let view = View {
        windows: MINUTES,
        window_names: names("from", "until"),
        group_by: vec![0, 1, 2],
        measures: vec![Measure { function: Function::Count, field: 3 }, Measure { function: Function::Sum, field: 3 }],
        totals: vec![
            total_of("readings", Aggregate::Measure(0, Number::Integer)),
            total_of("sum", Aggregate::Measure(1, Number::Integer)),
        ],
        version: "n".into(),
    };
    plan(fields, view)
}

/// The key of a group's window that starts at `start` milliseconds.
pub(crate) fn key(group: &str, start: i64) -> Key {
    Key { view: ViewId(0), window: MINUTES.starting(EventTime(start)), group: group.into() }
}

/// A total of `n` events.
pub(crate) fn total(n: i64, measures: &[i128]) -> Total {
    let sum = Measure { function: Function::Sum, field: 0 };
    Total::new(n, &vec![sum; measures.len()], measures)
}

/// A change that is not final.
pub(crate) fn change(key: Key, total: Total) -> Change {
    Change { key, total, is_final: false }
}

/// The change of a total that is certain.
pub(crate) fn final_change(key: Key, total: Total) -> Change {
    Change { key, total, is_final: true }
}

/// What a run of the dataflow with this fingerprint says when it claims its sink.
pub(crate) fn claim(fingerprint: &str, overwrite: bool) -> Claim {
    let (sink, who) = ("here".into(), "host:1".into());
    Claim { dataflow: "test".into(), fingerprint: fingerprint.into(), sink, overwrite, who, ..Claim::default() }
}

/// Positions from pairs of partition and offset.
pub(crate) fn positions(pairs: &[(i32, i64)]) -> Positions {
    pairs.iter().map(|(partition, offset)| (Partition(*partition), Offset(*offset))).collect()
}

fn field(name: &str, kind: FieldType) -> Field {
    Field { name: name.into(), path: name.split('.').map(str::to_owned).collect(), kind, optional: false }
}

fn total_of(name: &str, aggregate: Aggregate) -> TotalField {
    TotalField { name: name.into(), aggregate }
}

fn names(start: &str, end: &str) -> WindowNames {
    WindowNames { start: start.into(), end: end.into(), is_final: None }
}

fn plan(fields: Vec<Field>, view: View) -> Plan {
    let millis = Duration::from_millis;
    Plan {
        name: "test".into(),
        source: Source::Kafka(KafkaSource {
            brokers: "localhost:9092".into(),
            topic: "test".into(),
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
            fields,
        },
        outputs: vec![Output { view, sink: crate::sink::stdout::StdoutSink.into() }],
        epochs: Epochs { shortest: millis(2), longest: millis(50), in_flight: 8 },
        checkpoint: None,
        dedup: None,
        late: None,
        dead_letter: None,
        dashboard: Dashboard::default(),
        alerts: None,
    }
}
