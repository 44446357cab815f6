//! What becomes of late events and dead letters in a run.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use timely::CommunicationConfig;

use super::memory::{Feed, MemorySink};
use super::oracle::{Sale, expect, random_log};
use super::scenarios::{PATIENCE, eventually, feed, small_epochs, start_with, written};
use mare_letters::memory::Mailbox;
use mare_model::fault::{Domain, Fault};

/// How long a run is watched that must not end.
const NEVER: Duration = Duration::from_millis(300);

/// How many events are counted, and how many letters there are.
fn expected(log: &[Vec<Sale>]) -> (u64, usize) {
    let accounts = expect(log).accounts;
    let counted = accounts.iter().map(|(counted, ..)| counted).sum();
    (counted, accounts.iter().map(|(_, late, dead)| (late + dead) as usize).sum())
}

#[test]
fn each_late_event_and_dead_letter_is_sent_once_whatever_the_workers() {
    for (seed, workers) in mare_random::seeds(12).flat_map(|seed| [1, 3].map(|workers| (seed, workers))) {
        let (log, mailbox, sink) = (random_log(seed), Mailbox::default(), MemorySink::default());
        let cluster = CommunicationConfig::Process(workers);
        let (_, guards) = start_with(small_epochs(), &feed(&log, 20, seed), &sink, cluster, mailbox.outboxes());
        drop(guards);
        let mut sent: Vec<_> = mailbox.sent().iter().map(|letter| (letter.partition, letter.offset)).collect();
        let all = sent.len();
        sent.dedup();
        assert_eq!((sent.len(), all), (expected(&log).1, expected(&log).1), "seed {seed}, {workers} workers");
    }
}

#[test]
fn a_run_ends_only_when_its_letters_are_delivered() {
    for stops in [false, true] {
        let (log, mailbox, sink) = (random_log(4), Mailbox::default(), MemorySink::default());
        let (counted, letters) = expected(&log);
        assert!(letters > 0);
        mailbox.hold();
        let feed = feed(&log, 20, 4);
        feed.may_end.store(!stops, Ordering::Release);
        let cluster = CommunicationConfig::Process(2);
        let (run, guards) = start_with(small_epochs(), &feed, &sink, cluster, mailbox.outboxes());
        eventually(&run, "everything is written", || written(&sink) == counted && mailbox.sent().len() == letters);
        if stops {
            run.control.stop();
        }
        let (end, ended) = mpsc::channel();
        let join = std::thread::spawn(move || {
            drop(guards);
            end.send(()).expect("the test listens");
        });
        // A run that waits passes for sure; one that does not has ended by then, as good as always.
        assert_eq!(ended.recv_timeout(NEVER), Err(RecvTimeoutError::Timeout), "stops: {stops}");
        mailbox.deliver();
        ended.recv_timeout(PATIENCE).expect("the run ends");
        join.join().expect("no panic");
        assert_eq!(run.control.failure(), None);
    }
}

#[test]
fn a_failed_run_does_not_wait_for_letters() {
    let (log, mailbox, sink) = (random_log(4), Mailbox::default(), MemorySink::default());
    mailbox.hold();
    let (run, guards) =
        start_with(small_epochs(), &feed(&log, 20, 4), &sink, CommunicationConfig::Process(2), mailbox.outboxes());
    eventually(&run, "letters are on their way", || mailbox.sent().len() == expected(&log).1);
    run.control.fail(Fault::new(Domain::Log, "the topic of letters is gone"));
    let (end, ended) = mpsc::channel();
    std::thread::spawn(move || {
        drop(guards);
        end.send(()).expect("the test listens");
    });
    ended.recv_timeout(PATIENCE).expect("the run ends");
}

#[test]
fn nothing_is_read_while_letters_wait_for_room() {
    let (log, mailbox, sink) = (random_log(4), Mailbox::default(), MemorySink::default());
    let feed: Feed = feed(&log, 5, 4);
    mailbox.fill(true);
    let (run, guards) = start_with(small_epochs(), &feed, &sink, CommunicationConfig::Process(2), mailbox.outboxes());
    (0..1_000).for_each(|_| std::thread::yield_now());
    assert_eq!(feed.visited.load(Ordering::Relaxed), 0, "records were read");
    mailbox.fill(false);
    drop(guards);
    assert_eq!(run.ledger.total().counted, expected(&log).0);
}
