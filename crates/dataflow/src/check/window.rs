//! `[window]`: how long windows are, how long they stay open, and under which names documents carry them.

use mare_model::time::Windows;
use mare_model::view::WindowNames;
use mare_settings::diagnostic::Report;
use mare_settings::quantity::{self, Bounds};
use mare_settings::section::Section;
use mare_settings::tree::Marked;

/// What could be made out of `[window]`.
#[derive(Debug)]
pub(super) struct WindowTable {
    /// The windows.
    pub windows: Option<Windows>,
    /// The names, if all that are given are strings.
    pub names: Option<WindowNames>,
    /// The names that are strings, each behind its key, for the check of document names.
    pub marked_names: Vec<(&'static str, Marked<String>)>,
}

/// The windows of a dataflow. A new kind of window is read here.
pub(super) fn read(root: &Section<'_>, report: &mut Report) -> Option<WindowTable> {
    let section = root.section("window", "`[window]` with `tumbling = \"1m\"`", report)?;
    section.only(&["tumbling", "offset", "lateness", "start", "end", "final"], report);
    let size = section.text("tumbling", "1m", report);
    let size_ms = size.and_then(|text| quantity::duration(&section, "tumbling", &text, Bounds::LENGTH, report));
    let offset_ms = offset(&section, size_ms, report);
    let lateness = section.text_or("lateness", "0s", report);
    let lateness_ms = lateness.and_then(|text| quantity::duration(&section, "lateness", &text, Bounds::WAIT, report));
    let start = section.text_or("start", "window_start", report);
    let end = section.text_or("end", "window_end", report);
    let closed =
        section.table.entry("final").map(|entry| section.text_of("final", &entry.node, "window_final", report));
    let names = names(start.as_ref(), end.as_ref(), closed.as_ref());
    let marked_names = [("start", start), ("end", end), ("final", closed.flatten())];
    let marked_names = marked_names.into_iter().filter_map(|(key, name)| Some((key, name?)));
    let windows = || Some(Windows::tumbling(size_ms?, lateness_ms?).later(offset_ms?));
    Some(WindowTable { windows: windows(), names, marked_names: marked_names.collect() })
}

/// How much later than at the Unix epoch windows begin: less than one of them is long.
fn offset(section: &Section<'_>, size_ms: Option<i64>, report: &mut Report) -> Option<i64> {
    let text = section.text_or("offset", "0s", report)?;
    let offset_ms = quantity::duration(section, "offset", &text, Bounds::WAIT, report)?;
    if size_ms.is_some_and(|size_ms| offset_ms >= size_ms) {
        let message = format!("`{}` is `{}`, as long as a window or longer", section.name("offset"), text.value);
        let remedy = "write how long after midnight UTC of 1970-01-01 a window begins, less than `window.tumbling`";
        report.refuse(text.mark, message, remedy);
        return None;
    }
    Some(offset_ms)
}

/// The names of a plan. The outer `Option` of `closed` says whether the key is there, the inner one whether it is a
/// string.
fn names(
    start: Option<&Marked<String>>,
    end: Option<&Marked<String>>,
    closed: Option<&Option<Marked<String>>>,
) -> Option<WindowNames> {
    let is_final = match closed {
        None => None,
        Some(name) => Some(name.as_ref()?.value.clone()),
    };
    Some(WindowNames { start: start?.value.clone(), end: end?.value.clone(), is_final })
}
