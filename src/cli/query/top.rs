//! `mare query FILE top`.

use std::collections::BTreeMap;

use super::ask::{Ask, Common};
use super::sums::{LayoutTotals, TotalSums};
use super::{groups, latest};
use crate::cli::Failure;
use crate::cli::documents::slot;
use crate::cli::sheet::{Sheet, SheetCell, first_of};
use crate::cli::when::RangeArgs;
use crate::sink::document::{Document, Layout};
use crate::time::EventTime;

/// The windows, groups or documents with the largest totals
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  mare query top dataflows/black_friday.toml --of windows --by faturamento_total --limit 5"
)]
pub struct Args {
    /// Which of them
    #[arg(long, value_enum, default_value_t)]
    of: Of,
    /// By which total, instead of the first
    #[arg(long, value_name = "FIELD")]
    by: Option<String>,
    /// How many
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    #[command(flatten)]
    range: RangeArgs,
    #[command(flatten)]
    common: Common,
}

/// What is compared by its total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Of {
    /// Windows, all their groups added up
    #[default]
    Windows,
    /// Groups, all their windows added up
    Groups,
    /// Documents: a window and a group
    Documents,
}

/// What names a row: a window if it is of one, and the values of a group if it is of one.
type Name = (Option<EventTime>, Vec<SheetCell>);

impl Of {
    /// The name of the row that `document` adds to.
    fn name(self, layout: &Layout, document: &Document) -> Name {
        let is_named = self != Of::Groups && layout.order().is_some();
        let named = is_named.then(|| layout.windows().name(slot(layout, document)));
        let group = if self == Of::Windows { Vec::new() } else { latest::groups(layout, document) };
        (named, group)
    }

    /// What several of them are called.
    fn name_of_many(self) -> &'static str {
        match self {
            Of::Windows => "windows",
            Of::Groups => "groups",
            Of::Documents => "documents",
        }
    }

    /// The names of the columns that name a row.
    fn columns(self, layout: &Layout) -> Vec<&str> {
        let named = layout.order().filter(|_| self != Of::Groups);
        let groups = groups::names(layout).filter(|_| self != Of::Windows);
        named.into_iter().chain(groups).collect()
    }
}

/// The rows found so far. Those of documents are cut as they come: there may be many.
struct Rows {
    of: Of,
    by: usize,
    limit: usize,
    found: BTreeMap<(Option<EventTime>, Vec<String>), (Name, TotalSums)>,
    /// How many of those that were found are not among them any more.
    left: usize,
}

impl Rows {
    fn add(&mut self, totals: &LayoutTotals, layout: &Layout, document: &Document) {
        let name = self.of.name(layout, document);
        let key = (name.0, name.1.iter().map(SheetCell::json).collect());
        let (_, sums) = self.found.entry(key).or_insert_with(|| (name, totals.zero()));
        totals.add(sums, document);
        if self.of == Of::Documents && self.found.len() >= 2 * self.limit + 1_000 {
            self.found = self.largest().into_iter().collect();
        }
    }

    /// The largest rows, in their order.
    #[expect(clippy::type_complexity, reason = "entries of the map")]
    fn largest(&mut self) -> Vec<((Option<EventTime>, Vec<String>), (Name, TotalSums))> {
        let mut found: Vec<_> = std::mem::take(&mut self.found).into_iter().collect();
        found.sort_by_key(|(_, (_, sums))| std::cmp::Reverse(sums.at(self.by)));
        self.left += found.len().saturating_sub(self.limit);
        found.truncate(self.limit);
        found
    }
}

impl Args {
    /// Prints the largest rows, the largest first.
    ///
    /// # Errors
    /// If the sink does not answer, or the flags do not fit the dataflow.
    pub fn run(self) -> Result<(), Failure> {
        let mut ask = Ask::new(&self.common)?;
        if self.of == Of::Groups {
            ask.add_up()?;
        }
        let totals = LayoutTotals::of(&ask.layout);
        let by = totals.place(self.by.as_deref())?;
        let mut rows = Rows { of: self.of, by, limit: self.limit as usize, found: BTreeMap::new(), left: 0 };
        ask.within(&self.range, |layout, document| rows.add(&totals, layout, document))?;
        let mut sheet = Sheet::new(self.of.columns(&ask.layout).into_iter().chain(totals.names()));
        let largest = rows.largest();
        let (shown, all) = (largest.len(), largest.len() + rows.left);
        sheet.note = (rows.left > 0).then(|| first_of(shown, all, self.of.name_of_many()));
        for (_, ((named, group), sums)) in largest {
            let named = named.map(|named| SheetCell::Text(ask.instant(named)));
            sheet.rows.push(named.into_iter().chain(group).chain(totals.cells(&sums)).collect());
        }
        sheet.print(self.common.format);
        Ok(())
    }
}
