//! What a record is.

use super::Garbage;

/// What a record is, as it was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A sale at its base time.
    OnTime,
    /// A sale up to 90 seconds behind its base time: within a window of one minute and a lateness of two, so it counts.
    OutOfOrder,
    /// A sale 4 to 30 minutes behind its base time, when its window of one minute is closed after a lateness of two.
    Late,
    /// A repetition of an earlier sale of the same partition, byte for byte.
    Duplicate,
    /// No sale.
    Garbage(Garbage),
}

impl Kind {
    /// Every kind; the place of a kind here is its [`Kind::code`].
    pub const ALL: [Kind; 20] = [
        Kind::OnTime,
        Kind::OutOfOrder,
        Kind::Late,
        Kind::Duplicate,
        Kind::Garbage(Garbage::RandomBytes),
        Kind::Garbage(Garbage::CutJson),
        Kind::Garbage(Garbage::MissingField),
        Kind::Garbage(Garbage::WrongType),
        Kind::Garbage(Garbage::OutOfRange),
        Kind::Garbage(Garbage::BadTime),
        Kind::Garbage(Garbage::Tombstone),
        Kind::Garbage(Garbage::FutureTime),
        Kind::Garbage(Garbage::Huge),
        Kind::Garbage(Garbage::TooLong),
        Kind::Garbage(Garbage::NotText),
        Kind::Garbage(Garbage::Utf16),
        Kind::Garbage(Garbage::Compressed),
        Kind::Garbage(Garbage::SchemaFramed),
        Kind::Garbage(Garbage::JsonInString),
        Kind::Garbage(Garbage::SeveralObjects),
    ];

    /// A small number that stands for the kind where only a machine word fits: its place in [`Kind::ALL`].
    #[must_use]
    pub fn code(self) -> usize {
        match self {
            Kind::OnTime => 0,
            Kind::OutOfOrder => 1,
            Kind::Late => 2,
            Kind::Duplicate => 3,
            Kind::Garbage(garbage) => 4 + garbage as usize,
        }
    }

    /// What a person reads.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Kind::OnTime => "on time",
            Kind::OutOfOrder => "out of order",
            Kind::Late => "late",
            Kind::Duplicate => "duplicate",
            Kind::Garbage(garbage) => garbage.label(),
        }
    }

    /// Whether the record is a sale of its own, which others may repeat.
    #[must_use]
    pub fn is_original_sale(self) -> bool {
        matches!(self, Kind::OnTime | Kind::OutOfOrder | Kind::Late)
    }

    /// Whether the record has a payload at all.
    #[must_use]
    pub fn has_payload(self) -> bool {
        self != Kind::Garbage(Garbage::Tombstone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_place_among_all_kinds() {
        for (place, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind.code(), place, "{kind:?}");
        }
    }
}
