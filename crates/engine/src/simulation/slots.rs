//! What is in the log of a run: sales, what is none, and offsets without a record.

use crate::tests::oracle::payload;

/// An amount above this is large.
pub const LARGE: i128 = 50_000;

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
    /// Its place in the record, where that is part of its id.
    pub place: Option<usize>,
    /// Whether it takes back what others have added.
    pub cancels: bool,
}

/// What is at one offset of a partition.
#[derive(Clone, Debug)]
pub enum Slot {
    /// The record of a sale.
    Sale(Sale),
    /// A record whose events are the elements of an array; nothing is one that is none.
    Order(Order),
    /// A record that is no event.
    Garbage,
    /// No record: a mark of a transaction, or something that was aborted or compacted away.
    Gap,
}

/// A record of several events, or of none.
#[derive(Clone, Debug)]
pub struct Order {
    /// The time of all of them.
    pub time: i64,
    /// What the record itself is known by.
    pub id: usize,
    pub items: Vec<Option<Sale>>,
}

/// A partition of the log.
pub type PartitionSlots = Vec<Slot>;

impl Slot {
    /// The sales in it.
    pub fn sales(&self) -> impl Iterator<Item = &Sale> {
        let (one, all) = match self {
            Slot::Sale(sale) => (Some(sale), &[][..]),
            Slot::Order(order) => (None, &*order.items),
            Slot::Garbage | Slot::Gap => (None, &[][..]),
        };
        one.into_iter().chain(all.iter().flatten())
    }

    /// The same, to be changed.
    pub fn sales_mut(&mut self) -> impl Iterator<Item = &mut Sale> {
        let (one, all) = match self {
            Slot::Sale(sale) => (Some(sale), &mut [][..]),
            Slot::Order(order) => (None, &mut *order.items),
            Slot::Garbage | Slot::Gap => (None, &mut [][..]),
        };
        one.into_iter().chain(all.iter_mut().flatten())
    }

    /// The record, if there is one.
    pub fn payload(&self) -> Option<Vec<u8>> {
        match self {
            Slot::Sale(sale) => Some(Sale::payload(Some(sale))),
            Slot::Order(order) => Some(order.payload()),
            Slot::Garbage => Some(Sale::payload(None)),
            Slot::Gap => None,
        }
    }
}

impl Order {
    /// The record. One without elements has an empty array, null in its place, or nothing.
    fn payload(&self) -> Vec<u8> {
        let Order { time, id, items } = self;
        let item = |sale: &Option<Sale>| match sale {
            Some(sale) => String::from_utf8_lossy(&Sale::payload(Some(sale))).into_owned(),
            None => r#"{"group":[5],"value":"none","id":7}"#.to_owned(),
        };
        let items = match (items.is_empty(), time.rem_euclid(3)) {
            (true, 0) => String::new(),
            (true, 1) => ",\"items\":null".to_owned(),
            _ => format!(",\"items\":[{}]", items.iter().map(item).collect::<Vec<_>>().join(", ")),
        };
        format!("{{\"id\":\"{id}\",\"at\":{time}{items}}}").into_bytes()
    }
}

impl Sale {
    /// Its value, if it has one.
    pub fn amount(&self) -> Option<i128> {
        self.has_value.then_some(self.cents.into())
    }

    /// The text of its id.
    pub fn known_by(&self) -> String {
        let place = self.place.map(|place| format!("|{place}"));
        format!("{}{}", self.id, place.unwrap_or_default())
    }

    /// The record of a sale, or of none.
    pub fn payload(sale: Option<&Sale>) -> Vec<u8> {
        let Some(Sale { group, cents, time, id, has_value, cancels, .. }) = sale else { return payload(&None) };
        let has_group = group != NO_GROUP;
        let named = if has_group { group.clone() } else { String::new() };
        let plain = payload(&Some((named, *cents, *time)));
        let (rest, is_large) = (String::from_utf8_lossy(&plain[1..]), i128::from(*cents) > LARGE);
        let cancels = if *cancels { "\"cancels\":true," } else { "" };
        let whole = format!("{{\"id\":\"{id}\",{cancels}\"large\":{is_large},{rest}");
        let without = |text: String, name: &str| text.replacen(&format!("\"{name}\":"), "\"unread\":", 1);
        let whole = if has_group { whole } else { without(whole, "group") };
        if *has_value { whole } else { without(without(whole, "value"), "large") }.into_bytes()
    }
}
