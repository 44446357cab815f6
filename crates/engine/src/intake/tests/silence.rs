//! Heartbeats: those that a run finds, and those that it declares.

use super::*;

/// A heartbeat in front of any record of a log, near the times that are there.
fn heartbeat(random: &mut SmallRng, log: &[Vec<Sale>], from: &[usize]) -> Heartbeat {
    let partition = random.random_range(0..log.len());
    let offset = random.random_range(from[partition]..=log[partition].len());
    let time = log[partition].get(offset).cloned().flatten().map_or(0, |(_, _, at)| at);
    let promise = EventTime(time + random.random_range(-3_000..6_000));
    Heartbeat { partition: Partition(partition as i32), offset: Offset(offset as i64), promise }
}

#[test]
fn what_becomes_of_a_record_is_a_function_of_the_log_and_its_journal() {
    let mut late = [0, 0];
    for seed in mare_random::seeds(150) {
        let mut random = SmallRng::seed_from_u64(seed);
        let (confirm, filters, hops, dedups) =
            (random.random_range(1..=3), random.random(), random.random(), random.random());
        let rule = Rule { dedups, confirm, filters, hops };
        let (plan, log) = (rule.plan(), random_log(&mut random));
        let mut run = Run::new(&plan, &log);
        let from = vec![0; log.len()];
        for _ in 0..random.random_range(0..4) {
            run.journal.add(heartbeat(&mut random, &log, &from));
        }
        run.intake = run.intake.with_journal(&run.journal);
        while run.read(&mut random) {
            match random.random_range(0..20) {
                0 => run.go_on(),
                1..4 => run.seal(),
                4 => {
                    // Here and now: at the position of some partition.
                    let Heartbeat { partition, promise, .. } = heartbeat(&mut random, &log, &from);
                    let offset = Offset(run.next[partition.0 as usize] as i64);
                    let declared = Heartbeat { partition, offset, promise };
                    if run.journal.add(declared) {
                        run.intake.declare(&[declared]);
                    }
                }
                _ => {}
            }
        }
        let by_silence: u64 = run.ledger.accounts().map(|(_, account)| account.late_by_silence()).sum();
        let journal = run.journal.clone();
        let (outcome, must) = (run.outcome(), oracle_by(&log, &journal, rule.rules(), rule.filters));
        assert_eq!(outcome, must, "seed {seed}, {rule:?}, {journal:?}");
        let all_late = |outcome: &Outcome| outcome.accounts.iter().map(|account| account[2]).sum::<u64>();
        assert!(by_silence <= all_late(&outcome), "seed {seed}");
        late[0] += by_silence;
        late[1] += all_late(&oracle(&log, rule.rules(), rule.filters)).abs_diff(all_late(&outcome));
    }
    assert!(late.iter().all(|events| *events > 500), "by silence, and more than without: {late:?}");
}

#[test]
fn an_event_is_late_by_silence_if_its_own_partition_had_left_its_window_open() {
    let sale = |at: i64| Some((at.to_string(), 1, at));
    let log = vec![vec![sale(10_000), sale(9_000), sale(7_000), sale(20_000), sale(10_500)]];
    let plan = plan(false);
    let (mut run, mut random) = (Run::new(&plan, &log), SmallRng::seed_from_u64(0));
    let heartbeat = |promise| Heartbeat { partition: Partition(0), offset: Offset(1), promise: EventTime(promise) };
    run.journal.add(heartbeat(15_000));
    run.intake = run.intake.with_journal(&run.journal);
    while run.read(&mut random) {}
    let account = run.ledger.account(Partition(0)).expect("an account");
    assert_eq!(
        (account.late_by_silence(), account.tally().late, account.tally().counted),
        (1, 3, 2),
        "9 s alone: 7 s was late before, and 10.5 s is behind an event that says more"
    );
}

#[test]
fn a_heartbeat_in_an_empty_partition_moves_the_promise_of_the_worker() {
    let (plan, log) = (plan(false), vec![vec![Some(("a".to_owned(), 1, 10_000))], Vec::new()]);
    let (mut run, mut random) = (Run::new(&plan, &log), SmallRng::seed_from_u64(0));
    while run.read(&mut random) {}
    assert_eq!(run.intake.promise(), EventTime::MIN);
    run.intake.declare(&[Heartbeat { partition: Partition(1), offset: Offset(0), promise: EventTime(9_000) }]);
    assert_eq!(run.intake.promise(), EventTime(9_000));
    assert_eq!(run.intake.partitions()[&Partition(1)].promise, EventTime(9_000), "a checkpoint has it");
    run.go_on();
    assert_eq!(run.intake.promise(), EventTime(9_000));
}
