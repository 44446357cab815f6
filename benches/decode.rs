//! What it costs to decode one sale of about 130 bytes: the fast way, the slow way, and `serde_json` with borrowed
//! fields.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use jiff::tz::TimeZone;
use mare::decode::Decoder;
use mare::measure::{Function, Measure};
use mare::record::Record;
use mare::schema::{EventPlan, Field, FieldType, TimeFormat};

/// How many different sales a pass decodes, so that branches are not learnt by heart.
const SALES: usize = 1024;

/// Categories, short and long, one of them not ASCII.
const CATEGORIES: [&str; 6] = ["Gamer", "Eletrônicos", "Moda", "Casa e Jardim", "Livros", "Pet"];

/// A declared field.
fn field(name: &str, kind: FieldType) -> Field {
    Field::new(name, kind)
}

/// The flagship's decoder, for times without an offset in `zone`.
fn decoder(zone: &str) -> Decoder {
    let event = EventPlan {
        time: vec!["timestamp".to_owned()],
        time_format: TimeFormat::Iso,
        zone: TimeZone::get(zone).expect("a zone of the database"),
        max_ahead_ms: 3_600_000,
        max_bytes: 1 << 20,
        group_max_bytes: 1024,
        confirm: 1,
        explode: None,
        fields: vec![
            field("id_pedido", FieldType::String),
            field("categoria", FieldType::String),
            field("valor", FieldType::Decimal { scale: 2 }),
        ],
    };
    Decoder::new(&event, &[], &[1])
}

/// Sales with `gap` behind each colon and comma, and `mark` behind each category.
fn sales(gap: &str, mark: &str) -> Vec<String> {
    let sale = |n: usize| {
        let id = uuid::Uuid::from_u128(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C834u128.wrapping_mul(n as u128 + 1));
        let (category, cents, micros) =
            (CATEGORIES[n * 7 % CATEGORIES.len()], 1000 + n * 487 % 499_000, n * 7919 % 1_000_000);
        let (valor, second) = (format!("{}.{:02}", cents / 100, cents % 100), n % 60);
        format!(
            r#"{{"id_pedido":{gap}"{id}",{gap}"categoria":{gap}"{category}{mark}",{gap}"valor":{gap}{valor},{gap}"timestamp":{gap}"2025-11-28T12:{:02}:{second:02}.{micros:06}"}}"#,
            n / 60 % 60
        )
    };
    (0..SALES).map(sale).collect()
}

/// A sale as `serde_json` reads it without copies, for comparison: amount and time are still text or a float.
#[derive(serde::Deserialize)]
struct Borrowed<'a> {
    id_pedido: &'a str,
    categoria: &'a str,
    valor: f64,
    timestamp: &'a str,
}

/// All benches, one pass over the sales each.
fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Elements(SALES as u64));
    for (name, zone, records) in [
        ("fast", "UTC", sales("", "")),
        ("fast, spaced as Python does", "UTC", sales(" ", "")),
        ("fast, America/Sao_Paulo", "America/Sao_Paulo", sales("", "")),
        ("slow", "UTC", sales("", "\\u0026")),
    ] {
        let (mut decoder, mut written) = (decoder(zone), String::new());
        let sum = Measure { function: Function::Sum, field: 2 };
        group.bench_with_input(BenchmarkId::from_parameter(name), &records, |bencher, records| {
            bencher.iter(|| {
                for record in records {
                    let row =
                        decoder.decode(&Record::of_payload(Some(black_box(record.as_bytes())))).expect("a good sale");
                    black_box((row.time, row.measured(sum)));
                    black_box(row.group(&[1], &mut written));
                }
            });
        });
    }
    let records = sales("", "");
    group.bench_function("serde_json, borrowed, picked only", |bencher| {
        bencher.iter(|| {
            for record in &records {
                let sale: Borrowed<'_> = serde_json::from_slice(black_box(record.as_bytes())).expect("a good sale");
                black_box((sale.id_pedido, sale.categoria, sale.valor, sale.timestamp));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
