//! The documents of one moment.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use super::{LiveTotal, LiveWindow, place};
use mare_model::time::EventTime;
use mare_model::total::Key;
use mare_model::view::ViewId;
use mare_sink::Query;
use mare_sink::figures::Figures;

/// Windows by their [slots](mare_model::time::Windows::slot).
pub type Shelves = BTreeMap<EventTime, Arc<LiveWindow>>;

/// The documents of the newest windows as of one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The windows that are here.
    pub windows: Shelves,
    /// From which window on every document is here; `None` if that is not known.
    pub complete_from: Option<EventTime>,
}

impl Snapshot {
    /// Whether every document of windows with a slot at or behind `from` is here.
    #[must_use]
    pub fn has_all_from(&self, from: EventTime) -> bool {
        self.complete_from.is_some_and(|complete_from| complete_from <= from)
    }

    /// What the sink's reader would answer; `None` if that takes windows that are not all here.
    #[must_use]
    pub fn answer(&self, query: &Query) -> Option<Vec<Figures>> {
        if self.has_all_from(query.from) {
            return Some(self.find(query));
        }
        let complete_from = self.complete_from.filter(|_| query.newest_first)?;
        let newest = self.find(&Query { from: complete_from.max(query.from), ..query.clone() });
        (newest.len() == query.limit).then_some(newest)
    }

    /// What `query` asks for, of what is here, in its order.
    #[must_use]
    pub fn find<'a>(&'a self, query: &Query) -> Vec<Figures> {
        if query.from >= query.to {
            return Vec::new();
        }
        let windows = self.windows.range(query.from..query.to);
        let totals = |(slot, shelf): (&EventTime, &'a Arc<LiveWindow>)| of_window(*slot, shelf, query);
        if query.newest_first {
            windows.rev().flat_map(totals).take(query.limit).collect()
        } else {
            windows.flat_map(totals).take(query.limit).collect()
        }
    }
}

/// What `query` asks for of the window in `slot`.
fn of_window<'a>(slot: EventTime, shelf: &'a LiveWindow, query: &Query) -> Box<dyn Iterator<Item = Figures> + 'a> {
    let LiveWindow { totals } = shelf;
    let after = match &query.after {
        Some((after, id)) if *after == slot => Bound::Excluded(beginning(id)),
        Some((after, _)) if (*after > slot) != query.newest_first => return Box::new(std::iter::empty()),
        _ => Bound::Unbounded,
    };
    if let Some(group) = query.group.as_deref().map(place) {
        let is_behind = match &after {
            Bound::Excluded(after) => *group > **after,
            _ => true,
        };
        return Box::new(totals.get_key_value(&group).filter(move |_| is_behind).into_iter().map(figures));
    }
    Box::new(totals.range::<str, _>((after.as_ref().map(|after| &**after), Bound::Unbounded)).map(figures))
}

/// What stands before the window in an `_id`, the `|` included.
fn beginning(id: &str) -> String {
    id.rfind('|').and_then(|end| id.get(..=end)).unwrap_or(id).to_owned()
}

/// An entry, whole.
fn figures((place, entry): (&compact_str::CompactString, &LiveTotal)) -> Figures {
    let group = place.strip_suffix('|').unwrap_or(place).into();
    Figures {
        key: Key { view: ViewId::default(), window: entry.window, group },
        n: entry.n,
        is_final: entry.is_final,
        numbers: entry.numbers.clone(),
        texts: entry.texts.clone(),
    }
}
