//! What the scenarios of `tests/it` start their servers with.
#![allow(dead_code, unused_imports)] // they need more of it

#[path = "../../../../tests/it/support/fetch/mod.rs"]
pub mod fetch;
#[path = "../../../../tests/it/support/kafka/mod.rs"]
pub mod kafka;
#[path = "../../../../tests/it/support/leash.rs"]
pub mod leash;
#[path = "../../../../tests/it/support/mare.rs"]
pub mod mare;
#[path = "../../../../tests/it/support/ports.rs"]
pub mod ports;
#[path = "../../../../tests/it/support/process.rs"]
pub mod process;
#[path = "../../../../tests/it/support/proxy.rs"]
pub mod proxy;
#[path = "../../../../tests/it/support/troubles.rs"]
pub mod troubles;
#[path = "../../../../tests/it/support/wait.rs"]
pub mod wait;

/// A name that nothing else uses: `prefix` and a random tail.
pub fn unique(prefix: &str) -> String {
    format!("{prefix}-{}", uuid::Uuid::new_v4().simple())
}
