//! Adding up the totals of documents: exact, in units of their scales.
//!
//! A sum or a count adds up over windows and groups: each event is in one of each, or windows overlap, and then
//! [`Ask::add_up`](super::ask::Ask::add_up) sees to it. What does not is left out, and refused by its name.

use crate::cli::Failure;
use crate::cli::sheet::SheetCell;
use crate::decimal;
use crate::sink::document::{Document, FieldOrigin, FieldValue, Layout, LayoutField};

/// The totals of a layout that add up: where they stand and what they are.
#[derive(Clone, Debug)]
pub struct LayoutTotals {
    totals: Vec<Total>,
    /// The names of those that do not add up.
    others: Vec<String>,
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
                FieldOrigin::Total(aggregate) if aggregate.adds_up() => aggregate.number().scale(),
                _ => return None,
            };
            Some(Total { name: field.name.clone(), place, scale })
        });
        let does_not = |field: &&LayoutField| matches!(field.origin, FieldOrigin::Total(it) if !it.adds_up());
        let others = layout.numbers().filter(does_not).map(|field| field.name.clone()).collect();
        LayoutTotals { totals: totals.collect(), others }
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.totals.iter().map(|total| &*total.name)
    }

    /// The place of the one called `name`; of the first without a name.
    ///
    /// # Errors
    /// If there is none of that name, or it does not add up.
    pub fn place(&self, name: Option<&str>) -> Result<usize, Failure> {
        let Some(name) = name else { return Ok(0) };
        let place = self.names().position(|total| total == name);
        place.ok_or_else(|| {
            let names = self.names().collect::<Vec<_>>().join(", ");
            if self.others.iter().any(|other| other == name) {
                let remedy = format!("these do: {names}; `mare query latest` shows it document by document");
                return Failure::new(format!("`{name}` does not add up over windows and groups")).remedy(remedy);
            }
            Failure::new(format!("no total is called `{name}`")).remedy(format!("there are {names}"))
        })
    }

    /// The one at `place` without the others.
    #[must_use]
    pub fn alone(&self, place: usize) -> LayoutTotals {
        LayoutTotals { totals: self.totals.get(place).cloned().into_iter().collect(), others: Vec::new() }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataflow::fixture::documents as fixture;

    #[test]
    fn what_does_not_add_up_is_left_out_and_refused_by_its_name() {
        let (plan, sample) = (fixture::deliveries(), mare_sink::fixture::deliveries());
        let layout = plan.layout();
        let totals = LayoutTotals::of(&layout);
        assert_eq!(totals.names().collect::<Vec<_>>(), ["n"]);
        let total = fixture::total_in(&sample, 2, &[Some(1), None, None, Some(9)]);
        let document = layout.render(&fixture::change(fixture::key("a", 0), total)).expect("a document");
        let mut sums = totals.zero();
        (0..3).for_each(|_| totals.add(&mut sums, &document));
        assert_eq!((sums.at(0), sums.0.len()), (6, 1));
        let said = |name| totals.place(Some(name)).expect_err("refused").to_string();
        assert!(said("latest").contains("`latest` does not add up"), "{}", said("latest"));
        assert!(said("later").contains("no total is called `later`"), "{}", said("later"));
    }
}
