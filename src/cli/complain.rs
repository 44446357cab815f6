//! How a command says why it failed.

use console::{Term, style};
use tracing::error;

use super::hang::{columns, hung};
use super::{Failure, logging, output};
use crate::fault::{Domain, Fault};
use crate::plain::plain_lines;

/// Says it on standard error, in colours on a terminal; in the log if that is for machines.
pub(super) fn complain(failure: &Failure) {
    match failure {
        _ if logging::is_json() => log(failure),
        Failure::Report(text) => output::tell(text),
        Failure::Met(fault) => {
            tell(&fault.to_string());
            help(ours(fault));
        }
        Failure::One(fault) => {
            tell(&fault.what);
            help(fault.remedy.as_deref().or_else(|| ours(fault)));
        }
    }
}

/// What to do about a mistake in the program: nobody who meets it can mend it.
fn ours(fault: &Fault) -> Option<&'static str> {
    const REPORT: &str =
        concat!("this is a mistake in mare: please report it at ", env!("CARGO_PKG_REPOSITORY"), "/issues");
    (fault.domain == Domain::Ours).then_some(REPORT)
}

fn help(remedy: Option<&str>) {
    if let Some(remedy) = remedy {
        say(&style(" help:").for_stderr().cyan().bold().to_string(), remedy);
    }
}

/// Says it in the log.
fn log(failure: &Failure) {
    match failure {
        Failure::One(Fault { what, remedy: Some(remedy), .. }) => error!(remedy, "{what}"),
        Failure::One(fault) | Failure::Met(fault) => error!("{fault}"),
        Failure::Report(text) => {
            let text = console::strip_ansi_codes(text);
            error!("{}", text.strip_prefix("error: ").unwrap_or(&text));
        }
    }
}

fn tell(message: &str) {
    say(&style("error:").for_stderr().red().bold().to_string(), message);
}

/// Says `message` behind `name`; on a terminal no wider than that.
fn say(name: &str, message: &str) {
    let (name, message) = (format!("{name} "), plain_lines(message));
    match columns(&Term::stderr()) {
        None => output::tell(format_args!("{name}{message}")),
        columns => output::tell(hung(&name, &message, columns).join("\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_of_ours_is_to_be_reported_and_no_other() {
        let report = ours(&Fault::new(Domain::Ours, "internal error")).expect("what to do");
        assert!(report.contains("https://") && report.ends_with("/issues"), "{report}");
        assert_eq!(ours(&Fault::new(Domain::User, "no such file")), None);
    }
}
