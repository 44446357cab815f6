//! The seam between the engine and the topics of its letters.

use std::sync::Arc;

use super::{Letter, LetterMark};
use mare_model::record::Waker;

/// Where one worker leaves its letters. It lives as long as the worker's source.
pub trait Outbox {
    /// Takes a letter. It never blocks and never loses it; a kind that the dataflow names no topic for is let go.
    fn send(&mut self, letter: Letter<'_>);

    /// Whether letters wait for room, so that no more should be read until they have some. The waker is called then.
    fn is_full(&self) -> bool;

    /// Names all letters sent so far.
    fn mark(&mut self) -> LetterMark;

    /// Whether every letter before `mark` is in its topic. The waker is called when one becomes so.
    fn is_delivered(&self, mark: LetterMark) -> bool;
}

/// Opens the outbox of each worker of a process, given what wakes the worker's source from any thread.
pub type Outboxes = Arc<dyn Fn(Waker) -> Box<dyn Outbox> + Send + Sync>;

/// Outboxes of a dataflow that only counts its letters.
#[must_use]
pub fn none() -> Outboxes {
    Arc::new(|_| Box::new(Nowhere))
}

/// Lets every letter go.
struct Nowhere;

impl Outbox for Nowhere {
    fn send(&mut self, _letter: Letter<'_>) {}

    fn is_full(&self) -> bool {
        false
    }

    fn mark(&mut self) -> LetterMark {
        LetterMark::default()
    }

    fn is_delivered(&self, _mark: LetterMark) -> bool {
        true
    }
}
