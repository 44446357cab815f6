//! The totals of windows that rules look at: the one that they judge, and those before. Pure.

use std::collections::BTreeMap;

use compact_str::CompactString;
use smallvec::SmallVec;

use mare_model::time::{EventTime, Windows};
use mare_sink::document::{Document, FieldValue, Layout};

/// The totals of a document that rules are about, in the order of [`RuleFields`]; in the totals' own units, and none
/// where the document has null.
pub type Values = SmallVec<[Option<i128>; 2]>;

/// Which fields of a document rules are about. It lives as long as the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFields {
    /// Where the instant is among the fields of a document that names its window, and the windows.
    named: usize,
    windows: Windows,
    /// Where each total is.
    totals: Vec<usize>,
}

impl RuleFields {
    /// The fields of `layout` that are called `totals`; those that are not there count as the version.
    #[must_use]
    pub fn of(layout: &Layout, totals: &[&str]) -> RuleFields {
        let fields = layout.fields();
        let named = |name: &str| fields.iter().position(|field| field.name == name);
        let version = named(layout.version()).unwrap_or_default();
        let windows = layout.windows();
        RuleFields {
            named: layout.order().and_then(named).unwrap_or_default(),
            windows,
            totals: totals.iter().map(|name| named(name).unwrap_or(version)).collect(),
        }
    }

    /// The slot of the window, the group and the totals of a document; `None` if it isn't one of the layout.
    #[must_use]
    pub fn read(&self, document: &Document) -> Option<(EventTime, CompactString, Values)> {
        let Some(FieldValue::Time(named)) = document.values.get(self.named) else { return None };
        let (group, _) = document.id.rsplit_once('|')?; // an instant's text has no `|`
        let value = |at: &usize| match document.values.get(*at)? {
            FieldValue::Null => Some(None),
            value => Some(Some(value.units()?)),
        };
        Some((self.windows.slot_named(*named), group.into(), self.totals.iter().map(value).collect::<Option<_>>()?))
    }
}

/// The totals of windows, by window and group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TotalsHistory {
    windows: BTreeMap<EventTime, BTreeMap<CompactString, Values>>,
}

impl TotalsHistory {
    /// Takes in the totals of a group's window.
    pub fn insert(&mut self, slot: EventTime, group: CompactString, values: Values) {
        self.windows.entry(slot).or_default().insert(group, values);
    }

    /// The groups of a window, in the order of their texts.
    pub fn groups(&self, slot: EventTime) -> impl Iterator<Item = (&CompactString, &Values)> {
        self.windows.get(&slot).into_iter().flatten()
    }

    /// One total of a group's window, if the group has one and it is not null.
    #[must_use]
    pub fn value(&self, slot: EventTime, group: &str, total: usize) -> Option<i128> {
        self.windows.get(&slot)?.get(group)?.get(total).copied().flatten()
    }

    /// One total of each of a group's windows with a slot in `from..to` and have it, oldest first.
    pub fn values(&self, from: EventTime, to: EventTime, group: &str, total: usize) -> impl Iterator<Item = i128> {
        let windows = if from < to { Some(self.windows.range(from..to)) } else { None };
        windows.into_iter().flatten().filter_map(move |(_, groups)| groups.get(group)?.get(total).copied().flatten())
    }

    /// The windows with a slot in `from..to` and have a group, oldest first.
    pub fn slots(&self, from: EventTime, to: EventTime) -> impl Iterator<Item = EventTime> {
        let windows = if from < to { Some(self.windows.range(from..to)) } else { None };
        windows.into_iter().flatten().map(|(slot, _)| *slot)
    }

    /// Whether a group has a window with a slot in `from..to`.
    #[must_use]
    pub fn has(&self, from: EventTime, to: EventTime, group: &str) -> bool {
        from < to && self.windows.range(from..to).any(|(_, groups)| groups.contains_key(group))
    }

    /// Forgets the windows whose slot is before `from`.
    pub fn forget_before(&mut self, from: EventTime) {
        self.windows = self.windows.split_off(&from);
    }
}
