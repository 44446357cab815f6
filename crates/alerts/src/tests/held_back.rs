//! What a cool-down holds back, through runs and replays.

use super::*;

#[test]
fn a_rule_is_quiet_for_a_group_for_its_cool_down() {
    let rule = "[[alerts.rules]]\nname = \"high\"\ntotal = \"faturamento_total\"\nabove = 9.50\ncooldown = \"10m\"";
    let world = World::new(rule);
    for minute in 0..25 {
        world.put(minute, "Gamer", 1_000);
        world.put(minute, "Casa", if minute < 7 { 900 } else { 1_000 });
    }
    advance(&mut world.live(5_000), 5);
    advance(&mut world.live(5_000), 25); // the next run knows what the one before has sent
    let id = |group: &str, minute: i64| format!("vendas|high|{group}|1970-01-01T00:{minute:02}:00Z");
    let sent = [("Gamer", 0), ("Casa", 7), ("Gamer", 10), ("Casa", 17), ("Gamer", 20)];
    assert_eq!(world.inbox.taken(), sent.map(|(group, minute)| id(group, minute)));
    let entries = world.store.entries();
    assert_eq!(entries.len(), 25 + 18, "what is held back is recorded");
    let held = entries.iter().find(|entry| entry.alert.id == id("Gamer", 9)).expect("an alert");
    assert_eq!(held.held_until().map(|until| until.as_second()), Some(600));
    assert_eq!(held.json()["held_back"], true);
    world.store.clone().move_to(None).expect("to the start");
    advance(&mut world.live(7), 25);
    assert_eq!(
        (world.inbox.taken().len(), world.store.entries()),
        (5, entries),
        "judged again, it is decided the same"
    );
}

#[test]
fn what_is_too_old_to_be_sent_holds_nothing_back() {
    let rule = "[[alerts.rules]]\nname = \"high\"\ntotal = \"faturamento_total\"\nabove = 9.50\ncooldown = \"1h\"";
    let world = World::new(rule);
    (0..100).for_each(|minute| world.put(minute, "Gamer", 1_000));
    let mut service = world.run(10);
    service.caught_up(close(100));
    advance(&mut service, 100);
    assert_eq!(world.inbox.taken(), ["00:39", "01:39"].map(|at| format!("vendas|high|Gamer|1970-01-01T{at}:00Z")));
}

#[test]
fn the_oldest_open_window_holds_back_those_behind_it() {
    let rule = "[[alerts.rules]]\nname = \"high\"\ntotal = \"faturamento_total\"\nabove = 9.50\non = \"update\"\n\
        cooldown = \"10m\"";
    let world = World::new(rule);
    let mut service = world.live(10);
    (0..3).for_each(|minute| world.put(minute, "Gamer", 1_000));
    service.look_at_open_now(close(0)).expect("a look");
    assert_eq!(world.inbox.taken(), ["vendas|high|Gamer|1970-01-01T00:00:00Z"]);
    advance(&mut service, 3);
    assert_eq!((world.inbox.taken().len(), world.ids().len()), (1, 3));
}
