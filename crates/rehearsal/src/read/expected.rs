//! The documents of a test: their window and group, by which each is known, and whatever else is to be looked at.

use super::table;
use super::value::{Kind, value};
use crate::case::ExpectedDocument;
use mare_dataflow::Plan;
use mare_settings::diagnostic::Report;
use mare_settings::section::Section;
use mare_settings::tree::{Node, Value};
use mare_sink::document::{FieldOrigin, FieldValue, Layout, LayoutField};

/// Whether a field is one of those by which a document is known.
pub(crate) fn names(layout: &Layout, field: &LayoutField) -> bool {
    Some(&*field.name) == layout.order() || matches!(field.origin, FieldOrigin::Group(_))
}

/// The documents that must come: these and no others.
pub(super) fn documents(section: &Section<'_>, plan: &Plan, report: &mut Report) -> Option<Vec<ExpectedDocument>> {
    let layout = plan.layout();
    let example = example(&layout);
    let node = section.required("documents", &format!("[{example}]"), report)?;
    let Value::Array(items) = &node.value else {
        return section.wrong_type("documents", node, "an array of tables", &format!("[{example}]"), report);
    };
    let mut known: Vec<Vec<FieldValue>> = Vec::new();
    let read = |item| {
        let document = document(item, &layout, plan, report)?;
        let name: Vec<FieldValue> = name(&layout, &document);
        if known.contains(&name) {
            report.refuse(item.mark, "the same window and group a second time", "keep one of the two");
        }
        known.push(name);
        Some(document)
    };
    let documents: Vec<Option<ExpectedDocument>> = items.iter().map(read).collect();
    documents.into_iter().collect()
}

/// How one is written, as TOML.
fn example(layout: &Layout) -> String {
    let is_shown = |field: &&LayoutField| names(layout, field) || field.origin.is_total();
    let fields = layout.fields().iter().filter(is_shown);
    let fields: Vec<String> =
        fields.map(|field| format!("{} = {}", field.name, Kind::of(field.origin).example())).collect();
    format!("{{ {} }}", fields.join(", "))
}

/// The values by which a document is known.
fn name(layout: &Layout, document: &ExpectedDocument) -> Vec<FieldValue> {
    let places = layout.fields().iter().enumerate().filter(|(_, field)| names(layout, field));
    places.filter_map(|(place, _)| document.value(place).cloned()).collect()
}

/// One document.
fn document(item: &Node, layout: &Layout, plan: &Plan, report: &mut Report) -> Option<ExpectedDocument> {
    let section = table(item, "test.documents", &format!("`{}`", example(layout)), report)?;
    let fields: Vec<&str> = layout.fields().iter().map(|field| &*field.name).collect();
    section.only(&fields, report);
    let mut values = Some(Vec::new());
    for (place, LayoutField { name, origin, .. }) in layout.fields().iter().enumerate() {
        let kind = Kind::of(*origin);
        let node = if names(layout, &layout.fields()[place]) {
            section.required(name, kind.example(), report)
        } else {
            section.table.entry(name).map(|entry| &entry.node)
        };
        match node.map(|node| value(&section, name, node, kind, plan.zone(), report)) {
            Some(Some(found)) => values.iter_mut().for_each(|values| values.push((place, found.clone()))),
            Some(None) => values = None,
            None => {}
        }
    }
    values.map(ExpectedDocument)
}
