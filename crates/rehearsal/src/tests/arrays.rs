//! Records whose events are the elements of an array.

use super::*;

#[test]
fn what_becomes_of_the_events_of_one_record_is_known() {
    let plan =
        orders(&["event.explode=items", "event.fields.\"items[].sku\"=string", "totals.group_by=[\"items[].sku\"]"]);
    let rehearsal = rehearsed(
        &plan,
        r#"
        events = [
            '{"at": "2025-11-28T12:00:00Z", "city": "a", "price": 1.50, "items": [{"sku": "x"}, {"sku": "y"}]}',
            '{"at": "2025-11-28T12:00:01Z", "city": "a", "price": 1.50, "items": [{"sku": "x"}, {}, {"sku": 1}]}',
            '{"at": "2025-11-28T12:09:00Z", "city": "a", "price": 1.50, "items": []}',
            '{"at": "2025-11-28T12:00:02Z", "city": "a", "price": 1.50, "items": [{"sku": "x"}, {"sku": "y"}, {}]}',
            '{"at": "2025-11-28T12:00:03Z", "city": "a", "price": 1.50, "items": [{"sku": "x"}, {"sku": "y"}]}',
        ]
        documents = [
            { window_start = 2025-11-28T12:00:00Z, items_sku = "x", revenue = 3, n = 2 },
            { window_start = 2025-11-28T12:00:00Z, items_sku = "y", revenue = 1.5, n = 1 },
        ]
        filtered = 1
        late = 4
        dead = { missing_field = 2, wrong_type = 1 }
        "#,
    );
    assert_eq!(rehearsal.deviations, []);
    assert_eq!(fates(&rehearsal), ["counted", "several", "filtered", "several", "late"]);
    let details = [1, 3].map(|at| rehearsal.fates[at].detail().unwrap_or_default());
    assert!(details[0].starts_with("1 counted, 2 dead; `items[1]`: field `items[].sku` is missing"), "{details:?}");
    assert!(details[1].starts_with("2 late, 1 dead; its window"), "{details:?}");
    assert!(details[1].contains("`items[2]`"), "{details:?}");
}
