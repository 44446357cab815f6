//! What must come of a log for one view however far it is read, by the reference model.

use std::collections::{BTreeMap, BTreeSet};

use mare_reference::amounts::SeenAmount;
use mare_reference::{self as reference, Event, Model, Rules};

pub use super::slots::{LARGE, NO_GROUP, PartitionSlots, Sale, Slot};
use super::{numbers, rules};
use mare_dataflow::{Output, Plan};
use mare_model::journal::Journal;
use mare_model::position::{Offset, Partition};
use mare_model::time::{EventTime, Window};
use mare_model::total::{Key, Total};
use mare_model::view::{View, ViewId};

/// How many totals of a document are looked at, at most.
const MANY_POINTS: usize = 500;

/// The field of the value.
pub const VALUE: usize = 1;

/// What becomes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Counted,
    Filtered,
    Late,
    Duplicate,
    Dead,
    /// There is no record.
    Gap,
}

/// How many records of a partition have met each [`Fate`], in their order.
pub type Account = [u64; 5];

/// An event that is counted.
#[derive(Clone, Copy, Debug)]
struct Counted {
    partition: usize,
    offset: usize,
    time: i64,
    amount: Option<i128>,
    /// What it comes to: of one that takes another back the negative of that.
    adds: reference::Total,
}

/// The last window and the id of an event, and whether that is cancelled.
pub type KnownId = (Window, usize, bool);

/// What some events come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Reached {
    total: reference::Total,
    /// Each amount, where anybody asks for them.
    amounts: Vec<SeenAmount>,
}

/// The fates of all records, each of which depends on those before it in its partition alone.
pub struct Oracle {
    fates: Vec<Vec<Fate>>,
    /// The promise of each partition before each of its records, and behind the last.
    promises: Vec<Vec<EventTime>>,
    /// The same without the heartbeats at the offset itself: what it was before them.
    before: Vec<Vec<EventTime>>,
    /// The times above each promise, in descending order.
    above: Vec<Vec<Vec<EventTime>>>,
    /// For each document the events that are counted in it.
    events: BTreeMap<Key, Vec<Counted>>,
    /// The partition, the offset, the last window and the id of each event that is counted, and whether it is the id of
    /// one that is cancelled there.
    ids: Vec<(usize, usize, KnownId)>,
    rules: Rules,
    id: ViewId,
    /// What is maintained of them.
    output: Output,
}

impl Oracle {
    /// What the reference model says of each record, in the order of its partition, for the view `id` of `plan`.
    pub fn of((log, journal): (&[PartitionSlots], &Journal), plan: &Plan, id: ViewId) -> Oracle {
        let plan = plan.of(id);
        let rules = rules::of(&plan);
        let mut model = Model::new(rules);
        let mut oracle = Oracle {
            fates: Vec::new(),
            promises: Vec::new(),
            before: Vec::new(),
            above: Vec::new(),
            events: BTreeMap::new(),
            ids: Vec::new(),
            rules,
            id,
            output: plan.outputs[0].clone(),
        };
        for (partition, slots) in log.iter().enumerate() {
            let (mut fates, mut promises, mut before, mut above) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            let number = partition as i32;
            for offset in 0..=slots.len() {
                let watermark = |model: &Model| model.watermark_ms(number).map_or(EventTime::MIN, EventTime);
                before.push(watermark(&model));
                above.push(model.unconfirmed_ms(number).into_iter().map(EventTime).collect());
                let heartbeat = journal.promise(Partition(number), Offset(offset as i64));
                if heartbeat > EventTime::MIN {
                    model.hear(number, heartbeat.0);
                }
                promises.push(watermark(&model));
                fates.extend(slots.get(offset).map(|slot| oracle.take(&mut model, (partition, offset), slot)));
            }
            oracle.above.push(above);
            oracle.before.push(before);
            oracle.fates.push(fates);
            oracle.promises.push(promises);
        }
        oracle
    }

    /// Has the model take what is at an offset of a partition, and notes what is counted.
    fn take(&mut self, model: &mut Model, (partition, offset): (usize, usize), slot: &Slot) -> Fate {
        let sale = match slot {
            Slot::Gap => return Fate::Gap,
            Slot::Garbage => None,
            Slot::Sale(sale) => Some((sale, sale.id.to_string())),
        };
        let (is_grouped, wants_all) = (!self.view().group_by.is_empty(), self.output.filter.is_none());
        let group_of = |sale: &Sale| if is_grouped { sale.group.clone() } else { String::new() };
        let group = sale.as_ref().map(|(sale, _)| group_of(sale)).unwrap_or_default();
        let event = sale.as_ref().map(|(sale, id)| {
            let (time_ms, group, amount) = (sale.time, &*group, sale.amount());
            let is_wanted = wants_all || sale.is_wanted;
            Event { time_ms, group, id, amount, is_wanted, cancels: sale.cancels }
        });
        let fate = model.take(partition as i32, event);
        for (told_ms, id, is_cancelled) in &model.last().ids {
            let window = rules::window(self.rules, *told_ms);
            self.ids.push((partition, offset, (window, id.parse().expect("a number"), *is_cancelled)));
        }
        for (told_ms, group, adds) in &model.last().totals {
            let (sale, adds) = (sale.as_ref().expect("an event").0, *adds);
            let key = Key { view: self.id, window: rules::window(self.rules, *told_ms), group: (**group).into() };
            let event = Counted { partition, offset, time: sale.time, amount: sale.amount(), adds };
            self.events.entry(key).or_default().push(event);
        }
        match fate {
            reference::Fate::Counted => Fate::Counted,
            reference::Fate::Filtered => Fate::Filtered,
            reference::Fate::Late => Fate::Late,
            reference::Fate::Duplicate => Fate::Duplicate,
            reference::Fate::Dead => Fate::Dead,
        }
    }

    /// What is kept of the events.
    pub fn view(&self) -> &View {
        &self.output.view
    }

    /// When `window` closes.
    pub fn close(&self, window: Window) -> EventTime {
        EventTime(self.rules.close_ms(rules::told_ms(self.rules, window)))
    }

    /// Whether the last event of each partition is counted.
    pub fn counts_the_tail(&self) -> bool {
        let last = |fates: &Vec<Fate>| fates.iter().copied().rfind(|fate| *fate != Fate::Gap);
        self.fates.iter().all(|fates| last(fates) == Some(Fate::Counted))
    }

    /// How long each partition is.
    pub fn ends(&self) -> Vec<usize> {
        self.fates.iter().map(Vec::len).collect()
    }

    /// What the records before `positions` come to in the document of `key`.
    pub fn total(&self, key: &Key, positions: &[usize]) -> Total {
        let events = self.events.get(key).into_iter().flatten();
        let is_read = |event: &&Counted| positions.get(event.partition).is_some_and(|end| event.offset < *end);
        self.maintained(&self.reached(events.filter(is_read)))
    }

    /// What events come to.
    fn reached<'e>(&self, events: impl Iterator<Item = &'e Counted>) -> Reached {
        events.fold(Reached::default(), |reached, event| self.and(&reached, event))
    }

    /// The same with one event more.
    fn and(&self, reached: &Reached, event: &Counted) -> Reached {
        let Counted { partition, offset, time: time_ms, amount, adds } = *event;
        let is_kept = !self.view().summaries.is_empty();
        let amount_of = |units| SeenAmount { time_ms, partition: partition as i32, offset: offset as i64, units };
        let mut amounts = reached.amounts.clone();
        amounts.extend(amount.filter(|_| is_kept).map(amount_of));
        Reached { total: reached.total.and(adds), amounts }
    }

    /// The numbers that the document of `key` must have when all is read, in the order of the view's totals; without
    /// events none.
    pub fn numbers(&self, key: &Key) -> Option<Vec<Option<i128>>> {
        let Reached { total, amounts } = self.reached(self.events.get(key)?.iter());
        let mut numbers = numbers::of(self.view(), total, &amounts);
        if !self.view().totals.iter().any(|it| it.name == self.view().version) {
            numbers.push(Some(total.events.into())); // the version has a field of its own
        }
        Some(numbers)
    }

    /// What the engine maintains of such a total.
    fn maintained(&self, Reached { total, amounts }: &Reached) -> Total {
        if total.events == 0 { Total::default() } else { numbers::maintained(self.view(), total, amounts) }
    }

    /// Whether `total` is what the document of `key` comes to when each partition is read to any point before
    /// `positions`. Where there are too many such points, nobody knows.
    pub fn allows(&self, key: &Key, total: &Total, positions: &[usize]) -> bool {
        let all: Vec<_> = self.events.get(key).into_iter().flatten().collect();
        let mut reachable = BTreeSet::from([Reached::default()]);
        for (partition, position) in positions.iter().enumerate() {
            let is_read = |event: &&&Counted| event.partition == partition && event.offset < *position;
            let events: Vec<_> = all.iter().filter(is_read).collect();
            if reachable.len() * (events.len() + 1) > MANY_POINTS {
                return true;
            }
            let further = |from: &Reached| {
                let mut points = vec![from.clone()];
                events.iter().for_each(|event| points.push(self.and(&points[points.len() - 1], event)));
                points
            };
            reachable = reachable.iter().flat_map(further).collect();
        }
        reachable.into_iter().any(|reached| self.maintained(&reached) == *total)
    }

    /// The documents of the records before `positions`.
    pub fn documents(&self, positions: &[usize]) -> BTreeMap<Key, Total> {
        let totals = self.events.keys().map(|key| (key.clone(), self.total(key, positions)));
        totals.filter(|(_, total)| total.n > 0).collect()
    }

    /// The ids that are known in each partition and window of the records before `positions`, where windows are closed
    /// to a partition through what `promised` says; one that is counted first and cancelled then is there as both.
    pub fn ids(&self, positions: &[usize], promised: impl Fn(usize) -> EventTime) -> BTreeSet<(usize, KnownId)> {
        let read = self
            .ids
            .iter()
            .filter(|(partition, offset, ..)| positions.get(*partition).is_some_and(|position| offset < position));
        let open = read.filter(|(partition, _, (window, ..))| self.close(*window) > promised(*partition));
        open.map(|(partition, _, known)| (*partition, *known)).collect()
    }

    /// The fates of the records of `partition` before `position`.
    pub fn account(&self, partition: usize, position: usize) -> Account {
        let mut account = Account::default();
        let records = self.fates[partition][..position].iter().filter(|fate| **fate != Fate::Gap);
        records.for_each(|fate| account[*fate as usize] += 1);
        account
    }

    /// Whether there is an offset without a record.
    pub fn has_gaps(&self) -> bool {
        self.fates.iter().flatten().any(|fate| *fate == Fate::Gap)
    }

    /// How many records of the log meet `fate`.
    pub fn all(&self, fate: Fate) -> u64 {
        self.ends().iter().enumerate().map(|(at, end)| self.account(at, *end)[fate as usize]).sum()
    }

    /// The promises of each partition, all along it.
    pub fn promises(&self) -> &[Vec<EventTime>] {
        &self.promises
    }

    /// The promise of `partition` before the record at `position`.
    pub fn promise(&self, partition: usize, position: usize) -> EventTime {
        self.promises[partition][position]
    }

    /// The same without the heartbeats at `position` itself.
    pub fn promise_before(&self, partition: usize, position: usize) -> EventTime {
        self.before[partition][position]
    }

    /// The times that wait to be confirmed in `partition` before the record at `position`, in descending order.
    pub fn above(&self, partition: usize, position: usize) -> &[EventTime] {
        &self.above[partition][position]
    }

    /// The smallest promise of the partitions at `positions`.
    pub fn closed(&self, positions: &[usize]) -> EventTime {
        let promises = positions.iter().enumerate().map(|(partition, position)| self.promise(partition, *position));
        promises.min().unwrap_or(EventTime::MAX)
    }

    /// The same without the heartbeats at `positions`.
    pub fn closed_before(&self, positions: &[usize]) -> EventTime {
        let before = |(partition, position): (usize, &usize)| self.promise_before(partition, *position);
        positions.iter().enumerate().map(before).min().unwrap_or(EventTime::MAX)
    }

    /// The records before `positions` that must be sent as letters, by partition and offset.
    pub fn letters(&self, positions: &[usize]) -> impl Iterator<Item = (usize, usize)> {
        let is_letter = |fate: &Fate| matches!(fate, Fate::Late | Fate::Dead);
        let lanes = self.fates.iter().zip(positions.to_vec()).enumerate();
        lanes.flat_map(move |(partition, (fates, position))| {
            let letters = fates[..position].iter().enumerate().filter(move |(_, fate)| is_letter(fate));
            letters.map(move |(offset, _)| (partition, offset))
        })
    }
}
