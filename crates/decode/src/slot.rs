//! What was found at each wanted path of a record: the common tongue of both ways to read it.

use super::number::Digits;

/// What stands at a wanted path: its JSON type, and where its text is.
///
/// The text of a string is its content without quotes and escapes, that of a number is the number as written; the other
/// kinds have none, and what is said of one is left over from another. An object or an array has its place in the
/// record instead. A slot lives as long as the record it was filled from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// The JSON type.
    pub(super) kind: Kind,
    /// Where the text begins, in bytes.
    pub(super) start: usize,
    /// How long it is, in bytes.
    pub(super) length: usize,
    /// The digits of a number, if they are known: so it need not be read twice.
    pub(super) digits: Option<Digits>,
}

/// A JSON type, or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The path leads to nothing.
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
    /// A string that is no text: half of a surrogate pair is in it, or bytes that are no UTF-8.
    NotText,
    /// An object or an array.
    Composite,
}

impl Kind {
    /// What a person calls it.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Kind::Absent => "nothing",
            Kind::Null => "null",
            Kind::True | Kind::False => "a boolean",
            Kind::Number => "a number",
            Kind::String | Kind::NotText => "a string",
            Kind::Composite => "an object or an array",
        }
    }
}

impl Slot {
    /// The path leads to nothing.
    pub(super) const ABSENT: Slot = Slot::bare(Kind::Absent);

    /// Empties all of `slots`: what stood in them is not asked for then.
    #[inline]
    pub(super) fn empty(slots: &mut [Slot]) {
        for slot in slots {
            slot.kind = Kind::Absent;
        }
    }

    /// The slot at `place`, by reference: copying one that was just filled would stall the processor.
    #[inline]
    pub(super) fn of(slots: &[Slot], place: usize) -> &Slot {
        slots.get(place).unwrap_or(&Slot::ABSENT)
    }

    /// An object or an array that stands here in the record, whichever way that is read.
    pub(super) fn composite(start: usize, end: usize) -> Slot {
        Slot { kind: Kind::Composite, start, length: end.saturating_sub(start), digits: None }
    }

    /// A value without text.
    pub(super) const fn bare(kind: Kind) -> Slot {
        Slot { kind, start: 0, length: 0, digits: None }
    }

    /// Makes it a value of this kind whose text begins there and is so long. What is known of digits is of numbers
    /// alone.
    #[inline]
    pub(super) fn fill(&mut self, kind: Kind, start: usize, length: usize) {
        (self.kind, self.start, self.length) = (kind, start, length);
    }

    /// The text of the value, cut from `record`, which must be what the slot was filled from.
    #[inline]
    pub(super) fn bytes<'a>(&self, record: &'a [u8]) -> &'a [u8] {
        record.get(self.start..).and_then(|text| text.get(..self.length)).unwrap_or_default()
    }

    /// The same as text, which it has been seen to be.
    #[inline]
    pub(super) fn text<'a>(&self, record: &'a [u8]) -> &'a str {
        std::str::from_utf8(self.bytes(record)).unwrap_or_default()
    }
}
