//! What came of a test, held against what is expected. Pure.

use super::case::{Expectation, ExpectedDead, ExpectedDocument};
use super::read::names;
use super::run::TestOutcome;
use mare_checkpoint::Tally;
use mare_decode::Reject;
use mare_sink::document::{Document, FieldValue, Layout};

/// Fields of a document with their values, in the order of the document.
pub type NamedValues = Vec<(String, FieldValue)>;

/// Something that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deviation {
    /// A field of a document has another value.
    Field {
        /// The window and the group of the document.
        document: NamedValues,
        /// The field.
        field: String,
        /// What it should be.
        expected: FieldValue,
        /// What it is.
        found: FieldValue,
    },
    /// A document is expected, and does not come.
    Missing(
        /// What is expected of it.
        NamedValues,
    ),
    /// A document comes, and is not expected.
    Unexpected(
        /// All of it.
        NamedValues,
    ),
    /// Another number of records.
    Count {
        /// Which: `late`, or `dead.not_json`.
        what: String,
        /// How many there should be.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// So many workers come to something else than one, which is a defect of ours.
    Workers(
        /// How many.
        usize,
    ),
}

/// All that differs: documents first, then accounts.
pub(super) fn compare(layout: &Layout, expected: &Expectation, found: &TestOutcome) -> Vec<Deviation> {
    let mut deviations = Vec::new();
    let mut unexpected: Vec<&Document> = found.documents.iter().collect();
    for document in &expected.documents {
        match unexpected.iter().position(|found| is_of(layout, document, found)) {
            Some(place) => deviations.extend(fields(layout, document, unexpected.remove(place))),
            None => deviations.push(Deviation::Missing(values(layout, |field, _| document.value(field)))),
        }
    }
    let all = |document: &Document| values(layout, |field, _| document.values.get(field));
    deviations.extend(unexpected.into_iter().map(|document| Deviation::Unexpected(all(document))));
    deviations.extend(counts(expected, &found.tally));
    deviations
}

/// Fields with those of their values that `value` chooses, given the place of a field and whether it is one of those by
/// which a document is known.
fn values<'a>(layout: &Layout, value: impl Fn(usize, bool) -> Option<&'a FieldValue>) -> NamedValues {
    let fields = layout.fields().iter().enumerate();
    fields
        .filter_map(|(place, field)| Some((field.name.clone(), value(place, names(layout, field))?.clone())))
        .collect()
}

/// Whether a document is that of the window and the group that are expected.
fn is_of(layout: &Layout, expected: &ExpectedDocument, found: &Document) -> bool {
    let mut places = layout.fields().iter().enumerate().filter(|(_, field)| names(layout, field));
    places.all(|(place, _)| expected.value(place) == found.values.get(place))
}

/// The fields of a document that are looked at and have another value.
fn fields(layout: &Layout, expected: &ExpectedDocument, found: &Document) -> Vec<Deviation> {
    let document = values(layout, |place, is_name| expected.value(place).filter(|_| is_name));
    let differ = expected.0.iter().filter_map(|(place, expected)| {
        let (field, found) = (layout.fields().get(*place)?, found.values.get(*place)?);
        let (document, field) = (document.clone(), field.name.clone());
        (expected != found).then(|| Deviation::Field {
            document,
            field,
            expected: expected.clone(),
            found: found.clone(),
        })
    });
    differ.collect()
}

/// The numbers of records that differ.
fn counts(expected: &Expectation, found: &Tally) -> Vec<Deviation> {
    let mut counts = vec![
        ("counted".to_owned(), expected.counted.unwrap_or(found.counted), found.counted),
        ("filtered".to_owned(), expected.filtered, found.filtered),
        ("late".to_owned(), expected.late, found.late),
        ("duplicate".to_owned(), expected.duplicate, found.duplicate),
    ];
    match expected.dead {
        ExpectedDead::Any(dead) => counts.push(("dead".to_owned(), dead, found.dead_total())),
        ExpectedDead::ByReason(dead) => {
            let reasons = Reject::REASONS.iter().zip(dead).zip(found.dead);
            counts.extend(reasons.map(|((reason, dead), found)| (format!("dead.{reason}"), dead, found)));
        }
    }
    let differ = counts.into_iter().filter(|(_, expected, found)| expected != found);
    differ.map(|(what, expected, found)| Deviation::Count { what, expected, found }).collect()
}
