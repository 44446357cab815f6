//! The fields of a document: `_id`, the window, the groups, the totals and, if no total is it, the version.
//!
//! They come from different tables of the file, so that only here two of them can be found to have one name.

use super::totals::TotalsTable;
use super::window::WindowTable;
use mare_settings::diagnostic::Report;
use mare_settings::tree::{Mark, Marked};
use mare_sink::Connector;

/// Names for a version that is no total, in order of preference.
const VERSIONS: [&str; 2] = ["n", "_n"];

/// One field of the documents.
struct Name {
    /// The name itself.
    text: String,
    /// Where it comes from; nothing for `_id`.
    mark: Option<Mark>,
    /// What it is, for a sentence.
    role: String,
    /// What is to be done if it clashes with one before it.
    remedy: String,
}

/// Refuses wrong and duplicate names, and returns the field that holds the version.
pub(super) fn version(
    window: Option<&WindowTable>,
    totals: Option<&TotalsTable>,
    sink: Option<&dyn Connector>,
    report: &mut Report,
) -> Option<String> {
    let names = collect(window, totals);
    let ignores_case = sink.is_some_and(|sink| sink.abilities().names_ignore_case);
    let same = if ignores_case { str::eq_ignore_ascii_case } else { str::eq };
    for (index, name) in names.iter().enumerate() {
        let Some(mark) = name.mark else { continue };
        refuse_spelling(name, mark, report);
        if let Some(other) = names[..index].iter().find(|other| same(&other.text, &name.text)) {
            let message = format!("{} and {} are both the document's field `{}`", other.role, name.role, name.text);
            report.refuse(mark, message, &name.remedy);
        }
    }
    let totals = totals?;
    if let Some(count) = totals.event_count() {
        return Some(count.to_owned());
    }
    let taken = |version: &str| names.iter().any(|name| same(&name.text, version));
    let free = VERSIONS.iter().find(|version| !taken(version));
    if free.is_none() {
        let mark = totals.names.first().map(|name| name.mark)?;
        let message = "the number of events has no field: the document's fields `n` and `_n` are both taken";
        report.refuse(mark, message, "rename one of them, or add a total that is `count()`");
    }
    free.map(|version| (*version).to_owned())
}

/// The names in the order of blame: of two that clash, the later one is marked. A total is the easiest to rename, and
/// `_id` cannot be renamed at all.
fn collect(window: Option<&WindowTable>, totals: Option<&TotalsTable>) -> Vec<Name> {
    let id = Name { text: "_id".to_owned(), mark: None, role: "the key".to_owned(), remedy: String::new() };
    let windows = window.iter().flat_map(|window| &window.marked_names).map(|(key, name)| {
        let remedy = format!("set `window.{key}` to another name");
        named(name, format!("the window's {key}"), remedy)
    });
    let groups = totals.iter().flat_map(|totals| &totals.group_by).map(|(_, name)| {
        let remedy = "group by another field, or by this one only once, or rename what it clashes with".to_owned();
        named(name, "a group".to_owned(), remedy)
    });
    let totals = totals.iter().flat_map(|totals| &totals.names).map(|name| {
        let remedy = "give the total another name".to_owned();
        named(name, "a total".to_owned(), remedy)
    });
    std::iter::once(id).chain(windows).chain(groups).chain(totals).collect()
}

fn named(name: &Marked<String>, role: String, remedy: String) -> Name {
    Name { text: name.value.clone(), mark: Some(name.mark), role, remedy }
}

/// Refuses what MongoDB would take for an operator or for a path, and SQLite for the end of a string. A file must be
/// good for each sink, so that changing the sink changes nothing else.
fn refuse_spelling(name: &Name, mark: Mark, report: &mut Report) {
    let fault = match name.text.as_str() {
        "" => "is empty",
        text if text.starts_with('$') => "starts with `$`",
        text if text.contains('.') => "contains a `.`",
        text if text.contains('\0') => "contains a null character",
        _ => return,
    };
    let message = format!("the name of {} {fault}: `{}`", name.role, name.text);
    report.refuse(mark, message, "databases take no such field: use letters, digits and `_`");
}
