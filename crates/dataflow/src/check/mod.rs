//! The checks that make a plan of a file's tree, read with [`settings`](mare_settings). Each goes on after a problem,
//! so that all problems are found at once.
//!
//! # Layout
//! * one module for each table of the file: [`event`], [`window`] ([`session`] of one kind), [`totals`] with its
//!   [`groups`] ([`views`] if there are several), [`epochs`], [`checkpoint`], [`dedup`], [`dashboard`], [`alerts`] with
//!   its [`webhook`] and, for its rules, [`condition`], [`holding`] and, for what both count in windows, [`length`];
//!   the expressions of [`totals`] by [`computed`]
//! * the tables of a source and of a sink are read in the folders of their kinds, which [`mare_source::registry`] and
//!   a [`Registry`] name; `[late]` and `[dead_letter]` by [`mare_letters::topic`]
//! * [`fields`]: the declared fields, and finding one by its name; [`expressions`]: those that are computed, and
//!   conditions over all of them; [`zone`]: a time zone by its name
//! * [`record`]: the fields that are parts of a record beside its payload; [`lookup`]: tables, and the fields that are
//!   looked up in them
//! * [`explode`](mod@explode): the array whose elements are events
//! * [`retract`]: which events are cancellations, and which totals can be taken back from
//! * [`names`]: the fields of the documents, which come from several tables

mod alerts;
mod checkpoint;
mod computed;
mod condition;
mod dashboard;
mod dedup;
mod epochs;
mod event;
mod explode;
mod expressions;
mod extremes;
mod fields;
mod groups;
mod holding;
mod idle;
mod length;
mod lookup;
mod names;
mod rankings;
mod record;
mod retract;
mod session;
mod summaries;
mod totals;
mod views;
mod webhook;
mod window;
mod zone;

use std::path::Path;

use super::{Dashboard, Plan};
use mare_model::schema::EventPlan;
use mare_settings::diagnostic::Report;
use mare_settings::section::{Section, is_plain_name};
use mare_settings::tree::{Marked, Table};
use mare_sink::Registry;

/// The most characters that the name of a dataflow has: it becomes part of client ids and of file names.
const NAME_LENGTH_MAX: usize = 100;

/// The plan of a dataflow, whose tables are in files named from `folder`; without problems in the report it is there.
pub(super) fn plan(root: &Table, folder: &Path, sinks: Registry, report: &mut Report) -> Option<Plan> {
    let root = Section::root(root);
    let tables = [
        "source",
        "event",
        "lookup",
        "window",
        "totals",
        "sink",
        "epochs",
        "checkpoint",
        "dedup",
        "retract",
        "late",
        "dead_letter",
        "dashboard",
        "alerts",
    ];
    root.only(&[&["name"][..], &tables].concat(), report);
    let name = name(&root, report);
    let source = mare_source::registry::read(&root, report);
    let event = event::read(&root, folder, report);
    let zone = event.as_ref().and_then(|event| event.plan.as_ref()?.zone.iana_name());
    let views = event.as_ref().and_then(|event| views::read(&root, event, (zone, name.as_deref()), sinks, report));
    if event.is_none() {
        views::without_events(&root, name.as_deref(), sinks, report);
    }
    let epochs = epochs::read(&root, report);
    let checkpoint = checkpoint::read(&root, report);
    let dedup = event.as_ref().and_then(|event| dedup::read(&root, &event.fields, report));
    let retract = event.as_ref().and_then(|event| retract::read(&root, event.scope.as_ref(), report));
    let late = mare_letters::topic::read(&root, "late", source.as_ref(), report);
    let dead_letter = mare_letters::topic::read(&root, "dead_letter", source.as_ref(), report);
    let (views, event) = (views?, event?);
    event.plan.iter().for_each(|event| retract::check(&root, event, &views.outputs, report));
    let idle = idle::check(event.idle?, &views.outputs, sinks, report)?;
    let mut plan = Plan {
        name: name?,
        source: source?,
        event: EventPlan { group_max_bytes: views.group_max_bytes, ..event.plan? },
        computed: event.computed,
        grouped: views.grouped,
        outputs: views.outputs,
        epochs: epochs?,
        checkpoint: Some(checkpoint?),
        dedup: dedup?,
        retract: retract?,
        idle,
        late: late?,
        dead_letter: dead_letter?,
        dashboard: Dashboard::default(),
        alerts: None,
        whole: None,
    };
    plan.dashboard = dashboard::read(&root, &plan, report)?;
    plan.alerts = alerts::read(&root, &plan, sinks, report)?;
    Some(plan)
}

/// The dataflow's name. It becomes part of client ids, of the default table and of file names, so it holds no sign that
/// any of them would have to escape.
fn name(root: &Section<'_>, report: &mut Report) -> Option<String> {
    let Marked { value, mark } = root.text("name", "black-friday", report)?;
    if !is_plain_name(&value, NAME_LENGTH_MAX) {
        let remedy = format!("use 1 to {NAME_LENGTH_MAX} letters without accents, digits, `-`, `_` and `.`");
        report.refuse(mark, format!("`{value}` cannot be the name of a dataflow"), remedy);
        return None;
    }
    Some(value)
}
