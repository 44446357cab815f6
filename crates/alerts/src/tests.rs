//! The service over documents in memory: each alert once, however windows are cut into batches and runs, and whatever
//! is away.

mod held_back;

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::cooldown::Cooldown;
use super::desk::Desk;
use super::evaluate::Evaluator;
use super::feed::Feed;
use super::memory::{Documents, Memory};
use super::service::AlertService;
use super::target::{Courier, DeliveryReport, DeliveryStatus};
use super::*;
use mare_dataflow::Overrides;
use mare_dataflow::fixture::parse;
use mare_model::time::{EventTime, Windows};
use mare_model::total::{Change, Key, Total};
use mare_model::view::ViewId;
use mare_sink::alerts::{AlertEntry, AlertState, AlertStore, Target};
use mare_sink::document::Document;

pub(crate) use mare_dataflow::fixture::documents::alert;

pub(super) const MINUTE: i64 = 60_000;

/// The flagship over minutes with two minutes of lateness, and these rules.
pub(super) fn plan_with(alerts: &str) -> Plan {
    let flagship =
        include_str!("../../../dataflows/black_friday.toml").replace("name = \"black-friday\"", "name = \"test\"");
    let alerts = if alerts.starts_with("[alerts]") { alerts.to_owned() } else { format!("[alerts]\n{alerts}") };
    let text = format!("{flagship}\n{alerts}\n");
    parse(&text, "test.toml", &Overrides::default(), &|_| None).unwrap_or_else(|invalid| panic!("{invalid}"))
}

/// The document of a group's minute.
pub(super) fn document(plan: &Plan, minute: i64, group: &str, revenue: i128, sales: i128) -> Document {
    let mut text = String::new();
    mare_model::group::push(&mut text, Some(group), true);
    let window = Windows::tumbling(MINUTE, 0).of_slot(EventTime(minute * MINUTE));
    let key = Key { view: ViewId(0), window, group: text.as_str().into() };
    let total = Total::new(sales as i64, &plan.view().measures, &[revenue]);
    plan.layout().render(&Change { key, total, is_final: true }).expect("a document of the plan")
}

/// A target that a test looks into; it reports only while it is there.
#[derive(Clone, Default)]
struct Inbox {
    taken: Arc<Mutex<Vec<String>>>,
    is_away: Arc<Mutex<bool>>,
}

impl Inbox {
    fn taken(&self) -> Vec<String> {
        self.taken.lock().expect("not poisoned").clone()
    }

    fn away(&self, is_away: bool) {
        *self.is_away.lock().expect("not poisoned") = is_away;
    }
}

struct ToInbox(Inbox, Sender<DeliveryReport>);

impl Courier for ToInbox {
    fn target(&self) -> Target {
        Target::Webhook
    }

    fn send(&mut self, alert: &Alert) {
        if !self.is_away() {
            self.0.taken.lock().expect("not poisoned").push(alert.id.clone());
            let _ = self.1.send(DeliveryReport {
                target: Target::Webhook,
                id: alert.id.clone(),
                verdict: DeliveryStatus::Sent,
            });
        }
    }

    fn is_away(&self) -> bool {
        *self.0.is_away.lock().expect("not poisoned")
    }
}

/// What outlives a run: the documents, what is remembered, the target.
#[derive(Clone)]
struct World {
    plan: Plan,
    documents: Documents,
    store: Memory,
    inbox: Inbox,
}

impl World {
    fn new(rules: &str) -> World {
        let (documents, store, inbox) = (Documents::default(), Memory::default(), Inbox::default());
        World { plan: plan_with(rules), documents, store, inbox }
    }

    fn put(&self, minute: i64, group: &str, revenue: i128) {
        self.documents.put(&self.plan.layout(), document(&self.plan, minute, group, revenue, 1));
    }

    /// A run that reads so many documents at once.
    fn run(&self, page: usize) -> AlertService {
        let (report, outcomes): (Sender<DeliveryReport>, Receiver<DeliveryReport>) = mpsc::channel();
        let couriers: Vec<Box<dyn Courier>> = vec![Box::new(ToInbox(self.inbox.clone(), report))];
        let alerts = self.plan.alerts.as_ref().expect("alerts");
        let evaluator = Evaluator::new(&self.plan, alerts, "vendas");
        let mut store = self.store.clone();
        let position = store.position().expect("a position");
        let feed =
            Feed::new(Box::new(self.documents.clone()), evaluator, self.plan.view().windows, position).with_page(page);
        let before = store.newest(10, false).expect("alerts");
        let mut cooldown = Cooldown::new(&alerts.rules);
        cooldown.remember(store.fired(None).expect("alerts"));
        AlertService::new(feed, Desk::new(Box::new(store), before, couriers, outcomes), cooldown, alerts.max_age_ms)
    }

    /// A run that has caught up and sends everything, whatever its age.
    fn live(&self, page: usize) -> AlertService {
        let mut service = self.run(page);
        service.caught_up(EventTime::MIN);
        service
    }

    fn ids(&self) -> Vec<String> {
        self.store.entries().into_iter().map(|entry| entry.alert.id).collect()
    }

    /// The ids of those that are not held back.
    fn fired(&self) -> Vec<String> {
        let entries = self.store.entries().into_iter().filter(|entry| entry.held_until().is_none());
        entries.map(|entry| entry.alert.id).collect()
    }
}

/// Steps until there is nothing more to do with event time certain through the end of so many minutes.
fn advance(service: &mut AlertService, minutes: i64) {
    while service.step(close(minutes)).expect("a step") {}
    service.drain();
}

/// The event time at which the minute before `minute` is final.
fn close(minute: i64) -> EventTime {
    EventTime((minute + 2) * MINUTE)
}

const RULES: &str = "[[alerts.rules]]\nname = \"high\"\ntotal = \"faturamento_total\"\nabove = 9.50\n\
    [[alerts.rules]]\nname = \"drop\"\ntotal = \"faturamento_total\"\nchange = { below = \"-50%\" }\n\
    [[alerts.rules]]\nname = \"hour\"\ntotal = \"faturamento_total\"\nchange = { against = \"1h\", above = \"300%\" }\n\
    [[alerts.rules]]\nname = \"quiet\"\ntotal = \"volume_vendas\"\nsilent = \"4m\"\n\
    [[alerts.rules]]\nname = \"held\"\ntotal = \"faturamento_total\"\nbelow = 7\nfor = \"3m\"\ncooldown = \"10m\"\n\
    [[alerts.rules]]\nname = \"rise\"\ntotal = \"faturamento_total\"\nchange = { against = \"2h\", above = \"1%\" }\nfor = \"2m\"\n\
    [[alerts.rules]]\nname = \"odd\"\ntotal = \"faturamento_total\"\nanomaly = { windows = 20, min_windows = 5 }";

/// Minutes of three groups with gaps, up to `minutes`.
fn fill(world: &World, random: &mut SmallRng, minutes: i64) {
    for group in ["Casa", "Gamer", "Livros|e mais"] {
        let mut minute = random.random_range(0..5);
        while minute < minutes {
            world.put(minute, group, random.random_range(1..1_000));
            minute += if random.random_bool(0.1) { random.random_range(1..30) } else { 1 };
        }
    }
}

#[test]
fn however_windows_are_cut_into_batches_and_runs_the_alerts_are_the_same() {
    let (mut kinds, mut held) = (std::collections::BTreeSet::new(), 0);
    let seed = mare_random::seed();
    let mut random = SmallRng::seed_from_u64(seed);
    for _ in 0..20 {
        let world = World::new(RULES);
        fill(&world, &mut random, 200);
        advance(&mut world.live(5_000), 250);
        let expected = world.store.entries();
        kinds.extend(expected.iter().map(|entry| entry.alert.condition.clone()));

        let again = World { store: Memory::default(), inbox: Inbox::default(), ..world };
        let mut service = again.live(random.random_range(1..50));
        let mut minute = 0;
        while minute < 250 {
            minute += random.random_range(0..20);
            advance(&mut service, minute);
            if random.random_bool(0.4) {
                service = again.live(random.random_range(1..50)); // killed, and started again
            }
        }
        let found = again.store.entries();
        let plain = |entries: &[AlertEntry]| {
            entries.iter().map(|entry| (entry.alert.clone(), entry.held_until())).collect::<Vec<_>>()
        };
        assert_eq!(plain(&found), plain(&expected), "seed {seed}");
        held += found.iter().filter(|entry| entry.held_until().is_some()).count();
        assert_eq!(again.inbox.taken(), again.fired(), "seed {seed}: each is sent once, in order");
    }
    assert_eq!(kinds.len(), 5, "all conditions were met: {kinds:?}");
    assert!(held > 20, "a cool-down has held back {held}");
}

#[test]
fn what_was_sent_is_not_sent_again_by_a_run_that_evaluates_everything_again() {
    let world = World::new(RULES);
    fill(&world, &mut SmallRng::seed_from_u64(7), 100);
    advance(&mut world.live(100), 150);
    let sent = world.inbox.taken();
    assert!(sent.len() > 20);
    world.store.clone().move_to(None).expect("to the start");
    advance(&mut world.live(7), 150);
    assert_eq!(world.inbox.taken(), sent);
    assert_eq!(world.fired(), sent);
}

#[test]
fn what_was_certain_long_before_the_start_is_recorded_and_not_sent() {
    let world = World::new("[[alerts.rules]]\nname = \"high\"\ntotal = \"faturamento_total\"\nabove = 9.50");
    (0..100).for_each(|minute| world.put(minute, "Gamer", 1_000));
    let mut service = world.run(10);
    assert_eq!(service.step(close(100)).ok(), Some(false), "nothing is judged before the run has caught up");
    service.caught_up(close(100));
    advance(&mut service, 100);
    let (old, sent): (Vec<_>, Vec<_>) = world.store.entries().into_iter().partition(AlertEntry::is_old);
    // Minute m is certain at close(m + 1); an hour before close(100) is close(40).
    assert_eq!((old.len(), sent.len()), (39, 61));
    assert_eq!(world.inbox.taken(), sent.iter().map(|entry| entry.alert.id.clone()).collect::<Vec<_>>());
    world.put(100, "Gamer", 1_000);
    world.put(500, "Gamer", 1_000);
    advance(&mut service, 501);
    assert_eq!(world.inbox.taken().len(), 63, "what comes later is sent, however far event time leaps");
}

#[test]
fn a_target_that_is_away_gets_everything_later_and_once() {
    let world = World::new("[[alerts.rules]]\nname = \"high\"\ntotal = \"faturamento_total\"\nabove = 9.50");
    (0..1_200).for_each(|minute| world.put(minute, "Gamer", 1_000));
    world.inbox.away(true);
    advance(&mut world.live(5_000), 1_200);
    assert_eq!(world.inbox.taken(), [""; 0]);
    assert!(world.store.entries().iter().all(|entry| entry.state(Target::Webhook) == Some(&AlertState::Pending)));
    world.inbox.away(false);
    let mut service = world.live(5_000);
    advance(&mut service, 1_200);
    assert_eq!(world.inbox.taken(), world.ids(), "in order, more than go at once");
    let is_sent = |entry: &AlertEntry| matches!(entry.state(Target::Webhook), Some(AlertState::Sent(_)));
    assert!(world.store.entries().iter().all(is_sent));
    advance(&mut world.live(5_000), 1_200);
    assert_eq!(world.inbox.taken().len(), 1_200);
}

#[test]
fn a_sink_that_is_away_is_asked_again() {
    let world = World::new("[[alerts.rules]]\nname = \"high\"\ntotal = \"faturamento_total\"\nabove = 9.50");
    (0..30).for_each(|minute| world.put(minute, "Gamer", 1_000));
    let mut service = world.live(7);
    assert!(service.step(close(30)).expect("a step"));
    *world.documents.is_away.lock().expect("not poisoned") = true;
    assert!(service.step(close(30)).is_err());
    *world.documents.is_away.lock().expect("not poisoned") = false;
    advance(&mut service, 30);
    assert_eq!(world.inbox.taken().len(), 30);
}

#[test]
fn an_open_window_alerts_early_and_not_again_when_it_is_final() {
    let rules = "[[alerts.rules]]\nname = \"high\"\ntotal = \"faturamento_total\"\nabove = 9.50\non = \"update\"";
    let world = World::new(rules);
    let mut service = world.live(10);
    world.put(0, "Gamer", 1_000);
    world.put(0, "Casa", 900);
    service.look_at_open_now(close(0)).expect("a look");
    assert_eq!(world.inbox.taken(), ["vendas|high|Gamer|1970-01-01T00:00:00Z"]);
    world.put(0, "Gamer", 2_000);
    world.put(0, "Casa", 951);
    service.look_at_open_now(close(0)).expect("a look");
    advance(&mut service, 1);
    let both = ["vendas|high|Gamer|1970-01-01T00:00:00Z", "vendas|high|Casa|1970-01-01T00:00:00Z"];
    assert_eq!(world.inbox.taken(), both);
    assert!(world.store.entries().iter().all(|entry| !entry.alert.is_final));
}

#[test]
fn what_was_certain_long_before_the_start_is_not_looked_at_as_open() {
    let rules = "[[alerts.rules]]\nname = \"high\"\ntotal = \"faturamento_total\"\nabove = 9.50\non = \"update\"";
    let world = World::new(rules);
    (0..100).for_each(|minute| world.put(minute, "Gamer", 1_000));
    let mut service = world.run(10);
    service.look_at_open_now(EventTime::MIN).expect("a look");
    assert_eq!(world.inbox.taken(), [""; 0], "before event time has begun every window seems open");
    service.caught_up(close(100));
    service.open_now();
    while service.step(EventTime::MIN).expect("a step") {}
    service.drain();
    let sent = world.inbox.taken();
    // Minute 39, which is certain exactly at the horizon, is open no more; it is sent once it is final.
    assert_eq!((sent.len(), &*sent[0]), (60, "vendas|high|Gamer|1970-01-01T00:40:00Z"), "the oldest first");
}

#[test]
fn a_group_is_silent_by_the_clock_when_event_time_stands_still() {
    let rule = "[[alerts.rules]]\nname = \"quiet\"\ntotal = \"volume_vendas\"\nsilent = \"5s\"\non = \"clock\"";
    let (world, began) = (World::new(rule), Instant::now());
    let put = |minute, group, sales| {
        world.documents.put(&world.plan.layout(), document(&world.plan, minute, group, 1, sales));
    };
    let look = |service: &mut AlertService, second| {
        service.look_at_clock(EventTime::MIN, began + Duration::from_secs(second)).expect("a look");
        service.drain();
        world.inbox.taken().len()
    };
    put(0, "Gamer", 1);
    put(0, "Casa", 1);
    let mut early = world.run(10);
    assert_eq!([0, 9].map(|second| look(&mut early, second)), [0, 0], "nothing before the run has caught up");
    let mut service = world.live(10);
    assert_eq!(look(&mut service, 0), 0);
    put(0, "Casa", 2);
    assert_eq!([4, 5, 8].map(|second| look(&mut service, second)), [0, 1, 1], "one of them has had an event since");
    let gamer = world.store.entries().remove(0).alert;
    assert_eq!((&*gamer.id, &*gamer.condition), ("vendas|quiet|Gamer|1970-01-01T00:00:00Z", "silent"));
    assert!(gamer.message.ends_with("no event has come for 5s by the clock"), "{}", gamer.message);
    assert_eq!([9, 20].map(|second| look(&mut service, second)), [2, 2], "each silence once");
    let mut next = world.live(10);
    assert_eq!([100, 106].map(|second| look(&mut next, second)), [2, 2], "nor by the next run");
    put(30, "Livros", 1);
    advance(&mut next, 31);
    assert_eq!(world.inbox.taken().len(), 2, "nor once event time has found it too");
    put(31, "Gamer", 1);
    assert_eq!([120, 125].map(|second| look(&mut next, second)), [2, 4], "the next silence, and that of whom it woke");
}

#[test]
fn nobody_is_silent_by_the_clock_while_nobody_can_be_heard() {
    let rule = "[[alerts.rules]]\nname = \"quiet\"\ntotal = \"volume_vendas\"\nsilent = \"5s\"\non = \"clock\"";
    let (world, began) = (World::new(rule), Instant::now());
    world.put(0, "Gamer", 1);
    let mut service = world.live(10);
    service.look_at_clock(EventTime::MIN, began).expect("a look");
    service.unheard(began + Duration::from_secs(60));
    service.look_at_clock(EventTime::MIN, began + Duration::from_secs(61)).expect("a look");
    assert_eq!(world.store.entries().len(), 0, "the brokers or the sink were away until a second ago");
    service.look_at_clock(EventTime::MIN, began + Duration::from_secs(65)).expect("a look");
    assert_eq!(world.store.entries().len(), 1);
}

#[test]
fn whoever_listens_hears_of_each_alert_once() {
    let world = World::new("[[alerts.rules]]\nname = \"high\"\ntotal = \"faturamento_total\"\nabove = 9.50");
    (0..300).for_each(|minute| world.put(minute, "Gamer", 1_000));
    let mut service = world.live(10);
    advance(&mut service, 100);
    let recent = service.recent();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&heard);
    let before = recent.subscribe(Box::new(move |entry| {
        let mut heard = listener.lock().expect("not poisoned");
        heard.push(entry.alert.id.clone());
        heard.len() < 50
    }));
    advance(&mut service, 300);
    assert_eq!(before.len(), 100);
    assert_eq!(*heard.lock().expect("not poisoned"), world.ids()[100..150], "until it has had enough");
    let newest: Vec<_> = recent.newest().into_iter().map(|entry| entry.alert.id).collect();
    let expected: Vec<_> = world.ids().into_iter().rev().take(recent::RECENT_MAX).collect();
    assert_eq!(newest, expected);
    assert!(recent.newest().iter().all(|entry| matches!(entry.state(Target::Webhook), Some(AlertState::Sent(_)))));
}
