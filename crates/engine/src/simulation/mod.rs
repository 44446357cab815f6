//! The whole engine in one thread under one seed: every interleaving, every crash, and every run of it again.
//!
//! A run of the simulation is a [`scenario`]: a random log, and one or more *lives* of a cluster that reads it. A life
//! is the real graph on real timely workers, all of which stand in one thread. In each *turn* the seed chooses what
//! happens: a worker makes one step, records arrive in a partition, a sink takes one more document or fails, a link
//! between two workers is held up or let go, the clock moves, a part or a manifest is written or the store fails,
//! letters are held up or delivered. Nothing else can happen, and nothing waits for real time, so a seed is one run,
//! for ever.
//!
//! A life ends when the log is read and written, when it is asked to stop, when its sink refuses a write, or by a crash
//! between any two turns or any two operations of the store. Or it does not end but is paused: a *zombie*, which goes
//! on beside the lives behind it. Each of these goes on from the newest checkpoint that nobody has damaged, with any
//! number of workers, other owners and more partitions; or it begins anew, over documents that stand. Between two lives
//! the database may be lost, or an older copy put in its place: a life whose checkpoint is not of what it finds is
//! refused, and begins anew.
//!
//! # What is judged
//! * After every turn a [`reader`] polls the documents: none may vanish, its `n` and its total (amounts are positive)
//!   may never fall, across all lives; and what is final stays as it is.
//! * Each change, when it is sent: before a life has read what readers have seen, it is of a window that is closed.
//! * Each document, when it is written: it is what some reading of the partitions before the positions that its batch
//!   shows comes to; a final one is of a closed window and holds all that can ever be counted.
//! * Each checkpoint, when it is made ([`cut`]): it holds what the oracle says of the records before its positions,
//!   nothing more, all of which is in the sink; their letters are delivered, and windows that are closed there have
//!   their final documents.
//! * Each recovery: it finds the newest checkpoint that is whole.
//! * At the end of every life: which events were counted, late, repeated or dead so far is what the oracle says of the
//!   log up to the positions; what a life has written when it ends in good order is what it has read. A zombie that has
//!   tried to write was refused.
//! * At the end: the documents are the oracle's, every letter was delivered, and closed windows have left the
//!   arrangement.
//! * A run that gets nowhere has lost a wake-up, and fails.
//!
//! A dataflow has one view or two, with other windows, another filter or other groups. Each is judged by an oracle of
//! its own, which knows of its part of the plan alone; a record that is late or dead for any of them is sent once. Only
//! when windows count as closed is a matter of both: through the smallest promise to any of them.
//!
//! The sink is MongoDB's own code: claims, fence, control document, updates and the way back from a document are those
//! of a run, and so is what a writer thread does with a batch. What is played is the server
//! ([`simulated`](mare_mongodb::simulated)), which takes their commands, each write operation by operation, and the
//! thread itself: when it is tried again, and the wait before that. In some scenarios the server is an older one, which
//! takes the control document and the documents in commands of their own only.
//!
//! Records may have several events, which are the elements of an array, or none.
//!
//! Offsets may have no record, as behind a transaction; the log tells where reading goes on behind them, now or later.
//!
//! In some scenarios partitions may be silent: they fall silent, lag and return as records arrive, the brokers are
//! asked now and then, and heartbeats go to the journal by the same writers, so lives end between the journal and the
//! act, and zombies write to it. What must come of the log is counted again by the oracle whenever the journal says
//! something else.
//!
//! A partition that is new to a life has no event of a window that has closed without it: what such an event should
//! come to is not decided.
//!
//! # Layout
//! * [`scenario`]: what a seed settles beforehand, with [`cancellations`] in some; [`chance`]: what it settles on the
//!   way
//! * [`run`]: the lives of a scenario, one behind the other; [`life`]: one life, turn by turn; [`begin`], [`ends`]:
//!   how it begins and ends
//! * [`cluster`]: the workers of a life and the links between them
//! * [`topic`], [`server`] with its [`connection`]s, [`checkpoints`], [`letters`], [`clock`]: the world around the
//!   engine, which outlives a life; [`jobs`]: what a life has asked to be done beside its workers
//! * [`slots`]: what is in the log, [`explosion`]: where records have several events; [`oracle`]: what must come of it
//!   for a view, by the reference model and its [`rules`], in [`numbers`]; [`oracles`]: for all of them, by what the
//!   journal says; [`reader`]: what a reader of the documents sees; [`cut`]: what is judged of a checkpoint; [`judge`]:
//!   what else is judged
//! * [`trace`]: what has happened; [`report`]: what a run was like
//! * [`canary`](mod@mare_model::canary): parts of the engine switched off, each of which the simulation must notice
//! * `quiet`: a month beside an empty partition, of which nothing may be held
//! * `rounds`: several workers that share theirs; `calm`: what both run, in which nothing goes wrong
//! * `tests`: thousands of seeds. `MARE_TEST_SEEDS` sets how many, and `MARE_TEST_SEED` tells and judges one:
//!   `MARE_TEST_SEED=7 cargo test --lib simulation -- --nocapture`

mod begin;
mod calm;
mod cancellations;
mod chance;
mod checkpoints;
mod clock;
mod cluster;
mod connection;
mod cut;
mod ends;
mod explosion;
mod jobs;
mod judge;
mod letters;
mod life;
mod numbers;
mod oracle;
mod oracles;
mod quiet;
mod reader;
mod report;
mod rounds;
mod rules;
mod run;
mod scenario;
mod server;
mod slots;
mod tests;
mod topic;
mod trace;
mod twice;
