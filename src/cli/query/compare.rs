//! `mare query FILE compare`.

use std::collections::BTreeMap;

use super::ask::{Ask, Common};
use super::sums::{LayoutTotals, TotalSums};
use super::{groups, latest};
use crate::cli::Failure;
use crate::cli::output::print;
use crate::cli::sheet::{Sheet, SheetCell, SheetFormat};
use crate::cli::when::Period;
use crate::decimal;

/// Two periods side by side: each group's totals, the difference, and the change in percent of the first
///
/// A period is FROM..TO, or a day: 2025-11-27, today, yesterday.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare query compare dataflows/black_friday.toml -2h..-1h -1h..now")]
pub struct Args {
    #[command(flatten)]
    common: Common,
    /// The period to compare with
    #[arg(value_name = "BEFORE", allow_hyphen_values = true)]
    before: Period,
    /// The period that is compared
    #[arg(value_name = "AFTER", allow_hyphen_values = true)]
    after: Period,
    /// Compare this total alone
    #[arg(long, value_name = "FIELD")]
    by: Option<String>,
}

/// The group's values and its sums before and after.
type Row = (Vec<SheetCell>, [TotalSums; 2]);

impl Args {
    /// Prints one row a group, and in a table their sum.
    ///
    /// # Errors
    /// If the sink does not answer, or the flags do not fit the dataflow.
    pub fn run(self) -> Result<(), Failure> {
        let mut ask = Ask::new(&self.common)?;
        ask.add_up()?;
        let mut totals = LayoutTotals::of(&ask.layout);
        if self.by.is_some() {
            totals = totals.alone(totals.place(self.by.as_deref())?);
        }
        let mut rows = BTreeMap::<Vec<String>, Row>::new();
        for (side, period) in [ask.period(&self.before)?, ask.period(&self.after)?].into_iter().enumerate() {
            ask.between(period.0, period.1, false, |layout, document| {
                let group = latest::groups(layout, document);
                let key = group.iter().map(SheetCell::json).collect();
                let row = rows.entry(key).or_insert_with(|| (group, [totals.zero(), totals.zero()]));
                if let Some(sums) = row.1.get_mut(side) {
                    totals.add(sums, document);
                }
                true
            })?;
        }
        let rows: Vec<Row> = rows.into_values().collect();
        if self.common.format != SheetFormat::Table {
            sheet(&ask, &totals, &rows, true).print(self.common.format);
            return Ok(());
        }
        // For a person a table for each total: all in one are wider than a screen.
        for (at, name) in totals.names().enumerate() {
            print(format_args!("{}{name}", if at > 0 { "\n" } else { "" }));
            sheet(&ask, &totals.alone(at), &alone(&rows, at), false).print(SheetFormat::Table);
        }
        Ok(())
    }
}

/// What is said of each total.
const SIDES: [&str; 4] = ["before", "after", "difference", "percent"];

/// One row a group, and below them their sum; the columns of a total carry its name unless it is the only one.
fn sheet(ask: &Ask, totals: &LayoutTotals, rows: &[Row], is_named: bool) -> Sheet {
    let column = |name: &str, side: &str| if is_named { format!("{name}_{side}") } else { side.to_owned() };
    let columns: Vec<_> = totals.names().flat_map(|name| SIDES.map(|side| column(name, side))).collect();
    let mut sheet = Sheet::new(groups::names(&ask.layout).map(str::to_owned).chain(columns));
    let mut all = [totals.zero(), totals.zero()];
    for (group, sums) in rows {
        all.iter_mut().zip(sums).for_each(|(all, sums)| all.merge(sums));
        sheet.rows.push(group.iter().cloned().chain(sides(totals, sums)).collect());
    }
    let blank = groups::names(&ask.layout).enumerate();
    let blank = blank.map(|(at, _)| SheetCell::Text(if at == 0 { "all".to_owned() } else { String::new() }));
    sheet.sum = (rows.len() > 1).then(|| blank.chain(sides(totals, &all)).collect());
    sheet
}

/// The same rows with one total alone.
fn alone(rows: &[Row], at: usize) -> Vec<Row> {
    let rows =
        rows.iter().map(|(group, sums)| (group.clone(), sums.each_ref().map(|sums| TotalSums(vec![sums.at(at)]))));
    rows.collect()
}

/// Before, after, the difference and the change, of each total.
fn sides<'a>(
    totals: &'a LayoutTotals,
    [before, after]: &'a [TotalSums; 2],
) -> impl Iterator<Item = SheetCell> + use<'a> {
    totals.pairs(before, after).flat_map(|(before, after, scale)| {
        let number = |units| SheetCell::Number(decimal::text(units, scale));
        let difference = after.saturating_sub(before);
        [number(before), number(after), number(difference), percent(before, difference)]
    })
}

/// The change in percent of what was before, to a tenth; nothing if there was nothing.
fn percent(before: i128, difference: i128) -> SheetCell {
    let size = before.unsigned_abs();
    // Half of the divisor is added for rounding away from zero, in integers throughout.
    let tenths = difference.unsigned_abs().checked_mul(2_000).and_then(|change| change.checked_add(size));
    match tenths.and_then(|doubled| doubled.checked_div(size.checked_mul(2)?)) {
        Some(tenths) => {
            let tenths = i128::try_from(tenths).unwrap_or(i128::MAX);
            SheetCell::Number(decimal::text(if difference < 0 { -tenths } else { tenths }, 1))
        }
        None => SheetCell::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_in_percent_of_what_was_before() {
        for (before, difference, expected) in [
            (200, 25, "12.5"),
            (300, -100, "-33.3"),
            (3, 2, "66.7"),
            (-200, 100, "50.0"),
            (8, 0, "0.0"),
            (10_000, 5, "0.1"),
        ] {
            assert_eq!(percent(before, difference), SheetCell::Number(expected.into()), "{before} {difference}");
        }
        assert_eq!(percent(0, 7), SheetCell::Nothing);
        assert_eq!(percent(1, i128::MAX), SheetCell::Nothing, "too large to say");
    }
}
