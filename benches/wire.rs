//! What it costs to send combined partials to another process: timely's own serialisation (bincode of the derived
//! `Serialize`) against plain rows (the feature `abomonation`).
//!
//! Both go the way that timely goes: the size is asked for, the bytes are written to a buffer, the other side makes a
//! container of them. The two take turns; the table has the medians, in nanoseconds a row.
//!
//! `cargo xtask bench wire`

use std::hint::black_box;
use std::time::{Duration, Instant};

use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;
use mare::engine::partials::{Parcel, Partials};
use mare::time::{Epoch, EventTime, Windows};
use mare::view::ViewId;
use timely::bytes::arc::BytesMut;
use timely::dataflow::channels::ContainerBytes;

/// Rows of a parcel: a few categories in one window; many; a flood of single customers.
const ROWS: [usize; 3] = [4, 1_000, 100_000];
/// How often the two take turns.
const ROUNDS: usize = 15;
/// About how long one measurement takes.
const MEASUREMENT: Duration = Duration::from_millis(20);

fn main() {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header([
        "rows",
        "bincode: bytes a row",
        "encode",
        "decode",
        "plain rows: bytes a row",
        "encode",
        "decode",
    ]);
    for rows in ROWS {
        let derived = vec![partials(rows)];
        let (view, epoch, positions) = (ViewId(0), Epoch(1), Vec::new());
        let plain = vec![Parcel { destination: 1, view, epoch, positions, partials: partials(rows) }];
        let measured: Vec<_> = (0..ROUNDS).map(|_| (measure(&derived, rows), measure(&plain, rows))).collect();
        let median = |number: fn(&(Cost, Cost)) -> f64| format!("{:.2}", median(measured.iter().map(number)));
        table.add_row([
            rows.to_string(),
            median(|(derived, _)| derived.bytes),
            median(|(derived, _)| derived.encode),
            median(|(derived, _)| derived.decode),
            median(|(_, plain)| plain.bytes),
            median(|(_, plain)| plain.encode),
            median(|(_, plain)| plain.decode),
        ]);
    }
    println!("{table}");
}

/// What one row costs: bytes, and nanoseconds.
struct Cost {
    bytes: f64,
    encode: f64,
    decode: f64,
}

/// Partials of the flagship's kind: one sum, groups of about eight letters.
fn partials(rows: usize) -> Partials {
    let mut partials = Partials::new(1);
    for row in 0..rows {
        partials.push(
            Windows::tumbling(60_000, 0).of_slot(EventTime(1_764_331_200_000 + 60_000 * (row as i64 / 4))),
            &format!("grupo{row:03}"),
            [123_456 + row as i128],
        );
        partials.fold(row, 1, |_, units| units);
    }
    partials
}

/// Encodes and decodes `container`, which has `rows` rows.
fn measure<C: ContainerBytes>(container: &C, rows: usize) -> Cost {
    let mut buffer = Vec::with_capacity(container.length_in_bytes());
    let encode = nanoseconds(|| {
        buffer.clear();
        buffer.reserve(black_box(container).length_in_bytes());
        container.into_bytes(&mut buffer);
    });
    let bytes = buffer.len();
    let received = BytesMut::from(buffer).freeze();
    let decode = nanoseconds(|| drop(black_box(C::from_bytes(received.clone()))));
    let rows = rows as f64;
    Cost { bytes: bytes as f64 / rows, encode: encode / rows, decode: decode / rows }
}

/// How long one call of `work` takes, on the average of many.
fn nanoseconds(mut work: impl FnMut()) -> f64 {
    let (start, mut calls) = (Instant::now(), 0_u32);
    while start.elapsed() < MEASUREMENT {
        work();
        calls += 1;
    }
    start.elapsed().as_nanos() as f64 / f64::from(calls)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
