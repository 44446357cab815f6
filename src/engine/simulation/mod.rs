//! The whole engine in one thread under one seed: every interleaving, every crash, and every run of it again.
//!
//! A run of the simulation is a [`scenario`]: a random log, and one or more *lives* of a cluster that reads it. A life is
//! the real graph on real timely workers, all of which stand in one thread. In each *turn* the seed chooses what happens:
//! a worker makes one step, records arrive in a partition, a sink takes one more document or fails, a link between two
//! workers is held up or let go, the clock moves. Nothing else can happen, and nothing waits for real time, so a seed is
//! one run, for ever. A life ends when the log is read and written, when it is asked to stop, when its sink refuses a write, or by
//! a crash between any two turns, and the next life may have another number of workers.
//!
//! # What is judged
//! * After every turn a [`reader`] polls the documents: none may vanish, its `n` and its total (amounts are positive)
//!   may never fall.
//! * At the end of every life: which events were counted, late or dead so far is what the oracle says of the log up to the
//!   positions; what a life has written when it ends in good order is what it has read; and behind a final change came none.
//! * At the end: the documents are the oracle's, and closed windows have left the arrangement.
//! * A run that gets nowhere has lost a wake-up, and fails.
//!
//! # Layout
//! * [`scenario`]: what a seed settles beforehand; [`chance`]: what it settles on the way
//! * [`run`]: the lives of a scenario, one behind the other; [`life`]: one life, turn by turn
//! * [`cluster`]: the workers of a life and the links between them
//! * [`topic`], [`server`], [`clock`]: the world around the engine, which outlives a life
//! * [`reader`]: what a reader of the documents sees; [`judge`]: what else is judged; [`trace`]: what has happened
//! * [`canary`]: parts of the engine switched off, each of which the simulation must notice
//! * `tests`: thousands of seeds. `MARE_SIM_SEEDS` sets how many, and `MARE_SIM_SEED` tells and judges one:
//!   `MARE_SIM_SEED=7 cargo test --lib simulation -- --nocapture`

pub mod canary;
mod chance;
mod checkpoints;
mod clock;
mod cluster;
mod connection;
mod cut;
mod ends;
mod jobs;
mod judge;
mod letters;
mod life;
mod oracle;
mod reader;
mod report;
mod run;
mod scenario;
mod server;
mod tests;
mod topic;
mod trace;
