//! The climate of rooms: the least, the greatest, the mean and the spread, and a clock that must be confirmed.

use mare_reference::{Rules, WindowRule};

use super::golden::{Golden, Known, events, greatest};
use super::said::{Object, Said};
use crate::support::oracle::Read;

pub const GOLDEN: Golden = Golden {
    file: "sensors",
    rules: || Rules {
        windows: WindowRule::Every { size_ms: 60_000, offset_ms: 0 },
        lateness_ms: 30_000,
        confirm: 2,
        dedups: false,
    },
    said,
    times: ["2025-11-28T12:00:00Z", "2025-11-28T12:40:00Z"],
    start: "window_start",
    group: &["device_room"],
    totals: &[
        Known { field: "celsius_min", scale: 3, of: |total| total.least },
        greatest("celsius_max", 3),
        Known { field: "celsius_avg", scale: 3, of: |total| total.mean(0) },
        Known { field: "celsius_stddev", scale: 3, of: |total| total.deviation(true, 0) },
        events("readings"),
    ],
    is_choosy: false,
};

fn said(record: &Read) -> Option<Said> {
    let object = Object::of(record)?;
    object.boolean("battery_low")?;
    object.optional("humidity", Object::integer)?;
    Some(Said {
        id: object.text("device.id")?,
        group: vec![object.group("device.room")?],
        amount: object.decimal_or_text("celsius", 3)?,
        time_ms: object.epoch("ts", -1_000, record, 300_000)?,
        is_wanted: true,
        cancels: false,
    })
}

#[test]
fn the_climate_of_rooms() {
    GOLDEN.assert_exact();
}
