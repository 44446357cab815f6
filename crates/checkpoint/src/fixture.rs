//! Made-up states and the checkpoints of them.

use std::sync::Arc;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::manifest::{Author, Content};
use crate::store::memory::MemoryStore;
use crate::{
    Block, CountedOrder, Manifest, Part, PartitionState, Partitions, Repository, SeenIds, SeenOrder, SeenOrders,
    SessionRows, Shape, StoreError, TotalRow, TotalRows,
};
use crate::{Jump, Tally};
use mare_model::datum::Datum;
use mare_model::position::{LogId, Offset, Partition};
use mare_model::record::LastRead;
use mare_model::summary::sighting::Witness;
use mare_model::summary::{Summary, SummaryFunction};
use mare_model::time::{Epoch, EventTime};
use mare_model::view::ViewId;

/// The dataflow of all tests.
pub const DATAFLOW: &str = "sales";

/// A store in memory, and the dataflow's checkpoints in it.
pub fn in_memory() -> (MemoryStore, Repository) {
    let store = MemoryStore::default();
    (store.clone(), Repository::new(Arc::new(store), DATAFLOW))
}

/// A shape of two settings.
pub fn shape() -> Shape {
    let settings = [("source.kafka.topic", "sales"), ("window.tumbling", "1m")];
    Shape(settings.map(|(key, text)| (key.to_owned(), text.to_owned())).into())
}

/// Who writes the manifests.
pub fn author() -> Author {
    Author {
        dataflow: DATAFLOW.to_owned(),
        shape: shape(),
        source: LogId { cluster: Some("c1".to_owned()), topic: Some("t1".to_owned()) },
        sink: "stdout".to_owned(),
        sink_id: Some("s1".to_owned()),
        generation: 7,
        others: Vec::new(),
        journal: Default::default(),
    }
}

/// Blocks of one worker: totals of any width and text, some ids and orders; and the same again for the same seed.
pub fn blocks(seed: u64) -> Vec<Block> {
    let mut rng = StdRng::seed_from_u64(seed);
    let blocks = rng.random_range(0..5);
    let block = |rng: &mut StdRng| match rng.random_range(0..10) {
        0..7 => totals(rng),
        7..9 => ids(rng),
        _ => orders(rng),
    };
    (0..blocks).map(|_| block(&mut rng)).collect()
}

fn totals(rng: &mut StdRng) -> Block {
    let width = rng.random_range(0..4);
    let mut totals = TotalRows::new(width);
    let functions: Vec<_> = SummaryFunction::ALL.into_iter().filter(|_| width == 3 && rng.random_bool(0.5)).collect();
    for _ in 0..rng.random_range(0..40) {
        let measures: Vec<i128> = (0..width).map(|_| rng.random::<i128>() >> rng.random_range(2..127)).collect();
        let (slot, group, n) = (EventTime(rng.random_range(i64::MIN..i64::MAX)), &*text(rng), rng.random_range(0..3));
        let summaries: Vec<_> = functions.iter().map(|function| summary(rng, *function)).collect();
        totals.push(TotalRow { slot, group, n, measures: &measures, summaries: &summaries });
    }
    if rng.random_bool(0.2) { sessions(rng, totals) } else { Block::Totals(view(rng), totals) }
}

/// The same as sessions, each of which ends behind its start.
fn sessions(rng: &mut StdRng, rows: TotalRows) -> Block {
    let ends = rows.rows().map(|row| EventTime(row.slot.0.saturating_add(rng.random_range(1..9)))).collect();
    Block::Sessions(view(rng), SessionRows { rows, ends })
}

/// What is kept of a few values.
fn summary(rng: &mut StdRng, function: SummaryFunction) -> Summary {
    let mut summary = function.identity();
    for offset in 0..rng.random_range(0..4) {
        let witness = Witness { time: EventTime(rng.random()), partition: Partition(1), offset: Offset(offset) };
        let text = text(rng);
        let value = if rng.random_bool(0.5) { Datum::Text(&text) } else { Datum::Exact(rng.random::<i64>().into()) };
        summary.take(value, witness);
    }
    summary
}

fn ids(rng: &mut StdRng) -> Block {
    let ids = (0..rng.random_range(0..20)).map(|_| text(rng)).collect();
    Block::Ids(view(rng), SeenIds { partition: Partition(rng.random()), slot: EventTime(rng.random()), ids })
}

fn orders(rng: &mut StdRng) -> Block {
    let counted = |rng: &mut StdRng| CountedOrder {
        time: EventTime(rng.random()),
        group: text(rng),
        measures: (0..rng.random_range(0..4)).map(|_| rng.random::<i128>() >> rng.random_range(2..127)).collect(),
    };
    let order = |rng: &mut StdRng| SeenOrder { id: text(rng), counted: rng.random_bool(0.6).then(|| counted(rng)) };
    let orders = (0..rng.random_range(0..20)).map(|_| order(rng)).collect();
    Block::Orders(view(rng), SeenOrders { partition: Partition(rng.random()), slot: EventTime(rng.random()), orders })
}

/// The first one more often than not.
fn view(rng: &mut StdRng) -> ViewId {
    ViewId(rng.random_range(0..4_u16).saturating_sub(1))
}

fn text(rng: &mut StdRng) -> String {
    let signs = ['a', 'ç', '|', '\\', '\0', '🌊', '"', '\n'];
    (0..rng.random_range(0..12)).map(|_| signs[rng.random_range(0..signs.len())]).collect()
}

/// Two partitions; nothing has been read of the second.
pub fn partitions() -> Partitions {
    let mut tally = Tally { read: 12, counted: 7, late: 2, rounded: 1, ..Tally::default() };
    tally.dead[2] = 3;
    let read = PartitionState {
        position: Offset(12),
        begin: Some(Offset(0)),
        last: Some(LastRead { before: Offset(10), epoch: Some(4), checksum: Some(3_735_928_559) }),
        promise: EventTime(1_764_331_200_000),
        recent: vec![EventTime(1_764_331_260_000)],
        jump: Some(Jump { offset: Offset(11), from: EventTime::MIN, to: EventTime(1_764_331_200_000), sent: None }),
        tally,
        others: Vec::new(),
    };
    [(Partition(0), read), (Partition(1), PartitionState::unread(Offset(0)))].into()
}

/// Writes the part of each worker, the blocks of its own seed, and commits them.
pub fn checkpoint(repository: &Repository, epoch: u64, workers: u32) -> Result<Manifest, StoreError> {
    let parts = (0..workers).map(|worker| part(repository, epoch, worker)).collect::<Result<_, _>>()?;
    let manifest = author().manifest(Epoch(epoch), Timestamp::UNIX_EPOCH, content(parts));
    repository.commit(&manifest)?;
    Ok(manifest)
}

/// What is new in a checkpoint of these parts.
pub fn content(parts: Vec<Part>) -> Content {
    Content { shown: [(Partition(0), Offset(11))].into(), partitions: partitions(), parts }
}

/// Writes one part.
pub fn part(repository: &Repository, epoch: u64, worker: u32) -> Result<Part, StoreError> {
    let mut writer = repository.part(Epoch(epoch), worker)?;
    blocks(seed(epoch, worker)).iter().try_for_each(|block| writer.write(block))?;
    writer.finish()
}

/// The seed of the blocks of a part.
pub fn seed(epoch: u64, worker: u32) -> u64 {
    epoch * 1_000 + u64::from(worker)
}

/// The name of an object of a checkpoint.
pub fn object(epoch: u64, name: &str) -> String {
    format!("{DATAFLOW}/{epoch:020}/{name}")
}

/// Changes the manifest at `epoch`, and its checksum with it.
pub fn edit_manifest(store: &MemoryStore, epoch: u64, edit: impl FnOnce(&mut Manifest)) {
    store.edit(&object(epoch, "manifest.json"), |bytes| {
        let mut manifest = Manifest::from_text(bytes).unwrap();
        edit(&mut manifest);
        *bytes = manifest.to_text().into_bytes();
    });
}

/// The epochs of what is whole, newest first.
pub fn whole(repository: &Repository) -> Vec<u64> {
    let listed = repository.list().unwrap().into_iter();
    listed.filter(|listed| matches!(listed.state, crate::CheckpointState::Whole(_))).map(|it| it.epoch.0).collect()
}
