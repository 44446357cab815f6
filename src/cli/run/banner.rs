//! What is connected to what, before the run begins.

use tracing::info;

use crate::average::Average;
use crate::cli::logging;
use crate::dataflow::Plan;
use crate::measure::{Function, Measure};
use crate::run::{Cluster, Mode, Session};
use crate::source::SourceDescription;
use crate::time::{Assigner, Calendar};
use crate::view::{Aggregate, Number};

/// Prints the banner to standard error; it never holds a password.
pub fn print(session: &Session) {
    let plan = &session.run.plan;
    let of_view = |view: &Plan| {
        let name = view.names().next().map(|name| ("view", name.to_owned()));
        let rest = [("window", window(view)), ("totals", totals(view)), ("sink", view.sink().describe().line)];
        name.into_iter().chain(rest).collect::<Vec<_>>()
    };
    let last = [("state", state(session)), ("run", format!("{}, {}", workers(&session.cluster), mode(session.mode)))];
    let mut rows = vec![("source", source(session))];
    rows.extend(plan.views().iter().flat_map(of_view));
    rows.extend(last);
    title(session);
    rows.iter().for_each(|(name, text)| logging::say(format!("  {name:<7} {text}")));
}

/// The first line; for machines with what the run is as fields.
fn title(session: &Session) {
    let (version, dataflow, cluster) = (env!("CARGO_PKG_VERSION"), &*session.run.plan.name, &session.cluster);
    let title = format!("mare {version}  {dataflow}");
    if !logging::is_json() {
        return logging::say(title);
    }
    info!(
        version,
        dataflow,
        generation = session.beginning.generation,
        restored_epoch = session.beginning.restored.as_ref().map(|restored| restored.epoch.0),
        partitions = session.partitions,
        workers = cluster.workers(),
        process_index = cluster.process(),
        processes = cluster.processes(),
        "{title}"
    );
}

fn source(session: &Session) -> String {
    let source = &session.run.plan.source;
    let (SourceDescription { kind, server, name }, start) = (source.describe(), source.start());
    let mine: Vec<String> = session.run.ledger.accounts().map(|(partition, _)| partition.to_string()).collect();
    let all = session.partitions;
    let which = match mine.len() {
        count if count == all => format!("{all} partitions"),
        0 => format!("none of {all} partitions"),
        _ => format!("partitions {} of {all}", mine.join(" ")),
    };
    format!("{kind} {server}  {name}, {which}, from {start}")
}

fn window(plan: &Plan) -> String {
    let span = |ms| format!("{:#}", jiff::SignedDuration::from_millis(ms));
    let windows = match plan.view().windows.assigner {
        Assigner::Tumbling { size_ms, offset_ms: 0 } => format!("tumbling {}", span(size_ms)),
        Assigner::Tumbling { size_ms, offset_ms } => format!("tumbling {}, offset {}", span(size_ms), span(offset_ms)),
        Assigner::Hopping { size_ms, step_ms, offset_ms: 0 } => {
            format!("hopping {}, every {}", span(size_ms), span(step_ms))
        }
        Assigner::Hopping { size_ms, step_ms, offset_ms } => {
            format!("hopping {}, every {}, offset {}", span(size_ms), span(step_ms), span(offset_ms))
        }
        Assigner::Cumulative { size_ms, step_ms, offset_ms: 0 } => {
            format!("cumulative {}, every {}", span(size_ms), span(step_ms))
        }
        Assigner::Cumulative { size_ms, step_ms, offset_ms } => {
            format!("cumulative {}, every {}, offset {}", span(size_ms), span(step_ms), span(offset_ms))
        }
        Assigner::Session { gap_ms } => format!("sessions with gaps of {}", span(gap_ms)),
        Assigner::Global => return "none: each group stays in memory and in every checkpoint, for ever".to_owned(),
        Assigner::Calendar(Calendar { unit, zone }) => format!("tumbling, a {} of {}", unit.word(), zone.name()),
    };
    format!("{windows}, lateness {}", span(plan.view().windows.lateness_ms))
}

fn totals(plan: &Plan) -> String {
    let field = |index: usize| plan.event.fields.get(index).map_or("?", |field| field.name.as_str());
    let totals = plan.view().totals.iter().map(|total| {
        let what = match total.aggregate {
            Aggregate::Events => "events".to_owned(),
            Aggregate::Measure(index, number) | Aggregate::Extreme(index, number) => {
                plan.view().measures.get(index).map_or_else(String::new, |measure| measured(*measure, number, plan))
            }
            Aggregate::Average(Average { sum, scale, .. }) => {
                let summed = plan.view().measures.get(sum).map_or(usize::MAX, |measure| measure.field);
                format!("mean of {}, {scale} digits", field(summed))
            }
            Aggregate::Dispersion(_) | Aggregate::Summary(_) | Aggregate::Computed(..) => {
                plan.view().text(total.aggregate, &plan.event)
            }
        };
        format!("{} ({what})", total.name)
    });
    let totals: Vec<String> = totals.collect();
    let groups: Vec<&str> = plan.view().group_by.iter().map(|index| field(*index)).collect();
    let by = if groups.is_empty() { String::new() } else { format!(" by {}", groups.join(", ")) };
    let wanted = plan.filter().map_or_else(String::new, |filter| format!(" where {filter}"));
    let cancelled = plan.retract.as_ref().map_or_else(String::new, |when| format!(", cancelled when {when}"));
    format!("{}{by}{wanted}{cancelled}", totals.join(", "))
}

fn measured(Measure { function, field }: Measure, number: Number, plan: &Plan) -> String {
    let field = plan.event.fields.get(field).map_or("?", |field| field.name.as_str());
    match (function, number) {
        (Function::Live, _) => "events that are not cancelled".to_owned(),
        (Function::Count, _) => format!("events with {field}"),
        (Function::Max, Number::Boolean) => format!("any {field}"),
        (_, Number::Boolean) => format!("all {field}"),
        (_, Number::Decimal { scale }) => format!("{} of {field}, {scale} digits", function.name()),
        (_, Number::Integer | Number::Time) => format!("{} of {field}", function.name()),
    }
}

fn state(session: &Session) -> String {
    let Some(settings) = session.run.plan.checkpoint.as_ref().filter(|_| session.run.checkpointer.is_some()) else {
        return "no checkpoints".to_owned();
    };
    let every = jiff::SignedDuration::try_from(settings.every).unwrap_or_default();
    let from = match &session.beginning.restored {
        Some(restored) => format!("going on from epoch {}", restored.epoch.0),
        None if session.cluster.leads() => "beginning without one".to_owned(),
        None => "beginning as process 0 says".to_owned(),
    };
    format!("checkpoints {}, every {every:#}, {} kept; {from}", settings.path, settings.keep)
}

/// `3 workers`, or `3 workers, process 1 of 2`.
fn workers(cluster: &Cluster) -> String {
    let workers = match cluster.workers() {
        1 => "1 worker".to_owned(),
        workers => format!("{workers} workers"),
    };
    match cluster.processes() {
        1 => workers,
        processes => format!("{workers}, process {} of {processes}", cluster.process()),
    }
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Endless => "until stopped",
        Mode::UntilEnd => "until the end of the topic",
    }
}
