//! What is to be done comes before what it is done to: `mare query latest FILE`, `mare checkpoint list FILE`.
//!
//! The other order is understood as well, for those who have learnt it: it is put right before the command line is
//! read.

use std::ffi::OsString;

use clap::CommandFactory;

use super::Cli;

/// The commands whose file once stood before what is to be done with it, or might be thought to.
const TURNED: [&str; 2] = ["query", "checkpoint"];
/// Flags that may stand in front of what is to be done, and take the word behind them.
const WITH_VALUE: [&str; 2] = ["--set", "--log-format"];

/// The command line with what is to be done first, and how to write it if it was not.
#[must_use]
pub fn put_right(words: Vec<OsString>) -> (Vec<OsString>, Option<String>) {
    let found = places(&words, 1).and_then(|command| {
        let name = words.get(command)?.to_str().filter(|name| TURNED.contains(name))?;
        let file = places(&words, command + 1)?;
        let verb = places(&words, file + 1)?;
        let is_verb = |at: usize| words.get(at).and_then(|word| word.to_str()).is_some_and(|word| is_verb(name, word));
        (!is_verb(file) && is_verb(verb)).then_some((command, verb))
    });
    let Some((command, verb)) = found else { return (words, None) };
    let mut words = words;
    let moved = words.remove(verb);
    let hint = format!(
        "what is asked for comes first now: mare {} {} FILE",
        words.get(command).map_or_else(String::new, |word| word.to_string_lossy().into_owned()),
        moved.to_string_lossy()
    );
    words.insert(command + 1, moved);
    (words, Some(hint))
}

/// The place of the first word from `from` on that is neither a flag nor its value.
fn places(words: &[OsString], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let word = words.get(at)?.to_str().unwrap_or_default();
        match word {
            "--" => return None,
            _ if WITH_VALUE.contains(&word) => at += 2,
            _ if word.starts_with('-') => at += 1,
            _ => return Some(at),
        }
    }
}

/// Whether `word` is something that the command `name` can do.
fn is_verb(name: &str, word: &str) -> bool {
    Cli::command().find_subcommand(name).is_some_and(|command| command.find_subcommand(word).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_order_is_understood() {
        let put = |line: &str| {
            let (words, hint) = put_right(line.split(' ').map(OsString::from).collect());
            let words: Vec<_> = words.iter().map(|word| word.to_str().unwrap()).collect();
            (words.join(" "), hint.is_some())
        };
        for (line, expected) in [
            ("mare query f.toml latest --limit 3", "mare query latest f.toml --limit 3"),
            ("mare query f.toml --set a=b compare x y", "mare query compare f.toml --set a=b x y"),
            (
                "mare --log-format json query --set a=b f.toml groups",
                "mare --log-format json query groups --set a=b f.toml",
            ),
            ("mare checkpoint f.toml list", "mare checkpoint list f.toml"),
        ] {
            assert_eq!(put(line), (expected.to_owned(), true), "{line}");
        }
        for line in [
            "mare query latest f.toml",
            "mare query latest latest",
            "mare query compare f.toml -2h..-1h latest",
            "mare query f.toml",
            "mare query --help",
            "mare verify f.toml latest",
            "mare query f.toml -- latest",
            "mare",
        ] {
            assert_eq!(put(line), (line.to_owned(), false));
        }
    }
}
