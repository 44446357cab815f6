//! What was found at each wanted path of a record: the common tongue of both ways to read it.

/// What stands at a wanted path: its JSON type, and where its text is.
///
/// The text of a string is its content without quotes and escapes, that of a number is the number as written; the other
/// kinds have none. A slot lives as long as the record it was filled from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Slot {
    /// The JSON type.
    pub(super) kind: Kind,
    /// Where the text begins, in bytes.
    pub(super) start: usize,
    /// Where the text ends, in bytes.
    pub(super) end: usize,
}

/// A JSON type, or nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// The path leads to nothing.
    #[default]
    Absent,
    /// `null`.
    Null,
    /// `true`.
    True,
    /// `false`.
    False,
    /// A number.
    Number,
    /// A string.
    String,
    /// An object or an array.
    Composite,
}

impl Slot {
    /// A value without text.
    pub(super) fn bare(kind: Kind) -> Slot {
        Slot { kind, start: 0, end: 0 }
    }

    /// The text of the value, cut from `text`, which must be what the slot was filled from.
    #[inline]
    pub(super) fn text<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// Whether there is nothing to read: no value, or `null`.
    #[inline]
    pub(super) fn is_nothing(&self) -> bool {
        matches!(self.kind, Kind::Absent | Kind::Null)
    }
}
