//! What the environment says.

use std::str::FromStr;

/// The brokers: `MARE_BENCH_KAFKA`.
pub fn brokers() -> String {
    setting("MARE_BENCH_KAFKA", "localhost:9092".to_owned())
}

/// The MongoDB server: `MARE_BENCH_MONGODB`.
pub fn mongodb() -> String {
    setting("MARE_BENCH_MONGODB", "mongodb://localhost:27017".to_owned())
}

/// The value of the variable `name`, or `default`.
///
/// # Panics
/// If the value is none of its type.
pub fn setting<T: FromStr>(name: &str, default: T) -> T {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} cannot be {text:?}")),
        Err(_) => default,
    }
}
