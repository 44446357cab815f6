//! The flagship's revenue by hour, net of what is cancelled within a day.

use mare_reference::{Rules, WindowRule};

use super::golden::{Golden, Known, events, sum};
use super::said::{HOUR_MS, Object, Said};
use crate::support::oracle::Read;

pub const GOLDEN: Golden = Golden {
    file: "net_revenue",
    rules: || Rules {
        windows: WindowRule::Every { size_ms: HOUR_MS, offset_ms: 0 },
        lateness_ms: 24 * HOUR_MS,
        confirm: 1,
        dedups: true,
    },
    said,
    times: ["2025-11-20T00:00:00Z", "2025-12-05T00:00:00Z"],
    start: "janela_inicio",
    group: &["categoria"],
    totals: &[
        sum("receita_liquida", 2),
        Known { field: "pedidos", scale: 0, of: |total| Some(total.live.into()) },
        Known { field: "ticket_medio", scale: 2, of: |total| total.mean(0) },
        events("n"),
    ],
    is_choosy: true,
};

fn said(record: &Read) -> Option<Said> {
    let object = Object::of(record)?;
    let status = object.text("status")?;
    Some(Said {
        id: object.text("id_pedido")?,
        group: vec![object.group("categoria")?],
        amount: object.decimal("valor", 2)?,
        time_ms: object.iso("timestamp", record, HOUR_MS)?,
        is_wanted: status == "PAGO",
        cancels: status == "CANCELADO",
    })
}

#[test]
fn revenue_without_what_is_cancelled() {
    GOLDEN.assert_exact();
}
