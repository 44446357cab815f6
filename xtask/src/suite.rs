//! The tests: of this workspace, and of the dashboard's script.

use std::fs;

use crate::checkout::{cargo, command, root, run};
use crate::facts::Facts;
use crate::install;
use crate::missing::List;
use crate::phase::{Outcome, Phases, Verdict};
use crate::tool::Use;

/// Every test, on real servers; or, with a filter, those of this workspace that it names.
///
/// # Errors
/// What cannot be installed, or fails.
pub fn whole(filter: &[String]) -> Result<(), String> {
    let mut phases = Phases::begin();
    phases.run("tools", || install::tools(Use::Tests).map(|()| Outcome::Done))?;
    phases.run("tests", || workspace(filter))?;
    if filter.is_empty() {
        phases.run("dashboard", dashboard)?;
    }
    phases.end();
    Ok(())
}

/// The tests that need no servers.
///
/// # Errors
/// What cannot be installed, or fails.
pub fn quick(filter: &[String]) -> Result<(), String> {
    let mut phases = Phases::begin();
    phases.run("tools", || install::tools(Use::Quick).map(|()| Outcome::Done))?;
    let targets = ["--workspace", "--lib", "--bins", "--test", "docs", "--test", "embedding", "--test", "sink"];
    phases.run("unit tests, links and embedding", || cargo_test(&targets, filter))?;
    phases.run("documentation's examples", || cargo_test(&["--workspace", "--doc"], filter))?;
    if filter.is_empty() {
        phases.run("dashboard", dashboard_if_there_is_node)?;
    }
    phases.end();
    Ok(())
}

/// All that `cargo test` knows of this workspace.
pub fn workspace(filter: &[String]) -> Verdict {
    cargo_test(&["--workspace"], filter)
}

/// The tests of the dashboard's script.
pub fn dashboard() -> Verdict {
    let folder = root().join("tests/dashboard");
    let entries = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    // Folders are read by some versions of Node.js alone.
    files.retain(|file| file.to_string_lossy().ends_with(".test.mjs"));
    files.sort();
    run(command("node").arg("--test").args(files)).map(|()| Outcome::Done)
}

/// The same, where Node.js has come by itself: it is not worth an installation.
fn dashboard_if_there_is_node() -> Verdict {
    let list = List::of(&Facts::look(), Use::Tests);
    if list.0.iter().any(|missing| missing.tool.name == "node") {
        return Ok(Outcome::Unchecked(
            "the dashboard's script NOT tested: there is no Node.js that will do".to_owned(),
        ));
    }
    dashboard()
}

fn cargo_test(what: &[&str], filter: &[String]) -> Verdict {
    run(cargo().args(["test", "--locked"]).args(what).arg("--").args(filter)).map(|()| Outcome::Done)
}
