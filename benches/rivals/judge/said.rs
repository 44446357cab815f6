//! What a contestant says: lines of JSON, each the newest total of a window and group as it knew it then.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Number;

use super::oracle::Key;

/// What it says of a window and group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// How many sales.
    pub count: u64,
    /// The sum of their values, as it is written.
    pub sum: String,
}

/// A line. The flagship's own names are Maré's, whose dataflow file has them.
#[derive(Deserialize)]
struct Line {
    #[serde(alias = "categoria", alias = "id_pedido")]
    group: String,
    #[serde(alias = "janela_inicio")]
    start: Start,
    #[serde(alias = "faturamento_total")]
    sum: Number,
    #[serde(alias = "volume_vendas")]
    count: u64,
    /// Where a line takes one back: -1.
    #[serde(default)]
    diff: i64,
}

/// The start of a window.
#[derive(Deserialize)]
#[serde(untagged)]
enum Start {
    /// In milliseconds since the Unix epoch.
    Milliseconds(i64),
    /// ISO-8601.
    Iso(Timestamp),
}

/// The totals that stand in the end.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Said(BTreeMap<Key, Claim>);

impl Said {
    /// Takes a line in. Of the lines of a window and group the one of most sales stands, for totals only grow, and
    /// files have no order among them.
    ///
    /// # Errors
    /// If it is no such line: with what is wrong.
    pub fn take(&mut self, line: &str) -> Result<(), String> {
        let line: Line = serde_json::from_str(line).map_err(|e| format!("{e}: {line}"))?;
        if line.diff < 0 {
            return Ok(());
        }
        let start_ms = match line.start {
            Start::Milliseconds(start_ms) => start_ms,
            Start::Iso(start) => start.as_millisecond(),
        };
        let total = Claim { count: line.count, sum: line.sum.to_string() };
        let stands = self.0.entry((start_ms, line.group)).or_insert_with(|| total.clone());
        if stands.count < total.count {
            *stands = total;
        }
        Ok(())
    }

    /// What it says in the end.
    pub fn totals(&self) -> &BTreeMap<Key, Claim> {
        &self.0
    }
}
