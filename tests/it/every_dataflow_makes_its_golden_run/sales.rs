//! The flagship: sales by category and minute.

use mare_reference::{Rules, WindowRule};

use super::golden::{Golden, events, sum};
use super::said::{HOUR_MS, Object, Said};
use crate::support::oracle::Read;

pub const GOLDEN: Golden = Golden {
    file: "black_friday",
    rules: || Rules {
        windows: WindowRule::Every { size_ms: 60_000, offset_ms: 0 },
        lateness_ms: 120_000,
        confirm: 1,
        dedups: false,
    },
    said,
    times: ["2025-11-28T12:00:00Z", "2025-11-28T12:40:00Z"],
    start: "janela_inicio",
    group: &["categoria"],
    totals: &[sum("faturamento_total", 2), events("volume_vendas")],
    is_choosy: false,
};

fn said(record: &Read) -> Option<Said> {
    let object = Object::of(record)?;
    Some(Said {
        id: object.text("id_pedido")?,
        group: vec![object.group("categoria")?],
        amount: object.decimal("valor", 2)?,
        time_ms: object.iso("timestamp", record, HOUR_MS)?,
        is_wanted: true,
        cancels: false,
    })
}

#[test]
fn sales_by_category_and_minute() {
    GOLDEN.assert_exact();
}
