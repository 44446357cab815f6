//! The folders of this checkout, and commands in it.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the checkout.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a member stands in its workspace")
}

/// Where tools are installed that the machine itself lacks.
pub fn tools() -> PathBuf {
    root().join(".cache/tools")
}

/// Where cargo builds.
pub fn target() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// A command at the root of the checkout, that finds the checkout's own tools first.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).env("PATH", path());
    // What cargo tells us of this member is not meant for what we start: some build scripts run anew when it changes.
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_of_this_member)) {
        command.env_remove(name);
    }
    command
}

/// The cargo that has started us, or the one that is found.
pub fn cargo() -> Command {
    command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a command to its end, in sight.
///
/// # Errors
/// If it does not start or fails, with its words.
pub fn run(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|e| format!("{} does not start: {e}", words(command)))?;
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", words(command))) }
}

/// What a command prints on its standard output.
///
/// # Errors
/// If it does not start or fails, with its words and what it says.
pub fn output(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|e| format!("{} does not start: {e}", words(command)))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("{} ended with {}\n{}", words(command), output.status, String::from_utf8_lossy(&output.stderr)))
}

/// A command as it would be typed.
fn words(command: &Command) -> String {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    format!("`{}`", words.join(" "))
}

/// The search path, with the checkout's own tools first.
fn path() -> OsString {
    let rest = env::var_os("PATH").unwrap_or_default();
    let folders = [tools().join("bin")].into_iter().chain(env::split_paths(&rest));
    env::join_paths(folders).unwrap_or(rest)
}

/// Whether cargo has set a variable for this member alone.
fn is_of_this_member(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"].iter().any(|prefix| name.starts_with(prefix))
        || name == "CARGO_PRIMARY_PACKAGE"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_run_at_the_root_and_say_why_they_fail() {
        assert_eq!(
            output(command("pwd").arg("-P")).map(|text| text.trim().into()),
            root().canonicalize().map_err(|e| e.to_string())
        );
        let why = output(command("sh").args(["-c", "echo no such thing >&2; exit 3"])).expect_err("it fails");
        assert!(why.contains("exit 3") && why.contains("no such thing") && why.contains("exit status: 3"), "{why}");
        assert!(run(&mut command("mare-no-such-program")).is_err_and(|why| why.contains("does not start")));
    }

    #[test]
    fn what_is_started_does_not_hear_of_this_member() {
        let names = output(&mut command("env")).expect("it runs");
        assert!(!names.lines().any(|line| line.split('=').next().is_some_and(is_of_this_member)), "{names}");
    }
}
