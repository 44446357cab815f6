//! The totals that are exact.

use std::collections::BTreeMap;

use mare_reference::{Counts, Event, Model, Rules};

use super::sale::Sale;

/// What tells a total: the start of its window in milliseconds since the Unix epoch, and its group.
pub type Key = (i64, String);

/// What a window and group come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exact {
    /// How many sales.
    pub count: u64,
    /// The sum of their values, in cents.
    pub cents: i128,
}

/// What sales are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// `categoria`.
    Category,
    /// `id_pedido`.
    Order,
}

/// Takes the records of a topic, each partition's in their order.
pub struct Oracle {
    model: Model,
    grouping: Grouping,
}

impl Oracle {
    /// Nothing so far.
    pub fn new(rules: Rules, grouping: Grouping) -> Oracle {
        Oracle { model: Model::new(rules), grouping }
    }

    /// Takes the next record of a partition.
    pub fn take(&mut self, partition: i32, payload: &[u8]) {
        let sale = Sale::read(payload);
        let event = sale.as_ref().map(|sale| Event {
            time_ms: sale.time_ms,
            group: match self.grouping {
                Grouping::Category => &sale.category,
                Grouping::Order => &sale.id,
            },
            id: &sale.id,
            amount: Some(sale.cents),
            is_wanted: true,
            cancels: false,
        });
        self.model.take(partition, event);
    }

    /// What became of the records.
    pub fn counts(&self) -> Counts {
        self.model.partitions().map(|partition| self.model.counts(partition)).sum()
    }

    /// The totals of what was taken.
    pub fn totals(self) -> BTreeMap<Key, Exact> {
        let exact = |(key, total): (&Key, &mare_reference::Total)| {
            (key.clone(), Exact { count: total.events.unsigned_abs(), cents: total.sum })
        };
        self.model.totals().iter().map(exact).collect()
    }
}
