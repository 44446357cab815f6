//! `mare query FILE latest`.

use std::collections::BTreeSet;

use super::ask::{Ask, Common};
use crate::cli::Failure;
use crate::cli::documents::start;
use crate::cli::sheet::{Cell, Sheet};
use crate::cli::when::RangeArgs;
use crate::sink::document::{Document, Layout, Origin, Value};

/// The newest windows, group by group
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare query latest dataflows/black_friday.toml --limit 3")]
pub struct Args {
    /// How many windows
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    #[command(flatten)]
    range: RangeArgs,
    #[command(flatten)]
    common: Common,
}

impl Args {
    /// Prints the documents of the newest windows, all fields of them.
    ///
    /// # Errors
    /// If the sink does not answer, or the flags do not fit the dataflow.
    pub fn run(self) -> Result<(), Failure> {
        let mut ask = Ask::new(&self.common)?;
        let mut sheet = Sheet::new(ask.layout.fields().iter().map(|field| &*field.name));
        let (mut windows, mut is_cut, zone) = (BTreeSet::new(), false, ask.zone.clone());
        sheet.spare =
            ask.layout.fields().iter().position(|field| field.origin == Origin::WindowEnd).into_iter().collect();
        let (from, to) = self.range.resolve(&ask.now())?;
        ask.between(from, to, true, |layout, document| {
            windows.insert(start(layout, document));
            let is_wanted = windows.len() <= self.limit as usize;
            if is_wanted {
                sheet.rows.push(row(document, &zone));
            }
            is_cut |= !is_wanted;
            is_wanted
        })?;
        sheet.note = is_cut.then(|| {
            let (documents, s) = (sheet.rows.len(), if self.limit == 1 { "" } else { "s" });
            format!("{documents} documents of the newest {} window{s}; --limit N shows older ones", self.limit)
        });
        sheet.print(self.common.format);
        Ok(())
    }
}

/// All values of a document, instants in the zone.
fn row(document: &Document, zone: &jiff::tz::TimeZone) -> Vec<Cell> {
    let cell = |value: &Value| match value {
        Value::Time(time) => Cell::Text(crate::cli::when::text(*time, zone)),
        other => Cell::of(other),
    };
    document.values.iter().map(cell).collect()
}

/// The values of a document's group as cells.
pub(super) fn groups(layout: &Layout, document: &Document) -> Vec<Cell> {
    crate::cli::documents::groups(layout, document).map(Cell::of).collect()
}
