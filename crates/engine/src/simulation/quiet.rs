//! Thirty days of event time beside a partition that nothing ever comes to: what is held of them stays as it is where
//! silent partitions are not waited for, and grows by the day where they are.

use std::time::Duration;

use super::calm;
use super::chance::Chance;
use super::life::Living;
use super::run::World;
use super::scenario::{Scenario, TAIL};
use crate::tests::plan::plan;
use mare_model::schema::IdlePlan;
use mare_model::time::Windows;

const HOUR_MS: i64 = 3_600_000;
const DAYS: usize = 30;
/// Events of each hour, in as many groups.
const EVENTS: usize = 3;
/// Turns of everything there is, behind the events of an hour: more than a heartbeat takes from one end to the other.
const TURNS: usize = 40;
/// How much of the clock goes by in a turn.
const TURN_MS: usize = 20;
/// Updates and documents of the windows that are open while nothing is waited for, and of those about to leave: a few
/// hours of them.
const FEW: u64 = 8 * EVENTS as u64;

/// A log of two partitions, one of which is empty.
fn scenario(idle: Option<IdlePlan>) -> Scenario {
    let mut plan = plan("0ms", "1ms");
    let view = &mut plan.outputs[0].view;
    view.windows = Windows::tumbling(HOUR_MS, HOUR_MS / 4);
    view.window_names.is_final = Some("final".to_owned());
    plan.idle = idle;
    let sale = |id: usize| calm::sale(format!("group {}", id % EVENTS), id, id as i64 * HOUR_MS / EVENTS as i64);
    let log = vec![(0..DAYS * 24 * EVENTS).map(sale).collect(), Vec::new()];
    calm::scenario(plan, log, 2, EVENTS)
}

/// How many updates the arrangements hold behind each day, and how many documents are not final.
fn days(idle: Option<IdlePlan>) -> Vec<(u64, u64)> {
    let world = World::of(scenario(idle), Chance::of(1), false);
    let mut living = Living::begin(&world, 0, &world.scenario.lives[0]).expect("it begins");
    world.topic.raise(TAIL);
    let mut days = Vec::new();
    for hour in 1..=DAYS * 24 {
        world.topic.arrive(0, EVENTS);
        (0..TURNS).for_each(|_| turn(&world, &mut living));
        if hour % 24 == 0 {
            let held = living.processes.iter().map(|process| process.gauges.arranged_updates()).sum();
            let server = world.server.borrow();
            let open = server.documents().values().filter(|document| !document.is_final).count();
            days.push((held, open as u64));
        }
    }
    assert_eq!(living.positions(), [DAYS * 24 * EVENTS, 0], "all is read");
    assert_eq!(world.server.borrow().documents().len(), DAYS * 24 * EVENTS, "a document for each hour and group");
    living.crash().expect("what was counted is what the log says");
    days
}

/// Lets everything there is do what it has to do.
fn turn(world: &World, living: &mut Living<'_>) {
    world.clock.pass(TURN_MS);
    living.ask();
    (0..living.workers.len()).for_each(|worker| living.step(worker));
    living.work(false).expect("no job fails");
    world.server.borrow_mut().proceed();
    assert_eq!(world.fault(), Ok(()));
}

#[test]
fn memory_stays_flat_over_thirty_days_beside_an_empty_partition() {
    let idle = IdlePlan { after: Duration::from_millis(30), closes: false };
    for (day, (held, open)) in (1..).zip(days(Some(idle))) {
        assert!(held <= FEW && open <= FEW, "day {day}: {held} updates, {open} documents that are not final");
    }
}

/// The control: what the test above would see if silent partitions were waited for.
#[test]
fn it_grows_by_the_day_where_the_empty_partition_is_waited_for() {
    for (day, (held, open)) in (1..).zip(days(None)) {
        let all = day * 24 * EVENTS as u64;
        assert!(held >= all && open == all, "day {day}: {held} updates, {open} documents that are not final");
    }
}
