//! What a person sees while a run lasts: a progress bar for a backfill on a terminal, else a line now and then.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};
use tracing::info;

use super::session::Mode;
use super::view::View;
use crate::cli::logging;
use crate::engine::ledger::Account;
use crate::source::Partition;

/// Time between two lines.
const LINE: Duration = Duration::from_secs(10);
/// Time between two questions to the brokers how far the partitions reach.
const LOOK: Duration = Duration::from_secs(2);
/// Time between two steps of the bar.
const STEP: Duration = Duration::from_millis(100);

/// Watches until the run has ended.
pub fn watch(view: View<'_>) {
    let draws = std::io::stderr().is_terminal() && !logging::is_json();
    if view.mode == Mode::UntilEnd && draws { bar(&view) } else { lines(&view) }
}

/// Records read of those that there are, rate and time to go.
fn bar(view: &View<'_>) {
    let accounts = || view.run.ledger.accounts().map(|(_, account)| account);
    let done = || accounts().map(|account| (account.position().0 - account.start().0).unsigned_abs()).sum::<u64>();
    let left = |account: &Account| (account.stable().0 - account.position().0).max(0).unsigned_abs();
    let bar = ProgressBar::new(done() + accounts().map(left).sum::<u64>());
    let template = "{wide_bar:.cyan/blue} {human_pos}/{human_len} events  {rate}/s  {eta} to go";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.with_key("rate", |state: &ProgressState, text: &mut dyn std::fmt::Write| {
            let _ = write!(text, "{}", HumanCount(state.per_sec() as u64)); // a bar that cannot be drawn harms nobody
        }));
    }
    let mut looked = Instant::now();
    while !view.ends_within(STEP) {
        bar.set_position(done());
        if looked.elapsed() >= LOOK {
            bar.suspend(|| view.look_ahead()); // it may have something to say
            looked = Instant::now();
        }
    }
    bar.finish_and_clear();
}

/// A line now and then, as long as there is something new.
fn lines(view: &View<'_>) {
    let (mut said, mut last) = (Instant::now(), view.run.ledger.total().read);
    while !view.ends_within(LOOK) {
        view.look_ahead();
        let (elapsed, read) = (said.elapsed(), view.run.ledger.total().read);
        if elapsed >= LINE {
            if read != last {
                say(view, (read - last) as f64 / elapsed.as_secs_f64());
            }
            (said, last) = (Instant::now(), read);
        }
    }
}

fn say(view: &View<'_>, rate: f64) {
    let total = view.run.ledger.total();
    let lags: Vec<_> = view.run.ledger.accounts().map(lag).collect();
    info!(
        "{} events/s, lag {}, event-time frontier {}, {} late, {} duplicates, {} dead letters, {} documents written",
        HumanCount(rate as u64),
        lags.join(" "),
        view.run.control.frontier(),
        HumanCount(total.late),
        HumanCount(total.duplicate),
        HumanCount(total.dead_total()),
        HumanCount(view.run.sink.written()),
    );
}

/// How far a partition is behind, and how much of that an open transaction keeps from being read.
fn lag((partition, account): (Partition, &Account)) -> String {
    match account.held_back() {
        0 => format!("{partition}:{}", account.lag()),
        held => format!("{partition}:{} ({held} held back by an open transaction)", account.lag()),
    }
}
