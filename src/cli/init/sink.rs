//! Where the documents are to go. Pure.

use std::str::FromStr;

use super::render::{literal, quoted};
use crate::sink::Factory;
use crate::sink::proposal::{Keys, ProposedValue};
use crate::sink::registry::SINKS;

/// Where the documents are to go: a kind of sink, and the word that it was asked for by.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    kind: Factory,
    word: String,
}

/// What is asked for where nobody says.
pub(super) fn default() -> &'static str {
    words().next().map_or("", |(word, _)| word)
}

/// The help of the flag.
pub(super) fn help() -> String {
    format!("Where the documents are to go: {}", either(words().map(|(word, _)| word)))
}

/// The words of all kinds, as a help has them and as examples.
fn words() -> impl Iterator<Item = (&'static str, &'static str)> {
    SINKS.proposed().flat_map(|kind| kind.proposal.words).copied()
}

/// `a, b or c`.
fn either<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let listed = words.collect::<Vec<_>>().join(", ");
    listed.rsplit_once(", ").map_or_else(|| listed.clone(), |(most, last)| format!("{most} or {last}"))
}

impl FromStr for Asked {
    type Err = String;

    fn from_str(word: &str) -> Result<Asked, String> {
        let mut kinds = SINKS.proposed();
        let taken = kinds.find_map(|kind| Some((kind, (kind.proposal.keys)(word, "")?)));
        let (kind, keys) = taken.ok_or_else(|| format!("write {}", either(words().map(|(_, example)| example))))?;
        keys.map(|_| Asked { kind, word: word.to_owned() })
    }
}

impl Asked {
    /// Its table in the file of the dataflow `name`.
    pub(super) fn text(&self, name: &str) -> String {
        let header = format!("[sink.{}]\n", self.kind.name);
        self.keys(name).iter().fold(header, |text, (key, setting)| format!("{text}{key} = {}\n", written(setting)))
    }

    /// The variables of the environment that the file needs for what must not stand in it, and what each holds.
    pub(super) fn secrets(&self) -> Vec<(String, String)> {
        let secret = |(_, setting)| match setting {
            ProposedValue::Variable { name, value, is_secret: true } => Some((name.to_owned(), value)),
            ProposedValue::Variable { .. } | ProposedValue::Text(_) => None,
        };
        self.keys("").into_iter().filter_map(secret).collect()
    }

    fn keys(&self, name: &str) -> Keys {
        (self.kind.proposal.keys)(&self.word, name).and_then(Result::ok).unwrap_or_default()
    }
}

/// What a key is set to, as TOML has it.
fn written(setting: &ProposedValue) -> String {
    match setting {
        ProposedValue::Text(text) => literal(text),
        ProposedValue::Variable { name, is_secret: true, .. } => quoted(&format!("${{{name}}}")),
        ProposedValue::Variable { name, value, is_secret: false } => quoted(&format!("${{{name}:-{value}}}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(sink: &str) -> String {
        sink.parse::<Asked>().expect("a sink").text("black-friday")
    }

    #[test]
    fn a_sink_is_a_table_of_the_file() {
        assert_eq!(text("sqlite"), "[sink.sqlite]\npath = \"black-friday.db\"\n");
        assert_eq!(text("sqlite:/tmp/x.db"), "[sink.sqlite]\npath = \"/tmp/x.db\"\n");
        assert_eq!(text("sqlite:///tmp/x.db"), "[sink.sqlite]\npath = \"/tmp/x.db\"\n");
        assert_eq!(text("stdout"), "[sink.stdout]\n");
        let plain = text("mongodb://h:1/loja?w=1");
        assert!(plain.contains("${MONGODB_URI:-mongodb://h:1/loja?w=1}") && plain.contains("\"loja\""), "{plain}");
        assert!(text("mongodb://h").contains("database = \"black_friday\""), "{}", text("mongodb://h"));
        assert!("redis://h".parse::<Asked>().is_err() && "mongodb://".parse::<Asked>().is_err());
    }

    #[test]
    fn a_password_is_not_written_into_the_file() {
        let sink: Asked = "mongodb://root:s3cret@h/db".parse().expect("a sink");
        assert_eq!(sink.secrets(), [("MONGODB_URI".to_owned(), "mongodb://root:s3cret@h/db".to_owned())]);
        assert!("mongodb://root:s3/cret@h".parse::<Asked>().is_ok(), "it would be printed");
        let text = sink.text("x");
        assert!(
            text.contains("uri = \"${MONGODB_URI}\"") && text.contains("\"db\"") && !text.contains("s3cret"),
            "{text}"
        );
    }

    #[test]
    fn people_are_told_of_every_kind_and_first_of_what_needs_no_server() {
        assert_eq!(default(), "sqlite");
        let told = "Where the documents are to go: sqlite, sqlite:FILE, mongodb://HOST:PORT/DATABASE or stdout";
        assert_eq!(help(), told);
        for refused in ["redis://h", "sqlite:", "sqlitex"] {
            let words = refused.parse::<Asked>().expect_err("no sink");
            assert_eq!(words, "write sqlite, sqlite:totals.db, mongodb://HOST:PORT/DATABASE or stdout", "{refused}");
        }
    }
}
