//! Several views over one read: each comes to what it comes to alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::super::{Intake, KnownSnapshot};
use super::{FILE, Run, Sale, payload, random_log};
use crate::Ledger;
use mare_checkpoint::{PartitionState, Partitions};
use mare_dataflow::{Plan, fixture};
use mare_letters::memory::Mailbox;
use mare_model::position::{Offset, Partition};
use mare_model::record::Record;
use mare_model::time::Epoch;
use mare_model::view::ViewId;

/// Behind the head that it has in common with the dataflow of one view.
const VIEWS: &str = r#"
[[totals]]
name = "all"
total = "sum(value)"
[[totals]]
name = "some"
where = "value % 3 <> 0 AND 1000 / (value - 50) <> 7"
group_by = ["id"]
total = "max(value)"
[[totals]]
name = "wide"
window = { hopping = "5s", every = "2s", lateness = "400ms" }
largest = "max(value)"
total = "sum(value)"
[sink.stdout]
"#;

/// What comes of a view: the numbers of each window and group, and the state of each partition.
type Outcome = (BTreeMap<(i64, String), (i64, Vec<Option<i128>>)>, Vec<PartitionState>);

/// Reads a log by `plan`, sealing and going on from what a checkpoint would hold now and then, and says what comes of
/// each of its views.
fn read(plan: &Plan, log: &[Vec<Sale>], random: &mut SmallRng) -> Vec<Outcome> {
    let partitions = Run::partitions(log);
    let accounts = partitions.iter().map(|partition| (*partition, Offset(0), Offset(0)));
    let ledger = Arc::new(Ledger::with_views(accounts, plan.outputs.len()));
    let mailbox = Mailbox::default();
    let intake = |restored: &Partitions, ledger: &Arc<Ledger>| {
        Intake::new(plan, &partitions, restored, 2, Arc::clone(ledger), mailbox.outboxes()(Arc::new(|| ())))
    };
    let mut now = intake(&Partitions::new(), &ledger);
    let (mut next, mut totals) = (vec![0; log.len()], vec![BTreeMap::new(); plan.outputs.len()]);
    let mut seal = |intake: &mut Intake| {
        for parcel in intake.seal(Epoch(1)).0 {
            let view = &plan.outputs[usize::from(parcel.view.0)].view;
            for (key, total) in parcel.partials.totals(parcel.view, &view.measures) {
                let of_view: &mut BTreeMap<_, (i64, Vec<Option<i128>>)> = &mut totals[usize::from(parcel.view.0)];
                let none = || (0, vec![None; view.measures.len()]);
                let sum = of_view.entry((key.window.start.0, key.group.to_string())).or_insert_with(none);
                sum.0 += total.n;
                for (at, (units, measure)) in sum.1.iter_mut().zip(&view.measures).enumerate() {
                    let other = total.units(at).expect("a measure");
                    *units = Some(units.map_or(other, |units| measure.function.merge(units, other)));
                }
            }
        }
    };
    while (0..log.len()).any(|partition| next[partition] < log[partition].len()) {
        let partition = random.random_range(0..log.len());
        let end = (next[partition] + random.random_range(0..30)).min(log[partition].len());
        for (sale, offset) in log[partition][next[partition]..end].iter().zip(next[partition]..) {
            let payload = payload(sale);
            let (partition, offset) = (Partition(partition as i32), Offset(offset as i64));
            now.take(Record { partition, offset, ..Record::of_payload(Some(&payload)) });
        }
        next[partition] = end;
        now.post();
        if random.random_range(0..8) == 0 {
            seal(&mut now);
            now = gone_on(&now, intake(&now.partitions(), &ledger));
        }
    }
    seal(&mut now);
    let state = |view: ViewId| now.partitions().values().map(|state| state.of(view)).collect();
    plan.ids().zip(totals).map(|(view, totals)| (totals, state(view))).collect()
}

/// `next` with the ids that `intake` would put into a checkpoint.
fn gone_on(intake: &Intake, mut next: Intake) -> Intake {
    for (view, partition, window, ids) in intake.seen() {
        let mut texts = Vec::new();
        let KnownSnapshot::Ids(ids) = ids else { panic!("no order is taken back") };
        ids.visit(0..ids.len(), |id| texts.push(id.to_owned()));
        next.restore_seen(view, (partition, window.start), texts.iter().map(String::as_str));
    }
    next
}

#[test]
fn each_view_comes_to_what_it_comes_to_alone() {
    let (head, _) = FILE.split_once("[totals]").expect("a head");
    let (file, mut differ) = (format!("{head}{VIEWS}"), 0);
    for seed in mare_random::seeds(120) {
        let mut random = SmallRng::seed_from_u64(seed);
        let confirm = format!("event.confirm={}", random.random_range(1..=3));
        let set = [confirm.as_str(), "dedup.by=id"];
        let plan = fixture::plan(&file, &set[..random.random_range(1..=2)]);
        let log = random_log(&mut random);
        let together = read(&plan, &log, &mut random);
        for (view, together) in plan.ids().zip(&together) {
            let alone = read(&plan.of(view), &log, &mut random);
            assert_eq!(*together, alone[0], "seed {seed}, view {view:?}");
        }
        let promises = |(_, states): &Outcome| states.iter().map(|state| state.promise).collect::<Vec<_>>();
        differ += usize::from(promises(&together[0]) != promises(&together[1]));
    }
    assert!(differ > 0, "no promise of a view has ever been another one than that of the first");
}
