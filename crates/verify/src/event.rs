//! What a record says.
//!
//! The rules, in their order; the first that fails is the reason why a record is no event:
//! 1. `tombstone`: it has a payload.
//! 2. `too_large`: of at most `event.max_bytes`.
//! 3. `not_json`, or one of the reasons of [`framing`]: which is one JSON object as [`json`] has it, behind a byte
//!    order mark if need be.
//! 4. `missing_field`, `wrong_type`, `not_a_time`: with an event time, which may be its own timestamp.
//! 5. `missing_field`, `wrong_type`, `out_of_range`, `not_text`, `not_a_time`, `too_long`: and all declared fields, in
//!    their order. A path through anything but objects leads to nothing. An optional field may be absent or null. Whole
//!    numbers are within 64 bits; strings are text; those of groups have at most `totals.group_max_bytes`, ids at most
//!    1024 bytes.
//! 6. `not_text`, or the name of what goes wrong, as `docs/expressions.md` has it: and all fields that are not in the
//!    payload, in their order, which have the bounds of declared ones.
//! 7. `future_time`: whose event time is at most `event.max_ahead` beyond the record's own timestamp, if it has one.
//! 8. The name of what goes wrong: and for which the conditions of `retract.when` and then of `totals.where` have a
//!    value. The event is a cancellation if the first is true, and wanted if the second is. Of a cancellation that has
//!    an id by `dedup.by` the second is not asked; one without adds the negative of what it would add.
//!
//! Where `event.explode` names an array, a record has an event for each of its elements, in their order. 4 comes first
//! then, and of 5 and 6 what is of the record: fields outside of the array, parts beside the payload; then
//! `wrong_type`, if something stands where the array should and is none, and 7. What is wrong so far is one event that
//! is none. The rest of 5 and 6, and 8, are of each event. A record without elements, or with null in the place of the
//! array, is one event that nobody wants. An id from outside of the array has the number of the element behind it.

mod measures;
mod said;
mod source;

use std::borrow::Cow;
use std::collections::BTreeMap;

use self::measures::adds;
pub(super) use self::measures::together;
pub use self::said::Said;
use self::said::group;
pub(super) use self::said::{naive, text};
use self::source::{Source, elements, of_each};
use super::amount::{Round, units};
use super::json::{self, JsonObject, JsonValue};
use super::topic::RawRecord;
use super::{VerifyError, framing, instant, lookup};
use jiff::tz::TimeZone;
use mare_dataflow::{Computed, Plan};
use mare_expression_reference::{self as sql, NaiveRow, NaiveValue, Tree};
use mare_model::schema::{Field, FieldType, RecordPart, TimeFormat};

/// The longest id, in bytes.
const ID_BYTES_MAX: usize = 1024;
/// Units that no decimal has: it has 24 digits.
const DECIMAL_END: u128 = 10_u128.pow(24);

/// An event, as far as the dataflow wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The event time, in milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// The text of its group.
    pub group: Cow<'a, str>,
    /// What names it, if the dataflow counts events of one id once.
    pub id: Option<Cow<'a, str>>,
    /// What it adds to each measure; nothing if it has nothing that counts there.
    pub adds: Vec<Option<i128>>,
    /// What each summary is told of it: what its field says, and that by which values are ranked, if they are by one.
    pub says: Vec<(Said<'a>, Option<Said<'a>>)>,
    /// Whether the dataflow wants it.
    pub is_wanted: bool,
    /// Which element of an array it is, counted from 0, if it is one.
    pub place: Option<usize>,
    /// Whether it takes back what others have added.
    pub cancels: bool,
}

/// Reads the events of a plan.
#[derive(Debug)]
pub struct EventReader<'a> {
    plan: &'a Plan,
    /// What the last fields are, which are not in the payload.
    computed: Vec<Beside>,
    /// Which events are wanted.
    filter: Option<Tree>,
    /// Which of them take others back.
    cancellation: Option<Tree>,
}

/// What a field is that is not in the payload.
#[derive(Debug)]
enum Beside {
    Part(RecordPart),
    Expression(Tree),
    /// What stands in a table under the text of this field.
    Lookup(usize, BTreeMap<String, NaiveValue>),
}

impl<'a> EventReader<'a> {
    /// A reader of the events of `plan`.
    ///
    /// # Errors
    /// If a table of it cannot be read, or an expression, which is a defect of ours.
    pub fn new(plan: &'a Plan) -> Result<EventReader<'a>, VerifyError> {
        let fields = &plan.event.fields;
        let names: Vec<_> = fields.iter().map(|field| (&*field.name, scale(field))).collect();
        let computed = plan.computed.iter().zip(fields.len() - plan.computed.len()..);
        let computed = computed.map(|(computed, before)| match computed {
            Computed::Part(part) => Ok(Beside::Part(part.clone())),
            Computed::Expression(it) => Ok(Beside::Expression(sql::read(&it.canonical(), &names[..before])?)),
            Computed::Lookup(it) => {
                let rows = lookup::read(it, &plan.event.zone).map_err(VerifyError::Lookup)?;
                Ok(Beside::Lookup(it.by, rows))
            }
        });
        let filter = plan.filter().map(|filter| sql::read(&filter.canonical(), &names));
        let cancellation = plan.retract.as_ref().map(|retract| sql::read(&retract.canonical(), &names));
        let computed = computed.collect::<Result<_, VerifyError>>()?;
        Ok(EventReader { plan, computed, filter: filter.transpose()?, cancellation: cancellation.transpose()? })
    }

    /// Shows `visit` the events in a record, each or the reason why it is none: one, or one for each element of an
    /// array.
    pub fn read<'r>(&self, raw: &RawRecord<'r>, visit: &mut dyn FnMut(Result<Event<'r>, &'static str>)) {
        if let Err(reason) = self.all(raw, visit) {
            visit(Err(reason));
        }
    }

    /// The same, or the reason why the record has none.
    fn all<'r>(
        &self,
        raw: &RawRecord<'r>,
        visit: &mut dyn FnMut(Result<Event<'r>, &'static str>),
    ) -> Result<(), &'static str> {
        let plan = self.plan;
        let payload = raw.payload.ok_or("tombstone")?;
        if payload.len() > plan.event.max_bytes {
            return Err("too_large");
        }
        let record = payload.strip_prefix("\u{feff}".as_bytes()).unwrap_or(payload);
        let Some(object) = &JsonObject::of(record) else { return Err(framing::reason(record)) };
        let time_ms = match object.at(&plan.event.time) {
            _ if plan.event.time_format == TimeFormat::Record => raw.own_ms().ok_or("missing_field")?,
            None | Some(JsonValue::Null) => return Err("missing_field"),
            Some(value) => instant::read(&value, plan.event.time_format, &plan.event.zone)?,
        };
        let in_future = |sent_ms: i64| sent_ms >= 0 && time_ms > sent_ms.saturating_add(plan.event.max_ahead_ms);
        let is_in_future = raw.timestamp_ms.is_some_and(in_future);
        let Some(array) = &plan.event.explode else {
            let said = self.fields(raw, Source { object, element: None, own: &[] }, time_ms)?;
            if is_in_future {
                return Err("future_time");
            }
            visit(self.event(&said, time_ms, None));
            return Ok(());
        };
        let own = &self.own(raw, object)?;
        let elements = elements(object, array)?;
        if is_in_future {
            return Err("future_time");
        }
        if elements.is_empty() {
            let (group, adds, says) = (Cow::default(), Vec::new(), Vec::new());
            let (id, is_wanted, place, cancels) = (None, false, None, false);
            visit(Ok(Event { time_ms, group, id, adds, says, is_wanted, place, cancels }));
        }
        for (place, element) in elements.into_iter().enumerate() {
            let said = self.fields(raw, Source { object, element: Some(element), own }, time_ms);
            visit(said.and_then(|said| self.event(&said, time_ms, Some(place))));
        }
        Ok(())
    }

    /// The event of which all fields say this.
    fn event<'r>(&self, said: &[Said<'r>], time_ms: i64, place: Option<usize>) -> Result<Event<'r>, &'static str> {
        let plan = self.plan;
        let cancels = self.cancels(said, time_ms)?;
        let is_named = plan.dedup.is_some();
        let is_wanted = (cancels && is_named) || self.wants(said, time_ms)?;
        let group = group(plan.view().group_by.iter().filter_map(|index| said.get(*index)));
        let named = plan.dedup.and_then(|index| Some((index, text(said.get(index)?))));
        let id = named.map(|(index, id)| match place {
            Some(place) if !self.tells_elements(index) => format!("{id}|{place}").into(),
            _ => id,
        });
        let adds = plan.view().measures.iter().map(|measure| adds(*measure, said));
        let adds = adds.map(|units| if cancels && !is_named { units.map(|units| -units) } else { units }).collect();
        let summaries = plan.view().summaries.iter();
        let field = |index: usize| said.get(index).cloned().unwrap_or(Said::Nothing);
        let says = summaries.map(|of| (field(of.field), of.by.map(field))).collect();
        Ok(Event { time_ms, group, id, adds, says, is_wanted, place, cancels })
    }

    /// Whether what a field says may be another thing for each element of a record.
    fn tells_elements(&self, index: usize) -> bool {
        let declared = self.plan.event.fields.len() - self.computed.len();
        match index.checked_sub(declared).map(|beside| &self.computed[beside]) {
            None => of_each(&self.plan.event.fields[index]).is_some(),
            Some(Beside::Part(_)) => false,
            Some(Beside::Expression(tree)) => tree.fields().iter().any(|field| self.tells_elements(*field)),
            Some(Beside::Lookup(by, _)) => self.tells_elements(*by),
        }
    }

    /// What a record says beside its elements; nothing of a field that is of them.
    fn own<'r>(&self, raw: &RawRecord<'r>, object: &JsonObject<'r>) -> Result<Vec<Option<Said<'r>>>, &'static str> {
        let (plan, fields) = (self.plan, &self.plan.event.fields);
        let declared = fields.len() - self.computed.len();
        let source = Source { object, element: None, own: &[] };
        let one = |(index, field): (usize, &Field)| match (of_each(field), index.checked_sub(declared)) {
            (None, None) => said(plan, index, field, source).map(Some),
            (Some(_), None) => Ok(None),
            (_, Some(beside)) => match &self.computed[beside] {
                Beside::Part(part) => computed(plan, index, field, part_of(raw, part)?).map(Some),
                Beside::Expression(_) | Beside::Lookup(..) => Ok(None),
            },
        };
        fields.iter().enumerate().map(one).collect()
    }

    /// What all fields say: those that are declared, then those that are not in the payload.
    fn fields<'r>(
        &self,
        raw: &RawRecord<'r>,
        source: Source<'_, 'r>,
        time_ms: i64,
    ) -> Result<Vec<Said<'r>>, &'static str> {
        let (plan, fields) = (self.plan, &self.plan.event.fields);
        let declared = fields.iter().enumerate().take(fields.len() - self.computed.len());
        let mut all = declared.map(|(index, field)| said(plan, index, field, source)).collect::<Result<Vec<_>, _>>()?;
        for beside in &self.computed {
            let value = match beside {
                Beside::Part(part) => part_of(raw, part)?,
                Beside::Expression(tree) => self.evaluate(tree, &all, time_ms)?,
                Beside::Lookup(by, rows) => match &all[*by] {
                    Said::Nothing => NaiveValue::Null,
                    key => rows.get(&*text(key)).cloned().unwrap_or(NaiveValue::Null),
                },
            };
            let (index, field) = (all.len(), &fields[all.len()]);
            all.push(computed(plan, index, field, value)?);
        }
        Ok(all)
    }

    /// Whether the dataflow wants an event with these fields.
    fn wants(&self, said: &[Said<'_>], time_ms: i64) -> Result<bool, &'static str> {
        let value = self.filter.as_ref().map(|filter| self.evaluate(filter, said, time_ms)).transpose()?;
        Ok(value.is_none_or(|value| value == NaiveValue::Truth(true)))
    }

    /// Whether an event with these fields takes others back.
    fn cancels(&self, said: &[Said<'_>], time_ms: i64) -> Result<bool, &'static str> {
        let value = self.cancellation.as_ref().map(|when| self.evaluate(when, said, time_ms)).transpose()?;
        Ok(value == Some(NaiveValue::Truth(true)))
    }

    /// What an expression comes to over these fields.
    fn evaluate(&self, tree: &Tree, said: &[Said<'_>], time_ms: i64) -> Result<NaiveValue, &'static str> {
        let row: Vec<_> = said.iter().zip(&self.plan.event.fields).map(|(said, field)| naive(said, field)).collect();
        NaiveRow { row: &row, time_ms }.value(tree)
    }
}

/// A part of a record beside its payload.
fn part_of(raw: &RawRecord<'_>, part: &RecordPart) -> Result<NaiveValue, &'static str> {
    let number = |number: i128| NaiveValue::Number(number, 0);
    let text = |bytes: Option<&[u8]>| match bytes {
        None => Ok(NaiveValue::Null),
        Some(bytes) => String::from_utf8(bytes.to_vec()).map(NaiveValue::Text).map_err(|_| "not_text"),
    };
    Ok(match part {
        RecordPart::Key => text(raw.key)?,
        RecordPart::Header(name) => {
            let mut last = None;
            raw.headers.each(&mut |header, value| {
                if header == name.as_bytes() {
                    last = value;
                }
            });
            text(last)?
        }
        RecordPart::Partition => number(raw.partition.into()),
        RecordPart::Offset => number(raw.offset.into()),
        RecordPart::Timestamp => raw.own_ms().map_or(NaiveValue::Null, |ms| number(ms.into())),
    })
}

/// How many digits behind the point a field has.
fn scale(field: &Field) -> u8 {
    if let FieldType::Decimal { scale } = field.kind { scale } else { 0 }
}

/// What a computed field says whose expression comes to `value`.
fn computed(plan: &Plan, index: usize, field: &Field, value: NaiveValue) -> Result<Said<'static>, &'static str> {
    match (field.kind, value) {
        (_, NaiveValue::Null) => Ok(Said::Nothing),
        (_, NaiveValue::Truth(truth)) => Ok(Said::Truth(truth)),
        (_, NaiveValue::Text(text)) if is_long(plan, index, &text) => Err("too_long"),
        (_, NaiveValue::Text(text)) => Ok(Said::Text(text.into())),
        (FieldType::Integer, NaiveValue::Number(units, _)) if i64::try_from(units).is_err() => Err("overflow"),
        (FieldType::Decimal { scale }, NaiveValue::Number(units, of_scale)) => {
            let more = u32::from(scale).saturating_sub(of_scale.try_into().unwrap_or(u32::MAX));
            let units = units.checked_mul(10_i128.pow(more)).filter(|units| units.unsigned_abs() < DECIMAL_END);
            units.map(Said::Units).ok_or("overflow")
        }
        (_, NaiveValue::Number(units, _)) => Ok(Said::Units(units)),
    }
}

/// What a declared field says.
fn said<'r>(plan: &Plan, index: usize, field: &Field, source: Source<'_, 'r>) -> Result<Said<'r>, &'static str> {
    if let Some(Some(known)) = source.own.get(index) {
        return Ok(known.clone());
    }
    match typed(field, source.value(field), &plan.event.zone)? {
        Said::Text(text) if is_long(plan, index, &text) => Err("too_long"),
        said => Ok(said),
    }
}

/// What a value says of its type.
pub(super) fn typed<'r>(
    field: &Field,
    value: Option<JsonValue<'r>>,
    zone: &TimeZone,
) -> Result<Said<'r>, &'static str> {
    let value = match value {
        Some(JsonValue::Text(Some(text))) if field.from_text && json::is_number(&text) => Some(JsonValue::Number(text)),
        value => value,
    };
    match (field.kind, value) {
        (_, None | Some(JsonValue::Null)) if field.optional => Ok(Said::Nothing),
        (_, None | Some(JsonValue::Null)) => Err("missing_field"),
        (FieldType::String, Some(JsonValue::Text(None))) => Err("not_text"),
        (FieldType::String, Some(JsonValue::Text(Some(text)))) => Ok(Said::Text(text)),
        (FieldType::Time(format), Some(value)) => instant::read(&value, format, zone).map(|ms| Said::Units(ms.into())),
        (FieldType::Boolean, Some(JsonValue::Truth(truth))) => Ok(Said::Truth(truth)),
        (FieldType::Decimal { scale }, Some(JsonValue::Number(number))) => {
            let (units, _) = units(&number, scale, Round::HalfEven).ok_or("out_of_range")?;
            Ok(Said::Units(units))
        }
        (FieldType::Integer, Some(JsonValue::Number(number))) => {
            let (units, exact) = units(&number, 0, Round::HalfEven).ok_or("out_of_range")?;
            if !exact {
                return Err("wrong_type");
            }
            i64::try_from(units).map(|number| Said::Units(number.into())).map_err(|_| "out_of_range")
        }
        _ => Err("wrong_type"),
    }
}

/// Whether a text is too long for what its field is to the dataflow.
fn is_long(plan: &Plan, index: usize, text: &str) -> bool {
    let is_group = plan.grouped.contains(&index);
    let is_id = plan.dedup == Some(index);
    (is_group && text.len() > plan.event.group_max_bytes) || (is_id && text.len() > ID_BYTES_MAX)
}

#[cfg(test)]
mod tests;
