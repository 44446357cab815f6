//! What a person sees while a run lasts: a progress bar for a backfill on a terminal, else a line now and then. Both say what is
//! away, and since when: a rate of 0 and a lag of 0 look the same with a database that is down.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};
use tracing::info;

use super::session::{Mode, View};
use super::warnings::Warnings;
use crate::cli::{PerSecond, logging};
use crate::metrics::Absence;

/// Time between two lines.
const LINE: Duration = Duration::from_secs(10);
/// Time between two lines while nothing is new but how long somebody has been away.
const QUIET: Duration = Duration::from_secs(60);
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
    let bar = ProgressBar::new(done() + accounts().map(crate::engine::ledger::Account::lag).sum::<u64>());
    let template = "{wide_bar:.cyan/blue} {human_pos}/{human_len} events  {rate}/s  {eta} to go{msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.with_key("rate", |state: &ProgressState, text: &mut dyn std::fmt::Write| {
            let _ = write!(text, "{}", PerSecond::new(state.per_sec())); // a bar that cannot be drawn harms nobody
        }));
    }
    let mut looked = Instant::now();
    let mut warnings = Warnings::new(view.run.plan.event.max_ahead_ms);
    while !view.ends_within(STEP) {
        bar.set_message(briefly(&view.away()));
        bar.set_position(done());
        if looked.elapsed() >= LOOK {
            bar.suspend(|| {
                view.look_ahead(); // it may have something to say
                warnings.look(&view.run.ledger);
            });
            looked = Instant::now();
        }
    }
    bar.finish_and_clear();
    warnings.look(&view.run.ledger);
}

/// A line now and then, as long as there is something new.
fn lines(view: &View<'_>) {
    let (mut said, mut last) = (Instant::now(), view.run.ledger.total().read);
    let mut warnings = Warnings::new(view.run.plan.event.max_ahead_ms);
    while !view.ends_within(LOOK) {
        view.look_ahead();
        warnings.look(&view.run.ledger);
        let (elapsed, read, away) = (said.elapsed(), view.run.ledger.total().read, view.away());
        if elapsed >= LINE && is_worth_a_line(elapsed, read != last, &away) {
            say(view, PerSecond::of(read - last, elapsed), &away);
            (said, last) = (Instant::now(), read);
        } else if elapsed >= LINE && away.is_empty() {
            said = Instant::now();
        }
    }
    warnings.look(&view.run.ledger);
}

/// Whether there is something to say, so long after the last line: records that were read, or somebody who has gone since then.
/// Who stays away is said again, less often.
fn is_worth_a_line(elapsed: Duration, is_read: bool, away: &[(String, Absence)]) -> bool {
    let has_gone = away.iter().any(|(_, absence)| absence.lasts() < elapsed + LOOK);
    is_read || has_gone || !away.is_empty() && elapsed >= QUIET
}

fn say(view: &View<'_>, rate: PerSecond, away: &[(String, Absence)]) {
    let total = view.run.ledger.total();
    let lags = view.lags();
    let by_partition = lags.iter().map(|(partition, lag)| format!("{partition}:{lag}")).collect::<Vec<_>>();
    let seconds =
        |who: &str| away.iter().find(|(name, _)| name.starts_with(who)).map(|(_, gone)| gone.lasts().as_secs_f64());
    info!(
        events_per_second = rate.number(),
        read_records = total.read,
        lag_records = lags.values().sum::<u64>(),
        lag_records_max = lags.values().max().copied().unwrap_or_default(),
        frontier_ms = view.run.control.frontier().0,
        late_records = total.late,
        duplicate_records = total.duplicate,
        dead_letter_records = total.dead_total(),
        written_documents = view.run.sink.written(),
        kafka_away_s = seconds("Kafka"),
        sink_away_s = seconds("the sink"),
        "{}{rate} events/s, lag {}, event-time frontier {}, {} late, {} duplicates, {} dead letters, {} documents written",
        at_length(away),
        by_partition.join(" "),
        view.run.control.frontier(),
        HumanCount(total.late),
        HumanCount(total.duplicate),
        HumanCount(total.dead_total()),
        HumanCount(view.run.sink.written()),
    );
}

/// `Kafka at localhost:9092 away for 12 s (connection refused at localhost:9092), `, or nothing.
fn at_length(away: &[(String, Absence)]) -> String {
    away.iter().map(|(who, absence)| format!("{who} {absence}, ")).collect()
}

/// `  the sink away for 12 s`, or nothing: a bar has one line.
fn briefly(away: &[(String, Absence)]) -> String {
    away.iter().map(|(who, absence)| format!("  {who} away for {} s", absence.lasts().as_secs())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gone(seconds: u64) -> Vec<(String, Absence)> {
        let since = Instant::now().checked_sub(Duration::from_secs(seconds)).expect("an old machine");
        vec![("the sink".to_owned(), Absence { since, why: "connection refused at h:1".to_owned() })]
    }

    #[test]
    fn a_line_says_who_is_away_since_when_and_why() {
        assert_eq!(at_length(&gone(12)), "the sink away for 12 s (connection refused at h:1), ");
        assert_eq!(briefly(&gone(12)), "  the sink away for 12 s");
        assert_eq!(at_length(&[]) + &briefly(&[]), "");
    }

    #[test]
    fn who_is_away_is_worth_a_line_at_first_and_now_and_then() {
        let after = Duration::from_secs;
        assert!(is_worth_a_line(after(10), true, &[]) && !is_worth_a_line(after(10), false, &[]));
        assert!(is_worth_a_line(after(10), false, &gone(5)), "gone since the last line");
        assert!(!is_worth_a_line(after(10), false, &gone(40)) && is_worth_a_line(after(60), false, &gone(200)));
    }
}
