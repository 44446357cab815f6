//! Documents made up to ask a collection's validator about: the server looks at them, and stores none. Pure.
//!
//! A validator may name the values that it takes, so documents are made of those that it names as well: it is against
//! the dataflow only if it refuses all of them.

use ::mongodb::bson::raw::{RawArrayBuf, RawDocumentBuf};
use ::mongodb::bson::{Bson, Document, rawdoc};

use super::update::Replacement;
use mare_model::schema::FieldType;
use mare_model::time::EventTime;
use mare_model::view::Number;
use mare_sink::document::{self, FieldOrigin, FieldValue, Layout};

/// How many documents the server is asked about at most.
const MAX_DOCUMENTS: usize = 100;
/// The start of their window: a day on which there are sales.
const START: EventTime = EventTime(1_764_288_000_000);

/// The command whose reply has those documents that `validator` accepts.
pub(super) fn command(validator: &Document, documents: &[RawDocumentBuf]) -> Option<RawDocumentBuf> {
    let validator = RawDocumentBuf::try_from(validator).ok()?;
    let documents: RawArrayBuf = documents.iter().cloned().collect();
    let pipeline: RawArrayBuf =
        [rawdoc! { "$documents": documents }, rawdoc! { "$match": validator }].into_iter().collect();
    Some(rawdoc! { "aggregate": 1, "pipeline": pipeline, "cursor": {} })
}

/// Documents as a dataflow of `layout` writes them, with groups of values that `validator` names and of others.
pub(super) fn documents(layout: &Layout, validator: &Document, decimal128: bool) -> Vec<RawDocumentBuf> {
    let mut named = Vec::new();
    validator.values().for_each(|value| collect(value, &mut named));
    let mut made: Vec<Vec<FieldValue>> = vec![Vec::new()];
    for field in layout.fields() {
        let mut candidates = candidates(field.origin, layout, &named);
        candidates.extend(field.may_be_null.then_some(FieldValue::Null));
        let longer = made
            .iter()
            .flat_map(|values| candidates.iter().map(|candidate| values.iter().chain([candidate]).cloned().collect()));
        made = longer.take(MAX_DOCUMENTS).collect();
    }
    let made = made.into_iter().map(|values| {
        let document = document::Document { id: "mare".to_owned(), version: 1, is_final: false, values };
        Replacement::of(layout, document, decimal128).document().clone()
    });
    made.collect()
}

/// Values that a field may have, but for null.
fn candidates(origin: FieldOrigin, layout: &Layout, named: &[Bson]) -> Vec<FieldValue> {
    match origin {
        FieldOrigin::WindowStart => vec![FieldValue::Time(layout.windows().of_slot(START).start)],
        FieldOrigin::WindowEnd => vec![FieldValue::Time(layout.windows().of_slot(START).end)],
        FieldOrigin::Final => vec![FieldValue::Boolean(false)],
        FieldOrigin::Total(aggregate) => {
            vec![match aggregate.number() {
                Number::Integer => FieldValue::Integer(1),
                Number::Boolean => FieldValue::Boolean(true),
                Number::Time => FieldValue::Time(START),
                Number::Decimal { scale } => FieldValue::Decimal { units: 10_i128.pow(scale.into()), scale },
            }]
        }
        FieldOrigin::Ranking(..) => vec![FieldValue::Ranking(Vec::new())],
        FieldOrigin::Text(_) => vec![FieldValue::Text("mare".to_owned())],
        FieldOrigin::Group(FieldType::Boolean) => vec![FieldValue::Boolean(false), FieldValue::Boolean(true)],
        FieldOrigin::Group(FieldType::Integer) => {
            let whole = named.iter().filter_map(super::reply::number).map(|number| FieldValue::Integer(number.into()));
            [FieldValue::Integer(1)].into_iter().chain(whole).collect()
        }
        FieldOrigin::Group(FieldType::String | FieldType::Decimal { .. } | FieldType::Time(_)) => {
            // What begins with `$` would be an expression to the server.
            let texts = named.iter().filter_map(Bson::as_str).filter(|text| !text.starts_with('$'));
            let texts = texts.map(|text| FieldValue::Text(text.to_owned()));
            [FieldValue::Text("mare".to_owned())].into_iter().chain(texts).collect()
        }
    }
}

/// Takes in the texts and numbers of a validator.
fn collect(value: &Bson, into: &mut Vec<Bson>) {
    match value {
        Bson::Document(document) => document.values().for_each(|value| collect(value, into)),
        Bson::Array(values) => values.iter().for_each(|value| collect(value, into)),
        value => into.push(value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use ::mongodb::bson::doc;

    use super::*;
    use mare_sink::fixture::{sales, sensors};

    #[test]
    fn a_document_is_made_of_each_value_that_is_named() {
        let validator = doc! { "categoria": { "$in": ["Gamer", "$x"] }, "volume_vendas": { "$gt": 0 } };
        let made = documents(&sales().layout(), &validator, false);
        let categories: Vec<_> = made.iter().map(|made| made.get_str("categoria").unwrap()).collect();
        assert_eq!(categories, ["mare", "Gamer"]);
        assert!(made.iter().all(|made| made.get_f64("faturamento_total") == Ok(1.0)));
        let many = documents(&sensors().layout(), &doc! { "x": (0..500).collect::<Vec<i32>>() }, true);
        assert_eq!(many.len(), MAX_DOCUMENTS);
    }

    #[test]
    fn the_server_is_asked_without_storing_anything() {
        let validator = doc! { "categoria": "Gamer" };
        let command = command(&validator, &documents(&sales().layout(), &validator, false)).unwrap();
        let command = command.to_document().unwrap();
        assert_eq!(command.keys().collect::<Vec<_>>(), ["aggregate", "pipeline", "cursor"]);
        let stages = command.get_array("pipeline").unwrap();
        assert_eq!(stages[1], Bson::Document(doc! { "$match": validator }));
    }
}
