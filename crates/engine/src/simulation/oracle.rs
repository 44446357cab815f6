//! What must come of a log for one view however far it is read, by the reference model.

use std::collections::{BTreeMap, BTreeSet};

use mare_reference::amounts::SeenAmount;
use mare_reference::sessions::sessions;
use mare_reference::{self as reference, Event, LastEvent, Model, Rules, WindowRule};

pub use super::slots::{LARGE, NO_GROUP, Order, PartitionSlots, Sale, Slot};
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

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Counted,
    Filtered,
    Late,
    Duplicate,
    Dead,
}

/// How many events of a partition have met each [`Fate`], in their order.
pub type Account = [u64; 5];

/// An event that is counted.
#[derive(Clone, Copy, Debug)]
struct Counted {
    partition: usize,
    offset: usize,
    /// Which event of its record it is.
    place: usize,
    time: i64,
    amount: Option<i128>,
    /// What it comes to: of one that takes another back the negative of that.
    adds: reference::Total,
}

/// The last window and the id of an event, and whether that is cancelled.
pub type KnownId = (Window, String, bool);

/// What some events come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Reached {
    total: reference::Total,
    /// Each amount, where anybody asks for them.
    amounts: Vec<SeenAmount>,
}

/// What a document says of its totals: its numbers, and beside them of rankings the JSON.
pub type SaidTotals = (Vec<Option<i128>>, Vec<Option<String>>);

/// The fates of all events, each of which depends on those before it in its partition alone.
pub struct Oracle {
    /// Of each partition, of each offset; without a record there is none.
    fates: Vec<Vec<Vec<Fate>>>,
    /// The promise of each partition before each of its records, and behind the last.
    promises: Vec<Vec<EventTime>>,
    /// The same without the heartbeats at the offset itself: what it was before them.
    before: Vec<Vec<EventTime>>,
    /// The times above each promise, in descending order.
    above: Vec<Vec<Vec<EventTime>>>,
    /// For each document the events that are counted in it.
    events: BTreeMap<Key, Vec<Counted>>,
    /// The events of each group that are counted in sessions.
    in_sessions: BTreeMap<String, Vec<Counted>>,
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
            in_sessions: BTreeMap::new(),
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
        oracle.events.extend(oracle.sessions(&oracle.ends()));
        oracle
    }

    /// The sessions of the records before `positions`, each with its events.
    fn sessions(&self, positions: &[usize]) -> BTreeMap<Key, Vec<Counted>> {
        let WindowRule::Session { gap_ms } = self.rules.windows else { return BTreeMap::new() };
        let is_read = |event: &&Counted| positions.get(event.partition).is_some_and(|end| event.offset < *end);
        let of_group = |(group, events): (&String, &Vec<Counted>)| {
            let events = events.iter().filter(is_read).map(|event| (event.time, *event)).collect();
            let group = group.clone();
            sessions(gap_ms, events).into_iter().map(move |session| {
                let window = Window { start: EventTime(session.start_ms), end: EventTime(session.end_ms) };
                (Key { view: self.id, window, group: (*group).into() }, session.events)
            })
        };
        self.in_sessions.iter().flat_map(of_group).collect()
    }

    /// Whether windows are sessions, whose documents are written when they are certain.
    pub fn has_sessions(&self) -> bool {
        matches!(self.rules.windows, WindowRule::Session { .. })
    }

    /// Has the model take what is at an offset of a partition, and notes what is counted.
    fn take(&mut self, model: &mut Model, (partition, offset): (usize, usize), slot: &Slot) -> Vec<Fate> {
        let sales = match slot {
            Slot::Gap => return Vec::new(),
            Slot::Garbage => vec![None],
            Slot::Sale(sale) => vec![Some(sale)],
            Slot::Order(Order { items, .. }) => items.iter().map(Option::as_ref).collect(),
        };
        let (is_grouped, wants_all) = (!self.view().group_by.is_empty(), self.output.filter.is_none());
        let group_of = |sale: &Sale| if is_grouped { sale.group.clone() } else { String::new() };
        let texts = sales.iter().map(|sale| sale.map(|sale| (sale, group_of(sale), sale.known_by())));
        let texts: Vec<_> = texts.collect();
        let mut events: Vec<_> = texts.iter().map(|told| event(told.as_ref()?, wants_all)).collect();
        if let (Slot::Order(Order { time, .. }), true) = (slot, events.is_empty()) {
            // Nothing but its time is in it.
            events.push(Some(Event {
                time_ms: *time,
                group: "",
                id: "",
                amount: None,
                is_wanted: false,
                cancels: false,
            }));
        }
        let fates = model.take_all(partition as i32, &events);
        for (place, ((fate, text), last)) in fates.iter().zip(&texts).zip(model.last()).enumerate() {
            let Some((sale, group, _)) = text else { continue };
            let event = Counted {
                partition,
                offset,
                place,
                time: sale.time,
                amount: sale.amount(),
                adds: reference::Total::of(sale.amount()),
            };
            if self.has_sessions() && *fate == reference::Fate::Counted {
                self.in_sessions.entry(group.clone()).or_default().push(event);
            }
            self.note(last, event);
        }
        fates.into_iter().map(Fate::from).collect()
    }

    /// Notes an event that is counted, in the windows that are not closed through this.
    fn note(&mut self, last: &LastEvent, event: Counted) {
        let Counted { partition, offset, .. } = event;
        for (told_ms, id, is_cancelled) in &last.ids {
            let window = rules::of_ids(self.rules, rules::window(self.rules, *told_ms));
            self.ids.push((partition, offset, (window, id.clone(), *is_cancelled)));
        }
        for (told_ms, group, adds) in &last.totals {
            let key = Key { view: self.id, window: rules::window(self.rules, *told_ms), group: (**group).into() };
            self.events.entry(key).or_default().push(Counted { adds: *adds, ..event });
        }
    }

    /// What is kept of the events.
    pub fn view(&self) -> &View {
        &self.output.view
    }

    /// When `window` closes.
    pub fn close(&self, window: Window) -> EventTime {
        if self.has_sessions() {
            return EventTime(self.rules.session_close_ms(window.end.0));
        }
        EventTime(self.rules.close_ms(rules::told_ms(self.rules, window)))
    }

    /// Whether the last event of each partition is counted.
    pub fn counts_the_tail(&self) -> bool {
        self.fates.iter().all(|fates| fates.iter().flatten().next_back() == Some(&Fate::Counted))
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
        let Counted { partition, offset, place, time: time_ms, amount, adds } = *event;
        let is_kept = !self.view().summaries.is_empty();
        let (partition, offset) = (partition as i32, offset as i64);
        let amount_of = |units| SeenAmount { time_ms, partition, offset, place, units };
        let mut amounts = reached.amounts.clone();
        amounts.extend(amount.filter(|_| is_kept).map(amount_of));
        Reached { total: reached.total.and(adds), amounts }
    }

    /// The numbers and the texts that the document of `key` must have when all is read, in the order of the view's
    /// totals; without events nothing.
    pub fn says(&self, key: &Key) -> Option<SaidTotals> {
        let Reached { total, amounts } = self.reached(self.events.get(key)?.iter());
        let mut numbers = numbers::of(self.view(), total, &amounts);
        if !self.view().totals.iter().any(|it| it.name == self.view().version) {
            numbers.push(Some(total.events.into())); // the version has a field of its own
        }
        Some((numbers, numbers::rankings(self.view(), &amounts)))
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
                let (mut points, mut last) = (vec![from.clone()], None);
                for event in &events {
                    let point = self.and(&points[points.len() - 1], event);
                    // A record is read whole.
                    if last.replace(event.offset) == Some(event.offset) {
                        points.pop();
                    }
                    points.push(point);
                }
                points
            };
            reachable = reachable.iter().flat_map(further).collect();
        }
        reachable.into_iter().any(|reached| self.maintained(&reached) == *total)
    }

    /// The documents of the records before `positions`.
    pub fn documents(&self, positions: &[usize]) -> BTreeMap<Key, Total> {
        if self.has_sessions() {
            let total = |events: Vec<Counted>| self.maintained(&self.reached(events.iter()));
            return self.sessions(positions).into_iter().map(|(key, events)| (key, total(events))).collect();
        }
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
        open.map(|(partition, _, known)| (*partition, known.clone())).collect()
    }

    /// The fates of the events of `partition` before `position`.
    pub fn account(&self, partition: usize, position: usize) -> Account {
        let mut account = Account::default();
        let events = self.fates[partition][..position].iter().flatten();
        events.for_each(|fate| account[*fate as usize] += 1);
        account
    }

    /// Whether there is an offset without a record.
    pub fn has_gaps(&self) -> bool {
        self.fates.iter().flatten().any(Vec::is_empty)
    }

    /// How many events of the log meet `fate`.
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

    /// The records before `positions` that must be sent as letters, by partition and offset, and whether they are for
    /// what is no event.
    pub fn letters(&self, positions: &[usize]) -> impl Iterator<Item = (usize, usize, bool)> {
        let letter = |fate: &Fate| match fate {
            Fate::Late => Some(false),
            Fate::Dead => Some(true),
            Fate::Counted | Fate::Filtered | Fate::Duplicate => None,
        };
        let lanes = self.fates.iter().zip(positions.to_vec()).enumerate();
        lanes.flat_map(move |(partition, (fates, position))| {
            fates[..position].iter().enumerate().flat_map(move |(offset, fates)| {
                fates.iter().filter_map(letter).map(move |is_dead| (partition, offset, is_dead))
            })
        })
    }
}

/// The event of a sale, with its group and id.
fn event<'a>((sale, group, id): &'a (&Sale, String, String), wants_all: bool) -> Option<Event<'a>> {
    let (time_ms, amount) = (sale.time, sale.amount());
    Some(Event { time_ms, group, id, amount, is_wanted: wants_all || sale.is_wanted, cancels: sale.cancels })
}

impl From<reference::Fate> for Fate {
    fn from(fate: reference::Fate) -> Fate {
        match fate {
            reference::Fate::Counted => Fate::Counted,
            reference::Fate::Filtered => Fate::Filtered,
            reference::Fate::Late => Fate::Late,
            reference::Fate::Duplicate => Fate::Duplicate,
            reference::Fate::Dead => Fate::Dead,
        }
    }
}
