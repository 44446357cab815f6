//! What must come of a log for one view however far it is read, by the reference model.

use std::collections::{BTreeMap, BTreeSet};

use mare_expression_reference::{NaiveRow, NaiveValue, read};
use mare_reference::{self as reference, Event, Model, Rules, WindowRule};

pub use super::slots::{LARGE, NO_GROUP, PartitionSlots, Sale, Slot};
use crate::tests::oracle::window;
use mare_dataflow::{Output, Plan};
use mare_model::dispersion::{Dispersion, DispersionKind};
use mare_model::journal::Journal;
use mare_model::measure::{Function, Measure};
use mare_model::position::{Offset, Partition};
use mare_model::time::{Assigner, EventTime, Window, Windows};
use mare_model::total::{Key, Total};
use mare_model::view::{Aggregate, Number, TotalField, View, ViewId};

/// How many totals of a document are looked at, at most.
const MANY_POINTS: usize = 500;

/// The field of the value.
const VALUE: usize = 1;
/// What a variance or a deviation must come to.
fn dispersion(Dispersion { of_scale, scale, kind, .. }: Dispersion, total: reference::Total) -> Option<i128> {
    match kind {
        DispersionKind::Sample => total.variance(true, u32::from(scale - 2 * of_scale)),
        DispersionKind::Population => total.variance(false, u32::from(scale - 2 * of_scale)),
        DispersionKind::SampleDeviation => total.deviation(true, u32::from(scale - of_scale)),
        DispersionKind::PopulationDeviation => total.deviation(false, u32::from(scale - of_scale)),
    }
}

/// The numbers of a document with those that are computed from the others.
fn with_computed(view: &View, mut numbers: Vec<Option<i128>>) -> Vec<Option<i128>> {
    let is_computed = |total: &TotalField| matches!(total.aggregate, Aggregate::Computed(..));
    let value = |(total, units): (&TotalField, &Option<i128>)| match (total.aggregate.number(), *units) {
        (_, None) => NaiveValue::Null,
        (Number::Boolean, Some(units)) => NaiveValue::Truth(units != 0),
        (number, Some(units)) => NaiveValue::Number(units, number.scale().into()),
    };
    let inputs: Vec<_> = view.totals.iter().zip(&numbers).filter(|(total, _)| !is_computed(total)).collect();
    let names: Vec<_> = inputs.iter().map(|(total, _)| (&*total.name, total.aggregate.number().scale())).collect();
    let row: Vec<_> = inputs.iter().map(|input| value(*input)).collect();
    let row = NaiveRow { row: &row, time_ms: 0 };
    let of = |index: usize| match row.value(&read(&view.expressions[index].canonical, &names).expect("canonical")) {
        Ok(NaiveValue::Number(units, _)) => Some(units),
        Ok(NaiveValue::Truth(truth)) => Some(truth.into()),
        _ => None,
    };
    let computed: Vec<_> = view
        .totals
        .iter()
        .enumerate()
        .filter_map(|(place, total)| match total.aggregate {
            Aggregate::Computed(index, _) => Some((place, of(index))),
            _ => None,
        })
        .collect();
    computed.into_iter().for_each(|(place, units)| numbers[place] = units);
    numbers
}

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

/// The partition, the offset and the amount of an event that is counted.
type Counted = (usize, usize, Option<i128>);

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
    /// The partition, the offset, the last window and the id of each event that is counted.
    ids: Vec<(usize, usize, Window, usize)>,
    rules: Rules,
    id: ViewId,
    /// What is maintained of them.
    output: Output,
}

impl Oracle {
    /// What the reference model says of each record, in the order of its partition, for the view `id` of `plan`.
    pub fn of((log, journal): (&[PartitionSlots], &Journal), plan: &Plan, id: ViewId) -> Oracle {
        let plan = plan.of(id);
        let rules = rules(&plan);
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
            Event { time_ms, group, id, amount, is_wanted: wants_all || sale.is_wanted }
        });
        let closed = model.watermark_ms(partition as i32).unwrap_or(i64::MIN);
        let fate = model.take(partition as i32, event);
        if let (reference::Fate::Counted, Some((sale, _))) = (fate, sale) {
            let starts = self.rules.starts_ms(sale.time).into_iter();
            let open: Vec<_> = starts.filter(|start| self.rules.close_ms(*start) > closed).collect();
            let size_ms = self.view().windows.length_ms_max();
            self.ids.push((partition, offset, window(open[0], size_ms), sale.id));
            for start in open {
                let key = Key { view: self.id, window: window(start, size_ms), group: (*group).into() };
                self.events.entry(key).or_default().push((partition, offset, sale.amount()));
            }
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

    /// When the window that starts at `start` closes.
    pub fn close(&self, start: EventTime) -> EventTime {
        EventTime(self.rules.close_ms(start.0))
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
        let read = events.filter(|(partition, offset, ..)| positions.get(*partition).is_some_and(|end| offset < end));
        let one = |(_, _, amount): &Counted| reference::Total::of(*amount);
        self.maintained(read.map(one).fold(reference::Total::default(), reference::Total::and))
    }

    /// The numbers that the document of `key` must have when all is read, in the order of the view's totals; without
    /// events none.
    pub fn numbers(&self, key: &Key) -> Option<Vec<Option<i128>>> {
        let view = self.view();
        let one = |(_, _, amount): &Counted| reference::Total::of(*amount);
        let total = self.events.get(key)?.iter().map(one).fold(reference::Total::default(), reference::Total::and);
        let of = |index: usize| measured(view.measures[index], &total);
        let number = |aggregate| match aggregate {
            Aggregate::Events => Some(total.events.into()),
            Aggregate::Measure(index, _) | Aggregate::Extreme(index, _) => of(index),
            Aggregate::Average(average) => total.mean(i32::from(average.scale) - i32::from(average.of_scale)),
            Aggregate::Dispersion(dispersion) => self::dispersion(dispersion, total),
            Aggregate::Computed(..) => None,
        };
        let numbers = view.totals.iter().map(|total| number(total.aggregate)).collect();
        Some(with_computed(view, numbers))
    }

    /// What the engine maintains of such a total.
    fn maintained(&self, total: reference::Total) -> Total {
        if total.events == 0 {
            return Total::default();
        }
        let none = |measure: &Measure| if measure.function == Function::Min { i128::MAX } else { i128::MIN };
        let measures = &self.view().measures;
        let units = measures.iter().map(|measure| measured(*measure, &total).unwrap_or(none(measure)));
        Total::new(total.events, measures, &units.collect::<Vec<_>>())
    }

    /// Whether `total` is what the document of `key` comes to when each partition is read to any point before
    /// `positions`. Where there are too many such points, nobody knows.
    pub fn allows(&self, key: &Key, total: &Total, positions: &[usize]) -> bool {
        let mut reachable = BTreeSet::from([reference::Total::default()]);
        for (partition, position) in positions.iter().enumerate() {
            let events =
                self.events.get(key).into_iter().flatten().filter(|event| event.0 == partition && event.1 < *position);
            let mut totals = vec![reference::Total::default()];
            events.for_each(|(_, _, amount)| totals.push(totals[totals.len() - 1].and(reference::Total::of(*amount))));
            if reachable.len() * totals.len() > MANY_POINTS {
                return true;
            }
            reachable = reachable.iter().flat_map(|one| totals.iter().map(|other| one.and(*other))).collect();
        }
        reachable.into_iter().any(|reached| self.maintained(reached) == *total)
    }

    /// The documents of the records before `positions`.
    pub fn documents(&self, positions: &[usize]) -> BTreeMap<Key, Total> {
        let totals = self.events.keys().map(|key| (key.clone(), self.total(key, positions)));
        totals.filter(|(_, total)| total.n > 0).collect()
    }

    /// The ids that are counted in each partition and window of the records before `positions`, where windows are
    /// closed to a partition through what `promised` says.
    pub fn ids(&self, positions: &[usize], promised: impl Fn(usize) -> EventTime) -> BTreeSet<(usize, Window, usize)> {
        let read = self
            .ids
            .iter()
            .filter(|(partition, offset, ..)| positions.get(*partition).is_some_and(|position| offset < position));
        let open = read.filter(|(partition, _, window, _)| self.close(window.start) > promised(*partition));
        open.map(|(partition, _, window, id)| (*partition, *window, *id)).collect()
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

/// What a measure of the value, or of whether it is large, must have come to; `None` if there is no value.
fn measured(measure: Measure, total: &reference::Total) -> Option<i128> {
    let of_field = |amount: i128| if measure.field == VALUE { amount } else { i128::from(amount > LARGE) };
    match measure.function {
        Function::Sum => Some(total.sum),
        Function::Count => Some(total.present.into()),
        Function::Min => total.least.map(of_field),
        Function::Max => total.greatest.map(of_field),
        // No square of these amounts has more than 64 bits.
        Function::SquaresLow => Some(total.squares),
        Function::SquaresMiddle | Function::SquaresHigh => Some(0),
    }
}

/// What the reference model has to know of a view.
fn rules(plan: &Plan) -> Rules {
    let Windows { assigner, lateness_ms } = plan.view().windows;
    let windows = match assigner {
        Assigner::Hopping { size_ms, step_ms, offset_ms } => WindowRule::Hopping { size_ms, step_ms, offset_ms },
        Assigner::Tumbling { size_ms, offset_ms } => WindowRule::Every { size_ms, offset_ms },
        Assigner::Calendar(_) => unreachable!("no scenario has windows of a calendar"),
    };
    Rules { windows, lateness_ms, confirm: plan.event.confirm, dedups: plan.dedup.is_some() }
}
