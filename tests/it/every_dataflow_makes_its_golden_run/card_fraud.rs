//! Declined cards in windows that overlap: few of the events are wanted, and ids come again.

use mare_reference::{Rules, WindowRule};

use super::golden::{Golden, events, greatest, sum};
use super::said::{HOUR_MS, Object, Said};
use crate::support::oracle::Read;

pub const GOLDEN: Golden = Golden {
    file: "card_fraud",
    rules: || Rules {
        windows: WindowRule::Hopping { size_ms: 600_000, step_ms: 120_000, offset_ms: 0 },
        lateness_ms: 60_000,
        confirm: 1,
        dedups: true,
    },
    said,
    times: ["2025-11-28T12:00:00Z", "2025-11-28T14:00:00Z"],
    start: "window_start",
    group: &["merchant_category"],
    totals: &[events("declined"), sum("amount", 2), greatest("largest", 2)],
    is_choosy: true,
};

fn said(record: &Read) -> Option<Said> {
    let object = Object::of(record)?;
    let (amount, attempt) = (object.decimal_or_text("amount", 2)?, object.integer("attempt")?);
    let (status, reason) = (object.text("status")?, object.optional("reason", Object::text)?);
    let is_expired = reason.as_deref() == Some("CARD_EXPIRED");
    Some(Said {
        id: object.text("auth_id")?,
        group: vec![object.group("merchant.category")?],
        amount,
        time_ms: object.epoch("at", 1_000, record, HOUR_MS)?,
        is_wanted: status == "DECLINED" && (attempt > 2 || amount >= 100_000) && !is_expired,
        cancels: false,
    })
}

#[test]
fn declined_cards_in_windows_that_overlap() {
    GOLDEN.assert_exact();
}
