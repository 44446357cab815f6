//! One word for one thing: no public type of `src` and `crates` has the name of another, but for those listed here with
//! why.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::imports;

/// Names that may be defined several times in some places, and once besides.
struct Exception {
    /// Why the word is the same.
    why: &'static str,
    /// Folders and files.
    places: &'static [&'static str],
    /// Each of these is defined more than once: one that is not any more goes from the list.
    names: &'static [&'static str],
}

const EXCEPTIONS: [Exception; 5] = [
    Exception {
        why: "the words of the API, as they are written and as `mare top` reads them: they are its schemas' names",
        places: &["crates/serve/src/api", "crates/serve/src/problem.rs", "src/cli/top/answer.rs"],
        names: &[
            "Account",
            "Alerts",
            "Checkpoint",
            "Dataflow",
            "Document",
            "Field",
            "Frontier",
            "Letter",
            "Letters",
            "Memory",
            "Partition",
            "Place",
            "Problem",
            "Process",
            "Refusal",
            "Row",
            "Sink",
            "Status",
            "Totals",
            "Window",
        ],
    },
    Exception {
        why: "the same thing found another way: the auditor and the reference share no code with the engine",
        places: &["crates/verify", "crates/reference"],
        names: &["Counts", "Dispersion", "Event", "Fate", "Jump", "Total"],
    },
    Exception { why: "the flags of each command, in its own file", places: &["src/cli"], names: &["Args"] },
    Exception {
        why: "what a kind brings: the same seam for sources and for sinks",
        places: &["crates/source", "crates/sink"],
        names: &["Connector"],
    },
    Exception {
        why: "the same room of each kind of sink",
        places: &["crates/mongodb", "crates/sqlite"],
        names: &["Inspection"],
    },
];

/// The names of the types that are public in `code`, to all or to the crate.
fn public(code: &str) -> Vec<&str> {
    code.lines().filter_map(public_type).collect()
}

/// The name of the type that a line begins to define, if it is public.
fn public_type(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = line.strip_prefix("pub ").or_else(|| line.strip_prefix("pub(crate) "))?;
    let kinds = ["struct ", "enum ", "union ", "trait ", "type "];
    let name = kinds.iter().find_map(|kind| rest.strip_prefix(kind))?;
    name.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next()
}

/// Where each public type is defined, by its name; paths from the root of the repository.
fn definitions(root: &Path) -> BTreeMap<String, Vec<PathBuf>> {
    let crates = std::fs::read_dir(root.join("crates")).expect("a folder");
    let crates = crates.map(|entry| entry.expect("an entry").path().join("src"));
    let mut found: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for source in crates.chain([root.join("src")]) {
        for (file, _, code) in imports::code(&source) {
            let file = file.strip_prefix(root).expect("below it");
            for name in public(&code) {
                found.entry(name.to_owned()).or_default().push(file.to_owned());
            }
        }
    }
    found
}

/// Which of the places where `name` is defined no exception allows, once those that one does are left out.
fn unexplained<'a>(name: &str, places: &'a [PathBuf]) -> Vec<&'a PathBuf> {
    let exception = EXCEPTIONS.iter().find(|exception| exception.names.contains(&name));
    let is_allowed = |place: &Path| exception.is_some_and(|found| found.places.iter().any(|of| place.starts_with(of)));
    places.iter().filter(|place| !is_allowed(place)).collect()
}

#[test]
fn no_public_type_has_the_name_of_another() {
    let definitions = definitions(Path::new(env!("CARGO_MANIFEST_DIR")));
    let told = |(name, places): (&String, &Vec<PathBuf>)| {
        let left = unexplained(name, places);
        (left.len() > 1).then(|| {
            format!("{name}: {}", left.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(", "))
        })
    };
    let found: Vec<String> = definitions.iter().filter_map(told).collect();
    assert!(
        found.is_empty(),
        "one word for several things; rename, or list it here with a reason:\n{}",
        found.join("\n")
    );
}

#[test]
fn each_exception_is_one() {
    let definitions = definitions(Path::new(env!("CARGO_MANIFEST_DIR")));
    let names: Vec<&str> = EXCEPTIONS.iter().flat_map(|exception| exception.names.iter().copied()).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "a name is listed twice");
    for Exception { why, names, .. } in &EXCEPTIONS {
        assert!(!why.is_empty());
        let single = names.iter().filter(|name| definitions.get(**name).is_none_or(|places| places.len() < 2));
        assert_eq!(single.collect::<Vec<_>>(), [""; 0].iter().collect::<Vec<_>>(), "no exceptions any more");
    }
}

/// The tests above find what there is: else they would find nothing, and pass.
#[test]
fn a_public_type_is_found_however_it_is_written() {
    let code = "pub struct A<T>(T);\npub(crate) enum B {\n    C,\n}\nstruct D;\npub(super) struct E;\nmod f {\n    \
                pub trait G: Send {}\n}\npub type H = u8;\npub fn i() {}\n";
    assert_eq!(public(code), ["A", "B", "G", "H"]);
    assert!(definitions(Path::new(env!("CARGO_MANIFEST_DIR"))).len() > 300);
}
