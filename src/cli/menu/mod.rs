//! `mare menu`: the useful commands by number, for those who do not know them by heart yet.
//!
//! # Layout
//! * [`Args`]: the flags; asks, shows the command, and runs it
//! * `entries`: what is offered, one row for each entry (pure)

mod entries;

use std::io::{BufRead, IsTerminal};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};

use console::{Term, style};
use nix::sys::signal::{SigSet, Signal};

use entries::{Does, ENTRIES, MenuContext};

use super::set::SetArgs;
use super::{Failure, output};
use crate::raw::signals;
use crate::source::SourceDescription;

/// Arguments of `mare menu`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare menu dataflows/black_friday.toml")]
pub struct Args {
    /// The dataflow file that the commands are about
    #[arg(default_value = "dataflows/black_friday.toml")]
    file: PathBuf,
    #[command(flatten)]
    set: SetArgs,
    /// Where runs are shown
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4040")]
    http: SocketAddr,
}

/// What a person has typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Typed {
    /// The number of an entry, from 0.
    Entry(usize),
    /// To see the menu.
    Menu,
    /// To leave.
    Leave,
    /// Something else.
    Nonsense,
}

impl Typed {
    fn of(line: &str) -> Typed {
        match line.trim() {
            "" | "m" | "M" => Typed::Menu,
            "q" | "Q" | "0" => Typed::Leave,
            number => match number.parse::<usize>() {
                Ok(number) if (1..=ENTRIES.len()).contains(&number) => Typed::Entry(number - 1),
                _ => Typed::Nonsense,
            },
        }
    }
}

impl Args {
    /// Asks for a number, shows the command that it stands for, runs it, and asks again.
    ///
    /// # Errors
    /// If the dataflow file is refused, or a command cannot be started. That a command fails is no failure of the menu.
    pub fn run(self) -> Result<(), Failure> {
        let place = self.place()?;
        if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
            super::logging::say("note: a menu needs a terminal; these are its commands");
            output::print(place.list());
            return Ok(());
        }
        output::print(MenuContext::menu());
        loop {
            match ask()? {
                Typed::Leave => return Ok(()),
                Typed::Menu => output::print(MenuContext::menu()),
                Typed::Nonsense => output::print(format_args!("there are the numbers 1 to {}", ENTRIES.len())),
                Typed::Entry(number) => choose(&place, ENTRIES[number].does)?,
            }
        }
    }

    fn place(&self) -> Result<MenuContext, Failure> {
        let plan = self.set.load(&self.file);
        let plan = plan.map_err(|error| Failure::report(error.render(console::colors_enabled_stderr())))?;
        let SourceDescription { name, server, .. } = plan.source.describe();
        Ok(MenuContext {
            file: self.file.display().to_string(),
            set: self.set.words(),
            topic: name,
            brokers: server,
            http: self.http.to_string(),
        })
    }
}

/// What a person types next; whoever closes the input leaves.
fn ask() -> Result<Typed, Failure> {
    let unread = |error| Failure::new(format!("cannot ask on this terminal: {error}"));
    let question = format!("\nnumber, {} for the menu, {} to leave: ", style("m").bold(), style("q").bold());
    Term::stdout().write_str(&question).map_err(unread)?;
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line).map_err(unread)? {
        0 => Ok(Typed::Leave),
        _ => Ok(Typed::of(&line)),
    }
}

/// Shows what an entry does, and does it.
fn choose(place: &MenuContext, does: Does) -> Result<(), Failure> {
    output::print(format_args!("\n{} {}\n", style("$").dim(), style(place.line(does)).bold()));
    let Does::Mare(words) = does else { return Ok(()) };
    let status = mare(&place.words(words))?;
    if !status.success() {
        output::print(format_args!("\n{}", style(format!("it ended with {status}")).yellow()));
    }
    Ok(())
}

/// Runs `mare` with these words to its end. Ctrl-C is for that command alone, and not for the menu.
fn mare(words: &[String]) -> Result<ExitStatus, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::new(format!("cannot run mare {}: {error}", words.join(" ")));
    let program = std::env::current_exe().map_err(|error| failed(&error))?;
    let mut child = Command::new(program).args(words).spawn().map_err(|error| failed(&error))?;
    let interrupt = SigSet::from(Signal::SIGINT);
    // Behind the start, for a child inherits what is blocked.
    interrupt.thread_block().map_err(|error| failed(&error))?;
    let status = child.wait().map_err(|error| failed(&error));
    signals::forget(Signal::SIGINT).and_then(|()| interrupt.thread_unblock()).map_err(|error| failed(&error))?;
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_a_number_or_a_letter() {
        for (line, typed) in [
            ("1\n", Typed::Entry(0)),
            (" 18 ", Typed::Entry(17)),
            ("19", Typed::Nonsense),
            ("-1", Typed::Nonsense),
            ("run", Typed::Nonsense),
            ("\n", Typed::Menu),
            ("m\n", Typed::Menu),
            ("q\n", Typed::Leave),
        ] {
            assert_eq!(Typed::of(line), typed, "{line}");
        }
    }
}
