//! Which origin a field has, by what the plan does with it.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use mare_dataflow::{Computed, Plan};
use mare_expression::{Constant, Scalar};
use mare_model::schema::{Field, FieldType};

use super::origin::{FewValues, Origin};
use super::words::Words;

/// How many values a field of a group has.
const GROUP_VALUES: usize = 5;
/// And how many more, if it has some that are compared with it.
const GROUP_OTHERS: usize = 2;
/// What is compared with this or more is never met: an integer of 64 bits, and twice of it, lies below.
const UNITS_END: u128 = 1 << 62;
/// Numbers of a field that is compared with nothing: up to so many whole ones.
const WHOLE_MAX: i128 = 1_000;
/// Times that are fields lie up to so long before the event, in milliseconds.
const BEFORE_MS: i64 = 3_600_000;

/// What a plan does with its fields.
pub(super) struct Uses<'a> {
    plan: &'a Plan,
    /// The number of the first field that is not in the payload.
    computed_from: usize,
    /// The fields that groups are made of, in the end.
    grouped: BTreeSet<usize>,
    /// Those that ids are made of, in the end.
    ids: BTreeSet<usize>,
    /// What each is compared with.
    constants: Vec<(usize, Constant)>,
    /// Those that decide about what is cancelled, each with what it is compared with there.
    cancelling: Vec<(usize, Option<Constant>)>,
    /// The values of those that are looked up by.
    keys: Vec<(usize, Vec<Scalar<'static>>)>,
}

impl<'a> Uses<'a> {
    pub(super) fn of(plan: &'a Plan) -> Uses<'a> {
        let computed_from = plan.event.fields.len() - plan.computed.len();
        let mut uses = Uses {
            plan,
            computed_from,
            grouped: BTreeSet::new(),
            ids: BTreeSet::new(),
            constants: Vec::new(),
            cancelling: Vec::new(),
            keys: Vec::new(),
        };
        uses.grouped = plan.grouped.iter().flat_map(|field| uses.sources(*field)).collect();
        uses.ids = plan.dedup.iter().flat_map(|field| uses.sources(*field)).collect();
        for (_, expression) in plan.expressions() {
            for compared in expression.constants() {
                let sources = uses.sources(compared.field).into_iter();
                uses.constants.extend(sources.map(|field| (field, compared.constant.clone())));
            }
        }
        if let Some(when) = &plan.retract {
            let fields = when.fields().iter().flat_map(|field| uses.sources(*field)).map(|field| (field, None));
            let compared = when.constants().iter().flat_map(|compared| {
                uses.sources(compared.field).into_iter().map(move |field| (field, Some(compared.constant.clone())))
            });
            uses.cancelling = fields.chain(compared).collect();
        }
        for computed in &plan.computed {
            if let Computed::Lookup(lookup) = computed {
                let keys: Vec<_> = lookup.table.keys().into_iter().map(owned).collect();
                uses.keys.extend(uses.sources(lookup.by).into_iter().map(|field| (field, keys.clone())));
            }
        }
        uses
    }

    /// What is computed for a field, if it is.
    pub(super) fn computed(&self, field: usize) -> Option<&'a Computed> {
        field.checked_sub(self.computed_from).and_then(|place| self.plan.computed.get(place))
    }

    /// The fields of records that decide about a field: itself, or those that it is computed from.
    fn sources(&self, field: usize) -> Vec<usize> {
        match self.computed(field) {
            None | Some(Computed::Part(_)) => vec![field],
            Some(Computed::Lookup(lookup)) => self.sources(lookup.by),
            Some(Computed::Expression(expression)) => {
                expression.fields().iter().flat_map(|field| self.sources(*field)).collect()
            }
        }
    }

    /// Whether a field of records is the key of a table.
    fn is_key(&self, number: usize) -> bool {
        self.keys.iter().any(|(of, _)| *of == number)
    }

    /// For how long a value of a field comes at most, in milliseconds, where groups are made of it that have sessions:
    /// so that these end, though many records come. Two gaps, behind which it is away for several.
    fn spell_ms(&self, number: usize) -> Option<i64> {
        let views = self.plan.outputs.iter().map(|output| &output.view);
        let of_field = views.filter(|view| view.group_by.iter().any(|field| self.sources(*field).contains(&number)));
        let gaps_ms = of_field.filter(|view| view.windows.are_sessions()).map(|view| view.windows.length_ms_max());
        gaps_ms.max().map(|gap_ms| gap_ms.saturating_mul(2))
    }

    /// The values of a field that make its record a cancellation, as far as one tells; `None` if it has no say in that.
    pub(super) fn cancelling(&self, number: usize, field: &Field) -> Option<Vec<Scalar<'static>>> {
        let compared = self.cancelling.iter().filter(|(of, _)| *of == number).map(|(_, constant)| constant);
        compared.clone().next()?;
        let few = without_repetitions(compared.flatten().filter_map(|it| fitting(it, field.kind)).collect());
        Some(match field.kind {
            FieldType::Boolean => vec![Scalar::Boolean(true)],
            FieldType::Integer | FieldType::Decimal { .. } => with_neighbours(few),
            FieldType::String | FieldType::Time(_) => few,
        })
    }

    /// Where the values of a field of records come from.
    pub(super) fn origin(&self, number: usize, field: &Field) -> Origin {
        let constants = || self.constants.iter().filter(|(of, _)| *of == number).map(|(_, constant)| constant);
        if self.ids.contains(&number) && matches!(field.kind, FieldType::String | FieldType::Integer) {
            return if field.kind == FieldType::String { Origin::Words(Words::Id) } else { Origin::Serial };
        }
        let mut few: Vec<_> = constants().filter_map(|constant| fitting(constant, field.kind)).collect();
        few.extend(self.keys.iter().filter(|(of, _)| *of == number).flat_map(|(_, keys)| keys.clone()));
        let few = without_repetitions(few);
        let is_grouped = self.grouped.contains(&number);
        match field.kind {
            FieldType::Boolean => Origin::Truth,
            FieldType::Time(_) => mostly(few, 2, Origin::Before(BEFORE_MS)),
            FieldType::String if is_grouped && few.is_empty() => match self.spell_ms(number) {
                Some(spell_ms) => Origin::InSpells(Words::of(&field.name).few(&field.name, GROUP_VALUES), spell_ms),
                None => only(texts(field, GROUP_VALUES)),
            },
            FieldType::String if is_grouped => often(few, self.is_key(number), only(texts(field, GROUP_OTHERS))),
            FieldType::String => often(few, self.is_key(number), Origin::Words(Words::of(&field.name))),
            FieldType::Integer if is_grouped && few.is_empty() => Origin::Units(1..=GROUP_VALUES as i128),
            FieldType::Integer if is_grouped => only(if self.is_key(number) { few } else { with_neighbours(few) }),
            FieldType::Integer | FieldType::Decimal { .. } => {
                let range = range(&few, field.kind);
                mostly(few, if self.is_key(number) { 7 } else { 2 }, Origin::Units(range))
            }
        }
    }
}

/// Numbers, and those on both sides of each: what a condition compares with, more and less.
fn with_neighbours(few: Vec<Scalar<'static>>) -> Vec<Scalar<'static>> {
    let three = |value| if let Scalar::Exact(units) = value { vec![units - 1, units, units + 1] } else { Vec::new() };
    without_repetitions(few.into_iter().flat_map(three).map(Scalar::Exact).collect())
}

fn only(few: Vec<Scalar<'static>>) -> Origin {
    Origin::Few(FewValues { few, of_eight: 8, others: None })
}

/// Texts: keys of a table most of the time, and else constants, of which a single one is as often met as missed.
fn often(few: Vec<Scalar<'static>>, is_key: bool, others: Origin) -> Origin {
    let of_eight = match few.len() {
        _ if is_key => 7,
        1 => 4,
        _ => 6,
    };
    mostly(few, of_eight, others)
}

fn mostly(few: Vec<Scalar<'static>>, of_eight: u32, others: Origin) -> Origin {
    Origin::Few(FewValues { few, of_eight, others: Some(Box::new(others)) })
}

fn without_repetitions(values: Vec<Scalar<'static>>) -> Vec<Scalar<'static>> {
    let mut kept: Vec<Scalar<'static>> = Vec::new();
    for value in values {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    kept
}

/// A few texts that groups have.
fn texts(field: &Field, count: usize) -> Vec<Scalar<'static>> {
    let texts = Words::of(&field.name).few(&field.name, count);
    texts.into_iter().map(|text| Scalar::Text(text.into())).collect()
}

/// The value that a constant is in a field of a type, if it can be one; a number is rounded down to the type's digits.
fn fitting(constant: &Constant, kind: FieldType) -> Option<Scalar<'static>> {
    match (constant, kind) {
        (Constant::Text(text), FieldType::String) => Some(Scalar::Text(text.clone().into())),
        (Constant::Time(ms), FieldType::Time(_)) => Some(Scalar::Exact((*ms).into())),
        (Constant::Number { units, scale }, FieldType::Integer | FieldType::Decimal { .. }) => {
            let wanted = digits(kind);
            let power = 10_i128.checked_pow(u32::from(wanted.abs_diff(*scale)))?;
            let units = if wanted < *scale { units.div_euclid(power) } else { units.checked_mul(power)? };
            (units.unsigned_abs() < UNITS_END).then_some(Scalar::Exact(units))
        }
        _ => None,
    }
}

/// The numbers of a field: up to twice the largest that it is compared with, on both sides of 0 if one is below it.
fn range(few: &[Scalar<'static>], kind: FieldType) -> RangeInclusive<i128> {
    let units = |value: &Scalar<'static>| if let Scalar::Exact(units) = value { *units } else { 0 };
    let (least, most) = (few.iter().map(units).min().unwrap_or(0), few.iter().map(units).max().unwrap_or(0));
    let usual = WHOLE_MAX * 10_i128.pow(digits(kind).into());
    let most = if most > 0 { 2 * most } else { usual };
    if least < 0 { 2 * least..=most } else { 1..=most }
}

/// How many digits a number has behind the point.
fn digits(kind: FieldType) -> u8 {
    if let FieldType::Decimal { scale } = kind { scale } else { 0 }
}

/// A value that is nobody's but its own.
fn owned(value: Scalar<'_>) -> Scalar<'static> {
    match value {
        Scalar::Null => Scalar::Null,
        Scalar::Boolean(truth) => Scalar::Boolean(truth),
        Scalar::Exact(units) => Scalar::Exact(units),
        Scalar::Text(text) => Scalar::Text(text.into_owned().into()),
    }
}
