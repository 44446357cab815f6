//! `mare alerts`: which alerts there were, and to whom they were sent.

use super::output::{json, print};
use super::sheet::{Sheet, SheetCell, SheetFormat};
use super::{DataflowArgs, Failure, ViewArgs};
use crate::alerts::{self, AlertEntry, AlertState, Target};

/// List the alerts of a dataflow, newest first, and to whom they were sent
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare alerts dataflows/black_friday.toml --limit 50 --format json")]
pub struct Args {
    #[command(flatten)]
    dataflow: DataflowArgs,
    #[command(flatten)]
    view: ViewArgs,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// List those that a cool-down holds back too
    #[arg(long)]
    held_back: bool,
    /// How to print them; JSON has all that receivers get
    #[arg(long, value_enum, default_value_t)]
    format: SheetFormat,
}

impl Args {
    /// Prints the alerts.
    ///
    /// # Errors
    /// If the dataflow file is refused, or the sink does not answer.
    pub fn run(self) -> Result<(), Failure> {
        let plan = self.view.one(&self.dataflow.load()?)?;
        let mut remembered = alerts::remembered(&plan)?;
        let (mut entries, held_back) = match &mut remembered {
            Some(alerts) => (alerts.newest(self.limit.saturating_add(1), self.held_back)?, alerts.held_back()?),
            None => (Vec::new(), 0),
        };
        let is_cut = entries.len() > self.limit;
        entries.truncate(self.limit);
        match self.format {
            SheetFormat::Json => json(serde_json::Value::from_iter(entries.iter().map(AlertEntry::json))),
            SheetFormat::Table if entries.is_empty() && held_back == 0 => print("no alerts"),
            format => {
                let mut sheet = Sheet::new(["found", "severity", "rule", "alert", "sent to"]);
                sheet.rows = entries.iter().map(row).collect();
                sheet.note = self.note(is_cut, held_back);
                sheet.print(format);
            }
        }
        Ok(())
    }

    /// What is said below the table of what is not in it.
    fn note(&self, is_cut: bool, held_back: u64) -> Option<String> {
        let older = is_cut.then(|| format!("the newest {}; there are older ones: --limit N shows more", self.limit));
        let held = (held_back > 0 && !self.held_back)
            .then(|| format!("{held_back} alerts are held back by a cool-down: --held-back shows them"));
        let notes: Vec<_> = older.into_iter().chain(held).collect();
        (!notes.is_empty()).then(|| notes.join("; "))
    }
}

/// The line of an alert.
fn row(entry: &AlertEntry) -> Vec<SheetCell> {
    let AlertEntry { alert, found, .. } = entry;
    let found = found.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let texts = [found, alert.severity.word().to_owned(), alert.rule.clone(), alert.message.clone(), sent_to(entry)];
    texts.into_iter().map(SheetCell::Text).collect()
}

/// `log, webhook (pending)`, or that it was too old or is held back.
fn sent_to(entry: &AlertEntry) -> String {
    if entry.is_old() {
        return "nobody: old".to_owned();
    }
    if let Some(until) = entry.held_until() {
        return format!("nobody: held back until {until}");
    }
    let targets = Target::ALL.into_iter().filter_map(|target| {
        let name = target.name();
        Some(match entry.state(target)? {
            AlertState::Sent(_) => name.to_owned(),
            AlertState::Pending => format!("{name} (pending)"),
            AlertState::Refused(why) => format!("{name} (refused: {why})"),
            AlertState::Held(until) => format!("{name} (held back until {until})"),
        })
    });
    targets.collect::<Vec<_>>().join(", ")
}
