//! The servers that the environment names, or ones of our own, which end with this process.

use std::sync::OnceLock;

use mare_test_support::kafka::Kafka;
use mare_test_support::mongodb::MongoDb;

use crate::settings::given;

/// Bootstrap servers: `MARE_BENCH_KAFKA`, or a broker of our own.
///
/// # Panics
/// If what starts one is missing; the message says what to do.
pub fn brokers() -> &'static str {
    static OWN: OnceLock<Kafka> = OnceLock::new();
    static BROKERS: OnceLock<String> = OnceLock::new();
    let own = || OWN.get_or_init(Kafka::start_for_load).brokers();
    BROKERS.get_or_init(|| given("MARE_BENCH_KAFKA").unwrap_or_else(own))
}

/// The uri of a MongoDB server: `MARE_BENCH_MONGODB`, or a MongoDB-wire server of our own.
///
/// # Panics
/// If what starts one is missing; the message says what to do.
pub fn mongodb() -> &'static str {
    static OWN: OnceLock<MongoDb> = OnceLock::new();
    static URI: OnceLock<String> = OnceLock::new();
    URI.get_or_init(|| given("MARE_BENCH_MONGODB").unwrap_or_else(|| OWN.get_or_init(MongoDb::start).uri()))
}
