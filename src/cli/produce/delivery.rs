//! What the broker says of each record.

use std::borrow::Cow;
use std::io::Write;
use std::sync::Arc;

use console::style;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::producer::{DeliveryResult, ProducerContext};
use rdkafka::{ClientContext, Message};
use serde::Deserialize;

use super::DeliveryTally;
use super::meter::{DeliveryMeter, made};
use crate::kafka_client::Link;
use crate::plain::plain;
use crate::sales::SaleKind;

/// What is done with each record once it is delivered, on its thread, in the order of its partition.
pub type DeliveryListener = Arc<dyn Fn(&BorrowedMessage<'_>, SaleKind) + Send + Sync>;

/// The context of a thread's client: counts delivery reports, and passes the records on to whoever listens.
pub(super) struct Deliveries {
    /// Whether the brokers answer.
    pub link: Arc<Link>,
    /// The thread's counts.
    pub tally: Arc<DeliveryTally>,
    /// Who listens.
    pub listener: Option<DeliveryListener>,
    /// Tells the metrics.
    pub meter: Option<DeliveryMeter>,
}

impl Deliveries {
    /// Counts `records` that were given up because of `reason`.
    pub fn failed(&self, records: u64, reason: impl ToString) {
        self.tally.failed(records, reason);
        self.meter.iter().for_each(|meter| meter.failed(records));
    }
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.link.note_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.link.note(&error, reason);
    }
}

impl ProducerContext for Deliveries {
    /// The [`SaleKind::code`] of the record.
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, code: usize) {
        let kind = SaleKind::ALL.get(code).copied().unwrap_or(SaleKind::OnTime);
        match result {
            Ok(record) => {
                self.link.answered();
                self.tally.delivered(kind);
                if let Some(meter) = &self.meter {
                    meter.delivered(record.timestamp().to_millis().and_then(made));
                }
                if let Some(listen) = &self.listener {
                    listen(record, kind);
                }
            }
            Err((error, _)) => self.failed(1, error),
        }
    }
}

/// Prints the line of a record, and returns whether anybody reads it.
pub(super) fn show(record: &BorrowedMessage<'_>, kind: SaleKind) -> bool {
    let line = line(record.topic(), record.partition(), record.offset(), record.payload(), kind);
    writeln!(std::io::stdout(), "{line}").is_ok()
}

/// How much of a record is shown that is no sale, in bytes: about a line.
const SHOWN_BYTES: usize = 120;

/// The fields of a sale that its line shows, as they are written.
#[derive(Deserialize)]
struct Shown<'a> {
    /// The category.
    #[serde(borrow)]
    categoria: Cow<'a, str>,
    /// The value, with its digits.
    valor: serde_json::Number,
}

/// Topic, partition, offset, category and value of a record, and its kind if it is not simply on time.
fn line(topic: &str, partition: i32, offset: i64, payload: Option<&[u8]>, kind: SaleKind) -> String {
    let sale = payload.and_then(|payload| serde_json::from_slice::<Shown>(payload).ok());
    let (category, value) = match (kind, &sale) {
        (SaleKind::Garbage(_), _) => ("-".into(), String::new()),
        (_, Some(sale)) => (Cow::Borrowed(&*sale.categoria), sale.valor.to_string()),
        (_, None) => (payload.map_or("-".into(), beginning), String::new()),
    };
    let category = plain(&category);
    let place = style(format!("{topic}  partition {partition}  offset {offset:<8}")).dim();
    let line = format!("{place}  {category:<16}  {value:>8}");
    match kind {
        SaleKind::OnTime => line,
        kind => format!("{line}  {}", style(kind.label()).yellow()),
    }
}

/// What is shown of a record that is no sale, because others are made.
fn beginning(payload: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(payload.get(..SHOWN_BYTES).unwrap_or(payload))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sales::Garbage;

    #[test]
    fn a_line_shows_where_the_record_is_and_what_was_sold() {
        let payload = r#"{"id_pedido":"x","categoria":"Eletrônicos","valor":1234.50,"timestamp":"y"}"#.as_bytes();
        let line = |payload, kind| console::strip_ansi_codes(&line("sales", 2, 17, payload, kind)).into_owned();
        let expected = "sales  partition 2  offset 17        Eletrônicos        1234.50";
        assert_eq!(line(Some(payload), SaleKind::OnTime), expected);
        assert_eq!(line(Some(payload), SaleKind::Late), format!("{expected}  late"));
        let reading = line(Some(br#"{"meter":{"id":"m-17"}}"#), SaleKind::OnTime);
        assert!(reading.contains(r#"{"meter":{"id":"m-17"}}"#), "another dataflow's record is shown itself: {reading}");
        let tombstone = line(None, SaleKind::Garbage(Garbage::Tombstone));
        assert!(tombstone.ends_with("null payload"), "{tombstone}");
    }
}
