//! Where documents go: the crate `mare_sink`, and the kinds that there are.
//!
//! # Layout
//! * [`registry`]: which kinds there are
//! * [`mongodb`], [`sqlite`], [`stdout`]: the kinds, each a crate. Each has `config` (its table of a dataflow file),
//!   `connector` (what it brings), `proposal` and its writer; those that can be read back have `claim`, `read`,
//!   `alerts`, `storage`, `inspect` and `examine` too

pub mod registry;

pub use mare_mongodb as mongodb;
pub use mare_sink::{
    Batch, Claim, Connector, Deliver, Delivery, Expected, Factory, FencingToken, Generation, Query, Reader, Registry,
    Sink, SinkError, SinkStatus, Standing, StoredDocument, Writer, Written, alerts, connector, deliver, document,
    events, examine, fence, figures, fingerprint, proposal, ranking, read, status, storage, watch_collection,
};
pub use mare_sqlite as sqlite;
pub use mare_stdout as stdout;
