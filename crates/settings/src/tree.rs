//! The values of a file, each with the place where it is written.
//!
//! The tree is our own instead of serde's, for three reasons: overrides are merged into it, a problem does not stop the
//! reading, so that all of them are found at once, and every value keeps its mark until the plan is made.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A range of bytes in one of the texts that are read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// Which text: 0 is the file, then the overrides in their order.
    pub text: usize,
    /// First byte.
    pub start: usize,
    /// First byte behind it.
    pub end: usize,
}

impl Mark {
    /// Whether it lies in an override instead of in the file.
    pub fn is_override(self) -> bool {
        self.text > 0
    }
}

/// Something with the place where it is written.
#[derive(Clone, Debug)]
pub struct Marked<T> {
    /// The thing itself.
    pub value: T,
    /// Where it is written; for a default, the table that it belongs to.
    pub mark: Mark,
}

/// A value with its place.
pub type Node = Marked<Value>;

/// A TOML value.
#[derive(Clone, Debug)]
pub enum Value {
    /// A string, without its quotes.
    String(String),
    /// An integer of 64 bits.
    Integer(i64),
    /// `true` or `false`.
    Boolean(bool),
    /// A date or time, as TOML writes it.
    Datetime(String),
    /// An array.
    Array(Vec<Node>),
    /// A table, however it is written.
    Table(Table),
    /// A value that no key takes, under its name for a message.
    Unusable(&'static str),
    /// A string that has been refused already; whoever needs it gives up silently.
    Refused,
}

impl Value {
    /// The name of its type for a message, with its article.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::String(_) | Value::Refused => "a string",
            Value::Integer(_) => "an integer",
            Value::Boolean(_) => "a boolean",
            Value::Datetime(_) => "a date",
            Value::Array(_) => "an array",
            Value::Table(_) => "a table",
            Value::Unusable(kind) => kind,
        }
    }
}

/// One `key = value` of a table.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key, without quotes.
    pub key: Marked<String>,
    /// Its value.
    pub node: Node,
}

/// The entries of a table, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Each key occurs once.
    pub entries: Vec<Entry>,
}

impl Table {
    /// The entry of a key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.value == key)
    }

    /// Puts a value at a key, in the place of the one that is there.
    pub fn insert(&mut self, key: Marked<String>, node: Node) {
        match self.entries.iter_mut().find(|entry| entry.key.value == key.value) {
            Some(entry) => *entry = Entry { key, node },
            None => self.entries.push(Entry { key, node }),
        }
    }

    /// The table at a key; an empty one takes the place of anything else, marked where the key is written.
    pub fn table_mut(&mut self, key: &Marked<String>) -> &mut Table {
        let is_table = self.entry(&key.value).is_some_and(|entry| matches!(entry.node.value, Value::Table(_)));
        if !is_table {
            self.insert(key.clone(), Marked { value: Value::Table(Table::default()), mark: key.mark });
        }
        let found = self.entries.iter_mut().find(|entry| entry.key.value == key.value);
        match found.map(|entry| &mut entry.node.value) {
            Some(Value::Table(table)) => table,
            _ => unreachable!("a table has just been put at `{}`", key.value),
        }
    }
}

/// Where the bytes that a TOML parser saw stand in the texts.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// Which text, see [`Mark::text`].
    pub text: usize,
    /// How many bytes of the text come before what the parser saw.
    pub shift: usize,
}

impl Origin {
    /// The mark of a span that the parser has given.
    pub fn mark(self, span: std::ops::Range<usize>) -> Mark {
        Mark { text: self.text, start: span.start + self.shift, end: span.end + self.shift }
    }

    /// A parsed table with its marks.
    pub fn table(self, table: &DeTable<'_>) -> Table {
        let entry = |(key, value): (&Spanned<_>, &Spanned<_>)| self.entry(key, value);
        Table { entries: table.iter().map(entry).collect() }
    }

    fn entry(self, key: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) -> Entry {
        let key = Marked { value: key.get_ref().to_string(), mark: self.mark(key.span()) };
        Entry { key, node: self.node(value) }
    }

    /// A parsed value with its marks.
    pub fn node(self, value: &Spanned<DeValue<'_>>) -> Node {
        let mark = self.mark(value.span());
        let value = match value.get_ref() {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
                Ok(integer) => Value::Integer(integer),
                Err(_) => Value::Unusable("an integer beyond 64 bits"),
            },
            DeValue::Float(_) => Value::Unusable("a float"),
            DeValue::Boolean(boolean) => Value::Boolean(*boolean),
            DeValue::Datetime(datetime) => Value::Datetime(datetime.to_string()),
            DeValue::Array(array) => Value::Array(array.iter().map(|item| self.node(item)).collect()),
            DeValue::Table(table) => Value::Table(self.table(table)),
        };
        Marked { value, mark }
    }
}
