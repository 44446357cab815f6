//! What `mare test` prints for a program; `docs/scripts.md` has it. Pure.

use serde::Serialize;
use serde_json::Value;

use super::Tested;
use crate::cli::check::problem::Mistake;
use crate::rehearsal::case::TestRecord;
use crate::rehearsal::compare::NamedValues;
use crate::rehearsal::{DataflowTest, Deviation, RecordFate, Rehearsal};

/// All that was tested.
#[derive(Debug, Serialize)]
pub(super) struct TestReport {
    /// How many tests failed.
    failed: usize,
    files: Vec<Value>,
}

/// What is printed of all dataflows.
pub(super) fn report(tested: &[Tested]) -> TestReport {
    TestReport { failed: tested.iter().map(Tested::failed).sum(), files: tested.iter().map(file).collect() }
}

fn file(tested: &Tested) -> Value {
    let file = ("file", tested.file.display().to_string().into());
    match &tested.outcome {
        Ok(performed) => {
            let tests: Vec<Value> = performed.tests.iter().map(|(test, came)| of(test, came)).collect();
            let (name, none) = (performed.plan.name.clone(), Value::Array(Vec::new()));
            object(vec![file, ("name", name.into()), ("problems", none), ("tests", tests.into())])
        }
        Err(error) => {
            let (none, problems) = (Value::Array(Vec::new()), value(&Mistake::all(error)));
            object(vec![file, ("name", Value::Null), ("problems", problems), ("tests", none)])
        }
    }
}

fn of(test: &DataflowTest, came: &Rehearsal) -> Value {
    let deviations: Vec<Value> = came.deviations.iter().map(deviation).collect();
    let events: Vec<Value> = test.records.iter().zip(&came.fates).map(|(record, fate)| event(record, fate)).collect();
    object(vec![
        ("test", test.name.clone().into()),
        ("good", deviations.is_empty().into()),
        ("deviations", deviations.into()),
        ("events", events.into()),
    ])
}

fn event(record: &TestRecord, fate: &RecordFate) -> Value {
    object(vec![
        ("partition", record.partition.0.into()),
        ("offset", record.offset.0.into()),
        ("fate", fate.name().into()),
        ("reason", fate.reason().into()),
        ("detail", fate.detail().into()),
    ])
}

fn deviation(deviation: &Deviation) -> Value {
    let (kind, fields) = match deviation {
        Deviation::Field { document, field, expected, found } => {
            let values = [("expected", value(expected)), ("found", value(found))];
            ("field", [vec![("document", named(document)), ("field", field.clone().into())], values.into()].concat())
        }
        Deviation::Missing(document) => ("missing", vec![("document", named(document))]),
        Deviation::Unexpected(document) => ("unexpected", vec![("document", named(document))]),
        Deviation::Count { what, expected, found } => {
            let numbers = [("expected", (*expected).into()), ("found", (*found).into())];
            ("count", [vec![("of", what.clone().into())], numbers.into()].concat())
        }
        Deviation::Workers(workers) => ("workers", vec![("workers", (*workers).into())]),
    };
    object([vec![("kind", kind.into())], fields].concat())
}

/// A document.
fn named(document: &NamedValues) -> Value {
    object(document.iter().map(|(name, found)| (&**name, value(found))).collect())
}

/// An object of these fields, in their order.
fn object(fields: Vec<(&str, Value)>) -> Value {
    Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default() // every shape of ours is JSON
}
