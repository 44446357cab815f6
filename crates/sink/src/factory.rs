//! What is known of a kind of sink before there is one, and which kinds there are.

use crate::Sink;
use crate::examine::owner;
use crate::proposal::Proposal;
use mare_checks::Check;
use mare_settings::diagnostic::Report;
use mare_settings::section::Section;
use mare_settings::tree::{Marked, Value};

/// A kind of sink: what is known of it before there is one.
#[derive(Clone, Copy, Debug)]
pub struct Factory {
    /// Its name: that of its table in a dataflow file, `[sink.name]`.
    pub name: &'static str,
    /// How people call it.
    pub title: &'static str,
    /// The keys that its table needs, as a remedy lists them; `None` if its documents cannot be read back, so that
    /// nobody is advised to take it.
    pub keys: Option<&'static str>,
    /// A `--set` that makes such a sink by itself, if there is one.
    pub set: Option<&'static str>,
    /// How `mare init` is told to take it.
    pub proposal: Proposal,
    /// The key of its table that says where in it documents go, which each of several views names for itself; `None` if
    /// all documents go to one place.
    pub place: Option<&'static str>,
    /// The checks that it makes of itself, but for those that all kinds have.
    pub checks: &'static [Check],
    /// Reads its table, for the dataflow of that name.
    pub read: fn(&Section<'_>, Option<&str>, &mut Report) -> Option<Sink>,
}

/// Which kinds of sink there are, in the order in which people are told of them. Whoever builds a binary says it, for
/// no other crate knows all of them.
#[derive(Clone, Copy, Debug)]
pub struct Registry(pub &'static [Factory]);

impl Registry {
    /// Reads the sink of the dataflow called `name`; of one of its views if that says `into` which place its documents
    /// go.
    pub fn read(
        self,
        root: &Section<'_>,
        name: Option<&str>,
        into: Option<&Marked<String>>,
        report: &mut Report,
    ) -> Option<Sink> {
        let (kind, section) = root.one_of("sink", &self.names().collect::<Vec<_>>(), &self.example(), report)?;
        let factory = self.0.iter().find(|factory| factory.name == kind)?;
        let Some((place, into)) = factory.place.zip(into) else { return (factory.read)(&section, name, report) };
        let mut table = section.table.clone();
        let node = Marked { value: Value::String(into.value.clone()), mark: into.mark };
        table.insert(Marked { value: place.to_owned(), mark: into.mark }, node);
        (factory.read)(&Section { table: &table, ..section.clone() }, name, report)
    }

    /// How people call the sink of this name; one that is registered nowhere has no other.
    #[must_use]
    pub fn title(self, name: &'static str) -> &'static str {
        self.0.iter().find(|factory| factory.name == name).map_or(name, |factory| factory.title)
    }

    /// The kinds whose documents can be read back, which people are advised to take.
    pub fn advised(self) -> impl Iterator<Item = Factory> {
        self.0.iter().copied().filter(|factory| factory.keys.is_some())
    }

    /// The names of all kinds.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        self.0.iter().copied().map(|factory| factory.name)
    }

    /// The checks that sinks make of themselves: those of all kinds, and those of each.
    pub fn checks(self) -> impl Iterator<Item = Check> {
        owner::CHECKS.iter().chain(self.0.iter().copied().flat_map(|factory| factory.checks)).copied()
    }

    /// All kinds, as those are told of them who begin: first what needs no server.
    pub fn proposed(self) -> impl Iterator<Item = Factory> {
        let by_itself = |factory: &Factory| factory.set.is_some();
        self.0
            .iter()
            .copied()
            .filter(by_itself)
            .chain(self.0.iter().copied().filter(move |factory| !by_itself(factory)))
    }

    /// The header of the table of each kind that people are advised to take: `[sink.a]` or `[sink.b]`.
    #[must_use]
    pub fn headers(self) -> String {
        self.advised().map(|factory| format!("`[sink.{}]`", factory.name)).collect::<Vec<_>>().join(" or ")
    }

    /// How to write the table of each of them.
    #[must_use]
    pub fn example(self) -> String {
        let each = self
            .advised()
            .map(|Factory { name, keys, .. }| format!("`[sink.{name}]` with {}", keys.unwrap_or_default()));
        each.collect::<Vec<_>>().join(", or ")
    }
}
