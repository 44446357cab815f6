//! `mare menu` offers commands by number, and shows each before it runs it; without a terminal it prints them all.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::mare::Mare;

#[test]
fn on_a_terminal() {
    // `script` is a terminal for the menu, and takes what is typed from a pipe.
    let line = format!("{} menu dataflows/energy.toml", env!("CARGO_BIN_EXE_mare"));
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).current_dir(env!("CARGO_MANIFEST_DIR")).env("NO_COLOR", "1");
    let spawned = script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut typed = spawned.expect("`script`, of util-linux");
    typed.stdin.take().expect("piped").write_all(b"14\n99\nq\n").expect("typed");
    let output = typed.wait_with_output().expect("the menu ends");
    let seen = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{seen}");
    for words in [
        "Create the topic",
        "q to leave",
        "$ mare check dataflows/energy.toml",
        "dataflows/energy.toml: energy-use is a good dataflow",
        "there are the numbers 1 to 18",
    ] {
        assert!(seen.contains(words), "{words} is not in:\n{seen}");
    }
}

#[test]
fn without_a_terminal() {
    let listed = Mare::run(["menu", "dataflows/energy.toml"]).success();
    assert!(listed.stderr.contains("a menu needs a terminal"), "{}", listed.stderr);
    for line in
        ["mare query latest dataflows/energy.toml", "mare topic describe meter-readings --brokers localhost:9092"]
    {
        assert!(listed.stdout.contains(line), "{line} is not in:\n{}", listed.stdout);
    }
    Mare::run(["menu", "nowhere.toml"]).refused(&["nowhere.toml", "readable"]);
}
