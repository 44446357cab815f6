//! `mare query FILE groups`.

use std::collections::BTreeMap;

use super::ask::{Ask, Common};
use super::latest;
use super::sums::LayoutTotals;
use crate::cli::Failure;
use crate::cli::documents::groups;
use crate::cli::sheet::{Sheet, SheetCell};
use crate::cli::when::RangeArgs;
use crate::sink::document::Layout;

/// The total of each group, the largest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare query groups dataflows/black_friday.toml --from today")]
pub struct Args {
    /// Sort by this total, instead of the first
    #[arg(long, value_name = "FIELD")]
    by: Option<String>,
    #[command(flatten)]
    range: RangeArgs,
    #[command(flatten)]
    common: Common,
}

impl Args {
    /// Prints one row a group, and in a table their sum.
    ///
    /// # Errors
    /// If the sink does not answer, or the flags do not fit the dataflow.
    pub fn run(self) -> Result<(), Failure> {
        let mut ask = Ask::new(&self.common)?;
        ask.add_up()?;
        let totals = LayoutTotals::of(&ask.layout);
        let by = totals.place(self.by.as_deref())?;
        let mut found = BTreeMap::new();
        ask.within(&self.range, |layout, document| {
            let group: Vec<_> = groups(layout, document).map(|value| value.json()).collect();
            let (_, windows, sums) =
                found.entry(group).or_insert_with(|| (latest::groups(layout, document), 0, totals.zero()));
            *windows += 1;
            totals.add(sums, document);
        })?;
        let mut found: Vec<_> = found.into_values().collect();
        found.sort_by_key(|(_, _, sums)| std::cmp::Reverse(sums.at(by)));
        let mut all = totals.zero();
        let mut sheet = Sheet::new(names(&ask.layout).chain(["windows"]).chain(totals.names()));
        for (group, windows, sums) in found {
            all.merge(&sums);
            sheet.rows.push(group.into_iter().chain([SheetCell::count(windows)]).chain(totals.cells(&sums)).collect());
        }
        let blank = (0..names(&ask.layout).count())
            .map(|at| if at == 0 { SheetCell::Text("all".into()) } else { SheetCell::Text(String::new()) });
        sheet.sum = (sheet.rows.len() > 1)
            .then(|| blank.chain([SheetCell::Text(String::new())]).chain(totals.cells(&all)).collect());
        sheet.print(self.common.format);
        Ok(())
    }
}

/// The names of the fields of a group.
pub(super) fn names(layout: &Layout) -> impl Iterator<Item = &str> {
    let fields = layout.fields().iter();
    fields
        .filter(|field| matches!(field.origin, crate::sink::document::FieldOrigin::Group(_)))
        .map(|field| &*field.name)
}
