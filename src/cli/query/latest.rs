//! `mare query FILE latest`.

use std::collections::BTreeSet;

use super::ask::{Ask, Common};
use crate::cli::Failure;
use crate::cli::documents::slot;
use crate::cli::sheet::{Sheet, SheetCell, with_commas};
use crate::cli::when::RangeArgs;
use crate::sink::document::{Document, FieldOrigin, FieldValue, Layout, LayoutField};

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
        let is_spare = |field: &LayoutField| {
            matches!(field.origin, FieldOrigin::WindowStart | FieldOrigin::WindowEnd)
                && Some(&*field.name) != ask.layout.order()
        };
        sheet.spare = ask.layout.fields().iter().position(is_spare).into_iter().collect();
        let (from, to) = ask.times(&self.range)?;
        ask.between(from, to, true, |layout, document| {
            windows.insert(slot(layout, document));
            let is_wanted = windows.len() <= self.limit as usize;
            if is_wanted {
                sheet.rows.push(row(document, &zone));
            }
            is_cut |= !is_wanted;
            is_wanted
        })?;
        if is_cut {
            sheet.note = Some(note(sheet.rows.len(), self.limit, ask.size()));
        }
        sheet.print(self.common.format);
        Ok(())
    }
}

/// That there are more documents: of how many these are, if the sink tells.
fn note(documents: usize, windows: u32, all: Option<u64>) -> String {
    let count = |number: u64| with_commas(&number.to_string());
    let windows = if windows == 1 { "window".to_owned() } else { format!("{windows} windows") };
    let all = all.map(|all| format!(", of {} in the sink", count(all))).unwrap_or_default();
    format!("{} documents of the newest {windows}{all}; --limit N shows older ones", count(documents as u64))
}

/// All values of a document, instants in the zone.
fn row(document: &Document, zone: &jiff::tz::TimeZone) -> Vec<SheetCell> {
    let cell = |value: &FieldValue| match value {
        FieldValue::Time(time) => SheetCell::Text(crate::cli::when::text(*time, zone)),
        other => SheetCell::of(other),
    };
    document.values.iter().map(cell).collect()
}

/// The values of a document's group as cells.
pub(super) fn groups(layout: &Layout, document: &Document) -> Vec<SheetCell> {
    crate::cli::documents::groups(layout, document).map(SheetCell::of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_says_of_how_many() {
        let said = note(5_076, 5, Some(29_076));
        assert_eq!(said, "5,076 documents of the newest 5 windows, of 29,076 in the sink; --limit N shows older ones");
        assert_eq!(note(8, 1, None), "8 documents of the newest window; --limit N shows older ones");
    }
}
