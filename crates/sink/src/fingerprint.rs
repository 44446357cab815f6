//! The fingerprint of a dataflow, by which the control document of a sink knows whose documents stand there. Pure.
//!
//! It stands in databases for as long as the documents do, so what is hashed is a format of its own: a text in which
//! every setting has a key and a value, written here and pinned by a test. Nothing of it comes from how the code names
//! things.

use sha2::{Digest, Sha256};

use super::document::json_text;
use mare_checkpoint::Shape;
use mare_model::measure::{Function, Measure};
use mare_model::view::{Aggregate, Number, View};

/// Equal for two dataflows, each by its shape and its view, if they make the same documents of the same log.
#[must_use]
pub fn of(shape: &Shape, view: &View) -> String {
    hash(&text(shape, view))
}

/// What control documents of format 1 have in its place: a hash of what the code of that time looked like. `None` for a
/// plan with settings that there were not then.
#[must_use]
pub fn of_format_1(shape: &Shape, view: &View) -> Option<String> {
    let known = |key: &String| FORMAT_1.contains(&&**key) || FORMAT_1_EACH.iter().any(|each| key.starts_with(each));
    let measures = view.measures.iter().map(measure_of_format_1).collect::<Option<Vec<_>>>()?;
    let totals = view.totals.iter().map(total_of_format_1).collect::<Option<Vec<_>>>()?;
    if !view.texts.is_empty() {
        return None;
    }
    shape.0.keys().all(known).then(|| hash(&text_of_format_1(shape, view, &measures, &totals)))
}

/// A line for each setting: the shape, then the names of the fields, the totals in their order.
fn text(shape: &Shape, view: &View) -> String {
    let names = &view.window_names;
    let totals: Vec<_> = view.total_names().map(json_text).collect();
    let own = [
        ("window.start", json_text(&names.start)),
        ("window.end", json_text(&names.end)),
        ("window.final", names.is_final.as_deref().map_or("null".to_owned(), json_text)),
        ("totals", format!("[{}]", totals.join(","))),
        ("version", json_text(&view.version)),
    ];
    let shape = shape.0.iter().map(|(key, value)| (format!("shape {key}"), json_text(value)));
    let own = own.into_iter().map(|(key, value)| (format!("document {key}"), value));
    shape.chain(own).map(|(key, value)| format!("{} {value}\n", json_text(&key))).collect()
}

/// The settings of the shape that there were.
const FORMAT_1: [&str; 11] = [
    "source.kafka.topic",
    "event.time",
    "event.time_format",
    "event.zone",
    "event.max_ahead",
    "event.max_bytes",
    "window.tumbling",
    "window.lateness",
    "dedup.by",
    "totals.group_by",
    "totals",
];
/// Those of which there is one for each field or total.
const FORMAT_1_EACH: [&str; 2] = ["event.fields.", "totals."];

/// The text that was hashed, word by word; [`Shape`] and texts print as the standard library has them.
fn text_of_format_1(shape: &Shape, view: &View, measures: &[String], totals: &[String]) -> String {
    let names = &view.window_names;
    let is_final = names.is_final.as_ref().map_or("None".to_owned(), |name| format!("Some({name:?})"));
    format!(
        "{:?} WindowNames {{ start: {:?}, end: {:?}, is_final: {is_final} }} \
         TotalsPlan {{ group_by: {:?}, measures: [{}], totals: [{}], version: {:?} }}",
        shape.0,
        names.start,
        names.end,
        view.group_by,
        measures.join(", "),
        totals.join(", "),
        view.version
    )
}

/// A measure as it was printed; `None` for one of a function that there was not then.
fn measure_of_format_1(measure: &Measure) -> Option<String> {
    let known = [(Function::Sum, "Sum"), (Function::Count, "Present")];
    let (_, function) = known.iter().find(|(function, _)| *function == measure.function)?;
    Some(format!("{function}({})", measure.field))
}

/// A total as it was printed; `None` for one of a kind that there was not then.
fn total_of_format_1(total: &mare_model::view::TotalField) -> Option<String> {
    let aggregate = match total.aggregate {
        Aggregate::Events => "Events".to_owned(),
        Aggregate::Measure(index, Number::Integer) => format!("Measure({index}, Integer)"),
        Aggregate::Measure(index, Number::Decimal { scale }) => {
            format!("Measure({index}, Decimal {{ scale: {scale} }})")
        }
        Aggregate::Measure(_, Number::Boolean | Number::Time)
        | Aggregate::Extreme(..)
        | Aggregate::Average(_)
        | Aggregate::Dispersion(_)
        | Aggregate::Summary(_)
        | Aggregate::Computed(..) => return None,
    };
    Some(format!("Total {{ name: {:?}, aggregate: {aggregate} }}", total.name))
}

/// The first 64 bits of a text's SHA-256, as digits.
fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::sales;

    #[test]
    fn the_text_has_a_line_for_each_setting() {
        let shape = Shape([("source.kafka.topic".to_owned(), "black-friday-sales".to_owned())].into());
        let text = text(&shape, &sales().view);
        for line in [
            "\"shape source.kafka.topic\" \"black-friday-sales\"\n",
            "\"document window.start\" \"janela_inicio\"\n",
            "\"document window.final\" null\n",
            "\"document totals\" [\"faturamento_total\",\"volume_vendas\"]\n",
            "\"document version\" \"volume_vendas\"\n",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
