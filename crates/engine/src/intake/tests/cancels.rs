//! Cancellations against the naive model, in both modes: random logs, any interleaving, cut and gone on with.

use super::*;

/// What cancels: a value above sixty, where the condition has a value.
const WHEN: &str = "retract.when=value > 60 AND 1000 / (value - 90) <> 7";
/// What is wanted, which a value above sixty never is: of cancellations by their ids nobody asks.
const WHERE: &str = "totals.where=value <= 60 AND value % 3 <> 0";

/// How a log is read.
#[derive(Clone, Copy, Debug)]
struct Cancelling {
    by_id: bool,
    filters: bool,
    confirm: usize,
    hops: bool,
}

impl Cancelling {
    fn plan(self) -> Plan {
        let confirm = format!("event.confirm={}", self.confirm);
        let set = [(true, &*confirm), (true, WHEN), (self.by_id, "dedup.by=id"), (self.filters, WHERE)];
        let set: Vec<_> = set.into_iter().filter(|(is_set, _)| *is_set).map(|(_, set)| set).collect();
        fixture::plan(&if self.hops { FILE.replace("tumbling = \"1s\"", HOPPING) } else { FILE.to_owned() }, &set)
    }

    /// What must come out, and how many cancellations take something back.
    fn oracle(self, log: &[Vec<Sale>]) -> (Outcome, usize) {
        let Cancelling { by_id, filters, confirm, hops } = self;
        let mut model = Model::new(Rule { dedups: by_id, confirm, filters, hops }.rules());
        let (mut outcome, mut taken_back) = (Outcome::default(), 0);
        for (partition, sales) in (0..).zip(log) {
            for (offset, sale) in (0..).zip(sales) {
                let has_value = |(_, value, _): &&(String, i64, i64)| *value != 90;
                let event = sale.as_ref().filter(has_value).map(|(id, value, at)| {
                    let is_wanted = !filters || (*value <= 60 && value % 3 != 0);
                    let (time_ms, amount) = (*at, Some(i128::from(*value)));
                    Reference { time_ms, group: "", id, amount, is_wanted, cancels: *value > 60 }
                });
                let fate = model.take(partition, event);
                taken_back += usize::from(model.last()[0].totals.iter().any(|(.., adds)| adds.live < 0));
                let reason = match fate {
                    Fate::Late => "late",
                    Fate::Dead if sale.is_some() => "division_by_zero",
                    Fate::Dead => "not_json",
                    Fate::Counted | Fate::Filtered | Fate::Duplicate => continue,
                };
                let (partition, offset) = (Partition(partition), Offset(offset));
                outcome.letters.push(Sent { partition, offset, reason, payload: Some(payload(sale)) });
            }
            let counts = model.counts(partition);
            outcome.accounts.push([counts.counted, counts.filtered, counts.late, counts.duplicate, counts.dead]);
        }
        let totals = model.totals().iter().map(|((start, _), total)| (*start, (total.events, total.sum)));
        outcome.totals = totals.collect();
        (outcome, taken_back)
    }
}

#[test]
fn what_becomes_of_a_cancellation_is_a_function_of_the_log() {
    let (mut taken_back, mut unmatched) = (0, 0);
    for seed in mare_random::seeds(300) {
        let mut random = SmallRng::seed_from_u64(seed);
        let (by_id, filters) = (random.random_bool(0.7), random.random_bool(0.3));
        let rule = Cancelling { by_id, filters, confirm: random.random_range(1..=2), hops: random.random() };
        let (plan, log) = (rule.plan(), random_log(&mut random));
        let mut run = Run::new(&plan, &log);
        while run.read(&mut random) {
            match random.random_range(0..20) {
                0 => run.go_on(),
                1..5 => run.seal(),
                _ => {}
            }
        }
        let accounts = run.ledger.accounts().map(|(_, account)| account.unmatched()).sum::<u64>();
        let (found, (expected, of_seed)) = (run.outcome(), rule.oracle(&log));
        assert_eq!(found, expected, "seed {seed}, {rule:?}");
        let cancels = |sale: &&Sale| sale.as_ref().is_some_and(|(_, value, _)| *value > 60 && *value != 90);
        let cancellations = log.iter().flatten().filter(cancels).count() as u64;
        assert!(by_id && accounts <= cancellations || accounts == 0, "seed {seed}: {accounts} found nothing");
        taken_back += if by_id { of_seed } else { 0 };
        unmatched += accounts;
    }
    assert!(mare_random::asked().is_some() || (taken_back > 1_000 && unmatched > 1_000), "{taken_back} {unmatched}");
}

/// The order is in three windows when it comes, and in two when it is cancelled.
#[test]
fn an_order_is_taken_back_from_its_windows_that_are_open() {
    let sale = |id: &str, value: i64, at: i64| Some((id.to_owned(), value, at + OFFSET_MS));
    let log = vec![vec![
        sale("a", 7, 900),
        // The windows of "a" begin at 0, 400 and 800, of which the first closes at 2,500.
        sale("b", 1, 2_500),
        sale("a", 61, 2_500),
        sale("a", 62, 2_501),
        sale("a", 8, 900),
    ]];
    let plan = Cancelling { by_id: true, filters: false, confirm: 1, hops: true }.plan();
    let mut run = Run::new(&plan, &log);
    let mut random = SmallRng::seed_from_u64(0);
    while run.read(&mut random) {
        run.seal();
    }
    let outcome = run.outcome();
    assert_eq!(outcome.accounts, [[3, 0, 0, 2, 0]]);
    let before: Vec<_> = outcome.totals.range(..1_000 + OFFSET_MS).map(|(_, total)| *total).collect();
    assert_eq!(before, [(1, 7), (2, 0), (2, 0)]);
}

/// That many cancellations find nothing says nothing of event times.
#[test]
fn cancellations_that_find_nothing_are_no_mass_of_late_events() {
    let sale = |offset: i64| Some((offset.to_string(), if offset < 10 { 1 } else { 70 }, offset));
    let log = vec![(0..200).map(sale).collect::<Vec<_>>()];
    let plan = Cancelling { by_id: true, filters: false, confirm: 1, hops: false }.plan();
    let mut run = Run::new(&plan, &log);
    let mut random = SmallRng::seed_from_u64(0);
    while run.read(&mut random) {}
    let account = run.ledger.account(Partition(0)).expect("an account");
    let lateness = account.lateness(Partition(0));
    assert_eq!((account.unmatched(), lateness.counted, lateness.late, lateness.is_mass()), (190, 10, 0, false));
    assert_eq!(run.outcome().accounts, [[10, 0, 190, 0, 0]]);
}
