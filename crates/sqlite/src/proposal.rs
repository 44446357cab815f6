//! What `mare init` proposes for an SQLite file. Pure.

use mare_sink::proposal::{Keys, Proposal, ProposedValue};

/// A file is asked for by its path, or stands beside the dataflow file and is called after it.
pub(super) const PROPOSAL: Proposal =
    Proposal { words: &[("sqlite", "sqlite"), ("sqlite:FILE", "sqlite:totals.db")], keys };

fn keys(word: &str, name: &str) -> Option<Result<Keys, String>> {
    let path = match word.strip_prefix("sqlite")? {
        "" => format!("{name}.db"),
        behind => behind.strip_prefix(':')?.trim_start_matches("//").to_owned(),
    };
    (!path.is_empty()).then(|| Ok(vec![("path", ProposedValue::Text(path))]))
}
