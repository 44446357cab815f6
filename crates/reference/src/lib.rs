//! What must come of the events of a log: the rules as they are told to people, one record at a time, by code that
//! knows nothing of the engine and is held against it. It is meant to be read, and is as fast as that allows.
//!
//! The rules, for the records of one partition in their order:
//! 1. A record that is no event is dead.
//! 2. An event that nobody wants is filtered.
//! 3. An event is late if its window closes, its lateness included, at or before the *watermark* of its own partition:
//!    the k-th largest of the times of the events that were counted or filtered there before it. With fewer there is
//!    none, and none of them is late. Where the journal has a heartbeat in front of a record, the watermark is at least
//!    what that says, from then on.
//! 4. Where ids are counted once, an event whose id was counted in its partition and window is a duplicate, and changes
//!    nothing.
//! 5. Any other is counted: one event more in its window and group, and its amount.
//! 6. An event that cancels others ([`cancels`]) is judged by rules of its own.
//!
//! A record may have several events, which have one time. Each of them is judged so, one behind the other, and their
//! time is noted once.
//!
//! Of windows that overlap an event has several. It is late if all of them are closed; otherwise it is counted in each
//! that is not, and its id with the last of them.
//!
//! Of [`sessions`](mod@sessions) nobody knows the window of an event before all is read. An event is late if a gap and
//! the lateness behind its time the watermark has come already. Ids are told apart in stretches of one gap, from one
//! multiple of it to the next. A session is certain when no event can be in it any more that is not late: when every
//! watermark has come to a gap and the lateness behind its end.

pub mod amounts;
mod cancels;
pub mod sessions;
mod total;

pub use total::Total;

use std::collections::BTreeMap;
use std::iter::Sum;

/// What is a matter of the dataflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Which windows there are.
    pub windows: WindowRule,
    /// How long one stays open behind its end.
    pub lateness_ms: i64,
    /// How many events confirm a time: the k of the watermark, which is 1 at least.
    pub confirm: usize,
    /// Whether an id is counted once in each partition and window.
    pub dedups: bool,
}

/// Which windows there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowRule {
    /// One of so many milliseconds begins so long after the Unix epoch, and so on before and behind it.
    Every {
        /// How long one is.
        size_ms: i64,
        /// How long after the epoch.
        offset_ms: i64,
    },
    /// The same, but that one begins each step: they overlap.
    Hopping {
        /// How long one is.
        size_ms: i64,
        /// From the beginning of one to that of the next.
        step_ms: i64,
        /// How long after the epoch one begins.
        offset_ms: i64,
    },
    /// Of each period all that begin with it, one a step longer than the one before, up to the whole period.
    Cumulative {
        /// How long a period is: so many steps.
        size_ms: i64,
        /// From the end of one to that of the next.
        step_ms: i64,
        /// How long after the epoch a period begins.
        offset_ms: i64,
    },
    /// Sessions of each group, which are over when nothing comes for so long.
    Session {
        /// So long.
        gap_ms: i64,
    },
    /// None: all events are in one that has no end.
    Ever,
    /// Each begins at one of these instants, the earliest first, and ends at the next. All events lie between.
    Between(&'static [i64]),
}

impl Rules {
    /// What tells the windows of an event of this time, the last of them first: their starts; those that are cumulative
    /// start together, and are told by the starts of their last steps. Of sessions it is the event's own time.
    #[must_use]
    pub fn starts_ms(&self, time_ms: i64) -> Vec<i64> {
        match self.windows {
            WindowRule::Every { size_ms, offset_ms } => {
                vec![(time_ms - offset_ms).div_euclid(size_ms) * size_ms + offset_ms]
            }
            WindowRule::Hopping { size_ms, step_ms, offset_ms } => {
                let last_ms = (time_ms - offset_ms).div_euclid(step_ms) * step_ms + offset_ms;
                let starts_ms = (0..).map(|steps| last_ms - steps * step_ms);
                starts_ms.take_while(|start_ms| start_ms + size_ms > time_ms).collect()
            }
            WindowRule::Cumulative { size_ms, step_ms, offset_ms } => {
                let begin_ms = (time_ms - offset_ms).div_euclid(size_ms) * size_ms + offset_ms;
                let ends_ms = (1..=size_ms / step_ms).map(|steps| begin_ms + steps * step_ms);
                ends_ms.rev().take_while(|end_ms| *end_ms > time_ms).map(|end_ms| end_ms - step_ms).collect()
            }
            WindowRule::Session { .. } => vec![time_ms],
            WindowRule::Ever => vec![0],
            WindowRule::Between(edges) => {
                vec![*edges.iter().rfind(|edge| **edge <= time_ms).expect("all events lie between")]
            }
        }
    }

    /// When the window that is told so closes; of sessions when an event of this time is late.
    #[must_use]
    pub fn close_ms(&self, start_ms: i64) -> i64 {
        let end_ms = match self.windows {
            WindowRule::Every { size_ms, .. } | WindowRule::Hopping { size_ms, .. } => start_ms + size_ms,
            WindowRule::Cumulative { step_ms, .. } => start_ms + step_ms,
            WindowRule::Session { gap_ms } => start_ms + gap_ms,
            WindowRule::Ever => return i64::MAX,
            WindowRule::Between(edges) => *edges.iter().find(|edge| **edge > start_ms).expect("all events lie between"),
        };
        end_ms + self.lateness_ms
    }
}

/// An event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// When it was.
    pub time_ms: i64,
    /// Its group.
    pub group: &'a str,
    /// What it is known by.
    pub id: &'a str,
    /// What it adds, if it says anything of that.
    pub amount: Option<i128>,
    /// Whether somebody wants it.
    pub is_wanted: bool,
    /// Whether it takes back what others have added.
    pub cancels: bool,
}

/// What becomes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is folded into a total.
    Counted,
    /// Nobody wants it.
    Filtered,
    /// Its window had closed.
    Late,
    /// It repeats one that is counted.
    Duplicate,
    /// It is no event.
    Dead,
}

/// How many events have met which fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub read: u64,
    /// Events that are folded into a total.
    pub counted: u64,
    /// Events that nobody wants.
    pub filtered: u64,
    /// Events whose window had closed.
    pub late: u64,
    /// Events that repeat one that is counted.
    pub duplicate: u64,
    /// What is no event.
    pub dead: u64,
}

impl Counts {
    fn note(&mut self, fate: Fate) {
        self.read += 1;
        *match fate {
            Fate::Counted => &mut self.counted,
            Fate::Filtered => &mut self.filtered,
            Fate::Late => &mut self.late,
            Fate::Duplicate => &mut self.duplicate,
            Fate::Dead => &mut self.dead,
        } += 1;
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Counts>>(counts: I) -> Counts {
        counts.fold(Counts::default(), |all, each| Counts {
            read: all.read + each.read,
            counted: all.counted + each.counted,
            filtered: all.filtered + each.filtered,
            late: all.late + each.late,
            duplicate: all.duplicate + each.duplicate,
            dead: all.dead + each.dead,
        })
    }
}

/// What has come of the records so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    rules: Rules,
    partitions: BTreeMap<i32, Partition>,
    totals: BTreeMap<(i64, String), Total>,
    /// The events of each group that are counted in sessions, each with its time and what it comes to.
    in_sessions: BTreeMap<String, Vec<(i64, Total)>>,
    /// What each event of the last record has changed.
    last: Vec<LastEvent>,
}

/// What an event has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastEvent {
    /// What has come to the totals of windows, by what tells them, and groups; of sessions nothing.
    pub totals: Vec<(i64, String, Total)>,
    /// The ids that have become known in a window, each with whether it is cancelled there.
    pub ids: Vec<(i64, String, bool)>,
}

/// What is known of a partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Partition {
    counts: Counts,
    /// The largest times that were counted or filtered, in descending order, as many as confirm one.
    largest: Vec<i64>,
    /// Whether the time of the record in hand is noted.
    is_noted: bool,
    /// Windows were closed through this time before it came.
    closed: Option<i64>,
    /// The largest heartbeat in front of its next record.
    heartbeat: Option<i64>,
    /// Window, of several the last, and id of each event that was counted, if ids are counted once.
    seen: BTreeMap<(i64, String), Order>,
}

/// What is known of an id in a window.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Order {
    /// What tells the windows that it was counted in.
    starts_ms: Vec<i64>,
    group: String,
    amount: Option<i128>,
    is_cancelled: bool,
}

impl Partition {
    /// Takes the time of an event in, of which so many confirm one; of one record once.
    fn note(&mut self, time_ms: i64, confirm: usize) {
        if std::mem::replace(&mut self.is_noted, true) {
            return;
        }
        self.largest.push(time_ms);
        self.largest.sort_unstable_by(|one, other| other.cmp(one));
        self.largest.truncate(confirm);
    }
}

impl Model {
    /// Nothing so far.
    #[must_use]
    pub fn new(rules: Rules) -> Model {
        let (partitions, totals, in_sessions) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Model { rules, partitions, totals, in_sessions, last: Vec::new() }
    }

    /// Windows were closed through this time before `partition` came.
    pub fn close_before(&mut self, partition: i32, closed_ms: i64) {
        self.partitions.entry(partition).or_default().closed = Some(closed_ms);
    }

    /// In front of the next record of `partition` the journal has a heartbeat that promises this.
    pub fn hear(&mut self, partition: i32, promise_ms: i64) {
        let heartbeat = &mut self.partitions.entry(partition).or_default().heartbeat;
        *heartbeat = (*heartbeat).max(Some(promise_ms));
    }

    /// Takes the next record of a partition, if there is an event in it, and says what becomes of it.
    pub fn take(&mut self, partition: i32, event: Option<Event<'_>>) -> Fate {
        self.take_all(partition, &[event])[0]
    }

    /// Takes the next record of a partition with several events, or things that are none, and says what becomes of
    /// each.
    pub fn take_all(&mut self, partition: i32, events: &[Option<Event<'_>>]) -> Vec<Fate> {
        self.partitions.entry(partition).or_default().is_noted = false;
        self.last.clear();
        let fates = events.iter().map(|event| {
            self.last.push(LastEvent::default());
            let fate = event.map_or(Fate::Dead, |event| match event {
                Event { cancels: true, .. } if self.rules.dedups => self.cancel(partition, event),
                _ => self.event(partition, event),
            });
            self.partitions.entry(partition).or_default().counts.note(fate);
            fate
        });
        fates.collect()
    }

    fn event(&mut self, partition: i32, event: Event<'_>) -> Fate {
        let Event { time_ms, group, id, amount, is_wanted, cancels } = event;
        let (rules, mut starts_ms, watermark) =
            (self.rules, self.rules.starts_ms(time_ms), self.watermark_ms(partition));
        let partition = self.partitions.entry(partition).or_default();
        if !is_wanted {
            partition.note(time_ms, rules.confirm);
            return Fate::Filtered;
        }
        starts_ms.retain(|start| watermark.is_none_or(|watermark| watermark < rules.close_ms(*start)));
        let Some(last_ms) = starts_ms.first() else { return Fate::Late };
        if rules.dedups {
            let key = (rules.of_ids_ms(*last_ms), id.to_owned());
            if partition.seen.contains_key(&key) || cancels::is_cancelled(rules, partition, watermark, id) {
                return Fate::Duplicate;
            }
            let order = Order { starts_ms: starts_ms.clone(), group: group.to_owned(), amount, is_cancelled: false };
            partition.seen.insert(key, order);
            if let Some(last) = self.last.last_mut() {
                last.ids.push((*last_ms, id.to_owned(), false));
            }
        }
        partition.note(time_ms, rules.confirm);
        if let WindowRule::Session { .. } = rules.windows {
            self.in_sessions.entry(group.to_owned()).or_default().push((time_ms, Total::of(amount)));
            return Fate::Counted;
        }
        let adds = if cancels { Total::taking_back(amount) } else { Total::of(amount) };
        starts_ms.into_iter().for_each(|start_ms| self.add(start_ms, group, adds));
        Fate::Counted
    }

    /// Adds to the total of a window and group.
    fn add(&mut self, start_ms: i64, group: &str, adds: Total) {
        let total = self.totals.entry((start_ms, group.to_owned())).or_default();
        *total = total.and(adds);
        if let Some(last) = self.last.last_mut() {
            last.totals.push((start_ms, group.to_owned(), adds));
        }
    }

    /// What each event of the last record has changed.
    #[must_use]
    pub fn last(&self) -> &[LastEvent] {
        &self.last
    }

    /// Windows that close at or before this time are closed for a partition; `None` if there is no such time yet.
    #[must_use]
    pub fn watermark_ms(&self, partition: i32) -> Option<i64> {
        let partition = self.partitions.get(&partition)?;
        partition.largest.get(self.rules.confirm - 1).copied().max(partition.closed).max(partition.heartbeat)
    }

    /// The times in a partition that are above that and wait to be confirmed, in descending order.
    #[must_use]
    pub fn unconfirmed_ms(&self, partition: i32) -> Vec<i64> {
        let watermark = self.watermark_ms(partition);
        let largest = self.partitions.get(&partition).map_or(&[][..], |partition| &partition.largest);
        let above = largest.iter().take(self.rules.confirm - 1).copied();
        above.filter(|time| Some(*time) > watermark).collect()
    }

    /// What became of the records of a partition.
    #[must_use]
    pub fn counts(&self, partition: i32) -> Counts {
        self.partitions.get(&partition).map_or_else(Counts::default, |partition| partition.counts)
    }

    /// The partitions that have had a record.
    pub fn partitions(&self) -> impl Iterator<Item = i32> + '_ {
        self.partitions.iter().filter(|(_, state)| state.counts.read > 0).map(|(partition, _)| *partition)
    }

    /// The total of each window, by what tells it, and group.
    #[must_use]
    pub fn totals(&self) -> &BTreeMap<(i64, String), Total> {
        &self.totals
    }
}

#[cfg(test)]
mod tests;
