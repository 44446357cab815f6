//! What the documents of a sink take up, and what its indexes are used for, as far as it tells.

use jiff::Timestamp;

/// What a sink tells of its documents. What it does not tell is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Storage {
    /// Names the sink.
    pub place: String,
    /// How many documents there are.
    pub documents: u64,
    /// Their bytes as they are, without padding and compression.
    pub data_bytes: Option<u64>,
    /// The bytes that they take up on the disk.
    pub storage_bytes: Option<u64>,
    /// All indexes.
    pub indexes: Vec<IndexUse>,
}

/// An index, and how much it is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexUse {
    /// Its name.
    pub name: String,
    /// Its fields in their order; one that descends has a `-` in front.
    pub keys: Vec<String>,
    /// The bytes that it takes up on the disk.
    pub bytes: Option<u64>,
    /// How many operations have used it, …
    pub used: Option<u64>,
    /// … and since when they are counted.
    pub since: Option<Timestamp>,
}

impl Storage {
    /// The bytes that all indexes take up, if the sink tells those of each.
    #[must_use]
    pub fn index_bytes(&self) -> Option<u64> {
        self.indexes.iter().map(|index| index.bytes).sum()
    }

    /// How long a document is, rounded up.
    #[must_use]
    pub fn average_bytes(&self) -> Option<u64> {
        self.data_bytes.filter(|_| self.documents > 0).map(|bytes| bytes.div_ceil(self.documents))
    }
}
