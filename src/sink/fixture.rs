//! Plans of the views that the tests of the sinks have, and the keys and totals of these.

use std::time::Duration;

use crate::dataflow::{Dashboard, Epochs, Output, Plan};
use crate::source::kafka::KafkaSource;
use crate::source::{OnDataLoss, Source, StartAt};
use mare_sink::fixture::{self, SampleView};

pub(crate) use fixture::{alert, change, claim, key, total, total_in};

/// The flagship: its version is the total `volume_vendas`.
pub(crate) fn sales() -> Plan {
    plan(fixture::sales())
}

/// The flagship with a field that says whether the window is closed.
pub(crate) fn sales_with_final() -> Plan {
    plan(fixture::sales_with_final())
}

/// Another schema: a group of three types, whole numbers only, and a version of its own.
pub(crate) fn sensors() -> Plan {
    plan(fixture::sensors())
}

/// Totals that may be null: of fields that an event need not have.
pub(crate) fn deliveries() -> Plan {
    plan(fixture::deliveries())
}

/// Averages and truth values.
pub(crate) fn tips() -> Plan {
    plan(fixture::tips())
}

fn plan(SampleView { event, view }: SampleView) -> Plan {
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
        event,
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
