//! Which kinds of sink there are: the one place that names them.
//!
//! A new kind is a crate with the rooms of the others, and a line of [`SINKS`]. Everybody else asks a
//! [`Connector`](super::Connector), or this table for what concerns all kinds.

use super::examine::owner;
use super::{Factory, Sink, mongodb, sqlite, stdout};
use crate::checks::Check;
use crate::settings::diagnostic::Report;
use crate::settings::section::Section;

/// All kinds, in the order in which people are told of them.
pub(crate) const SINKS: [Factory; 3] = [mongodb::FACTORY, sqlite::FACTORY, stdout::FACTORY];

/// Reads the sink of the dataflow called `name`.
pub(crate) fn read(root: &Section<'_>, name: Option<&str>, report: &mut Report) -> Option<Sink> {
    let (kind, section) = root.one_of("sink", &SINKS.map(|kind| kind.name), &example(), report)?;
    let factory = SINKS.iter().find(|factory| factory.name == kind)?;
    (factory.read)(&section, name, report)
}

/// How people call the sink of this name; one that is registered nowhere has no other.
pub(crate) fn title(name: &'static str) -> &'static str {
    SINKS.iter().find(|factory| factory.name == name).map_or(name, |factory| factory.title)
}

/// The kinds whose documents can be read back, which people are advised to take.
pub(crate) fn advised() -> impl Iterator<Item = Factory> {
    SINKS.into_iter().filter(|factory| factory.keys.is_some())
}

/// The names of all kinds.
pub fn names() -> impl Iterator<Item = &'static str> {
    SINKS.into_iter().map(|factory| factory.name)
}

/// The checks that sinks make of themselves: those of all kinds, and those of each.
pub(crate) fn checks() -> impl Iterator<Item = Check> {
    owner::CHECKS.iter().chain(SINKS.into_iter().flat_map(|factory| factory.checks)).copied()
}

/// All kinds, as those are told of them who begin: first what needs no server.
pub(crate) fn proposed() -> impl Iterator<Item = Factory> {
    let by_itself = |factory: &Factory| factory.set.is_some();
    SINKS.into_iter().filter(by_itself).chain(SINKS.into_iter().filter(move |factory| !by_itself(factory)))
}

/// The header of the table of each kind that people are advised to take: `[sink.a]` or `[sink.b]`.
pub(crate) fn headers() -> String {
    advised().map(|factory| format!("`[sink.{}]`", factory.name)).collect::<Vec<_>>().join(" or ")
}

/// How to write the table of each of them.
fn example() -> String {
    let each = advised().map(|Factory { name, keys, .. }| format!("`[sink.{name}]` with {}", keys.unwrap_or_default()));
    each.collect::<Vec<_>>().join(", or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_names_every_sink_that_can_be_read_back() {
        assert_eq!(headers(), "`[sink.mongodb]` or `[sink.sqlite]`");
        let expected = "`[sink.mongodb]` with `uri`, `database` and `collection`, or `[sink.sqlite]` with `path`";
        assert_eq!(example(), expected);
    }

    #[test]
    fn each_kind_has_a_name_of_its_own() {
        for (at, factory) in SINKS.iter().enumerate() {
            assert!(SINKS.iter().skip(at + 1).all(|other| other.name != factory.name), "{}", factory.name);
            assert_eq!(title(factory.name), factory.title);
        }
    }
}
