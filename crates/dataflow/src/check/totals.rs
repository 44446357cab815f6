//! `[totals]`: by which fields events are grouped, and which numbers a document has.

use jiff::tz::TimeZone;

use super::computed::{self, Unread};
use super::event::{EventTable, GROUP_MAX_BYTES};
use super::expressions;
use super::fields::{DeclaredFields, SCALE_MAX};
use super::retract::TakenBack;
use super::{extremes, groups, rankings, summaries};
use mare_expression::Expression;
use mare_model::average::{Average, MORE_DIGITS_MAX};
use mare_model::dispersion::{Dispersion, DispersionKind};
use mare_model::measure::{Function, Measure};
use mare_model::schema::{Field, FieldType};
use mare_model::summary::Summarize;
use mare_model::time::Windows;
use mare_model::view::{Aggregate, Number, TextField, TotalExpression, TotalField, View, WindowNames};
use mare_settings::diagnostic::Report;
use mare_settings::quantity::{self, Most};
use mare_settings::section::Section;
use mare_settings::suggest;
use mare_settings::tree::{Entry, Mark, Marked};

/// What reads the argument of a function, and adds the measures that it needs to the totals.
type Read = fn(&Call<'_>, &DeclaredFields, &mut TotalsTable, &mut Report) -> Option<Aggregate>;

/// The functions of totals, in the order in which people are told of them, and how the argument of each is read. A new
/// one has a line here.
const FUNCTIONS: [(&str, Read); 20] = [
    ("sum", sum),
    ("count", count),
    ("avg", avg),
    ("min", extremes::number),
    ("max", extremes::number),
    ("any", extremes::truth),
    ("all", extremes::truth),
    ("variance", dispersion),
    ("stddev", dispersion),
    ("var_samp", dispersion),
    ("stddev_samp", dispersion),
    ("var_pop", dispersion),
    ("stddev_pop", dispersion),
    ("first", summaries::sighting),
    ("last", summaries::sighting),
    ("count_distinct", summaries::distinct),
    ("approx_count_distinct", summaries::distinct),
    ("quantile", summaries::quantile),
    ("median", summaries::quantile),
    ("top", rankings::refuse),
];

/// How many digits behind the point an average, a variance and a deviation have at least, unless they say how many.
const AVERAGE_SCALE: u8 = 2;

/// `function(argument)`, where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    /// The function.
    pub function: &'static str,
    /// What stands in the parentheses.
    pub argument: &'a str,
    /// Where it stands.
    pub mark: Mark,
}

/// The keys of the table that are no totals.
const SETTINGS: [&str; 3] = ["group_by", "group_max_bytes", "where"];

/// The longest text that a group may have. A group is the key of an arrangement and a part of a document's `_id`: one
/// broken producer must not fill memory with that, nor write documents that an index of the sink refuses.
const GROUP_MOST: Most = Most(64 << 10, "64KiB");

/// What could be made out of `[totals]`. A part that has been refused is missing; the report knows.
#[derive(Debug, Default)]
pub(super) struct TotalsTable {
    /// Indices of the fields, with the name of each in a document.
    pub group_by: Vec<(usize, Marked<String>)>,
    /// The longest text that a field of a group may have, in bytes.
    pub group_max_bytes: Option<usize>,
    /// Which events are wanted, if not all: refused without the outer one.
    pub filter: Option<Option<Expression>>,
    /// The name of each total, even of one whose definition has been refused.
    pub names: Vec<Marked<String>>,
    /// How events are taken back.
    pub taken_back: TakenBack,
    totals: Vec<TotalField>,
    texts: Vec<TextField>,
    measures: Vec<Measure>,
    summaries: Vec<Summarize>,
    expressions: Vec<TotalExpression>,
}

impl TotalsTable {
    /// The name of the first total that counts every event.
    pub fn event_count(&self) -> Option<&str> {
        let total = self.totals.iter().find(|total| total.aggregate == Aggregate::Events);
        total.map(|total| total.name.as_str())
    }

    /// The view of these windows, with the field of the version.
    pub fn into_view(self, windows: Windows, window_names: WindowNames, version: String) -> View {
        let TotalsTable { group_by, totals, texts, measures, summaries, expressions, .. } = self;
        let group_by = group_by.into_iter().map(|(index, _)| index).collect();
        View { windows, window_names, group_by, measures, summaries, totals, texts, expressions, version }
    }

    /// The index of a measure; equal ones are kept once.
    pub(super) fn measure(&mut self, measure: Measure) -> usize {
        self.measures.iter().position(|known| *known == measure).unwrap_or_else(|| {
            self.measures.push(measure);
            self.measures.len() - 1
        })
    }

    /// The index of a summary; equal ones are kept once.
    pub(super) fn summary(&mut self, summary: Summarize) -> usize {
        self.summaries.iter().position(|known| *known == summary).unwrap_or_else(|| {
            self.summaries.push(summary);
            self.summaries.len() - 1
        })
    }
}

/// Whether `name` is one by which a number of the documents is asked for; refuses it if not.
pub(super) fn is_total(name: &str, mark: Mark, view: &View, report: &mut Report) -> bool {
    let known = view.names();
    let is_known = known.contains(&name);
    if !is_known {
        report.refuse(mark, format!("there is no total `{name}`"), suggest::remedy(name, &known));
    }
    is_known
}

/// Whether this is the name of a function of totals.
pub(super) fn is_function(name: &str) -> bool {
    FUNCTIONS.iter().any(|(known, _)| *known == name)
}

/// Groups and totals of a table that has the keys `settings` too, which are no totals.
pub(super) fn read(
    section: &Section<'_>,
    settings: &[&str],
    (event, taken_back): (&EventTable, TakenBack),
    report: &mut Report,
) -> Option<TotalsTable> {
    let fields = &event.fields;
    let group_by = groups::read(section, fields, report);
    let group_max_bytes = quantity::size(section, "group_max_bytes", &GROUP_MAX_BYTES.to_string(), GROUP_MOST, report);
    let filter = expressions::condition(section, "where", event.scope.as_ref(), report);
    let mut totals = TotalsTable { group_by, group_max_bytes, filter, taken_back, ..TotalsTable::default() };
    let zone = event.plan.as_ref().map_or(TimeZone::UTC, |event| event.zone.clone());
    functions_and_expressions((section, settings), fields, &zone, &mut totals, report);
    if totals.names.is_empty() {
        let remedy = "add one below `[totals]`: `name = \"sum(field)\"`, `\"max(field)\"` or `\"count()\"`, say";
        report.refuse(section.mark, "there is no total", remedy);
    }
    Some(totals)
}

/// The totals: first those that are functions, over which the others are expressions.
fn functions_and_expressions(
    (section, settings): (&Section<'_>, &[&str]),
    fields: &DeclaredFields,
    zone: &TimeZone,
    totals: &mut TotalsTable,
    report: &mut Report,
) {
    let is_total = |entry: &&Entry| {
        let key = entry.key.value.as_str();
        !SETTINGS.contains(&key) && !settings.contains(&key)
    };
    let (mut unread, mut is_complete) = (Vec::new(), true);
    for (place, Entry { key, node }) in section.table.entries.iter().filter(is_total).enumerate() {
        totals.names.push(key.clone());
        let place = place - totals.texts.len(); // among those that are numbers
        let Some(text) = section.text_of(&key.value, node, "count()", report) else { continue };
        let Some(call) = call(&text, report) else {
            unread.push(Unread { place, name: key.value.clone(), text });
            continue;
        };
        let call = call.filter(|(call, _)| totals.taken_back.fits(call, report));
        let no_number = call.as_ref().and_then(|(call, _)| summaries::no_number(call, fields, totals));
        if let Some((summary, ranking)) = no_number {
            totals.texts.push(TextField { name: key.value.clone(), summary, behind: place, ranking });
            continue;
        }
        match call.and_then(|(call, read)| read(&call, fields, totals, report)) {
            Some(aggregate) => totals.totals.push(TotalField { name: key.value.clone(), aggregate }),
            None => is_complete = false,
        }
    }
    // Of a total that is refused an expression may not say that it isn't there.
    if is_complete {
        totals.expressions = computed::read(unread, fields, zone, &mut totals.totals, report);
    }
}

/// `function(argument)` and what reads it, or nothing if it has been refused; nothing at all if the text is an
/// expression. What is written like a function and is none of ours may be one of SQL's.
fn call<'t>(text: &'t Marked<String>, report: &mut Report) -> Option<Option<(Call<'t>, Read)>> {
    let (function, argument) = text.value.trim().strip_suffix(')')?.split_once('(')?;
    let (function, argument) = (function.trim(), argument.trim());
    // What values are ranked by is a call itself.
    if (argument.contains(['(', ')']) && function != "top")
        || !function.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
    {
        return None;
    }
    let found = FUNCTIONS.iter().find(|(known, _)| *known == function);
    if found.is_none() && mare_expression::is_function(function) {
        return None;
    }
    let Some((function, read)) = found else {
        let remedy = suggest::remedy(function, &FUNCTIONS.map(|(name, _)| name));
        report.refuse(text.mark, format!("unknown total `{function}`"), remedy);
        return Some(None);
    };
    Some(Some((Call { function, argument, mark: text.mark }, *read)))
}

/// The sum of a number. It is exact in the field's own units, so decimals of any scale may be summed.
fn sum(call: &Call<'_>, fields: &DeclaredFields, totals: &mut TotalsTable, report: &mut Report) -> Option<Aggregate> {
    let (field, number) = call.number(call.argument, fields, report)?;
    Some(Aggregate::Measure(totals.measure(Measure { function: Function::Sum, field }), number))
}

/// The mean of the numbers that events had. It takes their sum and their number, which it shares with totals that are
/// these.
fn avg(call: &Call<'_>, fields: &DeclaredFields, totals: &mut TotalsTable, report: &mut Report) -> Option<Aggregate> {
    let (Counted { sum, count, of_scale, .. }, scale) = call.counted(fields, totals, report)?;
    Some(Aggregate::Average(Average { sum, count, of_scale, scale }))
}

/// How far the numbers that events had are from their mean. It takes the sum of their squares as well, in limbs, which
/// all of these share.
fn dispersion(
    call: &Call<'_>,
    fields: &DeclaredFields,
    totals: &mut TotalsTable,
    report: &mut Report,
) -> Option<Aggregate> {
    let kind = match call.function {
        "var_pop" => DispersionKind::Population,
        "stddev_pop" => DispersionKind::PopulationDeviation,
        "stddev" | "stddev_samp" => DispersionKind::SampleDeviation,
        _ => DispersionKind::Sample,
    };
    let (Counted { field, number, sum, count, of_scale }, scale) = call.counted(fields, totals, report)?;
    let mut limb = |function| totals.measure(Measure { function, field });
    let (low, middle) = (limb(Function::SquaresLow), limb(Function::SquaresMiddle));
    let high = (number != Number::Integer).then(|| limb(Function::SquaresHigh));
    Some(Aggregate::Dispersion(Dispersion { sum, count, squares: (low, middle, high), of_scale, scale, kind }))
}

/// What is maintained of a number that is counted and summed.
struct Counted {
    field: usize,
    number: Number,
    sum: usize,
    count: Option<usize>,
    of_scale: u8,
}

/// The number of events, or of those that carry an optional field.
///
/// Every event has its required fields, or else it is a dead letter; so counting one of them counts the events.
fn count(call: &Call<'_>, fields: &DeclaredFields, totals: &mut TotalsTable, report: &mut Report) -> Option<Aggregate> {
    match call.argument {
        "" => return Some(totals.events()),
        "*" => {
            report.refuse(call.mark, "`count(*)` names no field", "write `count()` to count every event");
            return None;
        }
        _ => {}
    }
    let (index, field) = fields.find(call.argument, call.mark, report)?;
    if !field.optional {
        return Some(totals.events());
    }
    Some(Aggregate::Measure(totals.measure(Measure { function: Function::Count, field: index }), Number::Integer))
}

impl Call<'_> {
    /// The sum and the count of `field` or `field, scale`, and how many digits the result has.
    fn counted(&self, fields: &DeclaredFields, totals: &mut TotalsTable, report: &mut Report) -> Option<(Counted, u8)> {
        let (name, scale) = self.argument.rsplit_once(',').unzip();
        let name = name.map_or(self.argument, str::trim_end);
        let (field, number) = self.number(name, fields, report)?;
        let is_optional = fields.find(name, self.mark, report)?.1.optional;
        let of_scale = number.scale();
        let scale = match scale {
            Some(scale) => self.scale(name, scale.trim(), of_scale, report)?,
            None => of_scale.max(AVERAGE_SCALE),
        };
        let sum = totals.measure(Measure { function: Function::Sum, field });
        let present = is_optional.then(|| totals.measure(Measure { function: Function::Count, field }));
        let count = present.or_else(|| totals.live());
        Some((Counted { field, number, sum, count, of_scale }, scale))
    }

    /// The field that is called `name`, which has to be a number, and what kind of number it is.
    pub(super) fn number(&self, name: &str, fields: &DeclaredFields, report: &mut Report) -> Option<(usize, Number)> {
        let (index, field) = self.field(name, fields, report)?;
        let number = match field.kind {
            FieldType::Integer => Number::Integer,
            FieldType::Decimal { scale } => Number::Decimal { scale },
            FieldType::String | FieldType::Boolean | FieldType::Time(_) => {
                let (function, name) = (self.function, &field.name);
                let (kind, others) = match field.kind {
                    FieldType::Time(_) => ("time", format!("`min({name})`, `max({name})`, `count({name})`")),
                    FieldType::Boolean => ("boolean", format!("`any({name})`, `all({name})`")),
                    _ => ("string", format!("`count({name})`, `count_distinct({name})`")),
                };
                let message = format!("`{name}` is a {kind} and has no {function}");
                let remedy =
                    format!("{function} takes an integer or a decimal: declare `{name}` as one, or write {others}");
                report.refuse(self.mark, message, remedy);
                return None;
            }
        };
        Some((index, number))
    }

    /// The field that is called `name`, which has to be a number or a time.
    pub(super) fn number_or_time(
        &self,
        name: &str,
        fields: &DeclaredFields,
        report: &mut Report,
    ) -> Option<(usize, Number)> {
        match self.field(name, fields, report)? {
            (index, Field { kind: FieldType::Time(_), .. }) => Some((index, Number::Time)),
            _ => self.number(name, fields, report),
        }
    }

    /// The field that it is of, which has to be true or false.
    pub(super) fn truth(&self, fields: &DeclaredFields, report: &mut Report) -> Option<usize> {
        let (index, field) = self.field(self.argument, fields, report)?;
        if field.kind == FieldType::Boolean {
            return Some(index);
        }
        let (function, name) = (self.function, &field.name);
        let remedy = format!("{function} takes a boolean: declare `{name}` as one, or write `count({name})`");
        report.refuse(self.mark, format!("`{name}` is neither true nor false"), remedy);
        None
    }

    /// How many digits behind the point the result is to have, of the field `name`, which has `of_scale`.
    fn scale(&self, name: &str, scale: &str, of_scale: u8, report: &mut Report) -> Option<u8> {
        let most = (of_scale + MORE_DIGITS_MAX).min(SCALE_MAX);
        let found = scale.parse().ok().filter(|scale| *scale <= most);
        if found.is_none() {
            let function = self.function;
            let message =
                format!("`{scale}` is no number of digits from 0 to {most}, which `{function}` of `{name}` has");
            report.refuse(self.mark, message, format!("write how many are behind the point: `{function}({name}, 4)`"));
        }
        found
    }

    /// The field that is called `name`.
    pub(super) fn field<'f>(
        &self,
        name: &str,
        fields: &'f DeclaredFields,
        report: &mut Report,
    ) -> Option<(usize, &'f Field)> {
        if name.is_empty() {
            let function = self.function;
            let remedy = format!("write `{function}(field)`; events are counted by `count()`");
            report.refuse(self.mark, format!("`{function}()` names no field"), remedy);
            return None;
        }
        fields.find(name, self.mark, report)
    }
}
