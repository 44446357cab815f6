//! A part of a checkpoint: what one worker held, as a stream of blocks.
//!
//! ```text
//! header   "MAREPART"  version u32  epoch u64  worker u32               crc32c u32 of these
//! block    kind u8     length u64   crc32c u32 of kind, length, payload payload
//! …
//! trailer  a block of kind 0: how many blocks and rows there are
//! ```
//!
//! Integers are little-endian; a payload is the postcard encoding of its type. Whoever changes one of these types, or
//! [`Columns`](mare_model::columns::Columns), changes the format, and a test over a kept checkpoint says so.
//!
//! # Layout
//! * [`Block`], [`Part`]: what a part is made of, and what a manifest says of it
//! * [`rows`]: what blocks hold
//! * [`mod@write`]: [`Encoded`], [`PartFile`], [`PartWriter`]; [`read`]: [`PartReader`]
//! * [`frame`]: the bytes around a payload (pure)
//! * [`fault`]: what is wrong with a part

pub mod fault;
mod frame;
pub mod read;
pub mod rows;
pub mod write;

pub use fault::{PartError, PartFault};
pub use read::PartReader;
pub use rows::{CountedOrder, SeenIds, SeenOrder, SeenOrders, SessionRows, TotalRow, TotalRows};
pub use write::{Encoded, PartFile, PartWriter};

use mare_model::view::ViewId;
use serde::{Deserialize, Serialize};

/// The version of the format of parts. Another is refused, never guessed at.
pub const VERSION: u32 = 1;

/// One block of a part. A new kind is added here and in [`frame`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Rows of totals of a view. Rows of the same window and group add up, within a block and across them.
    Totals(ViewId, TotalRows),
    /// Ids that deduplication has seen for a view.
    Ids(ViewId, SeenIds),
    /// Open sessions of a view. Rows of one group whose times meet are one session, within a block and across them.
    Sessions(ViewId, SessionRows),
    /// Orders of a view that cancellations may take back.
    Orders(ViewId, SeenOrders),
}

impl Block {
    /// How many rows it has: totals, ids, or orders.
    #[must_use]
    pub fn rows(&self) -> u64 {
        let rows = match self {
            Block::Totals(_, totals) => totals.len(),
            Block::Ids(_, seen) => seen.ids.len(),
            Block::Sessions(_, sessions) => sessions.ends.len(),
            Block::Orders(_, seen) => seen.orders.len(),
        };
        rows as u64
    }
}

/// What a manifest says of a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Name of its object in the checkpoint's folder.
    pub name: String,
    /// Index of the worker that wrote it.
    pub worker: u32,
    /// Size in bytes.
    pub bytes: u64,
    /// Number of blocks, without the trailer.
    pub blocks: u64,
    /// Rows of all blocks.
    pub rows: u64,
    /// CRC32C of all its bytes.
    pub checksum: u32,
}

impl Part {
    /// The name of the part that worker `worker` writes in the run of `generation`. A run that goes on although another
    /// has taken over writes parts of its own, and does not touch those of the other.
    #[must_use]
    pub fn name(generation: u64, worker: u32) -> String {
        if generation == 0 { format!("part-{worker:05}") } else { format!("part-{worker:05}-{generation}") }
    }
}
