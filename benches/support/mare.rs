//! The built binary as a child process.

use std::process::{Command, Stdio};

/// The flagship's dataflow.
const DATAFLOW: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/dataflows/black_friday.toml");

/// `mare` with `arguments`, on `brokers`; what it prints is dropped.
pub fn mare(brokers: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mare"));
    command.args(arguments).env("KAFKA_BROKERS", brokers).env_remove("RUST_LOG");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// `mare run` of the flagship with `workers` workers over `topic`, and what `sets` override (`key=value`). It takes
/// checkpoints as it does by default, and begins without one.
pub fn run(brokers: &str, topic: &str, workers: usize, sets: &[String]) -> Command {
    let mut command = mare(brokers, &["run", DATAFLOW, "--fresh", "-w", &workers.to_string()]);
    let checkpoints = std::env::temp_dir().join(format!("mare-bench-{}", std::process::id()));
    command.arg("--set").arg(format!("checkpoint.path={}", checkpoints.display()));
    command.arg("--set").arg(format!("source.kafka.topic={topic}"));
    command.args(sets.iter().flat_map(|set| ["--set", set]));
    command
}

/// Runs `command` to its end.
///
/// # Panics
/// If it fails; the message has what it said.
pub fn succeed(command: &mut Command) {
    let output = command.stderr(Stdio::piped()).output().expect("the command starts");
    assert!(output.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
}
