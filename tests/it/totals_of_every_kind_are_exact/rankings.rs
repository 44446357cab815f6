//! What is ranked first of some readings, as JSON.

use mare_reference::amounts;
use mongodb::bson::Bson;
use serde_json::{Value, json};

use super::Reading;
use crate::support::oracle::statistics::decimal;

/// Whose readings cost most, and what is said most often of whether it was estimated, as JSON.
pub fn of(readings: &[&Reading]) -> [Option<String>; 2] {
    let costs = readings.iter().filter_map(|reading| Some((reading.reader?, reading.cost.into())));
    let estimated = readings.iter().filter_map(|reading| Some((reading.estimated?, 1)));
    let cost = |(reader, units): (&str, i128)| {
        let cost: Value = decimal(i64::try_from(units).expect("small"), 3).parse().expect("a number");
        json!({"value": reader, "total": cost})
    };
    let costs: Vec<_> = amounts::ranked(costs, 2).into_iter().map(cost).collect();
    let said = |(truth, count): (bool, i128)| json!({"value": truth, "total": count as i64});
    let estimated: Vec<_> = amounts::ranked(estimated, 1).into_iter().map(said).collect();
    [Some(json!(costs).to_string()), Some(json!(estimated).to_string())]
}

/// An entry of a ranking as JSON.
pub fn entry(entry: &Bson) -> String {
    let entry = entry.as_document().expect("an object");
    let [value, total] = ["value", "total"].map(|key| match entry.get(key).expect("a field") {
        Bson::String(text) => json!(text).to_string(),
        other => other.to_string(),
    });
    format!(r#"{{"value":{value},"total":{total}}}"#)
}
