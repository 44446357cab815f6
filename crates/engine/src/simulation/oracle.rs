//! What must come of a log for one view however far it is read, by the reference model.

use std::collections::{BTreeMap, BTreeSet};

use mare_expression_reference::{NaiveRow, NaiveValue, read};
use mare_reference::{self as reference, Event, Model, Rules};

use super::rules;
use crate::tests::oracle::payload;
use mare_dataflow::{Output, Plan};
use mare_model::dispersion::{Dispersion, DispersionKind};
use mare_model::measure::{Function, Measure};
use mare_model::time::{EventTime, Window};
use mare_model::total::{Key, Total};
use mare_model::view::{Aggregate, Number, TotalField, View, ViewId};

/// How many totals of a document are looked at, at most.
const MANY_POINTS: usize = 500;

/// The field of the value.
const VALUE: usize = 1;
/// An amount above this is large.
const LARGE: i128 = 50_000;

/// The text of the group of events that have none.
pub const NO_GROUP: &str = r"\N";

/// One event of the log.
#[derive(Clone, Debug)]
pub struct Sale {
    /// Its text; [`NO_GROUP`] if the record has none.
    pub group: String,
    /// Its value, which the record has if it `has_value`.
    pub cents: i64,
    pub has_value: bool,
    /// Whether the dataflow wants it.
    pub is_wanted: bool,
    pub time: i64,
    pub id: usize,
}

/// What is at one offset of a partition.
#[derive(Clone, Debug)]
pub enum Slot {
    /// The record of a sale.
    Sale(Sale),
    /// A record that is no event.
    Garbage,
    /// No record: a mark of a transaction, or something that was aborted or compacted away.
    Gap,
}

/// A partition of the log.
pub type PartitionSlots = Vec<Slot>;

impl Slot {
    /// The sale, if it is one.
    pub fn sale(&self) -> Option<&Sale> {
        match self {
            Slot::Sale(sale) => Some(sale),
            Slot::Garbage | Slot::Gap => None,
        }
    }

    /// The record, if there is one.
    pub fn payload(&self) -> Option<Vec<u8>> {
        (!matches!(self, Slot::Gap)).then(|| Sale::payload(self.sale()))
    }
}

impl Sale {
    /// Its value, if it has one.
    fn amount(&self) -> Option<i128> {
        self.has_value.then_some(self.cents.into())
    }

    /// The record of a sale, or of none.
    pub fn payload(sale: Option<&Sale>) -> Vec<u8> {
        let Some(Sale { group, cents, time, id, has_value, .. }) = sale else { return payload(&None) };
        let has_group = group != NO_GROUP;
        let named = if has_group { group.clone() } else { String::new() };
        let plain = payload(&Some((named, *cents, *time)));
        let (rest, is_large) = (String::from_utf8_lossy(&plain[1..]), i128::from(*cents) > LARGE);
        let whole = format!("{{\"id\":\"{id}\",\"large\":{is_large},{rest}");
        let without = |text: String, name: &str| text.replacen(&format!("\"{name}\":"), "\"unread\":", 1);
        let whole = if has_group { whole } else { without(whole, "group") };
        if *has_value { whole } else { without(without(whole, "value"), "large") }.into_bytes()
    }
}

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
    pub fn of(log: &[PartitionSlots], plan: &Plan, id: ViewId) -> Oracle {
        let plan = plan.of(id);
        let rules = rules::of(&plan);
        let mut model = Model::new(rules);
        let mut oracle = Oracle {
            fates: Vec::new(),
            promises: Vec::new(),
            above: Vec::new(),
            events: BTreeMap::new(),
            ids: Vec::new(),
            rules,
            id,
            output: plan.outputs[0].clone(),
        };
        for (partition, slots) in log.iter().enumerate() {
            let (mut fates, mut promises, mut above) = (Vec::new(), vec![EventTime::MIN], vec![Vec::new()]);
            for (offset, slot) in slots.iter().enumerate() {
                fates.push(oracle.take(&mut model, (partition, offset), slot));
                promises.push(model.watermark_ms(partition as i32).map_or(EventTime::MIN, EventTime));
                above.push(model.unconfirmed_ms(partition as i32).into_iter().map(EventTime).collect());
            }
            oracle.above.push(above);
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
            let told = self.rules.starts_ms(sale.time).into_iter();
            let told = told.filter(|told_ms| self.rules.close_ms(*told_ms) > closed);
            let open: Vec<_> = told.map(|told_ms| rules::window(self.rules, told_ms)).collect();
            self.ids.push((partition, offset, open[0], sale.id));
            for window in open {
                let key = Key { view: self.id, window, group: (*group).into() };
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

    /// The ids that are counted in each partition and window that is open there, of the records before `positions`.
    pub fn ids(&self, positions: &[usize]) -> BTreeSet<(usize, Window, usize)> {
        let read = self
            .ids
            .iter()
            .filter(|(partition, offset, ..)| positions.get(*partition).is_some_and(|position| offset < position));
        let open = read
            .filter(|(partition, _, window, _)| self.close(*window) > self.promises[*partition][positions[*partition]]);
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

    /// The times that wait to be confirmed in `partition` before the record at `position`, in descending order.
    pub fn above(&self, partition: usize, position: usize) -> &[EventTime] {
        &self.above[partition][position]
    }

    /// The smallest promise of the partitions at `positions`.
    pub fn closed(&self, positions: &[usize]) -> EventTime {
        let promises = positions.iter().enumerate().map(|(partition, position)| self.promise(partition, *position));
        promises.min().unwrap_or(EventTime::MAX)
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
