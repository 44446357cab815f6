//! Events that cancel others by their ids: the rules, where ids are counted once.
//!
//! 1. What an id was counted for is known in its partition until its window, of several the last, is closed there.
//! 2. A cancellation takes back every event of its id that is known and not cancelled: in the group of that, and in
//!    those of its windows that are not closed. Then the id is cancelled there, and the cancellation counted.
//! 3. If all that is known of its id is cancelled, it is a duplicate.
//! 4. If nothing is known, it is late. If its own window is not closed, its id is cancelled there from now on.
//! 5. An event whose id is cancelled in any window that is not closed is a duplicate.
//!
//! Nobody asks whether a cancellation is wanted. Where ids are not counted once, a cancellation is an event like any
//! other, of a negative amount.

use super::{Event, Fate, Model, Order, Partition, Rules, Total};

/// Whether a window that is told so is closed in a partition with this watermark.
fn is_closed(rules: Rules, watermark: Option<i64>, start_ms: i64) -> bool {
    watermark.is_some_and(|watermark| watermark >= rules.close_ms(start_ms))
}

/// Whether an id is cancelled in a window that is not closed.
pub(super) fn is_cancelled(rules: Rules, partition: &Partition, watermark: Option<i64>, id: &str) -> bool {
    let mut of_id = partition.seen.iter().filter(|((_, of), _)| of == id);
    of_id.any(|((last_ms, _), order)| order.is_cancelled && !is_closed(rules, watermark, *last_ms))
}

impl Model {
    /// Takes in what cancels the events of its id.
    pub(super) fn cancel(&mut self, number: i32, event: Event<'_>) -> Fate {
        let (rules, watermark) = (self.rules, self.watermark_ms(number));
        let partition = self.partitions.entry(number).or_default();
        let of_id = partition.seen.iter_mut().filter(|((_, id), _)| id == event.id);
        let known: Vec<_> = of_id.filter(|((last_ms, _), _)| !is_closed(rules, watermark, *last_ms)).collect();
        let is_known = !known.is_empty();
        let (mut taken_back, mut cancelled) = (Vec::new(), Vec::new());
        for ((last_ms, id), order) in known {
            if !order.is_cancelled {
                order.is_cancelled = true;
                taken_back.push(order.clone());
                cancelled.push((*last_ms, id.clone(), true));
            }
        }
        if let Some(last) = self.last.last_mut() {
            last.ids.extend(cancelled);
        }
        if !taken_back.is_empty() {
            partition.note(event.time_ms, rules.confirm);
            for order in taken_back {
                let open = order.starts_ms.iter().filter(|start_ms| !is_closed(rules, watermark, **start_ms));
                open.for_each(|start_ms| self.add(*start_ms, &order.group, Total::taking_back(order.amount)));
            }
            return Fate::Counted;
        }
        if is_known {
            return Fate::Duplicate;
        }
        let last_ms = rules.starts_ms(event.time_ms)[0];
        if !is_closed(rules, watermark, last_ms) {
            let order = Order { starts_ms: Vec::new(), group: String::new(), amount: None, is_cancelled: true };
            partition.seen.insert((last_ms, event.id.to_owned()), order);
            if let Some(last) = self.last.last_mut() {
                last.ids.push((last_ms, event.id.to_owned(), true));
            }
        }
        Fate::Late
    }
}
