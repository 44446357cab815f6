//! `--set key.path=value`: any key of a dataflow file, from the command line.

use std::fmt;

use toml::de::{DeTable, DeValue};

use mare_settings::diagnostic::{Report, Text};
use mare_settings::mask::mask;
use mare_settings::syntax;
use mare_settings::tree::{Marked, Node, Origin, Table, Value};

/// What the user types before an override; it is shown in diagnostics.
const FLAG: &str = "--set ";

/// The tables that hold exactly one table, named by its kind: setting a key of another kind replaces it.
const ONE_OF: [&str; 2] = ["source", "sink"];
/// The keys of `[window]` that say of which kind windows are, each with those of the others, which setting it removes.
const KINDS_OF_WINDOW: [(&str, &[&str]); 5] = [
    ("tumbling", &["hopping", "cumulative", "session", "every", "none"]),
    ("hopping", &["tumbling", "cumulative", "session", "none"]),
    ("cumulative", &["tumbling", "hopping", "session", "none"]),
    ("session", &["tumbling", "hopping", "cumulative", "every", "zone", "offset", "none"]),
    (
        "none",
        &[
            "tumbling",
            "hopping",
            "cumulative",
            "session",
            "every",
            "zone",
            "offset",
            "lateness",
            "start",
            "end",
            "final",
        ],
    ),
];

/// Overrides of keys of a dataflow file, each as `key.path=value`, applied in their order.
///
/// The key is written as in TOML, with quotes around a part that has dots in it. The value is read as a TOML value, and
/// as a string if it isn't one, so that `sink.sqlite.path=totals.db` needs no second pair of quotes. Where a string is
/// needed, an unquoted number, boolean or date is one. A `${VAR}` in it reads the environment, as in the file.
///
/// ```
/// use mare_dataflow::Overrides;
/// let overrides = Overrides::new(["window.tumbling=5m", "epochs.in_flight=4", r#"totals.group_by=["city"]"#]);
/// ```
#[derive(Clone, Default)]
pub struct Overrides {
    /// As typed, without the flag.
    texts: Vec<String>,
}

impl Overrides {
    /// Overrides from the values of repeated `--set` flags. They are checked together with the file.
    pub fn new<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Overrides {
        Overrides { texts: texts.into_iter().map(Into::into).collect() }
    }

    /// The overrides as the texts that diagnostics show, in the order of their marks.
    pub(super) fn texts(&self) -> impl Iterator<Item = Text> {
        let shown = |text: &String| Text { name: "command line".to_owned(), text: format!("{FLAG}{text}") };
        self.texts.iter().map(shown)
    }

    /// Puts the overrides into the table of the file.
    pub(super) fn apply(&self, root: &mut Table, report: &mut Report) {
        for (index, text) in self.texts.iter().enumerate() {
            let origin = Origin { text: index + 1, shift: FLAG.len() };
            if let Some((path, node)) = read(text, origin, report) {
                replace_other_kinds(root, &path);
                set(root, &path, node);
            }
        }
    }
}

impl fmt::Debug for Overrides {
    /// Passwords are masked.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.texts.iter().map(|text| mask(text))).finish()
    }
}

/// The parts of a dotted key, from the outermost table inwards.
type Path = Vec<Marked<String>>;

/// Takes an override apart; a mistake in its form is reported and gives nothing.
fn read(text: &str, origin: Origin, report: &mut Report) -> Option<(Path, Node)> {
    let Some(equals) = equals_sign(text) else {
        let remedy = "write it as `--set key.path=value`, for example `--set window.tumbling=5m`";
        report.refuse(origin.mark(0..text.len()), "an override without `=`", remedy);
        return None;
    };
    let path = path(&text[..equals], origin, report)?;
    let value = &text[equals + 1..];
    let origin = Origin { shift: origin.shift + equals + 1, ..origin };
    Some((path, node(value, origin, report)?))
}

/// Where the first `=` outside quotes is.
fn equals_sign(text: &str) -> Option<usize> {
    let mut open = None;
    for (at, character) in text.char_indices() {
        match (open, character) {
            (None, '=') => return Some(at),
            (None, '"' | '\'') => open = Some(character),
            (Some(quote), _) if quote == character => open = None,
            _ => {}
        }
    }
    None
}

/// The parts of a dotted key. TOML's own parser takes it apart, as the key of a small document.
fn path(key: &str, origin: Origin, report: &mut Report) -> Option<Path> {
    let document = format!("{key}=0");
    let mut path = Path::new();
    if let Ok(parsed) = DeTable::parse(&document) {
        let mut table = origin.table(parsed.get_ref());
        while let [entry] = table.entries.as_mut_slice() {
            path.push(entry.key.clone());
            match std::mem::replace(&mut entry.node.value, Value::Refused) {
                Value::Table(inner) => table = inner,
                _ => return Some(path),
            }
        }
    }
    let remedy =
        "separate its parts by dots and put quotes around a part that is not just letters, digits, `-` and `_`";
    report.refuse(origin.mark(0..key.len()), format!("`{}` is not a key", key.trim()), remedy);
    None
}

/// The value of an override. What opens like a TOML string, array or table must also be one.
fn node(value: &str, origin: Origin, report: &mut Report) -> Option<Node> {
    match DeValue::parse(value) {
        Ok(parsed) => Some(origin.node(&parsed)),
        Err(error) if value.trim_start().starts_with(['"', '\'', '[', '{']) => {
            syntax::refuse(&error, origin, report);
            None
        }
        Err(_) => Some(Marked { value: Value::String(value.to_owned()), mark: origin.mark(0..value.len()) }),
    }
}

/// Removes the other kinds if the key leads into a one-of table, so that `--set sink.sqlite.path=…` needs no edit of a
/// file that has `[sink.mongodb]`, or says of which kind windows are.
fn replace_other_kinds(root: &mut Table, path: &Path) {
    if let [window, key] = path.as_slice()
        && window.value == "window"
        && let Some((_, others)) = KINDS_OF_WINDOW.iter().find(|(kind, _)| *kind == key.value)
    {
        root.table_mut(window).entries.retain(|entry| !others.contains(&entry.key.value.as_str()));
    }
    if let [one_of, kind, ..] = path.as_slice()
        && ONE_OF.contains(&one_of.value.as_str())
    {
        root.table_mut(one_of).entries.retain(|entry| entry.key.value == kind.value);
    }
}

/// Puts the value at the end of the path and makes the tables on the way. A value that stands in the way is replaced by
/// a table; if the key needed that value, its check finds a table and says so.
fn set(table: &mut Table, path: &[Marked<String>], node: Node) {
    match path {
        [] => {}
        [key] => table.insert(key.clone(), node),
        [key, rest @ ..] => set(table.table_mut(key), rest, node),
    }
}
