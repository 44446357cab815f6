//! `mare top`: a running engine in the terminal, as its HTTP API tells it.
//!
//! # Layout
//! * [`Args`]: the flags, and looking again and again
//! * [`client`]: asking the engine
//! * [`answer`]: what it answers, as far as it is shown
//! * [`keys`]: what a person types meanwhile
//! * [`sheet`]: the lines that a person sees (pure)

pub mod answer;
pub mod client;
mod keys;
pub mod sheet;

use std::time::{Duration, Instant};

use console::Term;

use self::client::Client;
use self::keys::KeyInput;
use self::sheet::TopSheet;
use super::output::print;
use super::screen::Screen;
use super::when::parse_duration;
use super::{Failure, Stop, on_signals};

/// How long to sleep before looking whether to stop.
const NAP: Duration = Duration::from_millis(50);
/// How wide a page is where there is no terminal.
const PAGE_WIDTH: usize = 80;

/// Arguments of `mare top`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare top http://127.0.0.1:4040")]
pub struct Args {
    /// Where the engine is shown: what follows --http of `mare run`
    #[arg(default_value = "http://127.0.0.1:4040")]
    url: String,
    /// The token that the engine wants, if it wants one
    #[arg(long, value_name = "TOKEN", env = "MARE_HTTP_TOKEN", hide_env_values = true)]
    http_token: Option<String>,
    /// Print once, without colours, and end: for pipes
    #[arg(long)]
    once: bool,
    /// Time between two looks
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = parse_duration)]
    every: Duration,
    /// Documents shown, those of the newest windows
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=1000))]
    rows: u16,
}

impl Args {
    /// Shows the engine until somebody leaves, by `q`, Esc or Ctrl-C.
    ///
    /// # Errors
    /// If the engine does not answer at first, or wants another token. One that goes away later is waited for.
    pub fn run(self) -> Result<(), Failure> {
        let client = Client::new(&self.url, self.http_token.as_deref());
        let first = client.look(self.rows)?;
        if self.once {
            print(TopSheet::new(client.url(), first).lines(false, width_of(&Term::stdout()), None).join("\n"));
            return Ok(());
        }
        let (mut screen, mut sheet) = (Screen::new(), TopSheet::new(client.url(), first));
        let keys = if screen.is_live() { KeyInput::listen() } else { KeyInput::default() };
        let stop = stop_on_signals(keys.restorer())?;
        while !stop.is_asked() {
            let mut lines = sheet.lines(screen.colours(), screen.width(), screen.height());
            if let Some(title) = lines.first_mut().filter(|_| keys.are_heard()) {
                title.push_str("  (q leaves)");
            }
            if screen.draw(&lines).is_err() {
                return Ok(()); // nobody reads any more
            }
            wait(self.every, &stop, &keys);
            if stop.is_asked() {
                break;
            }
            match client.look(self.rows) {
                Ok(answer) => sheet = TopSheet::new(client.url(), answer),
                Err(failure) => sheet.is_away(&failure),
            }
        }
        Ok(())
    }
}

/// The first Ctrl-C leaves in good order; a second one at once, and the terminal is as it was then, too.
fn stop_on_signals(restore: impl Fn() + Send + 'static) -> Result<Stop, Failure> {
    let stop = Stop::default();
    let asked = stop.clone();
    let leave = move || {
        restore();
        let _shown = Term::stdout().show_cursor();
    };
    on_signals(move || asked.ask(), leave)?;
    Ok(stop)
}

/// How many characters a line may have that is printed once.
fn width_of(term: &Term) -> usize {
    term.size_checked().map_or(PAGE_WIDTH, |(_, width)| width.into())
}

/// Waits for `time`, or until somebody asks to stop.
fn wait(time: Duration, stop: &Stop, keys: &KeyInput) {
    let begin = Instant::now();
    while begin.elapsed() < time && !stop.is_asked() {
        std::thread::sleep(NAP.min(time));
        if keys.ask_to_leave() {
            stop.ask();
        }
    }
}
