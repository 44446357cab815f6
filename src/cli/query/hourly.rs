//! `mare query FILE hourly`.

use std::collections::BTreeMap;

use super::ask::{Ask, Common};
use super::period::PeriodLength;
use super::sums::LayoutTotals;
use super::{groups, latest};
use crate::cli::Failure;
use crate::cli::documents::slot;
use crate::cli::sheet::{Sheet, SheetCell};
use crate::cli::when::RangeArgs;
use crate::time::EventTime;

/// Totals by the hour, or by another period, of the dataflow's zone
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  mare query hourly dataflows/black_friday.toml --per 15m --from today --format csv")]
pub struct Args {
    /// The length of a period: one that divides a day, such as 15m, or days, such as 1d
    #[arg(long, default_value = "1h", value_name = "DURATION")]
    per: PeriodLength,
    /// One row for each group of a period, instead of one for all
    #[arg(long)]
    by_group: bool,
    #[command(flatten)]
    range: RangeArgs,
    #[command(flatten)]
    common: Common,
}

impl Args {
    /// Prints one row a period, oldest first; periods without documents have none.
    ///
    /// # Errors
    /// If the sink does not answer, the flags do not fit the dataflow, or a window lies in two periods.
    pub fn run(self) -> Result<(), Failure> {
        let mut ask = Ask::new(&self.common)?;
        ask.add_up()?;
        if ask.windows.is_global() {
            let message = "this dataflow has no windows: its totals are of all times, and of no period";
            return Err(Failure::new(message).remedy("`mare query groups` has them"));
        }
        let (totals, zone, windows) = (LayoutTotals::of(&ask.layout), ask.zone.clone(), ask.windows);
        self.per.takes(windows, &zone, EventTime(ask.now().timestamp().as_millisecond()))?;
        let (mut found, mut refused) = (BTreeMap::new(), None);
        ask.within(&self.range, |layout, document| {
            let group = if self.by_group { latest::groups(layout, document) } else { Vec::new() };
            let key: Vec<_> = group.iter().map(SheetCell::json).collect();
            let window = layout.windows().of_slot(slot(layout, document));
            let period = match self.per.holds(window, windows, &zone) {
                Ok(period) => period,
                Err(failure) => {
                    refused.get_or_insert(failure);
                    return;
                }
            };
            let (_, sums) = found.entry((period, key)).or_insert_with(|| (group, totals.zero()));
            totals.add(sums, document);
        })?;
        refused.map_or(Ok(()), Err)?;
        let names = groups::names(&ask.layout).filter(|_| self.by_group);
        let mut sheet = Sheet::new(["period"].into_iter().chain(names).chain(totals.names()));
        for ((period, _), (group, sums)) in found {
            let period = SheetCell::Text(ask.instant(period));
            sheet.rows.push([period].into_iter().chain(group).chain(totals.cells(&sums)).collect());
        }
        sheet.print(self.common.format);
        Ok(())
    }
}
