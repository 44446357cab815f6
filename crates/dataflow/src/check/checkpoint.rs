//! `[checkpoint]`: where, how often and how many checkpoints are kept. All of it has defaults.

use std::time::Duration;

use mare_checkpoint::Checkpointing;
use mare_checkpoint::store::registry;
use mare_settings::diagnostic::Report;
use mare_settings::quantity::{self, Bounds};
use mare_settings::section::Section;
use mare_settings::tree::{Marked, Table, Value};

/// The default of [`Checkpointing::path`]: beside where the command runs, so that nothing is written to places that the
/// user of a container does not know of.
const PATH: &str = ".mare/checkpoints";
/// The default of [`Checkpointing::every`].
const EVERY: &str = "10s";
/// The default of [`Checkpointing::keep`].
const KEEP: usize = 3;
/// The most checkpoints that may be kept: each is listed at every start.
const KEEP_MAX: i64 = 1_000;

/// How often: a checkpoint takes some milliseconds, and a restart reads again what came since the last one.
const OFTEN: Bounds = Bounds { least_ms: 100, most_ms: 60 * 60 * 1_000, said: "from 100ms to 1h" };

/// The checkpoints of a dataflow.
pub(super) fn read(root: &Section<'_>, report: &mut Report) -> Option<Checkpointing> {
    let nothing = Table::default();
    let section = match root.table.entry("checkpoint") {
        Some(_) => root.section_if_any("checkpoint", report)?,
        None => Section { path: "checkpoint".to_owned(), mark: root.mark, table: &nothing },
    };
    section.only(&["path", "every", "keep"], report);
    let path = section.text_or("path", PATH, report).and_then(|path| path_of(path, report));
    let every = section.text_or("every", EVERY, report);
    let every = every.and_then(|text| quantity::duration(&section, "every", &text, OFTEN, report));
    let keep = keep(&section, report);
    Some(Checkpointing { path: path?, every: Duration::from_millis(every?.unsigned_abs()), keep: keep? })
}

/// A folder or a URL. Whether it can be written is seen when the dataflow starts, not here.
///
/// A message never repeats it, because a URL may hold a password; there is no place for one, so it is refused.
fn path_of(path: Marked<String>, report: &mut Report) -> Option<String> {
    let Marked { value, mark } = path;
    let host = value.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or_default());
    if host.is_some_and(|host| host.contains('@')) {
        let message = "`checkpoint.path` has a user or a password in it";
        report.refuse(mark, message, "leave them out: the client of an object store takes them from the environment");
        return None;
    }
    if !registry::is_known(&value) {
        let message = "`checkpoint.path` is the URL of no store that is known here";
        report.refuse(mark, message, format!("write a folder, or a URL that begins with {}", registry::beginnings()));
        return None;
    }
    if value.trim().is_empty() || value.contains('\0') || value.ends_with("://") {
        let remedy = "write a folder, such as `.mare/checkpoints`, or a URL, such as `s3://bucket/folder`";
        report.refuse(mark, "`checkpoint.path` is neither a folder nor a URL", remedy);
        return None;
    }
    Some(value)
}

/// How many checkpoints are kept. With none there would be nothing to go on from.
fn keep(section: &Section<'_>, report: &mut Report) -> Option<usize> {
    let Some(entry) = section.table.entry("keep") else { return Some(KEEP) };
    let Value::Integer(number) = entry.node.value else {
        return section.wrong_type("keep", &entry.node, "an integer", "3", report);
    };
    if !(1..=KEEP_MAX).contains(&number) {
        let message = format!("`checkpoint.keep` is {number}, which is out of bounds");
        report.refuse(entry.node.mark, message, format!("write a number from 1 to {KEEP_MAX}"));
    }
    usize::try_from(number).ok()
}
