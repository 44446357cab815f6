//! Sales at a steady rate, some of them with a category of their own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rdkafka::config::ClientConfig;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};

use crate::{Setup, TOPIC};

/// Sales with a category of their own, a second: so few that they do not change what is measured.
const PROBES_A_SECOND: u64 = 25;
/// How long the first sales are not timed: connections are made, code is warmed up.
const WARM_UP: Duration = Duration::from_secs(2);
/// The categories of the other sales.
const CATEGORIES: [&str; 4] = ["Gamer", "Moda", "Casa", "Livros"];

/// A timed sale under way: its category, and when it was produced.
pub type Probes = Arc<Mutex<BTreeMap<String, Instant>>>;

/// Produces for as long as the setup says and the warm-up; puts each probe into `probes` before it goes on its way.
///
/// # Panics
/// If the brokers do not take a sale.
pub fn produce(setup: &Setup, probes: &Probes) {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &setup.brokers).set("linger.ms", "0");
    let producer: ThreadedProducer<DefaultProducerContext> = config.create().expect("a producer");
    let (start, step) = (Instant::now(), setup.rate.div_ceil(PROBES_A_SECOND));
    let mut warm = false;
    for number in 0.. {
        let due = start + Duration::from_secs_f64(number as f64 / setup.rate as f64);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        warm |= start.elapsed() >= WARM_UP;
        if start.elapsed() >= WARM_UP + setup.time {
            break;
        }
        let category = if warm && number % step == 0 {
            let category = format!("{:x}-{number}", std::process::id());
            probes.lock().expect("no panic").insert(category.clone(), Instant::now());
            category
        } else {
            CATEGORIES[number as usize % CATEGORIES.len()].to_owned()
        };
        let sale = sale(&category);
        producer.send(BaseRecord::<(), _>::to(TOPIC).payload(&sale)).expect("room in the producer's queue");
    }
    producer.flush(Duration::from_secs(10)).expect("brokers that take sales");
}

/// A sale of now.
fn sale(category: &str) -> String {
    let now = Timestamp::now().to_zoned(TimeZone::UTC).datetime();
    let id = uuid::Uuid::new_v4();
    format!(r#"{{"id_pedido":"{id}","categoria":"{category}","valor":123.45,"timestamp":"{now:.6}"}}"#)
}
