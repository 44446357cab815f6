//! A value of a document as JSON: exact numbers, instants as ISO-8601 text. Pure.

use serde::{Serialize, Serializer};

use super::document::{FieldValue, iso};
use mare_model::{decimal, json};

impl Serialize for FieldValue {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            FieldValue::Time(time) => to.serialize_str(&iso(*time)),
            FieldValue::Text(text) => to.serialize_str(text),
            FieldValue::Boolean(truth) => to.serialize_bool(*truth),
            FieldValue::Integer(number) => to.serialize_i128(*number),
            FieldValue::Ranking(all) => all.serialize(to),
            FieldValue::Null => to.serialize_unit(),
            FieldValue::Decimal { units, scale } => json::number(&decimal::text(*units, *scale)).serialize(to),
        }
    }
}

impl FieldValue {
    /// The value as one JSON value, in which escapes stand for what a terminal would obey: JSON goes to people as well.
    #[must_use]
    pub fn json(&self) -> String {
        json::spaced(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mare_model::time::EventTime;

    #[test]
    fn json_is_exact() {
        assert_eq!(
            FieldValue::Decimal { units: 10_i128.pow(30) + 1, scale: 2 }.json(),
            "10000000000000000000000000000.01"
        );
        assert_eq!(FieldValue::Text("a\"\n".into()).json(), r#""a\"\n""#);
        assert_eq!(FieldValue::Null.json(), "null");
        assert_eq!(FieldValue::Time(EventTime(0)).json(), r#""1970-01-01T00:00:00Z""#);
    }
}
