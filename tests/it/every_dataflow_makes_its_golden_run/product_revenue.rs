//! Revenue by department, which stands in a table.

use mare_reference::{Rules, WindowRule};

use super::golden::{Golden, events, sum};
use super::said::{HOUR_MS, Object, Said};
use crate::support::oracle::Read;

pub const GOLDEN: Golden = Golden {
    file: "product_revenue",
    rules: || Rules {
        windows: WindowRule::Every { size_ms: HOUR_MS, offset_ms: 0 },
        lateness_ms: 600_000,
        confirm: 1,
        dedups: false,
    },
    said,
    times: ["2025-11-28T00:00:00Z", "2025-11-29T00:00:00Z"],
    start: "window_start",
    group: &["department"],
    totals: &[sum("revenue", 2), events("order_lines")],
    is_choosy: true,
};

/// What `dataflows/products.csv` says.
fn department(sku: i64) -> &'static str {
    match sku {
        1001..=1003 => "Electronics",
        2001 | 2002 => "Home",
        3001 | 3002 => "Books",
        _ => "other",
    }
}

fn said(record: &Read) -> Option<Said> {
    let object = Object::of(record)?;
    let (quantity, status) = (object.integer("line.quantity")?, object.text("payment.status")?);
    Some(Said {
        id: String::new(),
        group: vec![department(object.integer("line.sku")?).into()],
        amount: object.decimal("line.price", 2)? * i128::from(quantity),
        time_ms: object.iso("created", record, HOUR_MS)?,
        is_wanted: quantity > 0 && ["PAID", "INVOICED"].contains(&&*status),
        cancels: false,
    })
}

#[test]
fn revenue_by_department() {
    GOLDEN.assert_exact();
}
