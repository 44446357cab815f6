//! What is wrong with one value, before it is known by name.

use super::Reject;

/// How many characters of a text that is no time are kept in the reject.
const NOT_A_TIME_MAX: usize = 64;

/// What is wrong with a value. It is a byte, where a [`Reject`] owns text, so that good values pay nothing for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// There is none, or null.
    Missing,
    /// It has another JSON type than declared.
    WrongType,
    /// It does not fit the declared type, or is too long for a group.
    OutOfRange,
    /// It isn't written as the format of the event time says, or is no time of the calendar.
    NotATime,
}

impl Fault {
    /// The reject of a record whose field `name` has this fault, with `text` in it.
    #[cold]
    pub(super) fn reject(self, name: &str, text: &str) -> Reject {
        match self {
            Fault::Missing => Reject::Missing(name.to_owned()),
            Fault::WrongType => Reject::WrongType(name.to_owned()),
            Fault::OutOfRange => Reject::OutOfRange(name.to_owned()),
            Fault::NotATime => Reject::NotATime(text.chars().take(NOT_A_TIME_MAX).collect()),
        }
    }
}
