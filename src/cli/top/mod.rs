//! `mare top`: a running engine in the terminal, as its HTTP API tells it.
//!
//! # Layout
//! * [`Args`]: the flags, and looking again and again
//! * [`client`]: asking the engine
//! * [`answer`]: what it answers, as far as it is shown
//! * [`sheet`]: the lines that a person sees (pure)

pub mod answer;
pub mod client;
pub mod sheet;

use std::time::{Duration, Instant};

use self::client::Client;
use self::sheet::Sheet;
use super::output::print;
use super::screen::Screen;
use super::when::parse_duration;
use super::{Failure, Stop};

/// How long to sleep before looking whether to stop.
const NAP: Duration = Duration::from_millis(50);

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
    /// Shows the engine until Ctrl-C.
    ///
    /// # Errors
    /// If the engine does not answer at first, or wants another token. One that goes away later is waited for.
    pub fn run(self) -> Result<(), Failure> {
        let client = Client::new(&self.url, self.http_token.as_deref());
        let first = client.look(self.rows)?;
        if self.once {
            print(Sheet::new(client.url(), first).lines(false).join("\n"));
            return Ok(());
        }
        let stop = Stop::on_signals()?;
        let (mut screen, mut sheet) = (Screen::new(), Sheet::new(client.url(), first));
        while !stop.is_asked() {
            if screen.draw(&sheet.lines(screen.colours())).is_err() {
                return Ok(()); // nobody reads any more
            }
            wait(self.every, &stop);
            match client.look(self.rows) {
                Ok(answer) => sheet = Sheet::new(client.url(), answer),
                Err(failure) => sheet.is_away(&failure),
            }
        }
        Ok(())
    }
}

/// Waits for `time`, or until somebody asks to stop.
fn wait(time: Duration, stop: &Stop) {
    let begin = Instant::now();
    while begin.elapsed() < time && !stop.is_asked() {
        std::thread::sleep(NAP.min(time));
    }
}
