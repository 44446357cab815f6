//! What is maintained for each view, window and group: the difference type of the arrangement.

use std::slice;

use compact_str::CompactString;
use differential_dataflow::difference::{IsZero, Semigroup};

use crate::measure::{Function, Measure};
use crate::summary::Summary;
use crate::time::Window;
use crate::view::ViewId;

/// What a total belongs to: a view, a window of it, and the canonical text of a group.
///
/// Ordered by view and window first, so that a cursor visits the keys of an epoch, which crowd in the newest windows,
/// nearly in the order of the arrangement. It lives as long as its window is open.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The view.
    pub view: ViewId,
    /// The window.
    pub window: Window,
    /// The group: the values of the `group_by` fields in their [canonical text](crate::group).
    pub group: CompactString,
}

/// An aggregate with its contribution count: so many events, and a cell for each measure of the view.
///
/// A commutative monoid. Whether it is zero is decided by the count alone: no event is folded in, whatever the cells
/// say. The engine's `totals` has the proof that nobody reads a total in which that makes a difference.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Total {
    /// How many events are folded in. It only grows while a window is open, and so is the version of the document.
    pub n: i64,
    /// What they have come to.
    pub cells: Cells,
}

/// The cells of a total, in the order of [`View::measures`](crate::view::View::measures); none if it has no say in what
/// was measured. Most totals have one cell, which then needs no memory of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cells {
    /// The only one.
    One(Cell),
    /// Any other number of them.
    Many(Box<[Cell]>),
    /// Any number of them, and summaries beside.
    Summarized(Box<SummarizedCells>),
}

/// Cells, and summaries beside them in the order of [`View::summaries`](crate::view::View::summaries).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SummarizedCells {
    cells: Box<[Cell]>,
    summaries: Box<[Summary]>,
}

/// What events have come to by one function: it says itself how it is merged, for whoever adds totals up knows no plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// The function.
    pub function: Function,
    units: Units,
}

/// An exact integer of 128 bits that is aligned like one of 64, so that a total takes less memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(Rust, packed(8))]
struct Units(i128);

/// The newest total of a key: what a sink writes as one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What the total belongs to.
    pub key: Key,
    /// The total.
    pub total: Total,
    /// Whether the window is closed, so that the total is certain: no change of the key comes behind this one.
    pub is_final: bool,
}

impl Key {
    /// Before every key.
    #[must_use]
    pub fn first() -> Key {
        Key { view: ViewId(0), window: Window::FIRST, group: CompactString::default() }
    }
}

impl Change {
    /// No change of a document: it says that events of `view` have been taken in of which nothing is written yet.
    #[must_use]
    pub fn of_nothing(view: ViewId) -> Change {
        let key = Key { view, window: Window::ALL, group: CompactString::default() };
        Change { key, total: Total::default(), is_final: false }
    }

    /// Whether it is no change of a document.
    #[must_use]
    pub fn is_of_nothing(&self) -> bool {
        self.total.n == 0
    }
}

impl Total {
    /// A total of `n` events that have come to `units` by `measures`.
    #[must_use]
    pub fn new(n: i64, measures: &[Measure], units: &[i128]) -> Total {
        let cell = |(measure, units): (&Measure, &i128)| Cell::new(measure.function, *units);
        Total { n, cells: measures.iter().zip(units).map(cell).collect() }
    }

    /// What measure `index` has come to; nothing if the total has no say in it.
    #[must_use]
    pub fn units(&self, index: usize) -> Option<i128> {
        self.cells.as_slice().get(index).map(|cell| cell.units())
    }

    /// The same as people see it: nothing if it is the least or the greatest of no value.
    #[inline]
    #[must_use]
    pub fn value(&self, index: usize) -> Option<i128> {
        self.cells.as_slice().get(index).and_then(|cell| cell.function.value(cell.units()))
    }

    /// The same with these summaries beside its numbers.
    #[must_use]
    pub fn summarized(self, summaries: &[Summary]) -> Total {
        if summaries.is_empty() {
            return self;
        }
        let (cells, summaries) = (self.cells.as_slice().into(), summaries.into());
        Total { n: self.n, cells: Cells::Summarized(Box::new(SummarizedCells { cells, summaries })) }
    }

    /// What takes this total back out of an arrangement: as many events, and nothing of what was measured of them.
    #[must_use]
    pub fn retired(&self) -> Total {
        Total { n: -self.n, cells: Cells::default() }
    }
}

impl Cell {
    /// What events have come to.
    #[must_use]
    pub fn new(function: Function, units: i128) -> Cell {
        Cell { function, units: Units(units) }
    }

    /// The number, in the units of the field.
    #[inline]
    #[must_use]
    pub fn units(self) -> i128 {
        self.units.0
    }
}

impl Cells {
    /// All of them.
    #[inline]
    #[must_use]
    pub fn as_slice(&self) -> &[Cell] {
        match self {
            Cells::One(cell) => slice::from_ref(cell),
            Cells::Many(cells) => cells,
            Cells::Summarized(both) => &both.cells,
        }
    }

    /// The summaries beside them.
    #[inline]
    #[must_use]
    pub fn summaries(&self) -> &[Summary] {
        match self {
            Cells::One(_) | Cells::Many(_) => &[],
            Cells::Summarized(both) => &both.summaries,
        }
    }

    #[inline]
    fn as_mut(&mut self) -> &mut [Cell] {
        match self {
            Cells::One(cell) => slice::from_mut(cell),
            Cells::Many(cells) => cells,
            Cells::Summarized(both) => &mut both.cells,
        }
    }

    /// Merges others into them. Where either side has no say, the other is what comes of it.
    #[inline]
    fn merge(&mut self, others: &Cells) {
        let is_less = self.as_slice().len() < others.as_slice().len();
        if is_less || self.summaries().len() < others.summaries().len() {
            return self.extend(others);
        }
        for (mine, other) in self.as_mut().iter_mut().zip(others.as_slice()) {
            *mine = Cell::new(mine.function, mine.function.merge(mine.units(), other.units()));
        }
        if let Cells::Summarized(both) = self {
            both.summaries.iter_mut().zip(others.summaries()).for_each(|(mine, other)| mine.merge(other));
        }
    }

    /// Merges more of them than there are into them.
    #[cold]
    fn extend(&mut self, others: &Cells) {
        let mut merged = others.clone();
        merged.merge(self);
        *self = merged;
    }
}

impl Default for Cells {
    fn default() -> Cells {
        Cells::Many(Box::default())
    }
}

impl FromIterator<Cell> for Cells {
    fn from_iter<I: IntoIterator<Item = Cell>>(cells: I) -> Cells {
        let mut cells = cells.into_iter();
        match (cells.next(), cells.next()) {
            (None, _) => Cells::default(),
            (Some(one), None) => Cells::One(one),
            (Some(one), Some(two)) => Cells::Many([one, two].into_iter().chain(cells).collect()),
        }
    }
}

impl IsZero for Total {
    fn is_zero(&self) -> bool {
        self.n == 0
    }
}

impl Semigroup for Total {
    fn plus_equals(&mut self, other: &Self) {
        self.n += other.n;
        self.cells.merge(&other.cells);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datum::Datum;
    use crate::position::{Offset, Partition};
    use crate::summary::sighting::Witness;
    use crate::summary::{Quantile, SummaryFunction};
    use crate::time::EventTime;

    const SUM: Measure = Measure { function: Function::Sum, field: 0 };

    fn sums(n: i64, units: &[i128]) -> Total {
        Total::new(n, &vec![SUM; units.len()], units)
    }

    #[test]
    fn a_total_without_cells_changes_none() {
        for units in [&[][..], &[7], &[7, -9], &[1, 2, 3]] {
            let mut total = sums(2, units);
            total.plus_equals(&Total::default());
            assert_eq!(total, sums(2, units));
            let mut none = Total::default();
            none.plus_equals(&total);
            assert_eq!(none, total);
            none.plus_equals(&total);
            assert_eq!(none, sums(4, &units.iter().map(|units| units * 2).collect::<Vec<_>>()));
        }
    }

    #[test]
    fn the_count_alone_says_that_it_is_zero() {
        let mut total = sums(3, &[1_005]);
        total.plus_equals(&sums(3, &[1_005]).retired());
        assert!(total.is_zero() && total.units(0) == Some(1_005));
        assert!(!sums(1, &[0]).is_zero());
    }

    #[test]
    fn summaries_are_merged_beside_the_numbers_and_left_alone_by_what_has_none() {
        let witness = |offset| Witness { time: EventTime(0), partition: Partition(0), offset: Offset(offset) };
        let of = |values: &[i128]| {
            let mut last = SummaryFunction::Last.identity();
            (0..).zip(values).for_each(|(offset, value)| {
                last.take(Datum::Exact(*value), witness(offset));
            });
            sums(values.len() as i64, &[values.iter().sum()]).summarized(&[last])
        };
        let says = |total: &Total| {
            (total.n, total.units(0), total.cells.summaries().first().and_then(|last| last.units(Quantile(0))))
        };
        let (mut one, mut none) = (of(&[5, 7, 9]), Total::default());
        one.plus_equals(&of(&[20, 4]));
        assert_eq!(says(&one), (5, Some(45), Some(9)));
        none.plus_equals(&one);
        assert_eq!(none, one);
        one.plus_equals(&none.retired());
        assert!(one.is_zero() && says(&one) == (0, Some(45), Some(9)));
        assert_eq!(sums(1, &[2]).summarized(&[]), sums(1, &[2]));
    }

    /// It stands in the arrangement twice for each key.
    #[test]
    fn a_total_of_one_cell_takes_32_bytes() {
        assert_eq!((size_of::<Total>(), size_of::<Key>()), (32, 48));
    }
}
