//! Putting promises back that lie beyond the clock. Pure: facts in, a decision out.
//!
//! One event of the year 2100 in a record that says so too promises that year for its partition, and every honest event
//! is late from then on, in every run that goes on from the checkpoint. A promise that is put back lets events in
//! again; what had been late until then stays late.
//!
//! # Nothing that was counted is begun anew
//! 1. The totals of a window leave the state when the smallest promise of all partitions reaches its close, and the ids
//!    of one partition when its own promise does. An event that is let into a window after that would begin a total, or
//!    an id, that has been.
//! 2. If the smallest promise is not beyond the clock, totals are there for all windows that close behind it. Without
//!    ids, a promise may be put back to anything at or behind the smallest one.
//! 3. Else it has to be put where the newest window that anything was counted in is closed. The promise before the jump
//!    is the newest time counted before it: with k events that confirm a time, the k-th of those that lie beyond the
//!    clock moves the promise from there, because those before it have pushed all others out. Behind the jump nothing
//!    was counted but what lies beyond too.

use super::{PartitionState, Partitions};
use mare_model::position::Partition;
use mare_model::time::{EventTime, Windows};

/// By what promises are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealRules {
    /// The latest time that a promise may have: the clock and `event.max_ahead`.
    pub latest: EventTime,
    /// The windows of the dataflow.
    pub windows: Windows,
    /// Whether the dataflow counts an id once.
    pub dedups: bool,
}

/// A promise that is put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Healing {
    /// The partition.
    pub partition: Partition,
    /// What it has promised.
    pub was: EventTime,
    /// What it is put back to.
    pub to: EventTime,
}

/// Why promises cannot be put back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unhealed {
    /// Nothing tells where they were.
    #[error("the checkpoint does not tell what partition {0} had promised before, nor does any other partition")]
    Unknown(Partition),
    /// The time that was asked for lies before what is safe.
    #[error(
        "{asked} is too early: windows that close by {least} have been counted and forgotten, and would be begun anew"
    )]
    TooEarly {
        /// The time that was asked for.
        asked: EventTime,
        /// The earliest one.
        least: EventTime,
    },
    /// The time that was asked for lies beyond the clock itself.
    #[error("{asked} is beyond the clock too: the latest is {latest}")]
    TooLate {
        /// The time that was asked for.
        asked: EventTime,
        /// The latest one.
        latest: EventTime,
    },
}

/// The partitions of a checkpoint whose promise lies beyond the clock, and what each is put back to: `asked`, or else
/// the newest time that is known and safe.
///
/// # Errors
/// If no such time is known, or the one asked for is not safe.
pub fn heal(partitions: &Partitions, rules: &HealRules, asked: Option<EventTime>) -> Result<Vec<Healing>, Unhealed> {
    let is_beyond = |state: &PartitionState| state.promise > rules.latest;
    let beyond = || partitions.iter().filter(|(_, state)| is_beyond(state));
    let Some((first, _)) = beyond().next() else { return Ok(Vec::new()) };
    let smallest = partitions.values().map(|state| state.promise).min().unwrap_or(EventTime::MIN);
    let newest = partitions.values().filter_map(|state| before(state, rules.latest)).max();
    // Without windows nothing closes.
    let close = |newest| rules.windows.close(rules.windows.window_of(newest));
    let closed = newest.map(|newest| if rules.windows.is_global() { newest } else { close(newest) });
    let is_kept = smallest <= rules.latest && !rules.dedups;
    let least = if is_kept { Some(smallest) } else { closed };
    match (asked, least) {
        (Some(asked), _) if asked > rules.latest => return Err(Unhealed::TooLate { asked, latest: rules.latest }),
        (Some(asked), Some(least)) if asked < least => return Err(Unhealed::TooEarly { asked, least }),
        (None, None) => return Err(Unhealed::Unknown(*first)),
        _ => {}
    }
    let own = |state: &PartitionState| before(state, rules.latest).or(newest).filter(|_| is_kept);
    let to = |state: &PartitionState| asked.or_else(|| own(state).max(least)).unwrap_or(smallest);
    Ok(beyond()
        .map(|(partition, state)| Healing { partition: *partition, was: state.promise, to: to(state) })
        .collect())
}

/// The newest time that was counted in a partition and does not lie beyond `latest`, if that is known. A jump that did
/// not itself lead beyond it says nothing of what was counted behind it.
fn before(state: &PartitionState, latest: EventTime) -> Option<EventTime> {
    let jump = state.jump.filter(|jump| jump.to > latest);
    let known = [Some(state.promise), jump.map(|jump| jump.from)].into_iter().flatten();
    known.chain(state.recent.iter().copied()).filter(|time| (EventTime(i64::MIN + 1)..=latest).contains(time)).max()
}

impl Healing {
    /// Puts the promise back in `partitions`.
    pub fn apply(&self, partitions: &mut Partitions) {
        if let Some(state) = partitions.get_mut(&self.partition) {
            state.promise = self.to;
            state.recent.clear();
            state.jump = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Jump;
    use mare_model::position::Offset;

    const MINUTE: i64 = 60_000;
    /// Noon, and windows of a minute that take events two minutes longer.
    const NOON: i64 = 1_764_331_200_000;
    const YEAR_2100: i64 = 4_102_444_800_000;

    fn rules(dedups: bool) -> HealRules {
        let windows = Windows::tumbling(MINUTE, 2 * MINUTE);
        HealRules { latest: EventTime(NOON + 60 * MINUTE), windows, dedups }
    }

    fn state(promise: i64, from: Option<i64>) -> PartitionState {
        let (promise, sent) = (EventTime(promise), None);
        let jump = from.map(|from| Jump { offset: Offset(7), from: EventTime(from), to: promise, sent });
        PartitionState { promise, jump, ..PartitionState::unread(Offset(9)) }
    }

    fn healed(states: Vec<PartitionState>, dedups: bool, asked: Option<i64>) -> Result<Vec<(i32, i64)>, Unhealed> {
        let partitions = states.into_iter().enumerate().map(|(at, state)| (Partition(at as i32), state)).collect();
        let found = heal(&partitions, &rules(dedups), asked.map(EventTime))?;
        Ok(found.into_iter().map(|healing| (healing.partition.0, healing.to.0 - NOON)).collect())
    }

    #[test]
    fn what_the_clock_has_come_to_stays() {
        assert_eq!(healed(vec![state(NOON, None), state(NOON + 60 * MINUTE, None)], false, None), Ok(vec![]));
        assert_eq!(healed(vec![], false, None), Ok(vec![]));
    }

    #[test]
    fn one_partition_goes_back_to_what_it_had_promised_before() {
        let honest = || state(NOON + MINUTE, None);
        let poisoned = |from| state(YEAR_2100, from);
        assert_eq!(healed(vec![honest(), poisoned(Some(NOON + 5))], false, None), Ok(vec![(1, MINUTE)]), "not below");
        assert_eq!(healed(vec![honest(), poisoned(Some(NOON + 5 * MINUTE))], false, None), Ok(vec![(1, 5 * MINUTE)]));
        assert_eq!(healed(vec![honest(), poisoned(None)], false, None), Ok(vec![(1, MINUTE)]), "as the others");
        assert_eq!(healed(vec![honest(), poisoned(None)], false, Some(NOON + 2 * MINUTE)), Ok(vec![(1, 2 * MINUTE)]));
        let early = healed(vec![honest(), poisoned(None)], false, Some(NOON));
        assert!(matches!(early, Err(Unhealed::TooEarly { .. })), "{early:?}");
    }

    #[test]
    fn what_was_counted_and_forgotten_stays_closed() {
        let poisoned = |from| state(YEAR_2100, from);
        let closed = 3 * MINUTE;
        assert_eq!(healed(vec![poisoned(Some(NOON + 5))], false, None), Ok(vec![(0, closed)]), "no totals are left");
        let both = vec![poisoned(Some(NOON + 5)), poisoned(Some(NOON - MINUTE))];
        assert_eq!(healed(both, false, None), Ok(vec![(0, closed), (1, closed)]));
        let ids = vec![state(NOON - MINUTE, None), poisoned(Some(NOON + 5))];
        assert_eq!(healed(ids, true, None), Ok(vec![(1, closed)]), "its ids are forgotten");
        let early = healed(vec![poisoned(Some(NOON + 5))], false, Some(NOON + 2 * MINUTE));
        assert!(matches!(early, Err(Unhealed::TooEarly { .. })), "{early:?}");
    }

    #[test]
    fn what_nothing_tells_has_to_be_said() {
        let poisoned = || vec![state(YEAR_2100, None)];
        let mut crept = state(YEAR_2100, Some(NOON - MINUTE));
        crept.jump.as_mut().unwrap().to = EventTime(NOON);
        assert_eq!(
            healed(vec![crept], false, None),
            Err(Unhealed::Unknown(Partition(0))),
            "more was counted behind it"
        );
        assert_eq!(healed(poisoned(), false, None), Err(Unhealed::Unknown(Partition(0))));
        assert_eq!(healed(poisoned(), false, Some(NOON)), Ok(vec![(0, 0)]));
        let late = healed(poisoned(), false, Some(NOON + 61 * MINUTE));
        assert!(matches!(late, Err(Unhealed::TooLate { .. })), "{late:?}");
    }

    #[test]
    fn a_healed_partition_has_nothing_left_of_it() {
        let mut partitions = Partitions::from([(Partition(0), state(YEAR_2100, Some(NOON)))]);
        partitions.get_mut(&Partition(0)).unwrap().recent = vec![EventTime(YEAR_2100 + 1)];
        let found = heal(&partitions, &rules(false), None).unwrap();
        found.iter().for_each(|healing| healing.apply(&mut partitions));
        assert_eq!(partitions[&Partition(0)], state(NOON + 3 * MINUTE, None));
        assert_eq!(heal(&partitions, &rules(false), None), Ok(vec![]));
    }
}
