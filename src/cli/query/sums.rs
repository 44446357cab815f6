//! Adding up the totals of documents: exact, in units of their scales.
//!
//! A total is a sum or a count of events, and each event is in one window and one group; so totals add up over both.

use crate::cli::Failure;
use crate::cli::sheet::SheetCell;
use crate::decimal;
use crate::sink::document::{Document, FieldOrigin, FieldValue, Layout};

/// The totals of a layout: where they stand and what they are.
#[derive(Clone, Debug)]
pub struct LayoutTotals {
    totals: Vec<Total>,
}

/// One total.
#[derive(Clone, Debug)]
struct Total {
    name: String,
    /// Its place among the values of a document.
    place: usize,
    /// Digits behind the point.
    scale: u8,
}

/// One sum a total, in units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TotalSums(pub Vec<i128>);

impl LayoutTotals {
    /// Those of `layout`.
    #[must_use]
    pub fn of(layout: &Layout) -> LayoutTotals {
        let fields = layout.fields().iter().enumerate();
        let totals = fields.filter_map(|(place, field)| {
            let scale = match field.origin {
                FieldOrigin::Total(aggregate) => aggregate.number().scale(),
                _ => return None,
            };
            Some(Total { name: field.name.clone(), place, scale })
        });
        LayoutTotals { totals: totals.collect() }
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.totals.iter().map(|total| &*total.name)
    }

    /// The place of the one called `name`; of the first without a name.
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn place(&self, name: Option<&str>) -> Result<usize, Failure> {
        let Some(name) = name else { return Ok(0) };
        let place = self.names().position(|total| total == name);
        place.ok_or_else(|| {
            let names: Vec<_> = self.names().collect();
            Failure::new(format!("no total is called `{name}`")).remedy(format!("there are {}", names.join(", ")))
        })
    }

    /// The one at `place` without the others.
    #[must_use]
    pub fn alone(&self, place: usize) -> LayoutTotals {
        LayoutTotals { totals: self.totals.get(place).cloned().into_iter().collect() }
    }

    /// Nothing yet.
    #[must_use]
    pub fn zero(&self) -> TotalSums {
        TotalSums(vec![0; self.totals.len()])
    }

    /// Adds the totals of `document` to `sums`.
    pub fn add(&self, sums: &mut TotalSums, document: &Document) {
        for (sum, total) in sums.0.iter_mut().zip(&self.totals) {
            let units = document.values.get(total.place).and_then(FieldValue::units);
            *sum = sum.saturating_add(units.unwrap_or_default()); // 10^38 units: beyond what any topic adds up to
        }
    }

    /// The sums as numbers.
    pub fn cells(&self, sums: &TotalSums) -> impl Iterator<Item = SheetCell> {
        self.totals.iter().zip(&sums.0).map(|(total, units)| SheetCell::Number(decimal::text(*units, total.scale)))
    }

    /// For each total its name, what it is in `before` and in `after`, and the scale of both.
    pub fn pairs<'a>(&'a self, before: &'a TotalSums, after: &'a TotalSums) -> impl Iterator<Item = (i128, i128, u8)> {
        let units = before.0.iter().zip(&after.0);
        self.totals.iter().zip(units).map(|(total, (before, after))| (*before, *after, total.scale))
    }
}

impl TotalSums {
    /// The sum at `place`.
    #[must_use]
    pub fn at(&self, place: usize) -> i128 {
        self.0.get(place).copied().unwrap_or_default()
    }

    /// Adds `other`.
    pub fn merge(&mut self, other: &TotalSums) {
        for (sum, units) in self.0.iter_mut().zip(&other.0) {
            *sum = sum.saturating_add(*units);
        }
    }
}
