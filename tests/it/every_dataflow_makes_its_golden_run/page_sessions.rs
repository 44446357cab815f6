//! Page views in sessions: each is written once, when it is certain, and ids come again.

use mare_reference::{Rules, WindowRule};

use super::golden::{Golden, events, sum};
use super::said::{HOUR_MS, Object, Said};
use crate::support::oracle::Read;

pub const GOLDEN: Golden = Golden {
    file: "page_sessions",
    rules: || Rules {
        windows: WindowRule::Session { gap_ms: HOUR_MS / 2 },
        lateness_ms: 120_000,
        confirm: 1,
        dedups: true,
    },
    said,
    times: ["2025-11-28T00:00:00Z", "2025-11-29T16:00:00Z"],
    start: "came_at",
    group: &["visitor"],
    totals: &[events("pages"), sum("bytes", 0)],
    is_choosy: false,
};

fn said(record: &Read) -> Option<Said> {
    let object = Object::of(record)?;
    object.text("page")?;
    Some(Said {
        id: object.text("view")?,
        group: vec![object.group("visitor")?],
        amount: object.integer("bytes")?.into(),
        time_ms: object.iso("at", record, HOUR_MS)?,
        is_wanted: true,
        cancels: false,
    })
}

#[test]
fn page_views_in_sessions() {
    GOLDEN.assert_exact();
}
