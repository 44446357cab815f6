//! The flags of `mare run`, as the supervisor takes them and passes them on.
//!
//! Whatever `mare run` can be told, a cluster can be told: its flags are read by its own rules here, so that a mistake
//! is found before any process starts, and written again for each process.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::cli::run;

/// Flags that tell the processes apart, by their ids: the supervisor sets them.
const OWN: [&str; 5] = ["processes", "process", "hostfile", "http", "http_peers"];
/// Those of them that nobody else may set, nor whether to listen on all interfaces: a cluster of one machine never
/// does.
const HIDDEN: [&str; 4] = ["process", "hostfile", "listen_on_all_interfaces", "http_peers"];
/// Flags that say with what a cluster begins: one that has been up goes on instead.
const AT_FIRST: [&str; 2] = ["fresh", "overwrite"];

/// What each process is told.
#[derive(Debug)]
pub struct Passed {
    /// As `mare run` understands it.
    pub run: run::Args,
    /// Number of processes.
    pub processes: usize,
    /// What follows `mare run`, but for what tells the processes apart.
    pub arguments: Vec<OsString>,
    /// What goes before these arguments until the cluster has been up once.
    pub at_first: Vec<OsString>,
}

impl FromArgMatches for Passed {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let told = |id: &&&str| matches.value_source(id) == Some(ValueSource::CommandLine);
        if let Some(id) = HIDDEN.iter().find(told) {
            let flag = id.replace('_', "-");
            let message = format!("--{flag} is for `mare run`: `mare cluster` starts all processes on this machine\n");
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, message));
        }
        let command = run::Args::augment_args(Command::new("run"));
        let mut arguments: Vec<&Arg> =
            command.get_arguments().filter(|arg| !OWN.contains(&arg.get_id().as_str())).collect();
        // Behind `--`, a file may have any name.
        arguments.sort_by_key(|arg| arg.is_positional());
        let (first, always): (Vec<&Arg>, Vec<&Arg>) =
            arguments.into_iter().partition(|arg| AT_FIRST.contains(&arg.get_id().as_str()));
        let processes = matches.get_one("processes").copied().unwrap_or(1);
        let [at_first, arguments] =
            [first, always].map(|args| args.into_iter().flat_map(|arg| words(arg, matches)).collect());
        Ok(Passed { run: run::Args::from_arg_matches(matches)?, processes, arguments, at_first })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Passed::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Passed {
    fn augment_args(command: Command) -> Command {
        let command = run::Args::augment_args(command);
        let command = command.mut_arg("http", |arg| {
            arg.help("Show each process over HTTP: process 0 at this address, such as 127.0.0.1:4040, the others at the ports behind")
        });
        let command = HIDDEN.iter().fold(command, |command, id| command.mut_arg(id, |arg| arg.hide(true)));
        command.mut_arg("workers", |arg| arg.help("Workers of each process"))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Passed::augment_args(command)
    }
}

/// The words that say `arg` again as it was said; none if it was not.
fn words(arg: &Arg, matches: &ArgMatches) -> Vec<OsString> {
    let id = arg.get_id().as_str();
    if matches.value_source(id) != Some(ValueSource::CommandLine) {
        return Vec::new();
    }
    let flag =
        arg.get_long().map(|long| format!("--{long}")).or_else(|| arg.get_short().map(|short| format!("-{short}")));
    let values = || matches.get_raw(id).into_iter().flatten().map(OsString::from);
    match (flag, arg.get_action()) {
        (Some(flag), ArgAction::Set | ArgAction::Append) => {
            values().flat_map(|value| [OsString::from(&flag), value]).collect()
        }
        (Some(flag), _) => vec![flag.into()],
        (None, _) => std::iter::once("--".into()).chain(values()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    #[command(disable_help_flag = true)]
    struct Line {
        #[command(flatten)]
        passed: Passed,
    }

    fn parse(line: &str) -> Result<Passed, String> {
        let words = std::iter::once("mare").chain(line.split(' '));
        Line::try_parse_from(words).map(|line| line.passed).map_err(|error| error.to_string())
    }

    #[test]
    fn what_was_said_is_said_again_in_any_order() {
        for line in [
            "-n 3 -w2 flow.toml --set a=1 --until-end --set=b=-2",
            "--set a=1 flow.toml --until-end --set b=-2 -n3 --workers 2",
        ] {
            let passed = parse(line).expect(line);
            let words: Vec<_> = passed.arguments.iter().map(|word| word.to_str().expect("text")).collect();
            assert_eq!(passed.processes, 3, "{line}");
            assert_eq!(words.last().copied(), Some("flow.toml"), "{line}");
            let joined = words.join(" ");
            for part in ["--set a=1 --set b=-2", "--until-end", "--workers 2", "-- flow.toml"] {
                assert!(joined.contains(part), "{line}: {joined}");
            }
            assert_eq!(words.len(), 9, "{line}: {joined}");
        }
    }

    #[test]
    fn what_was_not_said_is_left_to_each_process() {
        let passed = parse("flow.toml").expect("enough");
        assert_eq!((passed.processes, passed.arguments), (1, vec!["--".into(), "flow.toml".into()]));
    }

    #[test]
    fn how_it_begins_is_said_apart() {
        let passed = parse("--overwrite --fresh --until-end flow.toml").expect("a command line");
        let told: [Vec<OsString>; 2] = [vec!["--fresh".into(), "--overwrite".into()], vec!["--until-end".into()]];
        assert_eq!(passed.at_first, told[0]);
        assert_eq!(passed.arguments[..1], told[1]);
        assert!(parse("flow.toml").expect("enough").at_first.is_empty());
    }

    #[test]
    fn mistakes_are_found_before_anything_starts() {
        assert!(parse("flow.toml --until-ned").expect_err("misspelt").contains("--until-end"));
        assert!(parse("flow.toml -p 1").expect_err("not for a cluster").contains("--process is for `mare run`"));
        assert!(parse("flow.toml -h hosts").expect_err("not for a cluster").contains("--hostfile is for `mare run`"));
    }
}
