//! `mare alerts`: which alerts there were, and to whom they were sent.

use super::output::{json, print};
use super::sheet::{Cell, Format, Sheet};
use super::{DataflowArgs, Failure};
use crate::alerts::{self, Entry, State, Target};

/// List the alerts of a dataflow, newest first, and to whom they were sent
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare alerts dataflows/black_friday.toml --limit 50 --format json")]
pub struct Args {
    #[command(flatten)]
    dataflow: DataflowArgs,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// How to print them; JSON has all that receivers get
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    /// Prints the alerts.
    ///
    /// # Errors
    /// If the dataflow file is refused, or the sink does not answer.
    pub fn run(self) -> Result<(), Failure> {
        let plan = self.dataflow.load()?;
        let mut entries = alerts::newest(&plan, self.limit.saturating_add(1))?;
        let is_cut = entries.len() > self.limit;
        entries.truncate(self.limit);
        match self.format {
            Format::Json => json(serde_json::Value::from_iter(entries.iter().map(Entry::json))),
            Format::Table if entries.is_empty() => print("no alerts"),
            format => {
                let mut sheet = Sheet::new(["found", "severity", "rule", "alert", "sent to"]);
                sheet.rows = entries.iter().map(row).collect();
                sheet.note =
                    is_cut.then(|| format!("the newest {}; there are older ones: --limit N shows more", self.limit));
                sheet.print(format);
            }
        }
        Ok(())
    }
}

/// The line of an alert.
fn row(entry: &Entry) -> Vec<Cell> {
    let Entry { alert, found, .. } = entry;
    let found = found.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let texts = [found, alert.severity.word().to_owned(), alert.rule.clone(), alert.message.clone(), sent_to(entry)];
    texts.into_iter().map(Cell::Text).collect()
}

/// `log, webhook (pending)`, or that it was too old or is held back.
fn sent_to(entry: &Entry) -> String {
    if entry.is_old() {
        return "nobody: old".to_owned();
    }
    if let Some(until) = entry.held_until() {
        return format!("nobody: held back until {until}");
    }
    let targets = Target::ALL.into_iter().filter_map(|target| {
        let name = target.name();
        Some(match entry.state(target)? {
            State::Sent(_) => name.to_owned(),
            State::Pending => format!("{name} (pending)"),
            State::Refused(why) => format!("{name} (refused: {why})"),
            State::Held(until) => format!("{name} (held back until {until})"),
        })
    });
    targets.collect::<Vec<_>>().join(", ")
}
