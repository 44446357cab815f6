//! What a person sees while a run lasts: a progress bar for a backfill on a terminal, else a line now and then. Both
//! say what is away, and since when: a rate of 0 and a lag of 0 look the same with a database that is down.

use std::collections::BTreeMap;
use std::fmt;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressState, ProgressStyle};
use tracing::info;

use super::backlog::Backlog;
use crate::checkpoint::Tally;
use crate::cli::filtered::filtered;
use crate::cli::{PerSecond, logging};
use crate::engine::Ledger;
use crate::engine::ledger::Account;
use crate::metrics::Absence;
use crate::position::Partition;
use crate::run::Mode;
use crate::run::view::{LOOK, RunView};
use crate::time::EventTime;

/// Time between two lines.
const LINE: Duration = Duration::from_secs(10);
/// Time between two lines while nothing is new but how long somebody has been away.
const QUIET: Duration = Duration::from_secs(60);
/// Time between two steps of the bar.
const STEP: Duration = Duration::from_millis(100);

/// Watches until the run has ended.
pub fn watch(view: &RunView<'_>) {
    let draws = std::io::stderr().is_terminal() && !logging::is_json();
    let backlog = Backlog::new();
    if view.mode == Mode::UntilEnd && draws { bar(view) } else { lines(view, backlog) }
}

/// How many records are there to be read, as far as anybody has asked.
fn left(view: &RunView<'_>) -> u64 {
    let left = |account: &Account| (account.stable().0 - account.position().0).max(0).unsigned_abs();
    view.run.ledger.accounts().map(|(_, account)| left(account)).sum()
}

/// Records read of those that there are, rate and time to go.
fn bar(view: &RunView<'_>) {
    let read = |account: &Account| (account.position().0 - account.start().0).unsigned_abs();
    let done = || view.run.ledger.accounts().map(|(_, account)| read(account)).sum::<u64>();
    let bar = ProgressBar::new(done() + left(view));
    // Offsets are counted, so that what is done and what is left are of one kind.
    let what = if view.run.plan.event.explode.is_some() { "records" } else { "events" };
    let template =
        format!("{{wide_bar:.cyan/blue}} {{human_pos}}/{{human_len}} {what}  {{rate}}/s  {{eta}} to go{{msg}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style.with_key("rate", |state: &ProgressState, text: &mut dyn std::fmt::Write| {
            let _ = write!(text, "{}", PerSecond::new(state.per_sec())); // a bar that cannot be drawn harms nobody
        }));
    }
    let mut looked = Instant::now();
    while !view.ends_within(STEP) {
        bar.set_message(briefly(&view.away()));
        bar.set_position(done());
        if looked.elapsed() >= LOOK {
            bar.suspend(|| view.look_ahead()); // it may have something to say
            looked = Instant::now();
        }
    }
    bar.finish_and_clear();
    view.look_back();
}

/// A line now and then, as long as there is something new.
fn lines(view: &RunView<'_>, mut backlog: Backlog) {
    let (mut said, mut last) = (Instant::now(), view.run.ledger.total().read);
    while !view.ends_within(LOOK) {
        view.look_ahead();
        backlog.look(left(view));
        let (elapsed, read, away) = (said.elapsed(), view.run.ledger.total().read, view.away());
        if elapsed >= LINE && is_worth_a_line(elapsed, read != last, &away) {
            RunLook::of(view, PerSecond::of(read - last, elapsed), away).say();
            (said, last) = (Instant::now(), read);
        } else if elapsed >= LINE && away.is_empty() {
            said = Instant::now();
        }
    }
    view.look_back();
}

/// Whether there is something to say, so long after the last line: records that were read, or somebody who has gone
/// since then. Who stays away is said again, less often.
fn is_worth_a_line(elapsed: Duration, is_read: bool, away: &[(String, Absence)]) -> bool {
    let has_gone = away.iter().any(|(_, absence)| absence.lasts() < elapsed + LOOK);
    is_read || has_gone || !away.is_empty() && elapsed >= QUIET
}

/// How everything is at a moment.
struct RunLook {
    rate: PerSecond,
    total: Tally,
    /// What became of the records for each view, of several.
    views: Vec<(String, Tally)>,
    behind: BTreeMap<Partition, Behind>,
    frontier: EventTime,
    /// Documents written.
    written: u64,
    away: Vec<(String, Absence)>,
}

impl RunLook {
    fn of(view: &RunView<'_>, rate: PerSecond, away: Vec<(String, Absence)>) -> RunLook {
        let run = view.run;
        let behind = run.ledger.accounts().map(|(partition, account)| (partition, Behind::of(account))).collect();
        let (frontier, written) = (run.gauges.frontier(), run.sink.written());
        let views = run.plan.names().zip(Ledger::of_views(&run.ledger));
        let views = views.map(|(name, ledger)| (name.to_owned(), ledger.total())).collect();
        RunLook { rate, total: run.ledger.total(), views, behind, frontier, written, away }
    }

    /// Says it in the log, for people in words and for machines with the numbers as fields.
    fn say(&self) {
        let RunLook { rate, total, views, behind, frontier, written, away } = self;
        let seconds = |who: &str| {
            away.iter().find(|(name, _)| name.starts_with(who)).map(|(_, absence)| absence.lasts().as_secs_f64())
        };
        let (kafka_away_s, sink_away_s) = (seconds("Kafka"), seconds("the sink"));
        let by_partition: Vec<String> =
            behind.iter().map(|(partition, behind)| format!("{partition}:{behind}")).collect();
        let lags = || behind.values().map(|behind| behind.lag);
        let [late, duplicate, dead] = [total.late, total.duplicate, total.dead_total()];
        let accounts = match views.as_slice() {
            [] => account(total),
            views => views.iter().map(|(name, tally)| format!(" {name}: {};", account(tally))).collect(),
        };
        info!(
            events_per_second = rate.number(),
            read_records = total.read,
            lag_records = lags().sum::<u64>(),
            lag_records_max = lags().max(),
            held_back_records = behind.values().map(|behind| behind.held).sum::<u64>(),
            frontier_ms = frontier.0,
            filtered_records = total.filtered,
            late_records = late,
            duplicate_records = duplicate,
            dead_letter_records = dead,
            written_documents = written,
            kafka_away_s,
            sink_away_s,
            "{}{rate} events/s, lag {}, event-time frontier {frontier},{accounts} {} documents written",
            at_length(away),
            by_partition.join(" "),
            HumanCount(*written),
        );
    }
}

/// ` 3 filtered, 4 late, 0 duplicates, 1 dead letters,`.
fn account(tally: &Tally) -> String {
    let [late, duplicate, dead] = [tally.late, tally.duplicate, tally.dead_total()].map(HumanCount);
    let unwanted = filtered(" ", tally.filtered);
    let comma = if unwanted.is_empty() { "" } else { "," };
    format!("{unwanted}{comma} {late} late, {duplicate} duplicates, {dead} dead letters,")
}

/// How many records a partition is behind, and how many of them an open transaction keeps from being read.
struct Behind {
    lag: u64,
    held: u64,
}

impl Behind {
    fn of(account: &Account) -> Behind {
        Behind { lag: account.lag(), held: account.held_back() }
    }
}

impl fmt::Display for Behind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.held {
            0 => self.lag.fmt(f),
            held => write!(f, "{} ({held} held back by an open transaction)", self.lag),
        }
    }
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
    use crate::cli::logging::fixture::Lines;

    fn gone(seconds: u64) -> Vec<(String, Absence)> {
        let since = Instant::now().checked_sub(Duration::from_secs(seconds)).expect("an old machine");
        vec![("the sink".to_owned(), Absence { since, why: "connection refused at h:1".to_owned() })]
    }

    #[test]
    fn the_numbers_of_a_line_are_fields_for_machines() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || writer.clone());
        let moment = RunLook {
            rate: PerSecond::new(1.99),
            views: Vec::new(),
            total: Tally { read: 1_010, late: 4, duplicate: 3, dead: Tally::default().dead, ..Tally::default() },
            behind: BTreeMap::from([
                (Partition(0), Behind { lag: 5, held: 0 }),
                (Partition(1), Behind { lag: 7, held: 2 }),
            ]),
            frontier: EventTime(1_764_331_200_000),
            written: 9,
            away: gone(12),
        };
        tracing::subscriber::with_default(subscriber.finish(), || moment.say());
        let line: serde_json::Value = serde_json::from_str(&lines.text()).expect("one object");
        for (field, value) in [
            ("read_records", 1_010),
            ("lag_records", 12),
            ("lag_records_max", 7),
            ("held_back_records", 2),
            ("late_records", 4),
            ("duplicate_records", 3),
            ("dead_letter_records", 0),
            ("written_documents", 9),
            ("frontier_ms", 1_764_331_200_000_u64),
        ] {
            assert_eq!(line[field].as_u64(), Some(value), "{field} in {line}");
        }
        assert_eq!(line["events_per_second"].as_f64(), Some(1.99), "{line}");
        assert!(
            line["sink_away_s"].as_f64().is_some_and(|away| away >= 12.0) && line["kafka_away_s"].is_null(),
            "{line}"
        );
        let message = line["message"].as_str().expect("a message");
        assert!(
            message.starts_with(
                "the sink away for 12 s (connection refused at h:1), 2.0 events/s, \
                 lag 0:5 1:7 (2 held back by an open transaction), "
            ),
            "{message}"
        );
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
