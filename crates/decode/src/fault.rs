//! What is wrong with one value, before it is known by name.

/// How many characters of a value are kept in a reject.
const TEXT_MAX: usize = 64;

/// What is wrong with a value. It is a byte, where a [`Reject`](super::Reject) owns text, so that good values pay
/// nothing for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// There is none, or null.
    Missing,
    /// It has another JSON type than declared.
    WrongType,
    /// It does not fit the declared type.
    OutOfRange,
    /// It isn't written as the format of the time says, or is no time of the calendar.
    NotATime,
    /// It is too long for a group or an id.
    TooLong,
    /// It is a string, and no text.
    NotText,
}

/// The beginning of a value, as a reject keeps it.
pub(super) fn beginning(text: &str) -> String {
    text.chars().take(TEXT_MAX).collect()
}
