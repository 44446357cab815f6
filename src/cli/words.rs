//! What is meant by a command line.

use std::ffi::{OsStr, OsString};

use clap::Command;

/// The words of a command line, with a `-h` at the end as `--help`. Where `-h` is timely's hostfile it wants a file,
/// and who ends a line with it wants to know what there is.
pub(super) fn meant(mut words: Vec<OsString>, program: &Command) -> Vec<OsString> {
    let is = |word: &OsString, text: &str| word == OsStr::new(text);
    let has_hostfile = |word: &OsString| {
        let command = word.to_str().and_then(|name| program.find_subcommand(name));
        command.is_some_and(Command::is_disable_help_flag_set)
    };
    if let Some((last, before)) = words.split_last_mut()
        && is(last, "-h")
        && before.iter().any(has_hostfile)
        && !before.iter().any(|word| is(word, "--"))
    {
        *last = "--help".into();
    }
    words
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    fn parsed(line: &str) -> String {
        let mut program = Cli::command();
        let words = meant(line.split(' ').map(OsString::from).collect(), &program);
        match program.try_get_matches_from_mut(words) {
            Ok(_) => "good".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn help_is_meant_where_nothing_follows() {
        for line in [
            "mare run -h",
            "mare run flow.toml -h",
            "mare cluster -h",
            "mare doctor -h",
            "mare --log-format json run -h",
        ] {
            assert!(parsed(line).contains("Usage: mare"), "{line}: {}", parsed(line));
        }
        assert!(parsed("mare check -h").contains("Usage: mare check"));
    }

    #[test]
    fn a_hostfile_is_one() {
        for line in ["mare run -h hosts.txt flow.toml", "mare run flow.toml -h hosts.txt", "mare run -- -h"] {
            assert_eq!(parsed(line), "good", "{line}");
        }
        assert!(parsed("mare run -h --until-end flow.toml").contains("--hostfile"), "it wants a file");
    }
}
