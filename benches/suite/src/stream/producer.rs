//! Sales at a steady rate, some of them with a category of their own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mare_bench_support::topic::{producer, send};
use rdkafka::producer::Producer;

use super::{PARTITIONS, Stream};

/// Sales with a category of their own, a second: so few that they do not change what is measured.
const PROBES_A_SECOND: u64 = 25;
/// How long the first sales are not timed: connections are made, code is warmed up.
const WARM_UP: Duration = Duration::from_secs(2);
/// The categories of the other sales.
const CATEGORIES: [&str; 4] = ["Gamer", "Moda", "Casa", "Livros"];

/// A timed sale under way: its category, and when it was produced.
pub type Probes = Arc<Mutex<BTreeMap<String, Instant>>>;

/// Produces to `topic` for the warm-up and as long as `stream` says; puts each probe into `probes` before it goes on
/// its way.
///
/// # Panics
/// If the brokers do not take a sale.
pub fn produce(stream: &Stream, topic: &str, probes: &Probes) {
    let producer = producer(&stream.mare.brokers, "0");
    let (start, step) = (Instant::now(), stream.rate.div_ceil(PROBES_A_SECOND));
    let mut warm = false;
    for number in 0.. {
        let due = start + Duration::from_secs_f64(number as f64 / stream.rate as f64);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        warm |= start.elapsed() >= WARM_UP;
        if start.elapsed() >= WARM_UP + stream.time {
            break;
        }
        let category = if warm && number % step == 0 {
            probe(probes, format!("probe-{number}"))
        } else {
            CATEGORIES[(number % CATEGORIES.len() as u64) as usize].to_owned()
        };
        send(&producer, topic, None, &sale(number, &category));
    }
    // The last sale of each partition: who has seen them knows that all have been read.
    for partition in 0..PARTITIONS as i32 {
        let category = probe(probes, format!("last-{partition}"));
        send(&producer, topic, Some(partition), &sale(u64::MAX, &category));
    }
    producer.flush(Duration::from_secs(10)).expect("brokers that take sales");
}

/// Puts a probe of this category into `probes`, as of now.
fn probe(probes: &Probes, category: String) -> String {
    probes.lock().expect("no panic").insert(category.clone(), Instant::now());
    category
}

/// A sale of now.
fn sale(number: u64, category: &str) -> String {
    let now = Timestamp::now().to_zoned(TimeZone::UTC).datetime();
    format!(r#"{{"id_pedido":"{number:016x}","categoria":"{category}","valor":123.45,"timestamp":"{now:.6}"}}"#)
}
