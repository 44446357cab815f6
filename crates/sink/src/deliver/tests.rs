//! The writer threads against a sink that fails by script. Nothing here waits for time to pass.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;

use backon::ConstantBuilder;

use super::*;
use crate::{Written, fixture};
use mare_model::total::Key;

/// Longer than any test may take; only a failing one waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a scripted sink does at one call.
enum Act {
    Take,
    Away,
    Refuse,
    Panic,
    /// Says that it was reached, then waits to be let on.
    Pause(Sender<()>, Receiver<()>),
}

/// A sink in memory: it plays its script, then takes everything.
#[derive(Clone, Default)]
struct Script {
    acts: Arc<Mutex<VecDeque<Act>>>,
    /// Which calls of [`Writer::show`] refuse, counted from 0.
    superseded_at: Option<usize>,
    taken: Arc<Mutex<Vec<Key>>>,
    calls: Arc<Mutex<Vec<Call>>>,
}

/// A call that reached the sink.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Call {
    Show(Positions),
    Write,
}

impl Script {
    fn of(acts: impl IntoIterator<Item = Act>) -> Script {
        Script { acts: Arc::new(Mutex::new(acts.into_iter().collect())), ..Script::default() }
    }

    fn play(&self) -> Result<(), SinkError> {
        let act = self.acts.lock().unwrap().pop_front();
        match act {
            None | Some(Act::Take) => Ok(()),
            Some(Act::Away) => Err(SinkError::away("scripted")),
            Some(Act::Refuse) => Err(SinkError::refused("scripted", "mend it")),
            Some(Act::Panic) => panic!("scripted"),
            Some(Act::Pause(reached, on)) => {
                reached.send(()).unwrap();
                on.recv_timeout(PATIENCE).unwrap();
                Ok(())
            }
        }
    }

    fn keys(&self) -> Vec<Key> {
        self.taken.lock().unwrap().clone()
    }
}

impl Writer for Script {
    fn show(&mut self, shows: &Positions) -> Result<(), SinkError> {
        let mut calls = self.calls.lock().unwrap();
        let shown = calls.iter().filter(|call| matches!(call, Call::Show(_))).count();
        calls.push(Call::Show(shows.clone()));
        match self.superseded_at {
            Some(at) if at <= shown => Err(SinkError::superseded("another run has taken over")),
            _ => Ok(()),
        }
    }

    fn write(&mut self, changes: &[Change]) -> Result<Written, SinkError> {
        self.calls.lock().unwrap().push(Call::Write);
        self.play()?;
        self.taken.lock().unwrap().extend(changes.iter().map(|change| change.key.clone()));
        Ok(Written { written: 1, stale: changes.len() as u64 - 1 })
    }
}

/// As many threads as workers, over `script`, and their status.
fn crew(workers: usize, script: &Script, delay: Duration) -> (Arc<Writers>, Arc<SinkStatus>) {
    let (status, sink) = (Arc::new(SinkStatus::default()), script.clone());
    let backoff = ConstantBuilder::new().with_delay(delay).without_max_times();
    let open = move || Ok(Box::new(sink.clone()) as Box<dyn Writer>);
    (Writers::start_with(workers, open, &status, &backoff), status)
}

/// A worker, and what it is woken by.
fn joined(crew: &Arc<Writers>) -> (Delivery, Receiver<()>) {
    let (notify, notified) = mpsc::channel();
    (crew.join(move || notify.send(()).unwrap_or_default()), notified)
}

/// A delivery to `script`, with its notifications and its status.
fn deliver(script: &Script, delay: Duration) -> (Delivery, Receiver<()>, Arc<SinkStatus>) {
    let (crew, status) = crew(1, script, delay);
    let (delivery, notified) = joined(&crew);
    (delivery, notified, status)
}

/// Waits until all threads have ended.
fn ended(crew: &Writers) {
    let begun = Instant::now();
    while !crew.threads.iter().all(JoinHandle::is_finished) {
        assert!(begun.elapsed() < PATIENCE, "a thread lives on");
        thread::yield_now();
    }
}

fn batch(ticket: u64) -> Batch {
    let key = |group| fixture::key(group, i64::try_from(ticket).unwrap());
    let changes = ["a", "b"].map(|group| fixture::change(key(group), fixture::total(1, &[1])));
    Batch { ticket, changes: changes.into(), shows: shows(ticket), heartbeats: Vec::new() }
}

fn shows(ticket: u64) -> Positions {
    fixture::positions(&[(0, i64::try_from(ticket).unwrap())])
}

fn keys(tickets: impl IntoIterator<Item = u64>) -> Vec<Key> {
    tickets.into_iter().flat_map(|ticket| batch(ticket).changes).map(|change| change.key).collect()
}

#[test]
fn a_sink_that_comes_back_has_lost_nothing() {
    let script = Script::of([Act::Away, Act::Away, Act::Away]);
    let (mut delivery, notified, status) = deliver(&script, Duration::ZERO);
    for ticket in 0..3 {
        delivery.try_send(batch(ticket)).unwrap();
        notified.recv_timeout(PATIENCE).unwrap();
        let tickets: Vec<_> = delivery.acknowledged().map(Result::unwrap).collect();
        assert_eq!(tickets, [ticket]);
    }
    assert_eq!(script.keys(), keys(0..3));
    assert_eq!((status.written(), status.stale(), status.retries(), status.is_away()), (3, 3, 3, false));
    assert!(delivery.close().unwrap().is_empty());
}

#[test]
fn each_attempt_says_what_it_shows_before_it_writes() {
    let script = Script::of([Act::Away]);
    let (delivery, _notified, _) = deliver(&script, Duration::ZERO);
    delivery.try_send(batch(1)).unwrap();
    assert_eq!(delivery.close().unwrap(), [1]);
    let attempt = [Call::Show(shows(1)), Call::Write];
    assert_eq!(*script.calls.lock().unwrap(), [attempt.clone(), attempt].concat());
}

/// The second attempt at a batch is the one that hears of it: the sink was away while another run claimed it.
#[test]
fn a_superseded_run_ends_with_the_message_and_writes_no_more() {
    let script = Script { superseded_at: Some(2), ..Script::of([Act::Take, Act::Away]) };
    let (mut delivery, notified, _) = deliver(&script, Duration::ZERO);
    for ticket in [1, 2] {
        delivery.try_send(batch(ticket)).unwrap();
        notified.recv_timeout(PATIENCE).unwrap();
    }
    let outcomes: Vec<_> = delivery.acknowledged().collect();
    assert!(
        matches!(&*outcomes, [Ok(1), Err(SinkError::Superseded(fault))] if fault.to_string().contains("taken over")),
        "{outcomes:?}"
    );
    assert_eq!(script.keys(), keys([1]));
    assert_eq!(script.calls.lock().unwrap().last(), Some(&Call::Show(shows(2))));
    assert_eq!(delivery.try_send(batch(3)), Err(batch(3)));
}

#[test]
fn a_sink_away_at_start_is_waited_for() {
    let (script, attempts) = (Script::default(), AtomicUsize::new(0));
    let (status, sink) = (Arc::new(SinkStatus::default()), script.clone());
    let open = move || {
        if attempts.fetch_add(1, Ordering::Relaxed) < 4 {
            Err(SinkError::away("scripted"))
        } else {
            Ok(Box::new(sink.clone()) as Box<dyn Writer>)
        }
    };
    let backoff = ConstantBuilder::new().with_delay(Duration::ZERO).without_max_times();
    let delivery = Writers::start_with(1, open, &status, &backoff).join(|| ());
    delivery.try_send(batch(7)).unwrap();
    assert_eq!(delivery.close().unwrap(), [7]);
    assert_eq!((status.retries(), script.keys()), (4, keys([7])));
}

#[test]
fn a_refusal_comes_once_and_behind_the_acknowledgements() {
    let (reached, at) = mpsc::channel();
    let (on, gate) = mpsc::channel();
    let (mut delivery, notified, _) = deliver(&Script::of([Act::Pause(reached, gate), Act::Refuse]), Duration::ZERO);
    delivery.try_send(batch(1)).unwrap();
    at.recv_timeout(PATIENCE).unwrap();
    delivery.try_send(batch(2)).unwrap();
    on.send(()).unwrap();
    for _ in 0..2 {
        notified.recv_timeout(PATIENCE).unwrap(); // The ticket, the refusal.
    }
    let outcomes: Vec<_> = delivery.acknowledged().collect();
    assert!(matches!(&*outcomes, [Ok(1), Err(SinkError::Refused(_))]), "{outcomes:?}");
    assert_eq!(delivery.acknowledged().count(), 0);
    assert_eq!(delivery.try_send(batch(3)), Err(batch(3)));
}

#[test]
fn one_batch_waits_and_a_close_finishes_it() {
    let (reached, at) = mpsc::channel();
    let (on, gate) = mpsc::channel();
    let script = Script::of([Act::Pause(reached, gate), Act::Away]);
    let (delivery, _notified, _) = deliver(&script, Duration::ZERO);
    delivery.try_send(batch(1)).unwrap();
    at.recv_timeout(PATIENCE).unwrap();
    delivery.try_send(batch(2)).unwrap();
    assert_eq!(delivery.try_send(batch(3)), Err(batch(3)));
    on.send(()).unwrap();
    assert_eq!(delivery.close().unwrap(), [1, 2]);
    assert_eq!(script.keys(), keys([1, 2]));
}

#[test]
fn dropping_gives_up_a_wait_of_an_hour() {
    let script = Script::of((0..9).map(|_| Act::Away));
    let (delivery, _notified, status) = deliver(&script, Duration::from_secs(3_600));
    delivery.try_send(batch(1)).unwrap();
    let crew = Arc::clone(&delivery.writers);
    drop(delivery);
    ended(&crew);
    assert!(status.retries() <= 1 && !status.is_away());
    assert!(script.keys().is_empty());
}

#[test]
fn a_stopper_cuts_a_close_short() {
    let script = Script::of((0..9).map(|_| Act::Away));
    let (delivery, _notified, _) = deliver(&script, Duration::from_secs(3_600));
    delivery.try_send(batch(1)).unwrap();
    let stopper = delivery.stopper();
    let closing = thread::spawn(move || delivery.close());
    stopper();
    assert!(closing.join().unwrap().unwrap().is_empty());
    assert!(script.keys().is_empty());
}

#[test]
fn a_stopper_lets_a_write_end_and_leaves_what_waits() {
    let (reached, at) = mpsc::channel();
    let (on, gate) = mpsc::channel();
    let script = Script::of([Act::Pause(reached, gate)]);
    let (mut delivery, _notified, _) = deliver(&script, Duration::ZERO);
    delivery.try_send(batch(1)).unwrap();
    at.recv_timeout(PATIENCE).unwrap();
    delivery.try_send(batch(2)).unwrap();
    delivery.stopper()();
    on.send(()).unwrap();
    ended(&delivery.writers);
    let outcomes: Vec<_> = delivery.acknowledged().collect();
    assert!(matches!(&*outcomes, [Ok(1)]), "{outcomes:?}");
    assert_eq!(script.keys(), keys([1]));
}

#[test]
fn a_panic_of_the_sink_is_told() {
    let (mut delivery, notified, _) = deliver(&Script::of([Act::Panic]), Duration::ZERO);
    delivery.try_send(batch(1)).unwrap();
    notified.recv_timeout(PATIENCE).unwrap();
    let outcomes: Vec<_> = delivery.acknowledged().collect();
    assert!(
        matches!(&*outcomes, [Err(SinkError::Refused(fault))] if fault.to_string().contains("internal")),
        "{outcomes:?}"
    );
}

#[test]
fn delays_grow_without_end_and_within_their_bound() {
    let delays: Vec<_> = patient().build().take(50).collect();
    assert_eq!(delays.len(), 50);
    assert!(delays.iter().all(|delay| *delay <= Duration::from_secs(5)), "{delays:?}");
    assert!(delays[0] < Duration::from_millis(250) && delays[49] >= Duration::from_millis(2_500), "{delays:?}");
}

/// A sink that is away when it is first looked at, and then another's.
#[derive(Default)]
struct Watched {
    looks: usize,
}

impl Writer for Watched {
    fn write(&mut self, _: &[Change]) -> Result<Written, SinkError> {
        Ok(Written::default())
    }

    fn look(&mut self) -> Result<(), SinkError> {
        self.looks += 1;
        Err(if self.looks == 1 { SinkError::away("no") } else { SinkError::refused("it is gone", "mend it") })
    }
}

#[test]
fn a_sink_that_is_replaced_is_noticed_although_nothing_is_written() {
    let (queue, mut writer) = (Queue::new(1), Watched::default());
    let given_up = next(&queue, &mut writer, Duration::from_millis(1));
    assert!(matches!(given_up, Err(GivenUp::Refused(SinkError::Refused(fault))) if fault.what == "it is gone"));
    assert_eq!(writer.looks, 2, "a sink that is away says nothing");
}

/// A batch of so many changes that it goes alone.
fn large(ticket: u64) -> Batch {
    let key = |group: usize| fixture::key(&format!("group {group}"), i64::try_from(ticket).unwrap());
    let changes = (0..1_000).map(|group| fixture::change(key(group), fixture::total(1, &[1])));
    Batch { changes: changes.collect(), ..batch(ticket) }
}

/// The tickets that a worker has been told.
fn tickets(delivery: &mut Delivery) -> Vec<u64> {
    delivery.acknowledged().map(Result::unwrap).collect()
}

/// The sink is away at first, so that those which go together are also tried again together.
#[test]
fn small_batches_that_wait_are_written_as_one() {
    let ((reached, at), (on, gate)) = (mpsc::channel(), mpsc::channel());
    let script = Script::of([Act::Pause(reached, gate), Act::Away]);
    let (crew, status) = crew(3, &script, Duration::ZERO);
    let mut workers: Vec<_> = (0..3).map(|_| joined(&crew)).collect();
    workers[0].0.try_send(batch(1)).unwrap();
    at.recv_timeout(PATIENCE).unwrap();
    for (worker, ticket) in [(1, 7), (2, 5), (0, 6)] {
        workers[worker].0.try_send(batch(ticket)).unwrap();
    }
    assert_eq!(workers[1].0.try_send(batch(8)), Err(batch(8)), "one of each waits");
    on.send(()).unwrap();
    let (together, expected) = ([Call::Show(shows(7)), Call::Write], [vec![1, 6], vec![7], vec![5]]);
    for ((delivery, notified), expected) in workers.iter_mut().zip(expected) {
        expected.iter().for_each(|_| notified.recv_timeout(PATIENCE).unwrap());
        assert_eq!(tickets(delivery), expected);
    }
    let first = [Call::Show(shows(1)), Call::Write];
    assert_eq!(*script.calls.lock().unwrap(), [first, together.clone(), together].concat());
    let mut taken = script.keys();
    taken.sort();
    let mut all = keys([1, 5, 6, 7]);
    all.sort();
    assert_eq!((taken, status.retries()), (all, 1));
}

#[test]
fn large_batches_are_written_side_by_side_and_beside_small_ones() {
    let (reached, at) = mpsc::channel();
    let (on, gates): (Vec<_>, Vec<_>) = (0..3).map(|_| mpsc::channel()).unzip();
    let script = Script::of(gates.into_iter().map(|gate| Act::Pause(reached.clone(), gate)));
    let (crew, _) = crew(3, &script, Duration::ZERO);
    let mut workers: Vec<_> = (0..3).map(|_| joined(&crew)).collect();
    for (worker, batch) in [large(1), batch(2), large(3)].into_iter().enumerate() {
        workers[worker].0.try_send(batch).unwrap();
    }
    (0..3).for_each(|_| at.recv_timeout(PATIENCE).unwrap()); // All are being written, and none has ended.
    on.iter().for_each(|on| on.send(()).unwrap());
    for ((delivery, notified), ticket) in workers.iter_mut().zip(1..) {
        notified.recv_timeout(PATIENCE).unwrap();
        assert_eq!(tickets(delivery), [ticket]);
    }
}

/// There are three threads that could write them.
#[test]
fn the_batches_of_a_worker_stay_in_order() {
    for second in [large(2), batch(2)] {
        let ((reached, at), (on, gate)) = (mpsc::channel(), mpsc::channel());
        let script = Script::of([Act::Pause(reached, gate)]);
        let (crew, _) = crew(3, &script, Duration::ZERO);
        let ((one, _notified), (other, heard)) = (joined(&crew), joined(&crew));
        one.try_send(large(1)).unwrap();
        at.recv_timeout(PATIENCE).unwrap();
        one.try_send(second).unwrap();
        other.try_send(batch(3)).unwrap();
        heard.recv_timeout(PATIENCE).unwrap();
        assert_eq!(script.calls.lock().unwrap().len(), 4, "the one before is not acknowledged");
        on.send(()).unwrap();
        assert_eq!(one.close().unwrap(), [1, 2]);
    }
}

#[test]
fn every_worker_hears_of_a_failure() {
    let (crew, _) = crew(2, &Script::of([Act::Refuse]), Duration::ZERO);
    let ((one, _notified), (mut other, heard)) = (joined(&crew), joined(&crew));
    one.try_send(batch(1)).unwrap();
    heard.recv_timeout(PATIENCE).unwrap();
    assert!(matches!(other.acknowledged().collect::<Vec<_>>()[..], [Err(SinkError::Refused(_))]));
    assert_eq!(other.try_send(batch(2)), Err(batch(2)));
    ended(&crew);
}

#[test]
fn who_leaves_takes_what_waits_along_and_stops_nobody_else() {
    let ((reached, at), (on, gate)) = (mpsc::channel(), mpsc::channel());
    let script = Script::of([Act::Pause(reached, gate)]);
    let (crew, _) = crew(2, &script, Duration::ZERO);
    let ((one, _notified), (other, heard)) = (joined(&crew), joined(&crew));
    other.try_send(batch(1)).unwrap();
    at.recv_timeout(PATIENCE).unwrap();
    one.try_send(batch(2)).unwrap();
    drop(one);
    other.try_send(batch(3)).unwrap();
    on.send(()).unwrap();
    (0..2).for_each(|_| heard.recv_timeout(PATIENCE).unwrap());
    assert_eq!(script.keys(), keys([1, 3]));
    Deliver::finish(other);
    ended(&crew);
}
