//! Sales by store and day in São Paulo, over the midnight of 2018 that there was not; receipts that come again.

use mare_reference::{Rules, WindowRule};
use serde_json::Value;

use super::golden::{Golden, events, greatest, sum};
use super::said::{HOUR_MS, Object, Said};
use crate::support::oracle::Read;

pub const GOLDEN: Golden = Golden {
    file: "daily_sales",
    rules: || Rules { windows: WindowRule::Between(days()), lateness_ms: 2 * HOUR_MS, confirm: 1, dedups: true },
    said,
    times: ["2018-11-01T12:00:00Z", "2018-11-08T12:00:00Z"],
    start: "dia_inicio",
    group: &["store"],
    totals: &[sum("net", 2), greatest("largest", 2), events("receipts")],
    is_choosy: false,
};

/// The days of three weeks: each begins at 03:00 UTC up to November 4, of which an hour was left out.
fn days() -> &'static [i64] {
    let last: jiff::Timestamp = "2018-11-04T03:00:00Z".parse().expect("a time");
    let begin = |day: i64| last.as_millisecond() + day * 24 * HOUR_MS - if day > 0 { HOUR_MS } else { 0 };
    (-30..10).map(begin).collect::<Vec<_>>().leak()
}

fn said(record: &Read) -> Option<Said> {
    let object = Object::of(record)?;
    object.optional("items.0.sku", Object::text)?;
    let discount = object.optional("totals.discount", |object, path| object.decimal(path, 2))?;
    Some(Said {
        id: object.text("receipt")?,
        group: vec![object.optional("store", Object::group)?.unwrap_or(Value::Null)],
        amount: object.decimal("totals.gross", 2)? - discount.unwrap_or(0),
        time_ms: object.iso("sold_at", record, HOUR_MS)?,
        is_wanted: true,
        cancels: false,
    })
}

#[test]
fn sales_by_day_in_sao_paulo() {
    GOLDEN.assert_exact();
}
