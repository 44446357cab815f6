//! The writer thread against a sink that fails by script. Nothing here waits for time to pass.

use std::collections::VecDeque;
use std::sync::Mutex;

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

/// A delivery to `script`, with its notifications and its status.
fn deliver(script: &Script, delay: Duration) -> (Delivery, Receiver<()>, Arc<SinkStatus>) {
    let (notify, notified) = mpsc::channel();
    let (status, sink) = (Arc::new(SinkStatus::default()), script.clone());
    let backoff = ConstantBuilder::new().with_delay(delay).without_max_times();
    let open = move || Ok(Box::new(sink.clone()) as Box<dyn Writer>);
    let notify = move || notify.send(()).unwrap_or_default();
    (Delivery::spawn_with(open, notify, status.clone(), backoff), notified, status)
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
    notified.recv_timeout(PATIENCE).unwrap(); // The end, behind the ticket and the refusal.
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
    let (script, mut absences) = (Script::default(), 5);
    let (status, sink) = (Arc::new(SinkStatus::default()), script.clone());
    let open = move || {
        absences -= 1;
        if absences > 0 { Err(SinkError::away("scripted")) } else { Ok(Box::new(sink.clone()) as Box<dyn Writer>) }
    };
    let backoff = ConstantBuilder::new().with_delay(Duration::ZERO).without_max_times();
    let delivery = Delivery::spawn_with(open, || (), status.clone(), backoff);
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
    for _ in 0..3 {
        notified.recv_timeout(PATIENCE).unwrap(); // The ticket, the refusal, the end.
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
    let (delivery, notified, status) = deliver(&script, Duration::from_secs(3_600));
    delivery.try_send(batch(1)).unwrap();
    drop(delivery);
    notified.recv_timeout(PATIENCE).unwrap(); // The end.
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
    stopper.stop();
    assert!(closing.join().unwrap().unwrap().is_empty());
    assert!(script.keys().is_empty());
}

#[test]
fn a_stopper_lets_a_write_end_and_leaves_what_waits() {
    let (reached, at) = mpsc::channel();
    let (on, gate) = mpsc::channel();
    let script = Script::of([Act::Pause(reached, gate)]);
    let (mut delivery, notified, _) = deliver(&script, Duration::ZERO);
    delivery.try_send(batch(1)).unwrap();
    at.recv_timeout(PATIENCE).unwrap();
    delivery.try_send(batch(2)).unwrap();
    delivery.stopper().stop();
    on.send(()).unwrap();
    for _ in 0..2 {
        notified.recv_timeout(PATIENCE).unwrap(); // The ticket, the end.
    }
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
    let ((_batches, inbox), mut writer) = (mpsc::sync_channel(1), Watched::default());
    let given_up = next(&inbox, &mut writer, Duration::from_millis(1));
    assert!(matches!(given_up, Err(GivenUp::Refused(SinkError::Refused(fault))) if fault.what == "it is gone"));
    assert_eq!(writer.looks, 2, "a sink that is away says nothing");
}
