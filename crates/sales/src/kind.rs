//! What a record is.

use super::Garbage;

/// What a record is, as it was drawn. Records like those of any dataflow are drawn alike, and an event is to them what
/// a sale is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SaleKind {
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

impl SaleKind {
    /// Every kind; the place of a kind here is its [`SaleKind::code`].
    pub const ALL: [SaleKind; 20] = [
        SaleKind::OnTime,
        SaleKind::OutOfOrder,
        SaleKind::Late,
        SaleKind::Duplicate,
        SaleKind::Garbage(Garbage::RandomBytes),
        SaleKind::Garbage(Garbage::CutJson),
        SaleKind::Garbage(Garbage::MissingField),
        SaleKind::Garbage(Garbage::WrongType),
        SaleKind::Garbage(Garbage::OutOfRange),
        SaleKind::Garbage(Garbage::BadTime),
        SaleKind::Garbage(Garbage::Tombstone),
        SaleKind::Garbage(Garbage::FutureTime),
        SaleKind::Garbage(Garbage::Huge),
        SaleKind::Garbage(Garbage::TooLong),
        SaleKind::Garbage(Garbage::NotText),
        SaleKind::Garbage(Garbage::Utf16),
        SaleKind::Garbage(Garbage::Compressed),
        SaleKind::Garbage(Garbage::SchemaFramed),
        SaleKind::Garbage(Garbage::JsonInString),
        SaleKind::Garbage(Garbage::SeveralObjects),
    ];

    /// A small number that stands for the kind where only a machine word fits: its place in [`SaleKind::ALL`].
    #[must_use]
    pub fn code(self) -> usize {
        match self {
            SaleKind::OnTime => 0,
            SaleKind::OutOfOrder => 1,
            SaleKind::Late => 2,
            SaleKind::Duplicate => 3,
            SaleKind::Garbage(garbage) => 4 + garbage as usize,
        }
    }

    /// What a person reads.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            SaleKind::OnTime => "on time",
            SaleKind::OutOfOrder => "out of order",
            SaleKind::Late => "late",
            SaleKind::Duplicate => "duplicate",
            SaleKind::Garbage(garbage) => garbage.label(),
        }
    }

    /// Whether the record is a sale of its own, which others may repeat.
    #[must_use]
    pub fn is_original_sale(self) -> bool {
        matches!(self, SaleKind::OnTime | SaleKind::OutOfOrder | SaleKind::Late)
    }

    /// Whether the record has a payload at all.
    #[must_use]
    pub fn has_payload(self) -> bool {
        self != SaleKind::Garbage(Garbage::Tombstone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_the_place_among_all_kinds() {
        for (place, kind) in SaleKind::ALL.into_iter().enumerate() {
            assert_eq!(kind.code(), place, "{kind:?}");
        }
    }
}
