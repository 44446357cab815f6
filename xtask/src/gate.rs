//! Everything that must hold of a commit: format, lints, documentation, licences and advisories, tests on real servers.

use crate::checkout::{self, cargo, command, run, tools};
use crate::install;
use crate::linters;
use crate::phase::{Outcome, Phases, Verdict};
use crate::promtool;
use crate::suite;
use crate::tool::Use;

/// Its name, and how it is done.
type Phase = (&'static str, fn() -> Verdict);

/// What a commit must pass, in this order. A new check is a row here; what it needs, a row of
/// [`TOOLS`](crate::tool::TOOLS).
const PHASES: &[Phase] = &[
    ("tools", || install::tools(Use::Gate).map(|()| Outcome::Done)),
    ("format", || by_cargo("fmt --all --check")),
    ("licences", licences),
    ("lints", || by_cargo("clippy --locked --workspace --all-targets --all-features -- -D warnings")),
    ("documentation", documentation),
    ("tests", || suite::workspace(&[])),
    ("dashboard", suite::dashboard),
    ("prometheus", promtool::check),
    ("deployment", linters::check),
    // What the feature that is off by default changes: the wire between processes.
    ("feature", || by_cargo("test --locked -p mare-engine --lib --features abomonation -- rows wire two_processes")),
    // Who keeps checkpoints in folders alone can build without what the object stores bring.
    ("smallest", || by_cargo("check --locked --no-default-features")),
];

/// The advisories on crates.
const ADVISORIES: &str = "https://github.com/RustSec/advisory-db";

/// Passes the gate.
///
/// # Errors
/// The first phase that fails.
pub fn pass() -> Result<(), String> {
    let mut phases = Phases::begin();
    for (name, work) in PHASES {
        phases.run(name, work)?;
    }
    phases.end();
    Ok(())
}

/// A phase that is one command of cargo.
fn by_cargo(line: &str) -> Verdict {
    run(cargo().args(line.split_whitespace())).map(|()| Outcome::Done)
}

fn documentation() -> Verdict {
    let mut command = cargo();
    command.args(["doc", "--locked", "--workspace", "--no-deps", "--all-features"]).env("RUSTDOCFLAGS", "-Dwarnings");
    run(&mut command).map(|()| Outcome::Done)
}

fn licences() -> Verdict {
    let deny = || command(tools().join("bin/cargo-deny"));
    run(deny().args(["check", "licenses", "bans", "sources"]))?;
    // Without its database there is nothing to check against; any other failure is one.
    let mut ask = command("timeout");
    ask.args(["60", "git", "ls-remote", "--exit-code", ADVISORIES, "HEAD"]).env("GIT_TERMINAL_PROMPT", "0");
    if checkout::output(&mut ask).is_err() {
        return Ok(Outcome::Unchecked(format!("advisories NOT checked: {ADVISORIES} is out of reach from here")));
    }
    run(deny().args(["check", "advisories"])).map(|()| Outcome::Done)
}
