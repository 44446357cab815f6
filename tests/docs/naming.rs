//! Who knows a kind of source or of sink by its name: its own folder and the registry beside it, and whoever is on a list here.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A folder of `src` whose folders are kinds of one thing, where they have a room `config.rs`.
struct Kinds {
    folder: &'static str,
    /// Who may name one of them, as the beginning of a path, beside the folder itself: tests among them.
    may: &'static [&'static str],
}

/// Kafka is more than a source: topics are written to, and commands and checks are about it. A run is not.
const SOURCES: Kinds = Kinds {
    folder: "source",
    may: &[
        "alerts/target/topic.rs",
        "cli/demo",
        "cli/kafka_args.rs",
        "dataflow/tests",
        "doctor/kafka",
        "kafka_client",
        "letters",
        "metered",
        "sink/fixture.rs",
        "verify/topic.rs",
    ],
};

/// The demo needs a database that is there; the simulation plays the server of one.
const SINKS: Kinds = Kinds { folder: "sink", may: &["cli/demo", "dataflow/tests", "engine/simulation"] };

impl Kinds {
    /// Their names.
    fn names(&self, source: &Path) -> BTreeSet<String> {
        let entries = fs::read_dir(source.join(self.folder)).expect("a folder").map(|entry| entry.expect("an entry"));
        let kinds = entries.filter(|entry| entry.path().join("config.rs").exists());
        kinds.map(|kind| kind.file_name().to_string_lossy().into_owned()).collect()
    }

    /// The lines of a file that name one of them; tests at its end are left out.
    fn naming<'a>(&self, text: &'a str, names: &BTreeSet<String>) -> Vec<&'a str> {
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let path = format!("{}::", self.folder);
        let is_named = |line: &str| {
            let (line, mut words) = (line.to_lowercase(), line.split(|c: char| !c.is_alphanumeric()));
            line.contains(&path) && words.any(|word| names.contains(&word.to_lowercase()))
        };
        code.lines().filter(|line| !line.trim_start().starts_with("//") && is_named(line)).collect()
    }

    /// Asserts that nobody names one of them who may not, and that whoever may does.
    fn assert_known_to_few(&self) {
        let source = super::imports::source();
        let names = self.names(&source);
        assert!(!names.is_empty(), "no kinds in src/{}", self.folder);
        let (mut found, mut unused) = (Vec::new(), self.may.iter().collect::<BTreeSet<_>>());
        for file in super::imports::files(&source) {
            let place = file.strip_prefix(&source).expect("below it");
            let text = fs::read_to_string(&file).expect("code");
            let lines = self.naming(&text, &names);
            match self.may.iter().find(|may| place.starts_with(may)) {
                _ if lines.is_empty() || place.starts_with(self.folder) => {}
                Some(may) => drop(unused.remove(may)),
                None => found.extend(lines.iter().map(|line| format!("{}: {}", place.display(), line.trim()))),
            }
        }
        assert!(found.is_empty(), "{}", found.join("\n"));
        assert!(unused.is_empty(), "these name none any more, so they need not be on the list: {unused:?}");
    }
}

#[test]
fn nobody_else_knows_a_kind_of_source_by_name() {
    SOURCES.assert_known_to_few();
}

#[test]
fn nobody_else_knows_a_kind_of_sink_by_name() {
    SINKS.assert_known_to_few();
}
