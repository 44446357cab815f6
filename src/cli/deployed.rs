//! What is deployed beside the code names no command line, port or route that is not there.

use std::collections::BTreeSet;

use clap::Parser;

use super::Cli;

const COMPOSE: &str = include_str!("../../docker-compose.yml");
const IMAGE: &str = include_str!("../../Dockerfile");
const MANIFEST: &str = include_str!("../../deploy/kubernetes/black-friday.yaml");
const PROMETHEUS: &str = include_str!("../../deploy/prometheus/prometheus.yml");
const README: &str = include_str!("../../README.md");
const API: &str = include_str!("../../docs/api.md");

/// The lists behind `key`: as JSON in its line, or an item a line below.
fn lists(text: &str, key: &str) -> Vec<Vec<String>> {
    let (mut lists, mut lines) = (Vec::new(), text.lines().map(str::trim).peekable());
    while let Some(line) = lines.next() {
        let Some(rest) = line.strip_prefix(key).map(str::trim) else { continue };
        if rest.starts_with('[') {
            lists.push(serde_json::from_str(rest).expect("a list"));
        } else if rest.is_empty() {
            let items = std::iter::from_fn(|| lines.next_if(|line| line.starts_with(['-', '#'])));
            let item = |line: &str| Some(line.strip_prefix("- ")?.split("  #").next()?.trim_matches('"').to_owned());
            lists.push(items.filter_map(item).collect());
        }
    }
    lists
}

/// The numbers behind each `before`.
fn ports(text: &str, before: &str) -> BTreeSet<u16> {
    let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
    text.split(before).skip(1).filter_map(|rest| digits(rest).parse().ok()).collect()
}

#[test]
fn every_command_line_is_understood() {
    let found = [lists(COMPOSE, "command:"), lists(MANIFEST, "args:"), lists(IMAGE, "CMD")];
    assert_eq!(found.each_ref().map(Vec::len), [3, 1, 2]);
    for words in found.concat() {
        let words: Vec<String> = words.into_iter().map(|word| word.replace("$(POD_INDEX)", "2")).collect();
        let program = (words.first().is_none_or(|word| word != "mare")).then(|| "mare".to_owned());
        let read = Cli::try_parse_from(program.iter().chain(&words));
        assert!(read.is_ok(), "{words:?}: {}", read.unwrap_err());
    }
}

#[test]
fn every_port_that_is_named_is_published_and_to_this_machine_alone() {
    let published = lists(COMPOSE, "ports:").concat();
    let open: BTreeSet<u16> = published.iter().flat_map(|port| ports(port, "127.0.0.1:")).collect();
    assert!(published.len() == open.len() && open.is_superset(&[4040, 4041].into()), "{published:?}");
    for text in [README, COMPOSE] {
        let named = ports(text, "localhost:");
        assert!(named.is_subset(&open), "{named:?}, of which these are published: {open:?}");
    }
}

#[test]
fn who_is_asked_by_name_is_told_the_name() {
    let asked = lists(PROMETHEUS, "- targets:").concat();
    assert_eq!(asked.len(), 2);
    let commands: Vec<String> = lists(COMPOSE, "command:").iter().map(|words| words.join("=")).collect();
    for target in asked {
        let (host, port) = target.split_once(':').expect("a port");
        let is_told =
            |line: &String| line.contains(&format!("=0.0.0.0:{port}=--")) && line.contains(&format!("-host={host}"));
        assert!(commands.iter().any(is_told), "{target}: {commands:?}");
    }
}

#[test]
fn the_probes_ask_for_what_there_is() {
    let paths: Vec<&str> = MANIFEST.lines().filter_map(|line| line.trim().strip_prefix("path: /")).collect();
    assert_eq!(paths, ["health/live", "health/live", "health/ready"]);
    assert!(paths.iter().all(|path| API.contains(&format!("| `GET /{path}` |"))), "{paths:?}");
    assert_eq!(ports(MANIFEST, "--http=0.0.0.0:"), [4040].into());
    assert!(ports(MANIFEST, "containerPort: ").contains(&4040));
}
