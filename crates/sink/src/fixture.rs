//! Views, keys and totals for the tests of the sinks.

use crate::Claim;
use crate::alerts::{Alert, Severity};
use crate::document::Layout;
use mare_model::average::Average;
use mare_model::datum::Datum;
use mare_model::measure::{Function, Measure};
use mare_model::position::{Offset, Partition, Positions};
use mare_model::schema::{EventPlan, Field, FieldType, TimeFormat};
use mare_model::summary::sighting::Witness;
use mare_model::summary::{Summarize, SummaryFunction};
use mare_model::time::{EventTime, Windows};
use mare_model::total::{Change, Key, Total};
use mare_model::view::{Aggregate, Number, Ranking, TextField, TotalExpression, TotalField, View, ViewId, WindowNames};

/// The windows of all views.
const MINUTES: Windows = Windows::tumbling(60_000, 120_000);

/// What a dataflow says of its documents.
#[derive(Clone, Debug)]
pub struct SampleView {
    /// Its events.
    pub event: EventPlan,
    /// What is kept of them.
    pub view: View,
}

impl SampleView {
    /// What the documents look like.
    #[must_use]
    pub fn layout(&self) -> Layout {
        Layout::new(&self.event, &self.view)
    }
}

/// The flagship: its version is the total `volume_vendas`.
pub fn sales() -> SampleView {
    let fields = vec![
        field("id_pedido", FieldType::String),
        field("categoria", FieldType::String),
        field("valor", FieldType::Decimal { scale: 2 }),
    ];
    let view = View {
        windows: MINUTES,
        window_names: names("janela_inicio", "janela_fim"),
        group_by: vec![1],
        measures: vec![Measure { function: Function::Sum, field: 2 }],
        summaries: Vec::new(),
        totals: vec![
            total_of("faturamento_total", Aggregate::Measure(0, Number::Decimal { scale: 2 })),
            total_of("volume_vendas", Aggregate::Events),
        ],
        texts: Vec::new(),
        expressions: Vec::new(),
        version: "volume_vendas".into(),
    };
    sample(fields, view)
}

/// The flagship with a field that says whether the window is closed.
pub fn sales_with_final() -> SampleView {
    let mut sample = sales();
    sample.view.window_names.is_final = Some("janela_final".into());
    sample
}

/// Another schema: a group of three types, whole numbers only, and a version of its own.
pub fn sensors() -> SampleView {
    let fields = vec![
        field("sensor.id", FieldType::Integer),
        field("indoors", FieldType::Boolean),
        field("room", FieldType::String),
        field("value", FieldType::Integer),
    ];
    let view = View {
        windows: MINUTES,
        window_names: names("from", "until"),
        group_by: vec![0, 1, 2],
        measures: vec![Measure { function: Function::Count, field: 3 }, Measure { function: Function::Sum, field: 3 }],
        summaries: Vec::new(),
        totals: vec![
            total_of("readings", Aggregate::Measure(0, Number::Integer)),
            total_of("sum", Aggregate::Measure(1, Number::Integer)),
        ],
        texts: Vec::new(),
        expressions: Vec::new(),
        version: "n".into(),
    };
    sample(fields, view)
}

/// The same of readings that need not say of which sensor or where they are: null is a group of its own.
pub fn sensors_of_anywhere() -> SampleView {
    let mut sample = sensors();
    sample.event.fields.iter_mut().for_each(|field| field.optional = true);
    sample
}

/// Totals that may be null: of fields that an event need not have.
pub fn deliveries() -> SampleView {
    let optional = |name: &str, kind| Field { optional: true, ..field(name, kind) };
    let (weight, days) = (FieldType::Decimal { scale: 3 }, Number::Integer);
    let fields =
        vec![field("city", FieldType::String), optional("weight", weight), optional("days", FieldType::Integer)];
    let measure = |function, field| Measure { function, field };
    let kilograms = Number::Decimal { scale: 3 };
    let measures = vec![
        measure(Function::Min, 1),
        measure(Function::Max, 1),
        measure(Function::Min, 2),
        measure(Function::Max, 2),
    ];
    let totals = vec![
        total_of("lightest", Aggregate::Extreme(0, kilograms)),
        total_of("heaviest", Aggregate::Extreme(1, kilograms)),
        total_of("soonest", Aggregate::Extreme(2, days)),
        total_of("latest", Aggregate::Extreme(3, days)),
    ];
    by_city(fields, measures, totals)
}

/// Averages, of a field that an event need not have and of one that it has, and truth values.
pub fn tips() -> SampleView {
    let tip = Field { optional: true, ..field("tip", FieldType::Decimal { scale: 2 }) };
    let late = Field { optional: true, ..field("late", FieldType::Boolean) };
    let fields = vec![field("city", FieldType::String), tip, field("guests", FieldType::Integer), late];
    let measure = |function, field| Measure { function, field };
    let average = |sum, count, of_scale, scale| Aggregate::Average(Average { sum, count, of_scale, scale });
    let measures = vec![
        measure(Function::Sum, 1),
        measure(Function::Count, 1),
        measure(Function::Sum, 2),
        measure(Function::Max, 3),
        measure(Function::Min, 3),
    ];
    let totals = vec![
        total_of("mean", average(0, Some(1), 2, 2)),
        total_of("exact", average(0, Some(1), 2, 5)),
        total_of("guests", average(2, None, 0, 2)),
        total_of("any_late", Aggregate::Extreme(3, Number::Boolean)),
        total_of("all_late", Aggregate::Extreme(4, Number::Boolean)),
    ];
    by_city(fields, measures, totals)
}

/// The earliest and the latest time, of a field that an event need not have.
pub fn visits() -> SampleView {
    let left = Field { optional: true, ..field("left", FieldType::Time(TimeFormat::Iso)) };
    let fields = vec![field("city", FieldType::String), left];
    let measure = |function| Measure { function, field: 1 };
    let measures = vec![measure(Function::Min), measure(Function::Max)];
    let totals = vec![
        total_of("first_left", Aggregate::Extreme(0, Number::Time)),
        total_of("last_left", Aggregate::Extreme(1, Number::Time)),
    ];
    by_city(fields, measures, totals)
}

/// Totals that are computed from others, one of each kind of number: of revenue, an optional tip and a time.
pub fn bills() -> SampleView {
    let optional = |name: &str, kind| Field { optional: true, ..field(name, kind) };
    let cents = FieldType::Decimal { scale: 2 };
    let fields = vec![field("city", FieldType::String), field("price", cents), optional("tip", cents)];
    let measure = |function, field| Measure { function, field };
    let measures = vec![measure(Function::Sum, 1), measure(Function::Max, 2)];
    let number = Number::Decimal { scale: 2 };
    let (quotient, square) = (Number::Decimal { scale: 6 }, Number::Decimal { scale: 8 });
    let totals = vec![
        total_of("per_bill", Aggregate::Computed(0, quotient)),
        total_of("revenue", Aggregate::Measure(0, number)),
        total_of("is_large", Aggregate::Computed(1, Number::Boolean)),
        total_of("tip", Aggregate::Extreme(1, number)),
        total_of("bills", Aggregate::Events),
        total_of("size", Aggregate::Computed(2, Number::Integer)),
        total_of("fourth", Aggregate::Computed(3, square)),
    ];
    let expression =
        |text: &str, canonical: &str| TotalExpression { text: text.into(), canonical: format!("sql1 {canonical}") };
    let mut sample = by_city(fields, measures, totals);
    sample.view.expressions = vec![
        expression("revenue / bills", r#"("revenue" / "bills")"#),
        expression("tip > 1", r#"("tip" > 1)"#),
        expression("bills * bills", r#"("bills" * "bills")"#),
        expression("revenue * revenue * revenue * revenue / (bills - 3)", "unused here"),
    ];
    sample.view.version = "bills".into();
    sample
}

/// Totals that are no numbers: rankings of an integer by a sum and of a truth value by how many there are, and a text.
pub fn bestsellers() -> SampleView {
    let kinds = [FieldType::Integer, FieldType::Decimal { scale: 2 }, FieldType::Boolean, FieldType::String];
    let fields = ["sku", "price", "gift", "note"].into_iter().zip(kinds).map(|(name, kind)| field(name, kind));
    let fields: Vec<_> = [field("city", FieldType::String)].into_iter().chain(fields).collect();
    let mut sample = by_city(fields, Vec::new(), vec![total_of("sold", Aggregate::Events)]);
    let summarize = |function, field, by| Summarize { function, field, by };
    sample.view.summaries = vec![
        summarize(SummaryFunction::Top, 1, Some(2)),
        summarize(SummaryFunction::Top, 3, None),
        summarize(SummaryFunction::First, 4, None),
    ];
    let ranking = |k, of, by| Some(Ranking { k, of, by });
    let text = |name: &str, summary, behind, ranking| TextField { name: name.into(), summary, behind, ranking };
    sample.view.texts = vec![
        text("best", 0, 0, ranking(2, FieldType::Integer, Number::Decimal { scale: 2 })),
        text("gifts", 1, 1, ranking(9, FieldType::Boolean, Number::Integer)),
        text("note", 2, 1, None),
    ];
    sample
}

/// What is kept of goods sold, each by its number, its price in cents, whether it was a gift, and a note.
pub fn sold(goods: &[(i64, i64, bool, &str)]) -> Total {
    let mut summaries = [SummaryFunction::Top, SummaryFunction::Top, SummaryFunction::First].map(|it| it.identity());
    for (offset, (sku, cents, is_gift, note)) in (0..).zip(goods) {
        let witness = Witness { time: EventTime(0), partition: Partition(0), offset: Offset(offset) };
        summaries[0].rank(Datum::Exact((*sku).into()), Datum::Exact((*cents).into()));
        summaries[1].take(Datum::Boolean(*is_gift), witness);
        summaries[2].take(Datum::Text(note), witness);
    }
    Total::new(goods.len() as i64, &[], &[]).summarized(&summaries)
}

/// Documents by the first of the fields.
fn by_city(fields: Vec<Field>, measures: Vec<Measure>, totals: Vec<TotalField>) -> SampleView {
    let (window_names, version) = (names("from", "until"), "n".into());
    let (group_by, summaries, texts, expressions) = (vec![0], Vec::new(), Vec::new(), Vec::new());
    let windows = MINUTES;
    sample(fields, View { windows, window_names, group_by, measures, summaries, totals, texts, expressions, version })
}

/// A total of `n` events of `sample`, whose measures have come to these; to what no event comes to where there is none.
pub fn total_in(sample: &SampleView, n: i64, measures: &[Option<i128>]) -> Total {
    let units = sample.view.measures.iter().zip(measures);
    let units: Vec<_> = units.map(|(measure, units)| units.unwrap_or(measure.function.identity())).collect();
    Total::new(n, &sample.view.measures, &units)
}

/// The key of a group's window that starts at `start` milliseconds.
pub fn key(group: &str, start: i64) -> Key {
    Key { view: ViewId(0), window: MINUTES.of_slot(EventTime(start)), group: group.into() }
}

/// A total of `n` events.
pub fn total(n: i64, measures: &[i128]) -> Total {
    let sum = Measure { function: Function::Sum, field: 0 };
    Total::new(n, &vec![sum; measures.len()], measures)
}

/// A change that is not final.
pub fn change(key: Key, total: Total) -> Change {
    Change { key, total, is_final: false }
}

/// The change of a total that is certain.
pub fn final_change(key: Key, total: Total) -> Change {
    Change { key, total, is_final: true }
}

/// What a run of the dataflow with this fingerprint says when it claims its sink.
pub fn claim(fingerprint: &str, overwrite: bool) -> Claim {
    let (sink, who) = ("here".into(), "host:1".into());
    Claim { dataflow: "test".into(), fingerprint: fingerprint.into(), sink, overwrite, who, ..Claim::default() }
}

/// Some alert of this id.
pub fn alert(id: &str) -> Alert {
    Alert {
        id: id.to_owned(),
        dataflow: "test".to_owned(),
        rule: "rush".to_owned(),
        severity: Severity::Warning,
        condition: "above".to_owned(),
        group: serde_json::Map::new(),
        window_start: "2025-11-28T12:00:00Z".to_owned(),
        window_end: "2025-11-28T12:01:00Z".to_owned(),
        total: "sales".to_owned(),
        value: 7.into(),
        against: None,
        is_final: true,
        message: "all".to_owned(),
    }
}

/// Positions from pairs of partition and offset.
pub fn positions(pairs: &[(i32, i64)]) -> Positions {
    pairs.iter().map(|(partition, offset)| (Partition(*partition), Offset(*offset))).collect()
}

fn field(name: &str, kind: FieldType) -> Field {
    Field::new(name, kind)
}

fn total_of(name: &str, aggregate: Aggregate) -> TotalField {
    TotalField { name: name.into(), aggregate }
}

fn names(start: &str, end: &str) -> WindowNames {
    WindowNames { start: start.into(), end: end.into(), is_final: None }
}

fn sample(fields: Vec<Field>, view: View) -> SampleView {
    let event = EventPlan {
        time: vec!["timestamp".into()],
        time_format: TimeFormat::Iso,
        zone: jiff::tz::TimeZone::UTC,
        max_ahead_ms: 3_600_000,
        max_bytes: 1 << 20,
        group_max_bytes: 1024,
        confirm: 1,
        explode: None,
        fields,
    };
    SampleView { event, view }
}
