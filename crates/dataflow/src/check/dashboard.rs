//! `[dashboard]`: how the page for people names the dataflow and its totals. The engine knows nothing of it.
//!
//! It is read late: units are given to totals of the plan.

use super::super::{Dashboard, Plan};
use super::totals::is_total;
use mare_settings::diagnostic::Report;
use mare_settings::section::Section;
use mare_settings::tree::{Entry, Marked};

/// The most characters of a title: it is one line of a page.
const TITLE_LENGTH_MAX: usize = 80;
/// The most characters of a unit: it stands beside every number.
const UNIT_LENGTH_MAX: usize = 12;

/// What the page is told of the dataflow of `plan`; nothing if there is no such table. `None` alone means that it is
/// refused.
pub(super) fn read(root: &Section<'_>, plan: &Plan, report: &mut Report) -> Option<Dashboard> {
    if root.table.entry("dashboard").is_none() {
        return Some(Dashboard::default());
    }
    let section = root.section_if_any("dashboard", report)?;
    section.only(&["title", "units"], report);
    let title = title(&section, report);
    let units = units(&section, plan, report);
    Some(Dashboard { title: title?, units: units? })
}

fn title(section: &Section<'_>, report: &mut Report) -> Option<Option<String>> {
    let Some(entry) = section.table.entry("title") else { return Some(None) };
    let title = section.text_of("title", &entry.node, "Black Friday", report)?;
    short(&title, "`dashboard.title`", TITLE_LENGTH_MAX, report).then_some(Some(title.value))
}

/// The unit of each total that has one, by its name.
fn units(section: &Section<'_>, plan: &Plan, report: &mut Report) -> Option<Vec<(String, String)>> {
    if section.table.entry("units").is_none() {
        return Some(Vec::new());
    }
    let section = section.section_if_any("units", report)?;
    let units: Vec<_> = section.table.entries.iter().map(|entry| unit(&section, entry, plan, report)).collect();
    units.into_iter().collect()
}

fn unit(section: &Section<'_>, entry: &Entry, plan: &Plan, report: &mut Report) -> Option<(String, String)> {
    let Entry { key: Marked { value: name, mark }, node } = entry;
    let of_any = plan.outputs.iter().map(|output| &output.view).find(|view| view.names().contains(&&**name));
    let is_total = is_total(name, *mark, of_any.unwrap_or(plan.view()), report);
    let unit = section.text_of(name, node, "BRL", report)?;
    let is_short = short(&unit, &format!("`{}`", section.name(name)), UNIT_LENGTH_MAX, report);
    (is_total && is_short).then(|| (name.clone(), unit.value))
}

/// Refuses a text that is empty, or longer than the page has room for.
fn short(text: &Marked<String>, what: &str, most: usize, report: &mut Report) -> bool {
    let is_short = (1..=most).contains(&text.value.trim().chars().count());
    if !is_short {
        report.refuse(text.mark, format!("{what} has not 1 to {most} characters"), "shorten it, or leave it out");
    }
    is_short
}
