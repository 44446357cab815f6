//! The views of a file: one, of `[window]` and `[totals]`, or several, each a table `[[totals]]` with what is its own.

use super::event::EventTable;
use super::names;
use super::retract::TakenBack;
use super::totals::{self, TotalsTable};
use super::window::{self, WindowTable};
use crate::{Output, Plan};
use mare_model::view::ViewId;
use mare_settings::diagnostic::Report;
use mare_settings::section::{Section, is_plain_name};
use mare_settings::suggest;
use mare_settings::tree::{Mark, Marked, Node, Value};
use mare_sink::{Registry, Sink};

/// The most views of a dataflow: each costs every event something, and each batch another round to the sink.
const VIEWS_MAX: usize = 64;

/// The most characters of a view's name, which becomes part of addresses and of metrics.
const NAME_LENGTH_MAX: usize = 60;

/// The keys of a table `[[totals]]` that are no totals, beside those of a `[totals]`.
const SETTINGS: [&str; 3] = ["name", "window", "into"];

/// How to write one of them.
const EXAMPLE: &str = "`[[totals]]` with a `name`, `group_by` and totals such as `sales = \"count()\"`";

/// The views of a dataflow.
pub(super) struct Views {
    /// In the order of the file.
    pub outputs: Vec<Output>,
    /// The fields that name groups in any of them.
    pub grouped: Vec<usize>,
    /// The longest text of any of those, in bytes.
    pub group_max_bytes: usize,
}

/// What the views are read from, beside their tables.
struct Reading<'a> {
    root: &'a Section<'a>,
    event: &'a EventTable,
    /// The zone of event times, by its name.
    zone: Option<&'a str>,
    /// The name of the dataflow.
    dataflow: Option<&'a str>,
    sinks: Registry,
}

/// One view that may lack something, which has been refused then.
struct Draft {
    name: Option<Marked<String>>,
    window: Option<WindowTable>,
    totals: Option<TotalsTable>,
    sink: Option<Sink>,
}

/// Looks at what can be looked at where nothing is known of events: all mistakes of a file are told at once.
pub(super) fn without_events(root: &Section<'_>, dataflow: Option<&str>, sinks: Registry, report: &mut Report) {
    if let Some(window) = root.section_if_any("window", report) {
        window::read(&window, None, report);
    }
    sinks.read(root, dataflow, None, report);
}

/// The views of a dataflow called `dataflow`, whose event times are of `zone`.
pub(super) fn read(
    root: &Section<'_>,
    event: &EventTable,
    (zone, dataflow): (Option<&str>, Option<&str>),
    sinks: Registry,
    report: &mut Report,
) -> Option<Views> {
    let reading = Reading { root, event, zone, dataflow, sinks };
    let drafts = match root.table.entry("totals").map(|entry| &entry.node) {
        Some(Marked { value: Value::Array(items), mark }) => reading.several(items, *mark, report),
        _ => vec![reading.only(report)],
    };
    let bounds = drafts.iter().map(|draft| draft.totals.as_ref()?.group_max_bytes).collect::<Option<Vec<_>>>();
    let of_all = |draft: &Draft| -> Vec<usize> {
        let groups = draft.totals.iter().flat_map(|totals| &totals.group_by);
        groups.map(|(index, _)| *index).collect()
    };
    let mut grouped: Vec<_> = drafts.iter().flat_map(of_all).collect();
    if drafts.len() > 1 {
        grouped.sort_unstable();
        grouped.dedup();
    }
    let outputs: Vec<_> = drafts.into_iter().map(|draft| draft.output(report)).collect();
    let outputs = outputs.into_iter().collect::<Option<Vec<_>>>()?;
    Some(Views { outputs, grouped, group_max_bytes: bounds?.into_iter().max()? })
}

impl Reading<'_> {
    /// The one view of `[window]` and `[totals]`.
    fn only(&self, report: &mut Report) -> Draft {
        let window = self.window_of_all(report);
        let example = "`[totals]` with `group_by` and totals such as `sales = \"count()\"`";
        let section = self.root.section("totals", example, report);
        let totals = section.and_then(|section| totals::read(&section, &[], self.events(), report));
        let sink = self.sinks.read(self.root, self.dataflow, None, report);
        Draft { name: None, window, totals, sink }
    }

    /// What totals are of, and how that is taken back.
    fn events(&self) -> (&EventTable, TakenBack) {
        (self.event, TakenBack::of(self.root))
    }

    /// The windows of `[window]`.
    fn window_of_all(&self, report: &mut Report) -> Option<WindowTable> {
        let section = self.root.section("window", "`[window]` with `tumbling = \"1m\"`", report)?;
        window::read(&section, self.zone, report)
    }

    /// The views of an array of tables.
    fn several(&self, items: &[Node], mark: Mark, report: &mut Report) -> Vec<Draft> {
        if items.is_empty() {
            report.refuse(mark, "there is no view in `totals`", format!("add a table {EXAMPLE}"));
        }
        if items.len() > VIEWS_MAX {
            let message = format!("there are {} views, and a dataflow has at most {VIEWS_MAX}", items.len());
            report.refuse(mark, message, "share them out to several dataflows");
        }
        let shared = self.window_of_others(items, report);
        let mut drafts: Vec<Draft> = Vec::new();
        for item in items.iter().take(VIEWS_MAX) {
            let Value::Table(table) = &item.value else {
                let message = format!("a view must be a table, not {}", item.value.kind());
                report.refuse(item.mark, message, format!("write each below a header {EXAMPLE}"));
                continue;
            };
            let section = Section { path: "totals".to_owned(), mark: item.mark, table };
            let draft = self.one(&section, shared.as_ref(), &drafts, report);
            drafts.push(draft);
        }
        drafts
    }

    /// The windows of all views without some of their own, if there is a `[window]`, which is no use to nobody.
    fn window_of_others(&self, items: &[Node], report: &mut Report) -> Option<Option<WindowTable>> {
        let window = self.root.table.entry("window")?;
        let has_own = |item: &Node| match &item.value {
            Value::Table(table) => table.entry("window").is_some(),
            _ => true,
        };
        if items.iter().all(has_own) {
            report.refuse(window.key.mark, "every view has windows of its own", "remove `[window]`");
        }
        Some(self.window_of_all(report))
    }

    /// One of several views, behind those that are there; `shared` are the windows of those without some of their own.
    fn one(
        &self,
        section: &Section<'_>,
        shared: Option<&Option<WindowTable>>,
        before: &[Draft],
        report: &mut Report,
    ) -> Draft {
        let name = name(section, before, report);
        let window = match (section.section_if_any("window", report), shared) {
            (Some(own), _) => window::read(&own, self.zone, report),
            (None, _) if section.table.entry("window").is_some() => None,
            (None, Some(shared)) => shared.clone(),
            (None, None) => {
                let remedy = "add `window = { tumbling = \"1m\" }` to it, or a `[window]` for all views without one";
                report.refuse(section.mark, "`totals.window` is missing", remedy);
                None
            }
        };
        let totals = totals::read(section, &SETTINGS, self.events(), report);
        let sink = self.sink(section, before, report);
        Draft { name, window, totals, sink }
    }

    /// Where the documents of a view go: to a place of its own, if the sink has several.
    fn sink(&self, section: &Section<'_>, before: &[Draft], report: &mut Report) -> Option<Sink> {
        let into = match section.table.entry("into") {
            Some(entry) => Some(section.text_of("into", &entry.node, "totals_by_day", report)?),
            None => None,
        };
        if before.iter().any(|other| other.sink.is_none()) {
            return None; // what is wrong with the sink has been said
        }
        let sink = self.sinks.read(self.root, self.dataflow, into.as_ref(), report)?;
        let place = sink.describe();
        let taken =
            |other: &Draft| other.sink.as_ref().is_some_and(|other| other.describe().identity == place.identity);
        if sink.abilities().is_readable && before.iter().any(taken) {
            let message = format!("two views have their documents in `{}`", place.documents);
            let remedy = "give each a place of its own: `into = \"…\"`";
            report.refuse(into.map_or(section.mark, |into| into.mark), message, remedy);
            return None;
        }
        Some(sink)
    }
}

impl Draft {
    /// The view, if nothing of it is missing.
    fn output(self, report: &mut Report) -> Option<Output> {
        let Draft { name, window, totals, sink } = self;
        let version = names::version(window.as_ref(), totals.as_ref(), sink.as_deref(), report);
        let (window, totals) = (window?, totals?);
        let filter = totals.filter.clone()?;
        let view = totals.into_view(window.windows?, window.names?, version?);
        Some(Output { name: name.map(|name| name.value), view, filter, sink: sink? })
    }
}

impl Plan {
    /// The view that a table of a file is about, which has to be named under `view` if there are several.
    pub fn view_of(&self, section: &Section<'_>, report: &mut Report) -> Option<ViewId> {
        if self.outputs.len() == 1 {
            return self.ids().next();
        }
        let name = section.text("view", self.names().next().unwrap_or_default(), report)?;
        let found = self.find(&name.value);
        if found.is_none() {
            let remedy = suggest::remedy(&name.value, &self.names().collect::<Vec<_>>());
            report.refuse(name.mark, format!("there is no view `{}`", name.value), remedy);
        }
        found
    }
}

/// The name of a view, by which it is asked for; no other view has it.
fn name(section: &Section<'_>, before: &[Draft], report: &mut Report) -> Option<Marked<String>> {
    let name = section.text("name", "per_minute", report)?;
    if !is_plain_name(&name.value, NAME_LENGTH_MAX) {
        let remedy = format!("use 1 to {NAME_LENGTH_MAX} letters without accents, digits, `-`, `_` and `.`");
        report.refuse(name.mark, format!("`{}` cannot be the name of a view", name.value), remedy);
    }
    if before.iter().filter_map(|other| other.name.as_ref()).any(|other| other.value == name.value) {
        let message = format!("two views are called `{}`", name.value);
        report.refuse(name.mark, message, "views are asked for by their names: rename one of them");
    }
    Some(name)
}
