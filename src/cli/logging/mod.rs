//! Where log lines go: to standard error, compact and in colours only on a terminal and without `NO_COLOR`, or as JSON,
//! one object a line. Then whatever a command [says] beside its log is such a line too, so that a machine can read all
//! of it.
//!
//! [says]: say
//!
//! # Layout
//! * `mod`: where the lines go, and holding them
//! * [`line`]: a line for people
//! * `fixture`: what a test has logged
//!
//! Whoever draws on the terminal [holds](hold) them meanwhile, and prints them where they do not disturb.

#[cfg(test)]
pub(crate) mod fixture;
mod line;

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use clap::ValueEnum;
use console::AnsiCodeIterator;
use tracing::info;
use tracing_subscriber::filter::{LevelFilter, ParseError, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::output;
use crate::plain::{plain, plain_json};

/// The lines that are held, if somebody holds them.
static HELD: Mutex<Option<Vec<u8>>> = Mutex::new(None);

/// How this process logs; set once.
static FORMAT: OnceLock<LogFormat> = OnceLock::new();

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    #[default]
    Text,
    /// For machines: one JSON object a line
    Json,
}

/// Sets logging up for the process. A second call changes nothing.
pub fn init(format: LogFormat) {
    let (filter, refused) = filter(std::env::var("RUST_LOG").ok().as_deref());
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE) // the filter says which lines there are
        .with_writer(move || Lines(format))
        .log_internal_errors(false);
    let begun = match format {
        LogFormat::Text => {
            let text = subscriber.with_ansi(console::colors_enabled_stderr());
            text.event_format(line::LineFormat::default()).finish().with(filter).try_init()
        }
        LogFormat::Json => subscriber.json().flatten_event(true).with_ansi(false).finish().with(filter).try_init(),
    };
    if begun.is_ok() {
        let _ = FORMAT.set(format); // nobody has set it before
        if let Some(error) = refused {
            tracing::warn!("RUST_LOG is ignored: {error}");
        }
    }
}

/// Whether log lines are JSON.
#[must_use]
pub fn is_json() -> bool {
    FORMAT.get() == Some(&LogFormat::Json)
}

/// Says something on standard error that is no log line where people read, and one for each line where machines do.
pub fn say(text: impl Display) {
    if is_json() {
        text.to_string().lines().map(str::trim).filter(|line| !line.is_empty()).for_each(|line| info!("{line}"));
    } else {
        output::tell(text);
    }
}

/// The filter that `directives` (the value of `RUST_LOG`) ask for, else our own information and warnings of everybody
/// else; and why they were refused.
fn filter(directives: Option<&str>) -> (Targets, Option<ParseError>) {
    let usual = || Targets::new().with_target("mare", LevelFilter::INFO).with_default(LevelFilter::WARN);
    match directives.filter(|text| !text.is_empty()).map(str::parse) {
        Some(Ok(filter)) => (filter, None),
        Some(Err(error)) => (usual(), Some(error)),
        None => (usual(), None),
    }
}

/// Holds log lines from now on instead of printing them.
#[must_use]
pub fn hold() -> Held {
    held().get_or_insert_default();
    Held(())
}

/// Log lines are held for as long as this value lives; then those that nobody took are printed.
#[derive(Debug)]
pub struct Held(());

impl Held {
    /// Takes the lines since the last time.
    #[must_use]
    pub fn take(&self) -> String {
        let lines = held().as_mut().map(std::mem::take).unwrap_or_default();
        String::from_utf8_lossy(&lines).into_owned()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let lines = held().take().unwrap_or_default();
        let _gone = io::stderr().write_all(&lines);
    }
}

/// Writes a line where it belongs at the moment.
struct Lines(LogFormat);

impl Write for Lines {
    /// Takes a whole line. Whatever it says, it is one line, and no terminal obeys it. One that nobody can hear is let
    /// go: saying is not doing.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let (text, end) = text.strip_suffix('\n').map_or((&*text, ""), |text| (text, "\n"));
        let shown = match self.0 {
            LogFormat::Text => plain_but_for_styles(text),
            LogFormat::Json => plain_json(text).into_owned(),
        } + end;
        match held().as_mut() {
            Some(lines) => lines.extend_from_slice(shown.as_bytes()),
            None => drop(io::stderr().write_all(shown.as_bytes())),
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(()) // standard error has no buffer
    }
}

/// A line with what is hidden in it shown, but for the styles that the log itself has given it: those of others are
/// shown by now.
fn plain_but_for_styles(line: &str) -> String {
    if !console::colors_enabled_stderr() {
        return plain(line).into_owned();
    }
    let parts = AnsiCodeIterator::new(line);
    parts.map(|(part, is_code)| if is_code && is_style(part) { part.into() } else { plain(part) }).collect()
}

/// Whether an escape sequence does no more than to choose a style.
fn is_style(code: &str) -> bool {
    let numbers = code.strip_prefix("\x1b[").and_then(|rest| rest.strip_suffix('m'));
    numbers.is_some_and(|numbers| numbers.bytes().all(|byte| byte.is_ascii_digit() || byte == b';'))
}

fn held() -> MutexGuard<'static, Option<Vec<u8>>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_lines_are_kept_until_they_are_taken() {
        let held = hold();
        let mut written = Lines(LogFormat::Text);
        assert_eq!(["one\n", "two\n"].map(|line| written.write(line.as_bytes()).ok()), [Some(4); 2]);
        assert_eq!((held.take(), held.take()), ("one\ntwo\n".to_owned(), String::new()));
    }

    #[test]
    fn no_line_obeys_what_is_in_it() {
        let shown = plain_but_for_styles("a\x1b]0;title\x07b\nforged\u{202e}\u{9b}2J");
        assert_eq!(shown, "a\\u{1b}]0;title\\u{7}b\\nforged\\u{202e}\\u{9b}2J");
        for (code, expected) in
            [("\x1b[1;32m", true), ("\x1b[0m", true), ("\x1b[2J", false), ("\x1b[1;?m", false), ("m", false)]
        {
            assert_eq!(is_style(code), expected, "{code:?}");
        }
    }

    #[test]
    fn rust_log_replaces_the_default_if_it_can_be_read() {
        assert_eq!(filter(None).0.to_string(), "mare=info,warn");
        assert_eq!(filter(Some("debug")).0.to_string(), "debug");
        assert!(filter(Some("mare=loud")).1.is_some());
    }
}
