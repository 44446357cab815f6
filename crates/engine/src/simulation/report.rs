//! What a run was like.

use super::ends::Ended;
use super::oracle::Fate;
use super::oracles::Oracles;
use super::scenario::Scenario;
use mare_model::view::ViewId;

/// What a run was like.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The same for every run of the seed.
    pub trace: u64,
    /// How each of its lives has ended.
    pub ends: Vec<Ended>,
    /// Workers of each of its lives.
    pub workers: Vec<usize>,
    /// Events that are not wanted, events that came late, events that were repeated, and records that were none.
    pub filtered: u64,
    pub late: u64,
    pub duplicates: u64,
    pub dead: u64,
    /// How many events have to confirm a time.
    pub confirm: usize,
    /// Whether there are offsets without a record.
    pub gaps: bool,
    /// Whether records have several events.
    pub explodes: bool,
    /// Whether windows overlap.
    pub overlaps: bool,
    /// Whether they grow from one beginning.
    pub grows: bool,
    /// Whether there are none.
    pub global: bool,
    /// Whether they are sessions.
    pub sessions: bool,
    /// Whether events take others back: by their ids, and by their amounts.
    pub cancels_by_id: bool,
    pub cancels_by_amount: bool,
    /// Whether documents say whether they are final.
    pub finals: bool,
    /// Whether the database takes the control document and the documents in one command.
    pub knows_bulk: bool,
    /// How many views there are, and whether a promise to one of them is ever another one than to the first.
    pub views: usize,
    pub promises: bool,
    /// Zombies whose writes were refused.
    pub zombies: usize,
    /// Acknowledgements and requests that were lost.
    pub lost: usize,
    pub away: usize,
    /// Checkpoints that were made.
    pub checkpoints: usize,
    /// Those of them with a partition whose promise to one view was another one than to the first.
    pub parted: usize,
    /// Lives that went on from a checkpoint with rows; of another number of workers; with partitions that it did not
    /// have.
    pub restores: usize,
    /// Those of them with several views.
    pub restored_views: usize,
    pub rescaled: usize,
    pub grown: usize,
    /// Lives that went on from an older checkpoint, and that began anew because all were damaged.
    pub fallbacks: usize,
    pub anew: usize,
    /// Lives that began behind what readers had seen.
    pub silences: usize,
    /// How often the database was lost, or an older copy put in its place, and lives whose checkpoint was not of what
    /// they found.
    pub mishaps: usize,
    pub disowned: usize,
    /// How often the journal of silent partitions has become another one.
    pub heartbeats: usize,
    /// Whether more events are late by the journal than by the log.
    pub late_by_silence: bool,
}

impl Report {
    /// Of a scenario that has not begun.
    pub fn of(oracle: &Oracles, scenario: &Scenario) -> Report {
        Report {
            filtered: oracle.all(Fate::Filtered),
            late: oracle.all(Fate::Late),
            duplicates: oracle.all(Fate::Duplicate),
            dead: oracle.all(Fate::Dead),
            confirm: scenario.plan.event.confirm,
            gaps: oracle.view(ViewId(0)).has_gaps(),
            explodes: scenario.plan.event.explode.is_some(),
            overlaps: scenario.plan.view().windows.overlap(),
            global: scenario.plan.outputs.iter().any(|output| output.view.windows.is_global()),
            sessions: scenario.plan.outputs.iter().any(|output| output.view.windows.are_sessions()),
            grows: scenario.plan.outputs.iter().any(|output| output.view.windows.are_named_by_their_ends()),
            cancels_by_id: scenario.plan.retract.is_some() && scenario.plan.dedup.is_some(),
            cancels_by_amount: scenario.plan.retract.is_some() && scenario.plan.dedup.is_none(),
            finals: scenario.plan.view().window_names.is_final.is_some(),
            knows_bulk: scenario.knows_bulk,
            views: scenario.plan.outputs.len(),
            promises: oracle.promises_differ(),
            ..Report::default()
        }
    }
}
