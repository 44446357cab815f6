//! Who knows a kind of source or of sink by its name: its own folder and the registry beside it, and whoever is on a
//! list here.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The kinds of one thing: folders of `within` that have the rooms `config.rs` and `connector.rs`.
struct Kinds {
    /// Below which folder of the repository.
    within: &'static str,
    /// Where each has its rooms.
    rooms: &'static str,
    /// The module in which they are registered.
    module: &'static str,
    /// Whose they are, and where they are registered.
    own: &'static [&'static str],
    /// Who may name one of them, as the beginning of a path, beside these: tests among them.
    may: &'static [&'static str],
}

/// Kafka is more than a source: topics are written to, and commands and checks are about it. A run is not.
const SOURCES: Kinds = Kinds {
    within: "crates/source/src",
    rooms: "",
    module: "source",
    own: &["crates/source"],
    may: &[
        "crates/alerts/src/target/topic.rs",
        "crates/dataflow/src/fixture",
        "crates/dataflow/src/tests",
        "crates/doctor/src/kafka",
        "crates/letters",
        "crates/verify/src/topic.rs",
        "src/cli/demo",
        "src/cli/kafka_args.rs",
        "src/kafka_client",
        "src/metered",
    ],
};

/// The demo needs a database that is there; the simulation plays the server of one, and a bench writes lines.
const SINKS: Kinds = Kinds {
    within: "crates",
    rooms: "src",
    module: "sink",
    own: &["crates/mongodb", "crates/sqlite", "crates/stdout", "src/sink"],
    may: &[
        "crates/dataflow/src/fixture",
        "crates/dataflow/src/tests",
        "crates/engine/benches",
        "crates/engine/src/simulation",
        "src/cli/demo",
    ],
};

impl Kinds {
    /// Their names.
    fn names(&self) -> BTreeSet<String> {
        let within = Path::new(env!("CARGO_MANIFEST_DIR")).join(self.within);
        let entries = fs::read_dir(within).expect("a folder").map(|entry| entry.expect("an entry"));
        let has = |entry: &fs::DirEntry, room: &str| entry.path().join(self.rooms).join(room).exists();
        let kinds = entries.filter(|entry| has(entry, "config.rs") && has(entry, "connector.rs"));
        kinds.map(|kind| kind.file_name().to_string_lossy().into_owned()).collect()
    }

    /// The lines of a file that name one of them; tests at its end are left out.
    fn naming<'a>(&self, text: &'a str, names: &BTreeSet<String>) -> Vec<&'a str> {
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let path = format!("{}::", self.module);
        let is_named = |line: &str| {
            let (line, mut words) = (line.to_lowercase(), line.split(|c: char| !c.is_alphanumeric()));
            let is_crate = names.iter().any(|name| line.contains(&format!("mare_{name}::")));
            is_crate || line.contains(&path) && words.any(|word| names.contains(&word.to_lowercase()))
        };
        code.lines().filter(|line| !line.trim_start().starts_with("//") && is_named(line)).collect()
    }

    /// Asserts that nobody names one of them who may not, and that whoever may does.
    fn assert_known_to_few(&self) {
        let (root, names) = (Path::new(env!("CARGO_MANIFEST_DIR")), self.names());
        assert!(!names.is_empty(), "no kinds in {}", self.within);
        let (mut found, mut unused) = (Vec::new(), self.may.iter().collect::<BTreeSet<_>>());
        for file in ["src", "crates"].iter().flat_map(|folder| super::imports::files(&root.join(folder))) {
            let place = file.strip_prefix(root).expect("below it");
            let begins = |may: &&&str| place.to_string_lossy().starts_with(**may);
            let text = fs::read_to_string(&file).expect("code");
            let lines = self.naming(&text, &names);
            match self.may.iter().find(begins) {
                _ if lines.is_empty() || self.own.iter().any(|own| place.starts_with(own)) => {}
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

/// Nor does any other crate, which would have to depend on it.
#[test]
fn nobody_else_knows_a_kind_of_sink_by_name() {
    SINKS.assert_known_to_few();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates");
    for entry in fs::read_dir(crates).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let manifest = fs::read_to_string(entry.join("Cargo.toml")).expect("a manifest");
        let dependencies = super::imports::dependencies(&manifest);
        let named: Vec<_> = SINKS.names().into_iter().filter(|name| dependencies.contains(&&**name)).collect();
        assert!(named.is_empty(), "{} depends on {named:?}", entry.display());
    }
}
