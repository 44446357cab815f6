//! Taking checkpoints: a cut through the running graph, without stopping it.
//!
//! # The words
//! * A **boundary** is an epoch at which is cut: what others call a barrier. No marker travels through the stream for
//!   it, for every worker knows the boundaries ([`super::boundary`]).
//! * A **crossing** is a source's announcement that it has passed a boundary, and how far its partitions were taken in
//!   then.
//! * A **cut** is the consistent snapshot at a boundary: what was learnt in the epochs before it, and nothing else.
//! * A **part** is what one worker holds of a cut, in an object of its own ([`mare_checkpoint::part`]).
//! * The **manifest** names the parts of a cut; with it the cut is a **checkpoint** ([`mare_checkpoint::manifest`]).
//!
//! # A checkpoint holds exactly the records before its positions
//! 1. At boundary `B` each source announces how far its partitions are taken in by the epochs before `B`
//!    ([`super::source`]). Every worker hears every crossing before the frontier of the announcements passes `B`.
//! 2. When the frontiers of the arrangement and of the announcements have passed `B`, each worker reads from its totals
//!    what the epochs before `B` come to ([`parts`]). Until then it holds the trace's compaction before `B` in the
//!    epoch coordinate, and at or before every promise of a crossing of `B` in the event coordinate: so these epochs
//!    can still be told from later ones, and no window has left that is open at these promises.
//! 3. The part is durable before it is told of. One worker waits for all parts, and for the durable frontier to pass
//!    `B`; then it writes the manifest ([`commit`]). So whatever a checkpoint holds is in the sink as well.
//! 4. A run that fails lets nothing go ([`super::source`]), so its frontiers do not pass what is not durable.
//!
//! By 1 and 2 the parts hold what the records before the positions come to, and nothing else. A run that restores them
//! and reads on from the positions with the promises there therefore computes the same totals, and calls the same
//! events late.
//!
//! # Layout
//! * [`parts`]: the operator that reads what a worker's totals come to and writes it as a part
//! * [`commit`]: the operator that makes a checkpoint of parts
//! * [`handover`]: what the source of a worker hands its parts operator
//! * [`checkpointer`]: what both write with
//! * [`background`]: jobs that a worker does not wait for

pub mod background;
pub mod checkpointer;
pub mod commit;
pub mod handover;
pub mod parts;

pub use background::{Background, Threads};
pub use checkpointer::Checkpointer;

use serde::{Deserialize, Serialize};

use mare_checkpoint::{Part, Partitions};
use mare_model::time::Epoch;

/// A worker's part of a checkpoint, durable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DurablePart {
    /// The epoch of the checkpoint.
    pub epoch: Epoch,
    /// The boundary at which it cuts; another than `epoch` only at the end.
    pub boundary: Epoch,
    /// The worker's partitions at the boundary.
    pub partitions: Partitions,
    /// The part.
    pub part: Part,
}
