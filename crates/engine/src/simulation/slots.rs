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
    /// Whether it takes back what others have added.
    pub cancels: bool,
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
    pub fn amount(&self) -> Option<i128> {
        self.has_value.then_some(self.cents.into())
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
