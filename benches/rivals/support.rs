//! What tests and benches have for this one: the only place here that knows where it stands.

#[path = "../suite/src/backfill/bare.rs"]
mod bare;

use std::path::{Path, PathBuf};
use std::process::Command;

use mare_bench_support::mare::{FlagshipRun, Mare};
use mare_bench_support::settings::given;
use mare_bench_support::topic;

pub use bare::{command as bare_client, told as was_bare_client};
pub use mare_bench_support::servers::brokers;
pub use mare_test_support::leash::leash;

/// How many partitions topics have.
pub const PARTITIONS: i32 = 3;
/// The same, for who counts them.
pub const COUNT: usize = PARTITIONS as usize;

/// The binary that `MARE_BENCH_BINARY` names, or the one that is built with this bench: that one has in it what tests
/// switch off, and is slower by it.
fn mare() -> Mare {
    let built = Path::new(env!("CARGO_BIN_EXE_mare"));
    Mare::new(&given::<PathBuf>("MARE_BENCH_BINARY").unwrap_or_else(|| built.to_owned()))
}

/// Sees to it that there is a topic of so many sales over so many minutes, and returns its name.
pub fn sales(count: u64, minutes: u64) -> String {
    let sales = topic::Sales { count, minutes, compression: "none".to_owned(), partitions: COUNT };
    sales.ensure(&mare());
    sales.topic()
}

/// Sees to it that there is a topic of this name.
pub fn empty(topic: &str) {
    topic::empty(&mare(), topic, COUNT);
}

/// `mare run` of the flagship's dataflow over a topic, and what `sets` override of it (`key=value`).
pub fn mare_run(topic: &str, workers: usize, sets: Vec<String>) -> Command {
    mare().run(&FlagshipRun { topic, workers, sets })
}
