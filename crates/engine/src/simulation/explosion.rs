//! Scenarios whose events are the elements of arrays: of each sale of a log an order is made, of none, one or several.
//! It asks nothing of the chance, so that each seed without them stays the run that it was.

use super::slots::{Order, PartitionSlots, Sale, Slot};
use mare_dataflow::Plan;
use mare_model::schema::EACH;

/// From here on ids are those of the tail, each record of which has one event.
const TAIL_IDS: usize = 1_000_000;

/// Makes orders of the sales.
pub fn explode_log(log: &mut [PartitionSlots], plan: &Plan) {
    let of_record = plan.dedup.is_some() && knows_orders(log);
    for slot in log.iter_mut().flatten() {
        if let Slot::Sale(sale) = slot {
            *slot = Slot::Order(order(sale, of_record));
        }
    }
}

/// Has the dataflow read the elements of these orders. To be called when it has all of its fields.
pub fn explode(plan: &mut Plan, log: &[PartitionSlots]) {
    let array = vec!["items".to_owned()];
    let of_record = log.iter().flatten().flat_map(Slot::sales).any(|sale| sale.place.is_some());
    let dedup = plan.dedup.filter(|_| of_record);
    for (number, field) in plan.event.fields.iter_mut().enumerate().filter(|(number, _)| Some(*number) != dedup) {
        debug_assert!(!field.is_of_element(), "field {number}");
        field.path = [&array[..], &[EACH.to_owned()], &*field.path].concat();
    }
    plan.event.explode = Some(array);
}

/// Whether ids are those of orders.
fn knows_orders(log: &[PartitionSlots]) -> bool {
    log.iter().map(Vec::len).sum::<usize>().is_multiple_of(2)
}

/// The order of a sale: of ids that are those of its items, two have one.
fn order(sale: &Sale, of_record: bool) -> Order {
    let cents = usize::try_from(sale.cents).unwrap_or_default();
    let many = if sale.id >= TAIL_IDS { 1 } else { [0, 1, 1, 2, 3, 5][cents % 6] };
    let item = |place: usize| {
        let is_one = sale.id >= TAIL_IDS || !(cents + place).is_multiple_of(11);
        let group = if place % 3 == 1 { "group 0".to_owned() } else { sale.group.clone() };
        let (id, place_told) = if of_record { (sale.id, Some(place)) } else { (sale.id * 4 + place / 2, None) };
        let cents = sale.cents + place as i64 * 17_321;
        is_one.then(|| Sale { group, cents, id, place: place_told, ..sale.clone() })
    };
    Order { time: sale.time, id: sale.id, items: (0..many).map(item).collect() }
}
