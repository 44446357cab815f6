//! The values of a field that have come to most, in a document: an array of objects of two fields each. Pure.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;

use super::document::{FieldValue, number, of_text};
use mare_model::decimal;
use mare_model::summary::Summary;
use mare_model::view::Ranking;

/// The field of the value.
pub const RANKED_VALUE: &str = "value";
/// The field of what it has come to.
pub const RANKED_TOTAL: &str = "total";

/// One value of a ranking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// The value: a text, a whole number or a truth value.
    pub value: FieldValue,
    /// What it has come to: a number.
    pub total: FieldValue,
}

impl Ranked {
    /// What a summary has of a ranking; nothing if there is no summary, as of no event.
    #[must_use]
    pub fn all(ranking: Ranking, summary: Option<&Summary>) -> Vec<Ranked> {
        let ranked = |(value, units): (&str, i128)| Ranked {
            value: of_text(ranking.of, value.to_owned()).unwrap_or(FieldValue::Null),
            total: number(Some(units), ranking.by),
        };
        summary.map(|summary| summary.top(ranking.k.into())).unwrap_or_default().into_iter().map(ranked).collect()
    }

    /// A ranking as JSON, in one line.
    #[must_use]
    pub fn text(all: &[Ranked]) -> String {
        serde_json::to_string(all).unwrap_or_default() // no value of a document can fail
    }

    /// A ranking from its JSON text; `None` if it is none of this kind.
    #[must_use]
    pub fn parse(ranking: Ranking, json: &str) -> Option<Vec<Ranked>> {
        let ranked = |entry: &Value| {
            let entry = entry.as_object().filter(|entry| entry.len() == 2)?;
            let value = match entry.get(RANKED_VALUE)? {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let total = entry.get(RANKED_TOTAL)?.to_string();
            Some(Ranked {
                value: of_text(ranking.of, value)?,
                total: number(Some(decimal::units(&total, ranking.by.scale())?), ranking.by),
            })
        };
        serde_json::from_str::<Value>(json).ok()?.as_array()?.iter().map(ranked).collect()
    }
}

impl Serialize for Ranked {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut entry = to.serialize_map(Some(2))?;
        entry.serialize_entry(RANKED_VALUE, &self.value)?;
        entry.serialize_entry(RANKED_TOTAL, &self.total)?;
        entry.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{bestsellers, change, key, sold, total};

    const GOODS: [(i64, i64, bool, &str); 4] =
        [(10, 250, false, "a \"1\""), (9, 300, true, ""), (7, -1, false, ""), (10, 50, true, "")];

    #[test]
    fn a_document_has_them_the_greatest_first() {
        let layout = bestsellers().layout();
        let document = layout.render(&change(key("São Paulo", 0), sold(&GOODS))).unwrap();
        let json: Vec<_> = document.values[3..].iter().map(|value| serde_json::to_string(value).unwrap()).collect();
        let best = r#"[{"value":10,"total":3.00},{"value":9,"total":3.00}]"#;
        let gifts = r#"[{"value":false,"total":2},{"value":true,"total":2}]"#;
        assert_eq!(json, [best, "4", gifts, r#""a \"1\"""#, "4"]);
        let figures = layout.figures_of(&document).unwrap();
        assert_eq!((figures.texts[0].as_deref(), figures.texts.len()), (Some(best), 3));
        assert_eq!((figures.numbers.len(), layout.document(&figures).unwrap()), (2, document));
    }

    #[test]
    fn of_no_value_there_is_an_empty_one() {
        let layout = bestsellers().layout();
        for nothing in [sold(&[]), total(1, &[])] {
            let document = layout.render(&change(key("a", 0), nothing)).unwrap();
            let (best, note) = (&document.values[3], &document.values[6]);
            assert_eq!((best, note), (&FieldValue::Ranking(Vec::new()), &FieldValue::Null));
            assert_eq!(layout.document(&layout.figures_of(&document).unwrap()).unwrap(), document);
        }
        let may_be_null: Vec<_> = layout.fields().iter().map(|field| field.may_be_null).collect();
        assert_eq!(may_be_null[3..], [false, false, false, true, false]);
    }

    #[test]
    fn what_is_no_ranking_of_its_kind_is_none() {
        let ranking = bestsellers().view.texts[0].ranking.unwrap();
        let is_one = |json| Ranked::parse(ranking, json).is_some();
        assert!(is_one("[]") && is_one(r#"[{"value":-7,"total":0.5}]"#));
        let others = [
            "",
            "{}",
            "[1]",
            r#"[{"value":1}]"#,
            r#"[{"value":1,"total":"x"}]"#,
            r#"[{"value":"a","total":1}]"#,
            r#"[{"value":1,"total":1,"more":1}]"#,
            r#"[{"value":1,"total":0.001}]"#,
        ];
        assert!(!others.into_iter().any(is_one), "{:?}", others.map(is_one));
    }
}
