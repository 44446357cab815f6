//! What this machine has.

use std::collections::BTreeMap;
use std::env::consts;
use std::process::Command;

use crate::checkout;
use crate::tool::TOOLS;

/// What was found on a machine; all that is decided of it is decided in [`missing`](crate::missing).
#[derive(Clone, Debug)]
pub struct Facts {
    /// Whether we are root.
    pub root: bool,
    /// Whether there is Debian's installer.
    pub apt: bool,
    /// Whether there is the installer of Rust's components.
    pub rustup: bool,
    /// The system and the processor, as Rust calls them.
    pub platform: (&'static str, &'static str),
    /// The tools that start, by name, and the version that each prints, or nothing.
    pub tools: BTreeMap<&'static str, String>,
}

impl Facts {
    /// Looks at this machine.
    pub fn look() -> Facts {
        let starts = |command: &[&str]| output(command).is_some();
        Facts {
            root: output(&["id", "-u"]).is_some_and(|id| id.trim() == "0"),
            apt: starts(&["apt-get", "--version"]),
            rustup: starts(&["rustup", "--version"]),
            platform: (consts::OS, consts::ARCH),
            tools: TOOLS.iter().filter_map(|tool| Some((tool.name, version(&output(tool.probe)?)))).collect(),
        }
    }
}

/// What a command prints, if it succeeds.
fn output(command: &[&str]) -> Option<String> {
    let (program, arguments) = command.split_first()?;
    let program = if *program == "cargo" { checkout::cargo() } else { checkout::command(program) };
    let output = quiet(program).args(arguments).output().ok()?;
    let both = [output.stdout, output.stderr].concat();
    output.status.success().then(|| String::from_utf8_lossy(&both).into_owned())
}

/// What a question is asked with must not be translated, nor fetch anything.
fn quiet(mut command: Command) -> Command {
    command.env("LC_ALL", "C").env("RUSTUP_AUTO_INSTALL", "0");
    command
}

/// The first word of a text that looks like a version.
fn version(text: &str) -> String {
    let words = text.split_whitespace().map(|word| word.trim_matches(['"', '(', ')', ',', 'v']));
    words.filter(|word| word.starts_with(|c: char| c.is_ascii_digit())).map(str::to_owned).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_tools_print() {
        let said = [
            ("openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6)", "17.0.15"),
            ("Python 3.11.7\n", "3.11.7"),
            ("v20.20.2\n", "20.20.2"),
            ("cargo-deny 0.20.2\n", "0.20.2"),
            ("", ""),
        ];
        for (text, expected) in said {
            assert_eq!(version(text), expected, "{text}");
        }
    }
}
