//! `mare checkpoint heal`.

use jiff::{Timestamp, Zoned};
use serde::Serialize;

use super::which::Which;
use super::{Examined, State, examined, in_words, repository_of};
use crate::checkpoint::Manifest;
use crate::checkpoint::heal::{HealRules, Healing, heal};
use crate::cli::ask::asked;
use crate::cli::output::{Printed, print, print_json, table};
use crate::cli::when::{self, When};
use crate::cli::{DataflowArgs, Failure};
use crate::dataflow::Plan;
use crate::decode::span;
use crate::position::Partition;
use crate::time::EventTime;

/// Put promises back that lie beyond the clock, so that events are counted again
///
/// One record that says to be of the year 2100 closes its partition until then. This writes the newest checkpoint once
/// more, with such promises put back; the next run goes on from that. Events that were late until then stay late:
/// counting them takes a run with --overwrite --set event.confirm=2, which reads the topic again. Stop the run first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare checkpoint heal dataflows/black_friday.toml --yes")]
pub struct Args {
    #[command(flatten)]
    dataflow: DataflowArgs,
    /// What to put them back to; without it, the newest time that is known and closes what has been counted
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    to: Option<When>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t = Printed::Table)]
    format: Printed,
}

impl Args {
    /// Shows each promise against the clock, and writes the checkpoint again.
    ///
    /// # Errors
    /// If there is no checkpoint, its parts are broken, no time is safe, or nobody said yes.
    pub fn run(self) -> Result<(), Failure> {
        let plan = self.dataflow.load()?;
        if plan.outputs.len() > 1 {
            return Err(Failure::new(
                "promises are put back in checkpoints of one view, and this dataflow has several",
            )
            .remedy("count again from source.kafka.start with --fresh"));
        }
        let repository = repository_of(&plan)?;
        let listed = Which::Newest.find(&repository)?;
        let Examined { state, detail, manifest } = examined(&repository, &listed);
        let Some(manifest) = manifest.filter(|_| state == State::Whole) else {
            let words = in_words(state, detail.as_deref());
            return Err(Failure::new(format!("the checkpoint at epoch {} is {words}", listed.epoch.0)));
        };
        let clock = EventTime(Timestamp::now().as_millisecond());
        let zone = plan.zone().clone();
        let to = self.to.as_ref().map(|to| to.resolve(&Zoned::now().with_time_zone(zone))).transpose()?;
        let found = heal(&manifest.partitions, &rules(&plan, clock), to).map_err(|why| {
            Failure::new(why)
                .remedy("name a time with --to: the end of the last window that is right, and the lateness behind it")
        })?;
        if self.format == Printed::Table {
            show(&plan, manifest, &found, clock);
        }
        if found.is_empty() {
            self.report(&found, None);
            return Ok(());
        }
        if !self.yes && !asked("Write the checkpoint again with these promises?", "nothing was written")? {
            return Err(Failure::new("nothing was written"));
        }
        let mut manifest = manifest.clone();
        found.iter().for_each(|healing| healing.apply(&mut manifest.partitions));
        let epoch = repository.list()?.first().map_or(manifest.epoch, |newest| newest.epoch).next();
        let again = repository.again(&manifest, epoch).map_err(Failure::new)?;
        self.report(&found, Some(again.epoch.0));
        Ok(())
    }

    /// Says what has been done.
    fn report(&self, found: &[Healing], epoch: Option<u64>) {
        if self.format == Printed::Json {
            return print_json(&Report { epoch, put_back: found.iter().map(PutBack::of).collect() });
        }
        let Some(epoch) = epoch else {
            return print("no promise lies beyond the clock: there is nothing to put back");
        };
        print(format_args!("wrote the checkpoint at epoch {epoch}: the next run goes on from it"));
        print(
            "events that were late until now stay late, and `mare verify`, which goes by the topic alone, says so of the windows from here \
             on; `mare run --overwrite --set event.confirm=2` counts all of it again",
        );
    }
}

/// What was done, as `docs/scripts.md` has it.
#[derive(Debug, Serialize)]
struct Report {
    /// The checkpoint that was written; null if there was nothing to put back.
    epoch: Option<u64>,
    put_back: Vec<PutBack>,
}

/// A promise that was put back; times in milliseconds since the Unix epoch.
#[derive(Debug, Serialize)]
struct PutBack {
    partition: Partition,
    promise_ms: i64,
    to_ms: i64,
}

impl PutBack {
    fn of(healing: &Healing) -> PutBack {
        PutBack { partition: healing.partition, promise_ms: healing.was.0, to_ms: healing.to.0 }
    }
}

/// By what the promises of a dataflow are judged.
fn rules(plan: &Plan, clock: EventTime) -> HealRules {
    let latest = EventTime(clock.0.saturating_add(plan.event.max_ahead_ms));
    HealRules { latest, windows: plan.view().windows, dedups: plan.dedup.is_some() }
}

/// Prints the promise of each partition against the clock.
fn show(plan: &Plan, manifest: &Manifest, found: &[Healing], clock: EventTime) {
    let mut table = table(["partition", "promise", "by the clock", "put back to"]);
    for (partition, state) in &manifest.partitions {
        let to = found.iter().find(|healing| healing.partition == *partition);
        table.add_row([
            partition.to_string(),
            at(plan, state.promise),
            distance(state.promise, clock),
            to.map_or_else(|| "-".to_owned(), |healing| at(plan, healing.to)),
        ]);
    }
    print(format_args!("{table}\n"));
}

fn at(plan: &Plan, time: EventTime) -> String {
    if time == EventTime::MIN { "-".to_owned() } else { when::text(time, plan.zone()) }
}

/// How far a promise lies from the clock, in words.
fn distance(promise: EventTime, clock: EventTime) -> String {
    match promise.0.saturating_sub(clock.0) {
        _ if promise == EventTime::MIN => "-".to_owned(),
        ahead if ahead > 0 => format!("{} ahead", span(ahead)),
        behind => format!("{} behind", span(behind.saturating_neg())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_is_told_against_the_clock() {
        let distance = |promise| distance(EventTime(promise), EventTime(1_764_331_200_000));
        assert_eq!(distance(4_102_444_800_000), "74 years ahead");
        assert_eq!((distance(1_764_331_199_000), distance(i64::MIN)), ("1s behind".to_owned(), "-".to_owned()));
    }
}
