//! An explanation as JSON, for `mare explain --format json` and for the HTTP API.

use super::{Explanation, Sum};
use crate::dataflow::Plan;
use crate::decimal;
use crate::sink::document::{iso, json_text};
use crate::verify::compare::numbers;

/// The explanation as one JSON object.
#[must_use]
pub fn json(plan: &Plan, explanation: &Explanation) -> String {
    let parts = explanation.parts.iter().map(|(partition, part)| {
        let offset = |offset: Option<i64>| offset.map_or("null".to_owned(), |offset| offset.to_string());
        let dead = part.dead.iter().map(|(reason, count)| format!("\"{reason}\": {count}")).collect::<Vec<_>>();
        format!(
            "{{\"partition\": {partition}, \"first\": {}, \"last\": {}, \"counted\": {}, \"late\": {}, \"duplicate\": {}, \"dead\": {{{}}}}}",
            offset(part.range.map(|(first, _)| first)),
            offset(part.range.map(|(_, last)| last)),
            part.counted,
            part.late,
            part.duplicate,
            dead.join(", ")
        )
    });
    let (name, scale) = Sum::first(plan).map_or(("null".to_owned(), 0), |sum| (json_text(&sum.name), sum.scale));
    let largest = explanation.largest.iter().map(|each| {
        let (place, adds) = (each.place, decimal::text(each.units, scale));
        let time = json_text(&iso(each.time));
        format!(
            "{{\"partition\": {}, \"offset\": {}, \"time\": {time}, \"adds\": {adds}}}",
            place.partition, place.offset
        )
    });
    let late = explanation.late.iter().map(|each| {
        let (place, time) = (each.place, json_text(&iso(each.time)));
        format!(
            "{{\"partition\": {}, \"offset\": {}, \"time\": {time}, \"late_by_ms\": {}}}",
            place.partition, place.offset, each.by_ms
        )
    });
    format!(
        "{{\"_id\": {}, \"equal\": {}, \"certain\": {}, \"recomputable\": {}, \"not_shown_yet\": {}, \"unreadable\": {},\n \
         \"numbers\": {},\n \"partitions\": [{}],\n \"largest_by\": {name}, \"largest\": [{}],\n \"late\": [{}]}}",
        json_text(&explanation.id),
        explanation.is_equal,
        explanation.is_certain,
        !explanation.is_cut,
        explanation.unshown(),
        explanation.unreadable.as_deref().map_or("null".to_owned(), json_text),
        numbers(&explanation.numbers),
        parts.collect::<Vec<_>>().join(", "),
        largest.collect::<Vec<_>>().join(", "),
        late.collect::<Vec<_>>().join(", "),
    )
}
