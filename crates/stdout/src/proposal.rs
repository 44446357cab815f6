//! What `mare init` proposes for standard output. Pure.

use mare_sink::proposal::Proposal;

/// There is nothing to set.
pub(super) const PROPOSAL: Proposal =
    Proposal { words: &[("stdout", "stdout")], keys: |word, _| (word == "stdout").then(|| Ok(Vec::new())) };
