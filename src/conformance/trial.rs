//! A sink on trial, what is said to it, and what is made of its answers.

use std::fmt::Debug;

use jiff::Timestamp;

use super::Scratch;
use crate::checks::{Check, Finding, Verdict};
use crate::dataflow::{Output, Overrides, Plan, parse};
use crate::datum::Datum;
use crate::measure::{Function, Measure};
use crate::position::{Offset, Partition, Positions};
use crate::sink::document::{Document, Layout};
use crate::sink::read::each;
use crate::sink::{Claim, Expected, FencingToken, Query, Reader, Sink, SinkError, Standing, Writer, Written};
use crate::summary::SummaryFunction;
use crate::summary::sighting::Witness;
use crate::time::{EventTime, Windows};
use crate::total::{Change, Key, Total};
use crate::view::ViewId;

/// Amounts by category and minute; the version of a document is one of its totals.
const SALES: &str = r#"name = "conformance"
[source.kafka]
brokers = "unused:1"
topic = "sales"
[event]
time = "at"
[event.fields]
category = "string"
amount = "decimal(2)"
[window]
tumbling = "1m"
[totals]
group_by = ["category"]
revenue = "sum(amount)"
sales = "count()"
[sink.stdout]
"#;

/// Whole numbers by a group of three types; the version of a document is a field of its own.
const READINGS: &str = r#"name = "conformance"
[source.kafka]
brokers = "unused:1"
topic = "readings"
[event]
time = "at"
[event.fields]
sensor = "integer"
indoors = "boolean"
room = "string"
value = "integer?"
[window]
tumbling = "1m"
[totals]
group_by = ["sensor", "indoors", "room"]
readings = "count(value)"
sum = "sum(value)"
[sink.stdout]
"#;

/// Totals that no event may have had anything of.
const DELIVERIES: &str = r#"name = "conformance"
[source.kafka]
brokers = "unused:1"
topic = "deliveries"
[event]
time = "at"
[event.fields]
city = "string"
weight = "decimal(3)?"
days = "integer?"
damaged = "boolean?"
left = "time?"
[window]
tumbling = "1m"
[totals]
group_by = ["city"]
lightest = "min(weight)"
heaviest = "max(weight)"
soonest = "min(days)"
latest = "max(days)"
mean = "avg(weight)"
typical = "avg(days, 4)"
any_damaged = "any(damaged)"
all_damaged = "all(damaged)"
first_left = "min(left)"
last_left = "max(left)"
[sink.stdout]
"#;

/// Totals that are no numbers.
const BESTSELLERS: &str = r#"name = "conformance"
[source.kafka]
brokers = "unused:1"
topic = "sold"
[event]
time = "at"
[event.fields]
city = "string"
sku = "integer"
price = "decimal(2)"
note = "string?"
gift = "boolean?"
[window]
tumbling = "1m"
[totals]
group_by = ["city"]
best = "top(2, sku, sum(price))"
notes = "top(3, note)"
gifts = "top(2, gift)"
first_note = "first(note)"
[sink.stdout]
"#;

/// How far events may be ahead of the clock, for an examination: an hour.
const MAX_AHEAD_MS: i64 = 3_600_000;

/// A sink, and the documents of a dataflow that writes there.
pub(super) struct Trial<'a> {
    pub(super) scratch: &'a dyn Scratch,
    pub(super) sink: Sink,
    /// The dataflow.
    pub(super) plan: Plan,
    /// What its documents consist of.
    pub(super) layout: Layout,
}

impl<'a> Trial<'a> {
    /// The trial of the sink of `scratch` by a dataflow of sales.
    pub(super) fn of(scratch: &'a dyn Scratch) -> Trial<'a> {
        Trial::by(scratch, SALES, &[])
    }

    /// The same sink, by sales that say whether a window is closed.
    pub(super) fn with_final(&self) -> Trial<'a> {
        Trial::by(self.scratch, SALES, &["window.final=closed"])
    }

    /// The same sink, by readings.
    pub(super) fn with_readings(&self) -> Trial<'a> {
        Trial::by(self.scratch, READINGS, &[])
    }

    /// The same sink, by readings that need not say of what and where they are.
    pub(super) fn with_readings_of_anywhere(&self) -> Trial<'a> {
        let fields =
            ["sensor=integer?", "indoors=boolean?", "room=string?"].map(|field| format!("event.fields.{field}"));
        let set = [&fields[0], &fields[1], &fields[2], r#"totals.group_by=["sensor?", "indoors?", "room?"]"#];
        Trial::by(self.scratch, READINGS, &set)
    }

    /// The same sink, by deliveries.
    pub(super) fn with_deliveries(&self) -> Trial<'a> {
        Trial::by(self.scratch, DELIVERIES, &[])
    }

    /// The same sink, by goods that are sold.
    pub(super) fn with_bestsellers(&self) -> Trial<'a> {
        Trial::by(self.scratch, BESTSELLERS, &[])
    }

    fn by(scratch: &'a dyn Scratch, file: &str, overrides: &[&str]) -> Trial<'a> {
        let overrides = Overrides::new(overrides.iter().copied());
        let plan = parse(file, "conformance.toml", &overrides, &|_| None).expect("a good dataflow");
        let sink = scratch.sink();
        let (outputs, layout) = (vec![Output { sink: sink.clone(), ..plan.outputs[0].clone() }], plan.layout());
        Trial { scratch, plan: Plan { outputs, ..plan }, sink, layout }
    }

    /// What a run of the dataflow with this fingerprint says that goes on from no checkpoint.
    pub(super) fn says(&self, fingerprint: &str) -> Claim {
        Claim {
            dataflow: self.plan.name.clone(),
            fingerprint: fingerprint.to_owned(),
            sink: self.sink.describe().identity,
            who: "host:1".to_owned(),
            ..Claim::default()
        }
    }

    /// What a run says that goes on from a checkpoint which that of `first` has taken when it had shown 30 records of
    /// partition 0.
    pub(super) fn going_on(&self, first: &Standing) -> Claim {
        let expects = Expected {
            sink: self.sink.describe().identity,
            id: first.id.clone(),
            generation: first.generation,
            shown: positions(&[(0, 30)]),
            counted: 30,
            taken: Timestamp::UNIX_EPOCH,
            ..Expected::default()
        };
        Claim { expects: Some(expects), goes_on: true, newest: first.generation, ..self.says("f1") }
    }

    pub(super) fn claim(&self, claim: &Claim) -> Result<Standing, SinkError> {
        self.sink.claim(&self.layout, claim)
    }

    /// The claim of a run that nothing stands against.
    pub(super) fn claimed(&self) -> Standing {
        self.claim(&self.says("f1")).expect("a claim that nothing stands against is granted")
    }

    /// Whether the examination of the sink for a run that would say `claim` finds a fault of a check that is `wanted`.
    pub(super) fn is_failed(&self, claim: &Claim, wanted: impl Fn(Check) -> bool) -> bool {
        let found = self.examined(claim);
        found.iter().any(|finding| finding.verdict == Verdict::Failed && wanted(finding.check))
    }

    /// What the sink finds of itself.
    pub(super) fn examined(&self, claim: &Claim) -> Vec<Finding> {
        let examination = self.sink.examine(&self.layout, claim, MAX_AHEAD_MS);
        assert!(examination.unanswered.is_none(), "{examination:?}");
        examination.findings
    }

    pub(super) fn writer(&self, token: FencingToken) -> Box<dyn Writer> {
        self.sink.writer(self.layout.clone(), token).expect("a writer")
    }

    pub(super) fn reader(&self) -> Box<dyn Reader> {
        self.sink.reader(self.layout.clone()).expect("a sink that answers").expect("a sink that can be read back")
    }

    /// The documents that `changes` are to become.
    pub(super) fn rendered(&self, changes: &[Change]) -> Vec<Document> {
        changes.iter().map(|change| self.layout.render(change).expect("a group of the dataflow")).collect()
    }

    /// All documents that `query` leads to, page by page.
    pub(super) fn found(&self, query: Query) -> Vec<Document> {
        let mut found = Vec::new();
        each(&mut *self.reader(), query, &mut |each| {
            found.push(each.document.expect("a document of this dataflow"));
            true
        })
        .expect("a sink that answers");
        found
    }

    /// All documents.
    pub(super) fn documents(&self) -> Vec<Document> {
        self.found(Query::all(1_000))
    }
}

/// One batch, as the writer's thread delivers it.
pub(super) fn deliver(writer: &mut dyn Writer, shows: &[(i32, i64)], changes: &[Change]) -> Result<Written, SinkError> {
    writer.show(&positions(shows))?;
    writer.write(changes)
}

/// The total of a category's minute: `n` sales, of this many cents together.
pub(super) fn sale(category: &str, minute: i64, n: i64, cents: i128) -> Change {
    total(category, minute, n, &[cents])
}

/// The total of a group's minute.
pub(super) fn total(group: &str, minute: i64, n: i64, measures: &[i128]) -> Change {
    let window = Windows::tumbling(60_000, 0).of_slot(EventTime(minute * 60_000));
    let key = Key { view: ViewId::default(), window, group: group.into() };
    let sum = Measure { function: Function::Sum, field: 0 };
    Change { key, total: Total::new(n, &vec![sum; measures.len()], measures), is_final: false }
}

/// The total of a group's minute in the dataflow of `trial`; what no event had is none.
pub(super) fn total_in(trial: &Trial<'_>, group: &str, minute: i64, n: i64, measures: &[Option<i128>]) -> Change {
    let by = &trial.plan.view().measures;
    let units = by.iter().zip(measures).map(|(measure, units)| units.unwrap_or(measure.function.identity()));
    let total = Total::new(n, by, &units.collect::<Vec<_>>());
    Change { total, ..self::total(group, minute, n, &[]) }
}

/// The total of goods sold in Belém in a minute, each by its number, its price in cents, and a note.
pub(super) fn bestsellers(minute: i64, goods: &[(i64, i64, Option<&str>)]) -> Change {
    let functions = [SummaryFunction::Top, SummaryFunction::Top, SummaryFunction::Top, SummaryFunction::First];
    let mut summaries = functions.map(SummaryFunction::identity);
    for (offset, (sku, cents, note)) in (0..).zip(goods) {
        let witness = Witness { time: EventTime(0), partition: Partition(0), offset: Offset(offset) };
        let note = note.map_or(Datum::Absent, Datum::Text);
        summaries[0].rank(Datum::Exact((*sku).into()), Datum::Exact((*cents).into()));
        summaries[1].take(note, witness);
        summaries[2].take(if note == Datum::Absent { note } else { Datum::Boolean(*cents > 0) }, witness);
        summaries[3].take(note, witness);
    }
    let total = Total::new(goods.len() as i64 + 1, &[], &[]).summarized(&summaries);
    Change { total, ..self::total("Belém", minute, 1, &[]) }
}

/// Positions from pairs of partition and offset.
pub(super) fn positions(pairs: &[(i32, i64)]) -> Positions {
    pairs.iter().map(|(partition, offset)| (Partition(*partition), Offset(*offset))).collect()
}

/// What is said to somebody who is refused.
pub(super) fn refused<T: Debug>(outcome: Result<T, SinkError>) -> String {
    match outcome {
        Err(SinkError::Refused(fault)) => fault.to_string(),
        other => panic!("not refused: {other:?}"),
    }
}

/// Asserts that a writer hears that another run has taken over.
pub(super) fn assert_superseded<T: Debug>(outcome: &Result<T, SinkError>) {
    assert!(matches!(outcome, Err(SinkError::Superseded(_))), "not superseded: {outcome:?}");
}
