//! What `mare init --sink` takes for a kind of sink, and the table that it proposes then. Pure.

/// How a kind is asked for, and what it proposes.
#[derive(Clone, Copy, Debug)]
pub struct Proposal {
    /// The words for it, the plainest first: each as a help has it, and as an example.
    pub words: &'static [(&'static str, &'static str)],
    /// What it makes of a word for the dataflow of a name; nothing if the word is none of its own, a message if it is
    /// one and wrong.
    pub keys: fn(word: &str, name: &str) -> Option<Result<Keys, String>>,
}

/// The keys of a proposed table, and what each is set to.
pub type Keys = Vec<(&'static str, ProposedValue)>;

/// What a key is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProposedValue {
    /// This text, which nothing is put into.
    Text(String),
    /// A variable of the environment, which holds `value`, or stands in front of it.
    Variable {
        /// How it is called.
        name: &'static str,
        /// What was asked for.
        value: String,
        /// Whether that holds a password: then it belongs into the environment, and not into a file.
        is_secret: bool,
    },
}
