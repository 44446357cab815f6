//! Recomputed totals against the documents found, both ways. Pure.
//!
//! Numbers must be the same, exactly. Where documents hold doubles, the double must be the one nearest to the exact
//! number: the reader refuses every other, and beyond the digits of a double, amounts that share one are the same.

use serde::{Serialize, Serializer};

use super::computed::ComputedTotals;
use super::dispersion::Dispersion;
use super::mean::mean;
use super::recount::Total;
use super::summary::KeptValues;
use super::windows;
use mare_dataflow::Plan;
use mare_expression_reference::Unreadable;
use mare_model::average::Average;
use mare_model::decimal;
use mare_model::dispersion::DispersionKind;
use mare_model::schema::FieldType;
use mare_model::time::EventTime;
use mare_model::view::{Aggregate, Number, Ranking, SummaryTotal, View};
use mare_sink::connector::Abilities;
use mare_sink::document::{Document, FieldOrigin, FieldValue, Layout};
use mare_sink::ranking::Ranked;
use mare_sink::read::StoredDocument;

/// A document that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The slot of its window, if it has one.
    pub slot: Option<EventTime>,
    /// Its `_id`.
    pub id: String,
    /// What is wrong.
    pub wrong: Wrong,
}

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Fields hold other values than they must.
    Differs(Vec<Difference>),
    /// The topic leads to it, and the sink does not have it.
    Missing(Vec<Difference>),
    /// The sink has it, and the topic does not lead to it.
    Extra(Vec<Difference>),
    /// No run of this dataflow writes such a one: what is wrong, and what it must hold if its `_id` is one of a
    /// document.
    Unreadable(String, Vec<Difference>),
}

impl Wrong {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Wrong::Differs(_) => "differing",
            Wrong::Missing(_) => "missing",
            Wrong::Extra(_) => "extra",
            Wrong::Unreadable(..) => "unreadable",
        }
    }

    /// The fields that it is about.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        match self {
            Wrong::Differs(fields) | Wrong::Missing(fields) | Wrong::Extra(fields) | Wrong::Unreadable(_, fields) => {
                fields
            }
        }
    }
}

/// One field of a document, in the sink and recomputed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The field.
    pub field: String,
    /// What the sink holds.
    pub found: Option<FieldValue>,
    /// What it must be.
    pub expected: Option<FieldValue>,
}

/// The `_id` of a document.
#[must_use]
pub fn id(plan: &Plan, slot: EventTime, group: &str) -> String {
    format!("{group}|{}", windows::name(plan, slot))
}

/// Knows what documents of a dataflow must hold.
#[derive(Debug)]
pub struct Judge<'a> {
    plan: &'a Plan,
    layout: Layout,
    /// Windows that close at or before this are final.
    pub certain: EventTime,
    /// What the sink makes of numbers.
    abilities: Abilities,
    /// The totals that are computed from others.
    computed: ComputedTotals,
}

impl<'a> Judge<'a> {
    /// A judge of the documents of `plan`, when windows that close at or before `certain` are final.
    ///
    /// # Errors
    /// If an expression of it cannot be read, which is a mistake of ours.
    pub fn new(plan: &'a Plan, certain: EventTime) -> Result<Judge<'a>, Unreadable> {
        let (layout, abilities, computed) = (plan.layout(), plan.sink().abilities(), ComputedTotals::of(plan.view())?);
        Ok(Judge { plan, layout, certain, abilities, computed })
    }

    /// What is wrong with a document that was found; `total` is what the topic leads to under its `_id`.
    #[must_use]
    pub fn judge(&self, found: &StoredDocument, total: Option<&Total>) -> Option<Wrong> {
        match (&found.document, total) {
            (Err(wrong), None) => Some(Wrong::Unreadable(wrong.clone(), Vec::new())),
            (Err(wrong), Some(total)) => {
                Some(Wrong::Unreadable(wrong.clone(), self.fields(found.slot, None, Some(total))))
            }
            (Ok(document), None) => Some(Wrong::Extra(self.fields(found.slot, Some(document), None))),
            (Ok(document), Some(total)) => {
                let mut fields = self.fields(found.slot, Some(document), Some(total));
                fields.retain(|field| !self.same(field));
                (!fields.is_empty()).then_some(Wrong::Differs(fields))
            }
        }
    }

    /// A document that is not there.
    #[must_use]
    pub fn missing(&self, slot: EventTime, group: &str, total: &Total) -> Mismatch {
        let wrong = Wrong::Missing(self.fields(Some(slot), None, Some(total)));
        Mismatch { slot: Some(slot), id: id(self.plan, slot, group), wrong }
    }

    /// The numbers of a document, and whether it is final, in the sink and recomputed; of a session also where it ends.
    #[must_use]
    pub fn fields(
        &self,
        slot: Option<EventTime>,
        document: Option<&Document>,
        total: Option<&Total>,
    ) -> Vec<Difference> {
        let computed = total.map(|total| self.computed.values(self.plan.view(), total));
        let is_final = slot.is_some_and(|slot| windows::close(self.plan, slot) <= self.certain);
        let fields = self.layout.fields().iter().enumerate();
        let differences = fields.filter_map(|(place, field)| {
            let found = document.and_then(|document| document.values.get(place)).cloned();
            let expected = match field.origin {
                FieldOrigin::WindowEnd => Some(FieldValue::Time(total?.session_end?)),
                FieldOrigin::Final => total.map(|_| FieldValue::Boolean(is_final)),
                FieldOrigin::Total(Aggregate::Computed(index, _)) => {
                    computed.as_ref().and_then(|values| values.get(index).cloned())
                }
                FieldOrigin::Text(summary) => total.map(|total| {
                    let text = total.values.get(summary).and_then(KeptValues::text);
                    text.map_or(FieldValue::Null, FieldValue::Text)
                }),
                FieldOrigin::Ranking(summary, ranking) => total.map(|total| {
                    let ranked = total.values.get(summary).map(|values| values.greatest(ranking.k.into()));
                    FieldValue::Ranking(
                        ranked.unwrap_or_default().into_iter().map(|it| self::ranked(ranking, it)).collect(),
                    )
                }),
                FieldOrigin::Total(aggregate) => total.map(|total| number(aggregate, total, self.plan.view())),
                _ => return None,
            };
            Some(Difference { field: field.name.clone(), found, expected })
        });
        differences.collect()
    }

    fn same(&self, difference: &Difference) -> bool {
        self.equal(difference.found.as_ref(), difference.expected.as_ref())
    }

    fn equal(&self, found: Option<&FieldValue>, expected: Option<&FieldValue>) -> bool {
        match (found, expected) {
            (Some(FieldValue::Decimal { units: found, .. }), Some(FieldValue::Decimal { units, scale })) => {
                let is_double = !self.abilities.exact_decimals;
                found == units || (is_double && decimal::nearest(*found, *scale) == decimal::nearest(*units, *scale))
            }
            (Some(FieldValue::Integer(found)), Some(FieldValue::Integer(number))) => {
                let is_double = i64::try_from(*number).is_err() && !self.abilities.wide_integers;
                found == number || (is_double && *found as f64 == *number as f64)
            }
            (Some(FieldValue::Ranking(found)), Some(FieldValue::Ranking(expected))) => {
                let same = |(found, expected): (&Ranked, &Ranked)| {
                    found.value == expected.value && self.equal(Some(&found.total), Some(&expected.total))
                };
                found.len() == expected.len() && found.iter().zip(expected).all(same)
            }
            (found, expected) => found == expected,
        }
    }
}

/// A value of a ranking, by its text, and what it comes to.
fn ranked(ranking: Ranking, (value, units): (String, i128)) -> Ranked {
    let value = match ranking.of {
        FieldType::Integer => FieldValue::Integer(value.parse().unwrap_or_default()),
        FieldType::Boolean => FieldValue::Boolean(value == "true"),
        _ => FieldValue::Text(value),
    };
    Ranked { value, total: of_kind(units, ranking.by) }
}

/// What a field of numbers must hold, unless it is computed from others.
pub(super) fn number(aggregate: Aggregate, total: &Total, view: &View) -> FieldValue {
    match aggregate {
        Aggregate::Measure(index, number) => {
            of_kind(total.measures.get(index).copied().flatten().unwrap_or_default(), number)
        }
        Aggregate::Extreme(index, number) => {
            let units = total.measures.get(index).copied().flatten();
            units.map_or(FieldValue::Null, |units| of_kind(units, number))
        }
        Aggregate::Average(Average { sum, count, of_scale, scale }) => {
            let measured = |index: usize| total.measures.get(index).copied().flatten().unwrap_or_default();
            let units = mean(measured(sum), count.map_or(total.n.into(), measured), of_scale, scale);
            units.map_or(FieldValue::Null, |units| FieldValue::Decimal { units, scale })
        }
        Aggregate::Dispersion(of) => {
            let measured = |index: usize| total.measures.get(index).copied().flatten().unwrap_or_default();
            let (low, middle, high) = of.squares;
            let dispersion = Dispersion {
                count: of.count.map_or(total.n.into(), measured),
                sum: measured(of.sum),
                squares: [measured(low), measured(middle), high.map_or(0, measured)],
                of_scale: of.of_scale,
                scale: of.scale,
                is_sample: matches!(of.kind, DispersionKind::Sample | DispersionKind::SampleDeviation),
                is_root: matches!(of.kind, DispersionKind::SampleDeviation | DispersionKind::PopulationDeviation),
            };
            dispersion.units().map_or(FieldValue::Null, |units| FieldValue::Decimal { units, scale: of.scale })
        }
        Aggregate::Summary(SummaryTotal { index, number, quantile, .. }) => {
            let values = total.values.get(index).zip(view.summaries.get(index));
            let millionths = quantile.map_or(0, |quantile| quantile.0);
            let units = values.and_then(|(values, of)| values.number(*of, millionths));
            units.map_or(FieldValue::Null, |units| of_kind(units, number))
        }
        Aggregate::Events => FieldValue::Integer(total.n.into()),
        Aggregate::Computed(..) => FieldValue::Null,
    }
}

fn of_kind(units: i128, number: Number) -> FieldValue {
    match number {
        Number::Integer => FieldValue::Integer(units),
        Number::Decimal { scale } => FieldValue::Decimal { units, scale },
        Number::Boolean => FieldValue::Boolean(units == 1),
        Number::Time => FieldValue::Time(EventTime(i64::try_from(units).unwrap_or_default())),
    }
}

/// Numbers in the sink and recomputed, as one JSON object: both of each field.
#[derive(Clone, Copy, Debug)]
pub struct Numbers<'a>(pub &'a [Difference]);

/// The two numbers of a field.
#[derive(Serialize)]
struct Both<'a> {
    sink: Option<&'a FieldValue>,
    recomputed: Option<&'a FieldValue>,
}

impl Serialize for Numbers<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|Difference { field, found, expected }| {
            (field, Both { sink: found.as_ref(), recomputed: expected.as_ref() })
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_dataflow::Overrides;
    use mare_dataflow::fixture::load;

    fn plan(set: &[&str]) -> Plan {
        load("../../dataflows/black_friday.toml".as_ref(), &Overrides::new(set.iter().copied()), &|_| None).unwrap()
    }

    fn found(plan: &Plan, units: i128, n: i64, is_final: Option<bool>) -> StoredDocument {
        let scale = 2;
        let mut values =
            vec![FieldValue::Time(EventTime(0)), FieldValue::Time(EventTime(60_000)), FieldValue::Text("a".into())];
        values.splice(2..2, is_final.map(FieldValue::Boolean));
        values.extend([FieldValue::Decimal { units, scale }, FieldValue::Integer(n.into())]);
        assert_eq!(values.len(), plan.layout().fields().len());
        let id = id(plan, EventTime(0), "a");
        let document = Document { id: id.clone(), version: n, is_final: is_final == Some(true), values };
        StoredDocument { id, slot: Some(EventTime(0)), document: Ok(document) }
    }

    fn total(units: i128, n: i64) -> Total {
        Total { n, measures: vec![Some(units)], ..Total::default() }
    }

    #[test]
    fn both_numbers_of_a_field_are_json_with_all_their_digits() {
        let found = Some(FieldValue::Decimal { units: 10_i128.pow(30), scale: 2 });
        let difference = Difference { field: "a \"b\"".into(), found, expected: None };
        assert_eq!(
            mare_model::json::spaced(&Numbers(&[difference])),
            r#"{"a \"b\"": {"sink": 10000000000000000000000000000.00, "recomputed": null}}"#
        );
    }

    #[test]
    fn null_stands_where_no_event_had_the_field_and_nowhere_else() {
        let plan = plan(&["event.fields.valor=decimal(2)?", "totals.faturamento_total=max(valor)"]);
        let judge = Judge::new(&plan, EventTime::MIN).unwrap();
        let with = |value: FieldValue| {
            let mut found = found(&plan, 0, 3, None);
            found.document.as_mut().unwrap().values[3] = value;
            found
        };
        let none = Total { n: 3, measures: vec![None], ..Total::default() };
        assert_eq!(judge.judge(&with(FieldValue::Null), Some(&none)), None);
        assert_eq!(judge.judge(&with(FieldValue::Decimal { units: -7, scale: 2 }), Some(&total(-7, 3))), None);
        for (value, total) in [(FieldValue::Null, total(0, 3)), (FieldValue::Decimal { units: 0, scale: 2 }, none)] {
            assert!(
                matches!(judge.judge(&with(value), Some(&total)), Some(Wrong::Differs(fields)) if fields.len() == 1)
            );
        }
    }

    #[test]
    fn a_cent_or_a_count_that_differs_is_found_with_both_numbers() {
        let plan = plan(&[]);
        let judge = Judge::new(&plan, EventTime::MIN).unwrap();
        assert_eq!(judge.judge(&found(&plan, 641_856, 3, None), Some(&total(641_856, 3))), None);
        let decimal = |units| Some(FieldValue::Decimal { units, scale: 2 });
        let cent =
            Difference { field: "faturamento_total".into(), found: decimal(641_857), expected: decimal(641_856) };
        assert_eq!(
            judge.judge(&found(&plan, 641_857, 3, None), Some(&total(641_856, 3))),
            Some(Wrong::Differs(vec![cent]))
        );
        let wrong = judge.judge(&found(&plan, 1, 4, None), Some(&total(1, 3)));
        assert!(
            matches!(&wrong, Some(Wrong::Differs(fields)) if fields.len() == 1 && fields[0].field == "volume_vendas")
        );
        assert_eq!(judge.judge(&found(&plan, 1, 4, None), None).map(|wrong| wrong.name()), Some("extra"));
        let missing = judge.missing(EventTime(0), "a", &total(1, 3));
        assert_eq!((&*missing.id, missing.wrong.name()), ("a|1970-01-01T00:00:00Z", "missing"));
    }

    #[test]
    fn amounts_that_share_a_double_are_the_same_where_doubles_stand() {
        let (one, other) = (10_i128.pow(30), 10_i128.pow(30) + 1);
        for (decimals, same) in [("double", true), ("decimal128", false)] {
            let plan = plan(&[&format!("sink.mongodb.decimals={decimals}")]);
            let judge = Judge::new(&plan, EventTime::MIN).unwrap();
            assert_eq!(judge.judge(&found(&plan, one, 1, None), Some(&total(other, 1))).is_none(), same, "{decimals}");
        }
    }

    #[test]
    fn a_document_is_final_if_and_only_if_its_window_is_certain() {
        let plan = plan(&["window.final=fechada"]);
        for (certain, is_final, good) in [(180_000, true, true), (179_999, true, false), (180_000, false, false)] {
            let judge = Judge::new(&plan, EventTime(certain)).unwrap();
            let wrong = judge.judge(&found(&plan, 1, 1, Some(is_final)), Some(&total(1, 1)));
            assert_eq!(wrong.is_none(), good, "{certain} {is_final}");
        }
    }
}
