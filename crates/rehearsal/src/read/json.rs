//! An event that is written as a TOML table, as the JSON that its record has. Numbers keep their digits.

use mare_settings::diagnostic::Report;
use mare_settings::tree::{Node, Table, Value};

/// The JSON of a table, its keys in the order of the file; `None` if a value of it is none.
pub(super) fn object(table: &Table, report: &mut Report) -> Option<String> {
    let member = |entry: &mare_settings::tree::Entry| {
        Some(format!("{}:{}", text(&entry.key.value), value(&entry.node, report)?))
    };
    let members: Vec<Option<String>> = table.entries.iter().map(member).collect();
    let members: Option<Vec<String>> = members.into_iter().collect();
    Some(format!("{{{}}}", members?.join(",")))
}

/// The JSON of a value.
fn value(node: &Node, report: &mut Report) -> Option<String> {
    match &node.value {
        Value::String(found) | Value::Datetime(found) => Some(text(found)),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(truth) => Some(truth.to_string()),
        Value::Array(items) => {
            let items: Vec<Option<String>> = items.iter().map(|item| value(item, report)).collect();
            let items: Option<Vec<String>> = items.into_iter().collect();
            Some(format!("[{}]", items?.join(",")))
        }
        Value::Table(table) => object(table, report),
        Value::Unusable(_) => number(node, report),
        Value::Refused => None,
    }
}

/// A number that the tree does not hold, as it is written.
fn number(node: &Node, report: &mut Report) -> Option<String> {
    let written = digits(report.written(node.mark));
    if written.parse::<serde_json::Number>().is_ok() {
        return Some(written);
    }
    report.refuse(node.mark, format!("JSON has no number `{written}`"), "write the record's text in `payload` instead");
    None
}

/// A number as TOML writes it, without what only TOML has.
pub(super) fn digits(written: &str) -> String {
    written.trim_start_matches('+').replace('_', "")
}

fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
