//! What is in a command line.

use std::process::{Command, Stdio};

use super::page::Typed;

/// What parts a command from the next one.
const BETWEEN: [&str; 8] = ["|", "||", "&&", ";", "&", "do", "then", "else"];
/// What may stand before a program.
const BEFORE: [&str; 6] = ["time", "exec", "nohup", "while", "until", "!"];

/// Whether a line looks like something to be typed.
pub fn looks_typed(text: &str) -> bool {
    ["mare ", "cargo ", "curl ", "docker ", "RUST_LOG="].iter().any(|start| text.starts_with(start))
}

/// The commands of lines that are nothing else: a command may need several.
pub fn whole(lines: &[Typed]) -> Vec<Typed> {
    let mut commands: Vec<Typed> = Vec::new();
    let mut open: Option<Typed> = None;
    for line in lines {
        let command = match open.take() {
            Some(begun) => Typed { text: format!("{}\n{}", begun.text, line.text), ..begun },
            None if line.text.trim().is_empty() || line.text.trim_start().starts_with('#') => continue,
            None => line.clone(),
        };
        if is_whole(&command.text) { commands.push(command) } else { open = Some(command) }
    }
    commands.extend(open); // the shell says what is missing
    commands
}

/// The commands behind `$ ` among what they print.
pub fn prompted(lines: &[Typed]) -> Vec<Typed> {
    let mut commands = Vec::new();
    let mut lines = lines.iter();
    while let Some(line) = lines.next() {
        let Some(text) = line.text.strip_prefix("$ ") else { continue };
        let mut command = Typed { text: text.to_owned(), ..*line };
        while !is_whole(&command.text) {
            let Some(next) = lines.next() else { break };
            command.text = format!("{}\n{}", command.text, next.text);
        }
        commands.push(command);
    }
    commands
}

/// Whether the shell would not wait for another line.
fn is_whole(text: &str) -> bool {
    let mut bash = Command::new("bash");
    let read = bash.args(["-n", "-c", text]).stdin(Stdio::null()).output().expect("`bash` starts");
    read.status.success() && read.stderr.is_empty() && !text.trim_end().ends_with('\\')
}

/// Each simple command of a line, as words: without what is set before it and where its output goes.
pub fn simple(text: &str) -> Vec<Vec<String>> {
    // What a file is given by `<<` is no command.
    let typed = if text.contains("<<") { text.lines().next().unwrap_or_default() } else { text };
    let joined = typed.replace("\\\n", " ").replace('\n', " ; ");
    let split = shlex::split(&joined).unwrap_or_default();
    let words: Vec<String> = split.iter().flat_map(|word| parted(word)).collect();
    let parts = words.split(|word| BETWEEN.contains(&word.as_str()));
    parts.map(plain).filter(|words| !words.is_empty()).collect()
}

/// A word, and the `;` that ends it.
fn parted(word: &str) -> Vec<String> {
    match word.strip_suffix(';') {
        Some(rest) if !rest.is_empty() => vec![rest.to_owned(), ";".to_owned()],
        _ => vec![word.to_owned()],
    }
}

fn plain(words: &[String]) -> Vec<String> {
    let is_set = |word: &&String| word.split_once('=').is_some_and(|(name, _)| is_name(name));
    let is_before = |word: &&String| is_set(word) || BEFORE.contains(&word.as_str());
    let mut plain = Vec::new();
    let mut words = words.iter().skip_while(is_before);
    while let Some(word) = words.next() {
        let to = word.trim_start_matches(|digit: char| digit.is_ascii_digit());
        match to {
            ">" | ">>" | "<" | "<<<" => drop(words.next()),
            _ if to.starts_with('>') || to.starts_with('<') => {}
            _ => plain.push(word.clone()),
        }
    }
    plain
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
}
