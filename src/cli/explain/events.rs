//! The raw events, printed as they are read: nothing is kept but one screen of a table.

use jiff::tz::TimeZone;
use serde::Serialize;

use crate::cli::output::print;
use crate::cli::sheet::{Sheet, SheetCell, SheetFormat};
use crate::cli::verify::Printed;
use crate::cli::when;
use crate::json;
use crate::time::EventTime;
use crate::verify::explain::Met;

/// How many rows a table has before its columns are fitted anew.
const SCREEN: usize = 1_000;

/// Prints events, as lines of JSON or in tables.
pub struct Events {
    format: Printed,
    zone: TimeZone,
    /// Whether events are elements of an array.
    explodes: bool,
    sheet: Sheet,
}

/// One event as a line of JSON. The shape may be relied on.
#[derive(Serialize)]
struct Line {
    partition: i32,
    offset: i64,
    /// Which element of an array it is, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    element: Option<usize>,
    timestamp: Option<String>,
    is: &'static str,
    payload: String,
}

impl Events {
    /// A printer that has printed none.
    #[must_use]
    pub fn new(format: Printed, zone: TimeZone, explodes: bool) -> Events {
        let element = explodes.then_some("element");
        let names = ["partition", "offset"].into_iter().chain(element).chain(["timestamp", "is", "payload"]);
        Events { format, zone, explodes, sheet: Sheet::new(names) }
    }

    /// Prints one event.
    pub fn print(&mut self, met: &Met<'_>) {
        let record = met.record;
        let timestamp = record.timestamp_ms.map(|sent| when::text(EventTime(sent), &self.zone));
        let payload = String::from_utf8_lossy(record.payload.unwrap_or_default()).into_owned();
        if self.format == Printed::Json {
            let (partition, offset, element) = (record.partition, record.offset, met.element);
            return print(json::spaced(&Line { partition, offset, element, timestamp, is: met.fate, payload }));
        }
        let timestamp = timestamp.map_or(SheetCell::Nothing, SheetCell::Text);
        let number = |number: i64| SheetCell::Text(number.to_string());
        let place = [number(record.partition.into()), number(record.offset)];
        let of = |element: Option<usize>| element.map_or(SheetCell::Nothing, |it| SheetCell::Text(it.to_string()));
        let place = place.into_iter().chain(self.explodes.then(|| of(met.element)));
        self.sheet
            .rows
            .push(place.chain([timestamp, SheetCell::Text(met.fate.into()), SheetCell::Text(payload)]).collect());
        if self.sheet.rows.len() == SCREEN {
            self.finish();
        }
    }

    /// Prints what is left.
    pub fn finish(&mut self) {
        if !self.sheet.rows.is_empty() {
            self.sheet.print(SheetFormat::Table);
            self.sheet.rows.clear();
        }
    }
}
