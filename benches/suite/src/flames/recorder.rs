//! A run that is looked at.

use std::fs;
use std::io::BufReader;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use inferno::collapse::Collapse;
use inferno::collapse::perf::{Folder, Options};
use mare_bench_support::mare::Mare;
use mare_bench_support::scratch;
use tempfile::TempDir;

use super::stacks::Stacks;

/// How often `perf` looks at each thread, a second: no divisor of what a clock ticks by.
const RATE: &str = "997";

/// The rest of a script behind the line that starts `perf`: a signal to the script is one to what `perf` has started,
/// for `perf` itself would end by it, and the end of that is the end of the script.
const PASS_ON: &str = r"perf=$!
trap 'kill -TERM $(cat /proc/$perf/task/$perf/children)' TERM
wait $perf
end=$?
if [ $end -gt 128 ]; then wait $perf; end=$?; fi
exit $end
";

/// Whether `perf` starts here.
///
/// # Errors
/// If it does not, with what helps.
pub fn is_there() -> Result<(), String> {
    let status = Command::new("perf").arg("--version").stdout(Stdio::null()).status();
    let starts = status.is_ok_and(|status| status.success());
    starts
        .then_some(())
        .ok_or_else(|| "perf does not start here: on Debian `sudo apt-get install linux-perf`".to_owned())
}

/// Looks at what it runs.
pub struct Recorder {
    /// A binary that is `perf`, which starts the other.
    pub mare: Mare,
    /// Where it puts what it has seen.
    folder: TempDir,
}

impl Recorder {
    /// One that looks at runs of `plain`.
    ///
    /// # Panics
    /// If there is no room for what it sees.
    pub fn of(plain: &Mare) -> Recorder {
        let folder = scratch::folder();
        let (binary, seen) = (folder.path().join("mare"), seen(&folder));
        let look = format!("perf record --quiet -F {RATE} --call-graph dwarf -o '{}'", seen.display());
        let script = format!("#!/bin/sh\n{look} -- '{}' \"$@\" &\n{PASS_ON}", plain.binary.display());
        fs::write(&binary, script).expect("a script");
        fs::set_permissions(&binary, fs::Permissions::from_mode(0o755)).expect("one that can be started");
        Recorder { mare: Mare { binary, brokers: plain.brokers.clone() }, folder }
    }

    /// What it has seen.
    ///
    /// # Errors
    /// If `perf` cannot read that.
    pub fn stacks(&self) -> Result<Stacks, String> {
        let mut script = Command::new("perf");
        script.args(["script", "--no-inline", "-i"]).arg(seen(&self.folder));
        let mut child = script.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(|e| e.to_string())?;
        let said = BufReader::new(child.stdout.take().expect("piped"));
        let mut folded = Vec::new();
        let mut options = Options::default();
        options.annotate_kernel = true; // else nobody can tell what is the system's
        Folder::from(options).collapse(said, &mut folded).map_err(|e| format!("perf script: {e}"))?;
        let status = child.wait().map_err(|e| e.to_string())?;
        let read = status.success().then(|| Stacks::of(&String::from_utf8_lossy(&folded)));
        read.ok_or_else(|| format!("perf script: {status}"))
    }
}

/// The file of what was seen.
fn seen(folder: &TempDir) -> PathBuf {
    folder.path().join("perf.data")
}
