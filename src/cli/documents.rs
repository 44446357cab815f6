//! The documents of a dataflow, as commands ask for them.

use compact_str::CompactString;

use super::Failure;
use crate::checks::Finding;
use crate::dataflow::Plan;
use crate::doctor::kafka;
use crate::group;
use crate::schema::{Field, FieldType};
use crate::sink::Reader;
use crate::sink::document::{Document, FieldOrigin, FieldValue, Layout};
use crate::sink::registry::SINKS;
use crate::time::EventTime;

/// A connection to the documents of `plan`.
///
/// # Errors
/// If they cannot be read at all, or not now.
pub(super) fn reader(plan: &Plan) -> Result<Box<dyn Reader>, Failure> {
    plan.reader()?.ok_or_else(|| no_documents(plan))
}

/// That there are no documents to be asked about.
pub(super) fn no_documents(plan: &Plan) -> Failure {
    let titles: Vec<_> = SINKS.advised().map(|kind| kind.title).collect();
    let set = SINKS.advised().find_map(|kind| kind.set);
    let named = set.map_or_else(String::new, |set| format!("; --set {set} names such a sink"));
    let title = SINKS.title(plan.sink().describe().kind);
    Failure::new(format!("documents that went to {title} cannot be read back"))
        .remedy(format!("ask a dataflow that writes to {}{named}", titles.join(" or ")))
}

/// Whether the brokers of `plan` answer: soon, and if they do not with the cause, which a reader of the topic would not
/// know.
///
/// # Errors
/// What keeps them from it, with the remedy.
pub(super) fn brokers_answer(plan: &Plan) -> Result<(), Failure> {
    kafka::answers(plan).map_err(|Finding { finding, remedy, .. }| match remedy {
        Some(remedy) => Failure::new(finding).remedy(remedy),
        None => Failure::new(finding),
    })
}

/// Which groups.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct GroupArgs {
    /// Only the groups whose field has this value, such as categoria=Gamer, or is null: pais?; may be repeated for
    /// several fields
    #[arg(long = "group", value_name = "FIELD=VALUE")]
    group: Vec<String>,
}

impl GroupArgs {
    /// The groups that are meant, under the fields of `plan`.
    ///
    /// # Errors
    /// If a field is none of those by which the dataflow groups, is given twice, or its value is not of its type.
    pub fn resolve(&self, plan: &Plan) -> Result<Chosen, Failure> {
        let fields: Vec<_> = plan.view().group_by.iter().filter_map(|index| plan.event.fields.get(*index)).collect();
        let names: Vec<_> = fields.iter().map(|field| field.document_name()).collect();
        let mut values = vec![None; fields.len()];
        for pair in &self.group {
            let (name, value) = named(pair)?;
            let place = fields.iter().zip(&names).position(|(field, document)| document == name || field.name == name);
            let place = place.ok_or_else(|| no_group(name, &names))?;
            let value = fields.get(place).map_or(Ok(None), |field| canonical(name, value, field))?;
            if let Some(Some(other)) = values.get(place)
                && *other != value
            {
                let [other, value] = [other, &value].map(|value| shown(name, value.as_deref()));
                return Err(Failure::new(format!("no group has both {other} and {value}")));
            }
            values[place] = Some(value);
        }
        Ok(Chosen { names, values })
    }
}

/// The name and the value in `FIELD=VALUE`; in `FIELD?`, which is null, there is none.
fn named(pair: &str) -> Result<(&str, Option<&str>), Failure> {
    let null = || pair.strip_suffix('?').map(|name| (name, None));
    pair.split_once('=').map(|(name, value)| (name, Some(value))).or_else(null).ok_or_else(|| {
        Failure::new(format!("`--group {pair}` has no value"))
            .remedy("write --group FIELD=VALUE, or --group FIELD? where it is null")
    })
}

/// The same as it is named.
fn shown(name: &str, value: Option<&str>) -> String {
    value.map_or_else(|| format!("{name}?"), |value| format!("{name}={value}"))
}

/// The text of a value in a group, which null has none of, if the field `name` has such values.
fn canonical(name: &str, value: Option<&str>, field: &Field) -> Result<Option<String>, Failure> {
    let Some(value) = value else {
        let refused = || {
            Failure::new(format!("no group has `{name}` null: an event without it is no event"))
                .remedy("write --group FIELD=VALUE")
        };
        return field.optional.then_some(None).ok_or_else(refused);
    };
    let text = match field.kind {
        FieldType::Integer => value.parse::<i64>().ok().map(|number| number.to_string()),
        FieldType::Boolean => value.parse::<bool>().ok().map(|truth| truth.to_string()),
        FieldType::String | FieldType::Decimal { .. } | FieldType::Time(_) => Some(value.to_owned()),
    };
    let remedy = if field.kind == FieldType::Boolean { "write true or false" } else { "write a whole number" };
    let refused = || Failure::new(format!("`{value}` is no value of the field `{name}`")).remedy(remedy);
    text.map(Some).ok_or_else(refused)
}

fn no_group(name: &str, names: &[String]) -> Failure {
    let message = format!("documents are not grouped by `{name}`");
    Failure::new(message).remedy(match names {
        [] => "this dataflow has one group: leave --group out".to_owned(),
        names => format!("the groups' fields are {}", names.join(", ")),
    })
}

/// The groups that are meant: for each field of a group its value, or any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The fields' names in a document.
    pub names: Vec<String>,
    /// The values, as the canonical text of a group has them; the inner `None` is null.
    values: Vec<Option<Option<String>>>,
}

impl Chosen {
    /// The canonical text of the group, if it is one alone.
    #[must_use]
    pub fn one(&self) -> Option<CompactString> {
        let mut text = String::new();
        for (place, value) in self.values.iter().enumerate() {
            group::push(&mut text, value.as_ref()?.as_deref(), place == 0);
        }
        Some(text.into())
    }

    /// The names of the fields that may have any value.
    #[must_use]
    pub fn open(&self) -> Vec<&str> {
        let pairs = self.names.iter().zip(&self.values);
        pairs.filter(|(_, value)| value.is_none()).map(|(name, _)| &**name).collect()
    }

    /// Whether the document is of such a group.
    #[must_use]
    pub fn has(&self, layout: &Layout, document: &Document) -> bool {
        let groups = groups(layout, document);
        self.values.iter().zip(groups).all(|(wanted, found)| match (wanted, found) {
            (None, _) => true,
            (Some(None), found) => *found == FieldValue::Null,
            (Some(Some(_)), FieldValue::Null) => false,
            (Some(Some(wanted)), FieldValue::Text(text)) => wanted == text,
            (Some(Some(wanted)), other) => *wanted == other.json(),
        })
    }
}

/// The values of a document's group.
pub(super) fn groups<'a>(layout: &'a Layout, document: &'a Document) -> impl Iterator<Item = &'a FieldValue> {
    let fields = layout.fields().iter().zip(&document.values);
    fields.filter(|(field, _)| matches!(field.origin, FieldOrigin::Group(_))).map(|(_, value)| value)
}

/// The slot of a document's window.
pub(super) fn slot(layout: &Layout, document: &Document) -> EventTime {
    let mut fields = layout.fields().iter().zip(&document.values);
    let named = fields.find_map(|(field, value)| match value {
        FieldValue::Time(named) if Some(&*field.name) == layout.order() => Some(*named),
        _ => None,
    });
    named.map_or(EventTime::MIN, |named| layout.windows().slot_named(named))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataflow::Overrides;

    fn resolved(groups: &[&str]) -> Result<Chosen, String> {
        let set = Overrides::new(["event.fields.pais=string?", "totals.group_by=[\"categoria\", \"pais?\"]"]);
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("dataflows/black_friday.toml");
        let plan = crate::dataflow::load(&file, &set, &|_| None).expect("a good dataflow");
        let group = groups.iter().map(|group| (*group).to_owned()).collect();
        GroupArgs { group }.resolve(&plan).map_err(|failure| failure.to_string())
    }

    #[test]
    fn null_is_named_by_a_question_mark() {
        let one = |groups: &[&str]| resolved(groups).expect("groups").one();
        assert_eq!(one(&["categoria=a", "pais?"]).as_deref(), Some(r"a|\N"));
        assert_eq!(one(&["pais=", "categoria=?"]).as_deref(), Some("?|"));
        assert_eq!(one(&["pais?"]), None, "of any category");
        assert!(resolved(&["pais?", "pais=null"]).unwrap_err().contains("both pais? and pais=null"));
        assert!(resolved(&["categoria?"]).unwrap_err().contains("no group has `categoria` null"));
        assert!(resolved(&["pais"]).unwrap_err().contains("`--group pais` has no value"));
        assert!(resolved(&["cidade?"]).unwrap_err().contains("not grouped by `cidade`"));
    }
}
