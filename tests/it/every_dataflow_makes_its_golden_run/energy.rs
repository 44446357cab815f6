//! Energy by site and tariff: nested fields, two groups, an optional one.

use mare_reference::{Rules, WindowRule};

use super::golden::{Golden, events, sum};
use super::said::{Object, Said};
use crate::support::oracle::Read;

pub const GOLDEN: Golden = Golden {
    file: "energy",
    rules: || Rules {
        windows: WindowRule::Every { size_ms: 300_000, offset_ms: 0 },
        lateness_ms: 900_000,
        confirm: 1,
        dedups: false,
    },
    said,
    times: ["2025-11-28T12:00:00Z", "2025-11-28T16:00:00Z"],
    start: "window_start",
    group: &["meter_site", "tariff"],
    totals: &[sum("cost", 3), events("readings")],
    is_choosy: false,
};

fn said(record: &Read) -> Option<Said> {
    let object = Object::of(record)?;
    object.integer("reading.wh")?;
    object.optional("outage_s", Object::integer)?;
    Some(Said {
        id: String::new(),
        group: vec![object.group("meter.site")?, object.integer("tariff")?.into()],
        amount: object.decimal("reading.cost", 3)?,
        time_ms: object.epoch("read_at", 1, record, 600_000)?,
        is_wanted: true,
        cancels: false,
    })
}

#[test]
fn energy_by_site_and_tariff() {
    GOLDEN.assert_exact();
}
