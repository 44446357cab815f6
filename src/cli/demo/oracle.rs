//! What the documents must be: a recount of the delivered records by the reference model, which shares nothing with the
//! engine.

use std::borrow::Cow;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use mare_reference::{Counts, Event, Model, Rules, Total, WindowRule};
use serde::Deserialize;

use super::amount::{Amount, DemoDocuments};
use crate::sales::SaleKind;
use crate::time::EventTime;

/// Counts records as they are delivered, partition by partition in the order of their offsets.
#[derive(Debug)]
pub struct Oracle(Model);

/// A sale, as it is written.
#[derive(Deserialize)]
struct Written<'a> {
    /// The category.
    #[serde(borrow)]
    categoria: Cow<'a, str>,
    /// The value, in its digits.
    valor: serde_json::Number,
    /// When it was sold, in UTC.
    timestamp: &'a str,
}

impl Oracle {
    /// Nothing counted so far, in windows of `size_ms` milliseconds from the Unix epoch on, which take sales for
    /// `lateness_ms` more.
    #[must_use]
    pub fn new(size_ms: i64, lateness_ms: i64) -> Self {
        let windows = WindowRule::Every { size_ms, offset_ms: 0 };
        Oracle(Model::new(Rules { windows, lateness_ms, confirm: 1, dedups: false }))
    }

    /// Takes the next record of a partition. What is garbage was known when it was made.
    pub fn take(&mut self, partition: i32, kind: SaleKind, payload: Option<&[u8]>) {
        let sale = payload.filter(|_| !matches!(kind, SaleKind::Garbage(_))).and_then(read);
        let event = sale.as_ref().map(|(time_ms, category, cents)| Event {
            time_ms: *time_ms,
            group: category,
            id: "",
            amount: Some(*cents),
            is_wanted: true,
            cancels: false,
        });
        self.0.take(partition, event);
    }

    /// What became of the records.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.0.partitions().map(|partition| self.0.counts(partition)).sum()
    }

    /// The documents that the records lead to.
    #[must_use]
    pub fn documents(&self) -> DemoDocuments {
        let totals = self.0.totals().iter();
        let document = |((start, category), total): (&(i64, String), &Total)| {
            ((EventTime(*start), category.clone()), Amount { cents: total.sum, sales: total.events })
        };
        totals.map(document).collect()
    }
}

/// Event time in milliseconds, category and cents of a sale as the generator writes it: always two digits behind the
/// point.
fn read(payload: &[u8]) -> Option<(i64, String, i128)> {
    let Written { categoria, valor, timestamp } = serde_json::from_slice(payload).ok()?;
    let time: DateTime = timestamp.parse().ok()?;
    let time_ms = Offset::UTC.to_timestamp(time).ok()?.as_millisecond();
    let cents = valor.as_str().replace('.', "").parse().ok()?;
    Some((time_ms, categoria.into_owned(), cents))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sales::Garbage;

    fn take(oracle: &mut Oracle, partition: i32, value: &str, time: &str) {
        let sale = format!(r#"{{"id_pedido":"x","categoria":"Moda","valor":{value},"timestamp":"2025-11-28T{time}"}}"#);
        oracle.take(partition, SaleKind::OnTime, Some(sale.as_bytes()));
    }

    #[test]
    fn a_sale_counts_unless_its_own_partition_is_past_its_windows_close() {
        let mut oracle = Oracle::new(60_000, 120_000);
        take(&mut oracle, 0, "10.00", "12:00:59.999999");
        take(&mut oracle, 0, "20.05", "12:02:59.999000");
        take(&mut oracle, 0, "0.07", "12:00:00.000000");
        take(&mut oracle, 0, "1.00", "12:03:00.000000");
        take(&mut oracle, 0, "99.00", "12:00:59.000000");
        take(&mut oracle, 1, "0.01", "12:00:59.000000");
        oracle.take(1, SaleKind::Garbage(Garbage::FutureTime), Some(br#"{"categoria":"Moda","valor":1.00}"#));
        oracle.take(1, SaleKind::Garbage(Garbage::Tombstone), None);
        assert_eq!(oracle.counts(), Counts { read: 8, counted: 5, filtered: 0, late: 1, duplicate: 0, dead: 2 });
        let amounts: Vec<_> = oracle.documents().values().map(|amount| (amount.cents, amount.sales)).collect();
        assert_eq!(amounts, [(1_008, 3), (2_005, 1), (100, 1)]);
    }
}
