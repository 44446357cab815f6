//! Reading a table key by key, with the refusals that every table shares: unknown key, missing key, wrong type.
//!
//! A reader of a required value, or of one with a default, gives `None` if and only if it has refused something, or
//! meets a string that was refused before. So the checks pass a missing value on in silence, and a mistake is reported
//! once.

use super::diagnostic::Report;
use super::suggest;
use super::tree::{Entry, Mark, Marked, Node, Table, Value};

/// One table of the file on its way into the plan.
#[derive(Clone, Debug)]
pub struct Section<'a> {
    /// Its dotted name; empty for the file itself.
    pub path: String,
    /// Its header, where a missing key is marked.
    pub mark: Mark,
    /// Its entries.
    pub table: &'a Table,
}

impl<'a> Section<'a> {
    /// The file itself.
    pub fn root(table: &'a Table) -> Section<'a> {
        Section { path: String::new(), mark: Mark { text: 0, start: 0, end: 0 }, table }
    }

    /// The full name of a key.
    pub fn name(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Where the table is, for a sentence.
    fn place(&self) -> String {
        if self.path.is_empty() { "at the top of the file".to_owned() } else { format!("under `[{}]`", self.path) }
    }

    /// Refuses every key that is not `known`.
    pub fn only(&self, known: &[&str], report: &mut Report) {
        for Entry { key, .. } in &self.table.entries {
            if !known.contains(&key.value.as_str()) {
                let message = format!("unknown key `{}`", self.name(&key.value));
                report.refuse(key.mark, message, suggest::remedy(&key.value, known));
            }
        }
    }

    /// A required string; `example` is a value for the remedy.
    pub fn text(&self, key: &str, example: &str, report: &mut Report) -> Option<Marked<String>> {
        let node = self.required(key, &format!("\"{example}\""), report)?;
        self.text_of(key, node, example, report)
    }

    /// A string with a default.
    pub fn text_or(&self, key: &str, default: &str, report: &mut Report) -> Option<Marked<String>> {
        match self.table.entry(key) {
            Some(entry) => self.text_of(key, &entry.node, default, report),
            None => Some(Marked { value: default.to_owned(), mark: self.mark }),
        }
    }

    /// A string that the key already has; `example` is a value for the remedy.
    pub fn text_of(&self, key: &str, node: &Node, example: &str, report: &mut Report) -> Option<Marked<String>> {
        let value = match &node.value {
            Value::String(text) => text.clone(),
            Value::Array(_) | Value::Table(_) | Value::Refused => {
                return self.wrong(key, node, "a string", example, report);
            }
            // The shell ate the quotes of `--set topic="2024"`; what the user typed is the string.
            _ if node.mark.is_override() => report.written(node.mark).to_owned(),
            _ => return self.wrong(key, node, "a string", example, report),
        };
        Some(Marked { value, mark: node.mark })
    }

    /// What a word stands for, or a refusal that names the known words.
    pub fn one_of_words<T: Clone>(
        &self,
        key: &str,
        text: &Marked<String>,
        words: &[(&str, T)],
        report: &mut Report,
    ) -> Option<T> {
        let found = words.iter().find(|(word, _)| *word == text.value);
        if found.is_none() {
            let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            let message = format!("`{}` cannot be `{}`", self.name(key), text.value);
            report.refuse(text.mark, message, suggest::remedy(&text.value, &known));
        }
        found.map(|(_, meaning)| meaning.clone())
    }

    /// The node of a required key; `example` is a value, as TOML, for the remedy.
    pub fn required(&self, key: &str, example: &str, report: &mut Report) -> Option<&'a Node> {
        let found = self.table.entry(key).map(|entry| &entry.node);
        if found.is_none() {
            let remedy = format!("add `{key} = {example}` {}", self.place());
            report.refuse(self.mark, format!("`{}` is missing", self.name(key)), remedy);
        }
        found
    }

    /// Refuses the value of a key for its type; `wanted` has its article, `example` is a string.
    pub fn wrong<T>(&self, key: &str, node: &Node, wanted: &str, example: &str, report: &mut Report) -> Option<T> {
        self.wrong_type(key, node, wanted, &format!("\"{example}\""), report)
    }

    /// As [`Section::wrong`], for an example that is no string.
    pub fn wrong_type<T>(&self, key: &str, node: &Node, wanted: &str, example: &str, report: &mut Report) -> Option<T> {
        if !matches!(node.value, Value::Refused) {
            let message = format!("`{}` must be {wanted}, not {}", self.name(key), node.value.kind());
            report.refuse(node.mark, message, format!("write it like `{key} = {example}`"));
        }
        None
    }

    /// A required table inside this one; `example` says in the remedy how to write it.
    pub fn section(&self, key: &str, example: &str, report: &mut Report) -> Option<Section<'a>> {
        if self.table.entry(key).is_none() {
            report.refuse(self.mark, format!("`[{}]` is missing", self.name(key)), format!("add a table {example}"));
        }
        self.section_if_any(key, report)
    }

    /// A table inside this one, if the key is there.
    pub fn section_if_any(&self, key: &str, report: &mut Report) -> Option<Section<'a>> {
        let node = &self.table.entry(key)?.node;
        let path = self.name(key);
        match &node.value {
            Value::Table(table) => Some(Section { path, mark: node.mark, table }),
            Value::Refused => None,
            other => {
                let message = format!("`{path}` must be a table, not {}", other.kind());
                report.refuse(node.mark, message, format!("write its keys below a header `[{path}]`"));
                None
            }
        }
    }

    /// The one table that the table at `key` holds, with its kind; `example` is the header of one for the remedy.
    pub fn one_of(
        &self,
        key: &str,
        kinds: &[&'static str],
        example: &str,
        report: &mut Report,
    ) -> Option<(&'static str, Section<'a>)> {
        let outer = self.section(key, example, report)?;
        outer.only(kinds, report);
        let mut present = kinds.iter().filter_map(|kind| outer.table.entry(kind).map(|entry| (*kind, entry)));
        let Some((kind, _)) = present.next() else {
            if outer.table.entries.is_empty() {
                report.refuse(outer.mark, format!("`[{key}]` names no {key}"), format!("add a table {example}"));
            }
            return None;
        };
        if let Some((other, entry)) = present.next() {
            let message = format!("a dataflow has one {key}, and this is `{other}` beside `{kind}`");
            report.refuse(entry.key.mark, message, format!("keep either `[{key}.{kind}]` or `[{key}.{other}]`"));
        }
        outer.section_if_any(kind, report).map(|section| (kind, section))
    }
}

/// A name that a database takes for a `what`, by its rules `is_good`.
pub fn named(name: Marked<String>, what: &str, is_good: impl Fn(&str) -> bool, report: &mut Report) -> Option<String> {
    if !is_good(&name.value) {
        let message = format!("`{}` cannot be the name of a {what}", name.value);
        report.refuse(name.mark, message, "use letters, digits and `_`");
        return None;
    }
    Some(name.value)
}

/// Whether a name is safe as a part of paths, client ids and topics.
pub fn is_plain_name(name: &str, length_max: usize) -> bool {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    !name.is_empty() && name.len() <= length_max && name.chars().all(is_plain) && !matches!(name, "." | "..")
}
