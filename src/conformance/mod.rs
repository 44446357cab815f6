//! What every sink must do, tried on one: the same for those that are shipped and for one that is written elsewhere.
//!
//! A test gives [`run`] a way to make [`Scratch`] sinks, each with nothing in it. Whatever is not as it must be is a
//! panic that says so. What only one kind has (its types, its settings, what its server refuses) is for tests of its
//! own.
//!
//! What is asked of every sink: it [describes](crate::sink::Connector::describe) itself,
//! [examines](crate::sink::Connector::examine) itself without changing anything, and refuses a checkpoint of another
//! sink. What is asked of one that can be read back: the guard of documents by their versions, final ones, writers that
//! race; reading what was written, in pages and in one order; claims, generations, positions and superseded writers;
//! documents that are gone or older than a checkpoint; alerts.
//!
//! # Layout
//! * `mod`: [`Scratch`], [`run`] and the list of the checks
//! * `trial`: a sink on trial, and what is said to it
//! * `documents`, `reading`, `claims`, `owners`, `alerts`, `telling`: the checks

mod alerts;
mod claims;
mod documents;
mod journal;
mod owners;
mod reading;
mod telling;
mod trial;

use crate::sink::Sink;
use trial::Trial;

/// A sink for one check, with nothing in it at first; what it has made goes with the value.
pub trait Scratch {
    /// The sink: the same one whenever it is asked for.
    fn sink(&self) -> Sink;

    /// Removes whatever stands there, the control document too, as somebody would who knows nothing of sinks. Nothing
    /// to do where nothing is kept.
    fn remove(&self);

    /// Removes the documents and leaves the control document. Nothing to do where nothing is kept.
    fn empty(&self);

    /// Copies whatever stands there now. The copy, called, takes the place of what stands there then. No writer is open
    /// at either time.
    fn copy(&self) -> Box<dyn FnOnce() + '_>;
}

/// One thing that is asked of a sink.
struct Check {
    name: &'static str,
    /// Of which sinks: those that can be read back, those that cannot; nothing for all.
    of_readable: Option<bool>,
    run: fn(&Trial<'_>),
}

/// A check of each function, which is called like it.
macro_rules! checks {
    ($of_readable:expr, $($module:ident::$name:ident),* $(,)?) => {
        [$(Check { name: stringify!($name), of_readable: $of_readable, run: $module::$name }),*]
    };
}

const OF_ALL: [Check; 4] = checks![
    None,
    telling::a_sink_says_what_it_is_and_is_the_same_as_itself,
    telling::an_examination_of_a_sink_without_anything_finds_no_fault_and_changes_nothing,
    owners::a_checkpoint_of_another_sink_is_refused,
    documents::all_that_is_written_is_accounted_for,
];

const OF_READABLE: [Check; 30] = checks![
    Some(true),
    telling::an_examination_finds_what_would_refuse_a_run,
    documents::a_document_is_only_replaced_by_a_more_complete_one,
    documents::a_final_document_is_only_replaced_by_a_more_complete_one,
    documents::writing_again_changes_nothing,
    documents::writers_that_race_leave_the_most_complete_documents,
    reading::amounts_are_read_back,
    reading::groups_of_every_type_are_read_back,
    reading::null_is_a_group_of_its_own,
    reading::what_no_event_had_is_read_back_as_null,
    reading::null_gives_way_to_a_value,
    reading::rankings_and_texts_are_read_back,
    reading::pages_come_in_the_order_of_windows_and_then_ids,
    reading::a_query_keeps_to_its_group_and_its_bounds,
    claims::each_claim_gets_the_next_generation_and_finds_what_was_shown,
    claims::a_run_that_has_claimed_nothing_touches_no_control_document,
    claims::claims_that_race_get_different_generations,
    claims::a_superseded_writer_writes_nothing_and_shows_nothing,
    claims::another_fingerprint_is_refused_and_does_not_stop_the_run_that_writes,
    claims::told_to_overwrite_a_claim_replaces_the_documents,
    claims::where_reading_began_is_decided_once,
    journal::what_is_declared_is_found_by_every_claim_from_then_on,
    journal::a_superseded_writer_declares_nothing,
    owners::documents_of_another_log_are_refused_until_somebody_decides,
    owners::what_is_removed_is_missed,
    owners::what_is_removed_under_a_writer_is_noticed,
    owners::documents_that_are_removed_under_a_writer_are_missed,
    owners::a_writer_that_opens_late_does_not_take_another_claim_for_its_own,
    owners::an_older_copy_is_told_from_it,
    alerts::an_alert_is_new_once,
    alerts::how_far_evaluation_has_come_is_kept,
];

const OF_LOGS: [Check; 1] = checks![Some(false), telling::what_cannot_be_read_back_keeps_nothing];

/// Tries every check on a sink of its own, which `fresh` makes.
///
/// # Panics
/// If the sink does not do what it must.
pub fn run<S: Scratch>(fresh: impl Fn() -> S) {
    for &Check { name, of_readable, run } in OF_ALL.iter().chain(&OF_READABLE).chain(&OF_LOGS) {
        let scratch = fresh();
        let trial = Trial::of(&scratch);
        if of_readable.is_none_or(|readable| readable == trial.sink.abilities().is_readable) {
            let _said = Named(name); // dropped behind the check, also by its panic
            run(&trial);
        }
    }
}

/// Says which check it was, if it panics.
struct Named(&'static str);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the sink does not conform: {}", self.0);
        }
    }
}
