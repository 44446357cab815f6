//! No command sends colours through a pipe; on a terminal they are there; `NO_COLOR` and `CLICOLOR_FORCE` are honoured.

use std::process::{Command, Stdio};

use clap::CommandFactory;
use mare::cli::Cli;

/// What everybody may have set for themselves.
const VARIABLES: [&str; 4] = ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM"];
/// The beginning of every escape code.
const ESCAPE: u8 = 0x1b;

/// Both streams of a command, with these variables set.
fn output(mut command: Command, set: &[(&str, &str)]) -> Vec<u8> {
    VARIABLES.iter().for_each(|variable| {
        command.env_remove(variable);
    });
    command.env("TERM", "xterm-256color").envs(set.iter().copied()).stdin(Stdio::null());
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("a command");
    [output.stdout, output.stderr].concat()
}

/// What a run of the binary prints into a pipe.
fn piped(arguments: &[&str], set: &[(&str, &str)]) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mare"));
    command.args(arguments);
    output(command, set)
}

/// What it prints on a terminal; `None` where there is no `script` that makes one.
fn on_terminal(arguments: &[&str], set: &[(&str, &str)]) -> Option<Vec<u8>> {
    let mut probe = Command::new("script");
    probe.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    if !probe.status().is_ok_and(|status| status.success()) {
        return None; // that of BSD has other flags
    }
    let line = [&[env!("CARGO_BIN_EXE_mare")], arguments].concat().join(" ");
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]);
    Some(output(command, set))
}

fn is_coloured(output: &[u8]) -> bool {
    assert!(!output.is_empty(), "it prints something");
    output.contains(&ESCAPE)
}

/// The names of all commands, with those above them.
fn commands() -> Vec<Vec<String>> {
    let mut found = vec![Vec::new()];
    let mut waiting = vec![(Vec::new(), Cli::command())];
    while let Some((names, command)) = waiting.pop() {
        for below in command.get_subcommands() {
            let names: Vec<String> = names.iter().cloned().chain([below.get_name().to_owned()]).collect();
            found.push(names.clone());
            waiting.push((names, below.clone()));
        }
    }
    found
}

/// A dataflow with mistakes, and commands that complain.
fn complaints(folder: &tempfile::TempDir) -> Vec<Vec<String>> {
    let bad = folder.path().join("bad.toml").display().to_string();
    std::fs::write(&bad, "name = 1\nbogus = 2\n").expect("a file");
    let good = "dataflows/energy.toml";
    let nowhere =
        ["source.kafka.brokers=127.0.0.1:1", "sink.sqlite.path=/nowhere/at.db", "checkpoint.path=/proc/nowhere"];
    let set = nowhere.iter().flat_map(|pair| ["--set", pair]);
    let doctor = ["doctor", good].into_iter().chain(set).map(str::to_owned).collect();
    let plain = [vec!["check", &bad], vec!["run", &bad], vec!["nonsense"]];
    let plain = plain.into_iter().map(|words| words.into_iter().map(str::to_owned).collect());
    plain.chain([doctor]).collect()
}

fn borrowed(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

#[test]
fn no_help_has_colours_in_a_pipe() {
    let commands = commands();
    assert!(commands.len() > 10, "{commands:?}");
    for command in &commands {
        let words = [borrowed(command), vec!["--help"]].concat();
        assert!(!is_coloured(&piped(&words, &[])), "{words:?}");
    }
    assert!(on_terminal(&["--help"], &[]).is_none_or(|output| is_coloured(&output)), "on a terminal it has");
}

#[test]
fn complaints_are_coloured_for_people_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    for words in &complaints(&folder) {
        let words = borrowed(words);
        let seen = |set: &[(&str, &str)]| on_terminal(&words, set).map(|output| is_coloured(&output));
        let (refused, forced) = (("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1"));
        assert!(!is_coloured(&piped(&words, &[])), "{words:?}");
        assert!(is_coloured(&piped(&words, &[forced])), "{words:?}");
        assert!(!is_coloured(&piped(&words, &[refused, forced])), "{words:?}");
        assert_ne!(seen(&[]), Some(false), "{words:?}");
        assert_ne!(seen(&[refused]), Some(true), "{words:?}");
        assert_ne!(seen(&[refused, forced]), Some(true), "{words:?}");
    }
}

#[test]
fn log_lines_are_coloured_for_people_alone() {
    let (words, refused_filter) = (["check", "dataflows/energy.toml"], ("RUST_LOG", "mare=loud"));
    let logged = piped(&words, &[refused_filter]);
    assert!(String::from_utf8_lossy(&logged).contains("RUST_LOG is ignored") && !is_coloured(&logged));
    assert!(is_coloured(&piped(&words, &[refused_filter, ("CLICOLOR_FORCE", "1")])));
    assert_ne!(on_terminal(&words, &[refused_filter]).map(|output| is_coloured(&output)), Some(false));
    assert!(!is_coloured(&piped(&words, &[refused_filter, ("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")])));
}

#[test]
fn the_demo_draws_in_black_and_white_if_it_is_told() {
    let demo = ["demo", "--rate", "0", "--duration", "1s"];
    assert!(!is_coloured(&piped(&demo, &[])), "in a pipe");
    let styled = |set: &[(&str, &str)]| {
        let drawn = on_terminal(&demo, set)?;
        Some(String::from_utf8_lossy(&drawn).split('\x1b').skip(1).any(is_style))
    };
    assert_ne!(styled(&[]), Some(false), "on a terminal");
    assert_ne!(styled(&[("NO_COLOR", "1")]), Some(true), "with NO_COLOR the cursor moves, and nothing has a style");
}

/// Whether what follows an escape says how text looks, instead of moving the cursor.
fn is_style(code: &str) -> bool {
    let code = code.strip_prefix('[').unwrap_or_default();
    code.trim_start_matches(|character: char| character.is_ascii_digit() || character == ';').starts_with('m')
}
