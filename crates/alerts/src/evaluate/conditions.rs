//! When a rule alerts, and what it says then. Comparisons are exact; only a score that is shown is rounded.

use std::cmp::Ordering;

use super::super::exact::compare;
use super::super::history::TotalsHistory;
use super::super::robust::RobustSpread;
use super::text;
use mare_dataflow::alerts::{Condition, Exact, Rule};
use mare_model::time::{EventTime, Windows};
use mare_model::view::Number;
use mare_sink::document::iso;

/// What a condition found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Breach {
    /// The condition's key.
    pub condition: &'static str,
    /// What the total was compared with, and what kind of number that is.
    pub against: Option<(i128, Number)>,
    /// What it found, for people.
    pub text: String,
}

/// What a rule sees of one group when a window is final.
#[derive(Clone, Copy)]
pub(super) struct Judged<'a> {
    pub history: &'a TotalsHistory,
    pub windows: Windows,
    /// The window that is final, of the newest that the rule may look at.
    pub slot: EventTime,
    /// The window that is judged.
    pub judged: EventTime,
    /// The first window that it is [compared](compared) with.
    pub compared: EventTime,
    /// The group's canonical text.
    pub group: &'a str,
    /// Which of the totals.
    pub total: usize,
    /// The total in the window that is judged.
    pub value: i128,
}

/// The window that is judged when `slot` is final: a group is found silent by its last window, which lies before.
pub(super) fn judged(condition: &Condition, slot: EventTime, windows: Windows) -> EventTime {
    match condition {
        Condition::Silent { windows: count, .. } => windows.before(slot, *count),
        _ => slot,
    }
}

/// The first window that the one at `slot` is compared with; itself, if it is with none. It is the same for all groups
/// and asked once for them: of a calendar it takes as many steps as it lies back.
pub(super) fn compared(condition: &Condition, slot: EventTime, windows: Windows) -> EventTime {
    match condition {
        Condition::Change { against: count, .. } | Condition::Anomaly { windows: count, .. } => {
            windows.before(slot, *count)
        }
        Condition::Above { .. } | Condition::Below { .. } | Condition::Silent { .. } => slot,
    }
}

/// What `rule` finds, if it alerts.
pub(super) fn find(rule: &Rule, seen: &Judged<'_>) -> Option<Breach> {
    match &rule.condition {
        Condition::Above { .. } => passes(rule, seen.value),
        Condition::Below { bound } => below(rule, seen.value, *bound),
        Condition::Change { above, below, .. } => change(rule, seen, *above, *below),
        Condition::Silent { .. } => silent(seen),
        Condition::Anomaly { score, min_windows, .. } => anomaly(rule, seen, *score, *min_windows),
    }
}

/// What `rule` finds, if it finds something in the group's windows before as well, as many in a row as it must hold
/// for. A window without the group ends the row: there was nothing that could hold.
pub(super) fn find_held(rule: &Rule, seen: &Judged<'_>) -> Option<Breach> {
    let found = find(rule, seen)?;
    let mut slot = seen.slot;
    let held = (1..rule.windows_held).all(|_| {
        slot = seen.windows.before(slot, 1);
        seen.history.value(slot, seen.group, seen.total).is_some_and(|value| {
            let compared = compared(&rule.condition, slot, seen.windows);
            find(rule, &Judged { slot, judged: slot, compared, value, ..*seen }).is_some()
        })
    });
    let text = match rule.windows_held {
        1 => found.text,
        windows => format!("{}, in {windows} windows in a row", found.text),
    };
    held.then_some(Breach { text, ..found })
}

/// What a rule `above` finds in a value; nothing if it is another rule.
pub(super) fn passes(rule: &Rule, value: i128) -> Option<Breach> {
    let Condition::Above { bound, .. } = rule.condition else { return None };
    (value > bound).then(|| Breach {
        condition: "above",
        against: None,
        text: format!("{} is {}, above {}", rule.total, text(value, rule.number), text(bound, rule.number)),
    })
}

fn below(rule: &Rule, value: i128, bound: i128) -> Option<Breach> {
    (value < bound).then(|| Breach {
        condition: "below",
        against: None,
        text: format!("{} is {}, below {}", rule.total, text(value, rule.number), text(bound, rule.number)),
    })
}

/// A change in percent is `100 * (now - then) / |then|`: against nothing, or against 0, there is none.
fn change(rule: &Rule, seen: &Judged<'_>, above: Option<Exact>, below: Option<Exact>) -> Option<Breach> {
    let (now, then) = (seen.value, seen.history.value(seen.compared, seen.group, seen.total)?);
    let difference = now.checked_sub(then)?;
    let against = |bound: Exact| {
        let share = 100 * 10_i128.checked_pow(bound.scale.into())?;
        Some(compare((difference, share), (bound.units, then.checked_abs()?)))
    };
    let passed = |bound: &Exact, way| then != 0 && against(*bound) == Some(way);
    let (bound, way) = above
        .filter(|bound| passed(bound, Ordering::Greater))
        .map(|bound| (bound, "above"))
        .or_else(|| below.filter(|bound| passed(bound, Ordering::Less)).map(|bound| (bound, "below")))?;
    let percent = 100.0 * difference as f64 / then.unsigned_abs() as f64;
    Some(Breach {
        condition: "change",
        against: Some((then, rule.number)),
        text: format!(
            "{} is {} after {} at {}: {percent:+.1}%, {way} {bound}%",
            rule.total,
            text(now, rule.number),
            text(then, rule.number),
            iso(seen.windows.name(seen.compared)),
        ),
    })
}

/// The group has the window that is judged, and none in those behind it through the slot.
fn silent(seen: &Judged<'_>) -> Option<Breach> {
    let behind = |start| seen.windows.behind(start, 1);
    (!seen.history.has(behind(seen.judged), behind(seen.slot), seen.group)).then(|| Breach {
        condition: "silent",
        against: None,
        text: format!("silent since then, in all windows through {}", iso(seen.windows.name(seen.slot))),
    })
}

/// What a rule `silent` finds in a group of which nothing has come for so long by the clock; nothing if it is another
/// rule.
pub(super) fn is_quiet(rule: &Rule, quiet_ms: i64) -> Option<Breach> {
    let Condition::Silent { by_clock_ms: Some(bound_ms), .. } = rule.condition else { return None };
    let bound = jiff::SignedDuration::from_millis(bound_ms);
    (quiet_ms >= bound_ms).then(|| Breach {
        condition: "silent",
        against: None,
        text: format!("silent since then, and no event has come for {bound:#} by the clock"),
    })
}

/// The group's windows that are there among those before.
fn anomaly(rule: &Rule, seen: &Judged<'_>, score: Exact, min_windows: usize) -> Option<Breach> {
    let before: Vec<i128> = seen.history.values(seen.compared, seen.slot, seen.group, seen.total).collect();
    if before.len() < min_windows {
        return None;
    }
    let spread = RobustSpread::of(&before)?;
    let (median, of) = half(spread.median_2(), rule.number);
    spread.is_beyond(seen.value, score).then(|| Breach {
        condition: "anomaly",
        against: Some((median, of)),
        text: format!(
            "{} is {}, with a score of {:.1} above {score} among the {} windows before, whose median is {}",
            rule.total,
            text(seen.value, rule.number),
            spread.score(seen.value),
            before.len(),
            text(median, of),
        ),
    })
}

/// Half of a number, exactly: an odd one has one more digit behind the point.
fn half(twice: i128, number: Number) -> (i128, Number) {
    if twice % 2 == 0 {
        return (twice / 2, number);
    }
    (twice * 5, Number::Decimal { scale: number.scale() + 1 })
}
