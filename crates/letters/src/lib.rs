//! Letters: the records that no total has, late events and dead letters, sent to topics of their own if the dataflow
//! names some.
//!
//! # No letter is lost
//! *Claim*: when a [`LetterMark`] is delivered, every letter that its [`Outbox`] was given before it stands in its
//! topic.
//!
//! 1. `send` takes every letter, and adds it to the bundle of letters since the last mark before anything else happens
//!    to it. If the client has no room it waits in an overflow queue, in memory; nothing drops it there.
//! 2. A letter leaves its bundle only when the client reports that all replicas in sync have it. The client tries for
//!    ever (`message.timeout.ms=0`); where it reports an error that is about the topic, the user or the brokers, the
//!    letter never leaves, and the run fails and says why. Where the error is about the letter (`load`), it goes again
//!    with less of its record: one record never stops a dataflow for good. Only a letter that its topic takes in no
//!    form is let go, with a warning and a metric, since its record is where it was: the claim is for all others.
//! 3. A mark closes the bundle, and is delivered when that bundle and all before it have been left by every letter.
//!    Reports may come in any order: they are counted, bundle by bundle.
//!
//! So whoever makes a position durable only after the mark behind its letters never loses one. A run that is cut off
//! before goes on from an older position and sends some again: each at least once, and the same letter by partition and
//! offset.
//!
//! # Layout
//! * `letter`: [`Letter`], what is sent, and its headers
//! * `outbox`: [`Outbox`] and [`Outboxes`], the seam between the engine and the topics
//! * `load`: how much of its record a letter carries, and what becomes of one that is refused
//! * `mark`: [`LetterMark`], and counting what is on its way
//! * `topic`: [`LetterTopic`], a topic to send to, and its table of a dataflow file
//! * `sender`: [`Letters`], the clients that send to the topics of a dataflow, for all workers of a process
//! * `producer`, `context`: a Kafka client with its thread and its overflow queue; what it tells
//! * [`events`]: brokers that take no letters, told to the log and to the metrics
//! * `memory`: an outbox in memory, for tests

mod context;
pub mod events;
mod letter;
mod load;
mod mark;
#[cfg(any(test, feature = "fixture"))]
pub mod memory;
mod outbox;
mod producer;
mod sender;
#[cfg(test)]
mod tests;
pub mod topic;

pub use letter::{Letter, LetterKind};
pub use load::is_about_letter;
pub use mark::LetterMark;
pub use outbox::{Outbox, Outboxes, none};
pub use producer::SENDING;
pub use sender::{Destinations, Fail, Letters, Pending};
pub use topic::LetterTopic;
