//! The built binary as a child process.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mare_test_support::leash::leash;

use crate::servers;

/// The binary that is measured, and whom it talks to.
#[derive(Clone, Debug)]
pub struct Mare {
    /// The binary.
    pub binary: PathBuf,
    /// Bootstrap servers.
    pub brokers: String,
}

/// A run of the flagship.
#[derive(Clone, Debug)]
pub struct FlagshipRun<'a> {
    /// What is read.
    pub topic: &'a str,
    /// How many workers it has.
    pub workers: usize,
    /// What is overridden of the dataflow, `key=value`; its sink, at least.
    pub sets: Vec<String>,
}

impl Mare {
    /// A binary, on the brokers of this bench.
    #[must_use]
    pub fn new(binary: &Path) -> Mare {
        Mare { binary: binary.to_owned(), brokers: servers::brokers().to_owned() }
    }

    /// `mare` with `arguments`; what it prints is dropped.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).env("KAFKA_BROKERS", &self.brokers).env_remove("RUST_LOG");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// `mare run`. It takes checkpoints as it does by default, and begins without one.
    #[must_use]
    pub fn run(&self, run: &FlagshipRun<'_>) -> Command {
        let mut command = self.flagship("run", run);
        command.args(["--fresh", "-w", &run.workers.to_string()]);
        command
    }

    /// Another command on what a run has read and written.
    #[must_use]
    pub fn flagship(&self, verb: &str, run: &FlagshipRun<'_>) -> Command {
        let mut command = self.command(&[verb]);
        command.arg(checkout().join("dataflows/black_friday.toml"));
        command.arg("--set").arg(format!("checkpoint.path={}", leash().folder("checkpoints").display()));
        command.arg("--set").arg(format!("source.kafka.topic={}", run.topic));
        command.args(run.sets.iter().flat_map(|set| ["--set", set]));
        command
    }
}

/// The root of the checkout.
#[must_use]
pub fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."))
}
