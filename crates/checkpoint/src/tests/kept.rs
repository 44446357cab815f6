//! Checkpoints that each version of the format wrote. They stay readable for as long as these versions are.

use std::path::Path;
use std::sync::Arc;

use crate::fixture::{DATAFLOW, author, content, shape};
use crate::manifest::Author;
use crate::store::local::LocalStore;
use crate::store::memory::MemoryStore;
use crate::{
    Block, ClaimedSink, Manifest, PartitionState, Repository, SeenIds, SessionRows, Store, TotalRow, TotalRows,
};
use mare_model::datum::Datum;
use mare_model::position::{LogId, Offset, Partition, Positions};
use mare_model::summary::SummaryFunction;
use mare_model::summary::sighting::Witness;
use mare_model::time::{Epoch, EventTime};
use mare_model::view::ViewId;

/// The minute that the kept rows are of.
const MINUTE: EventTime = EventTime(1_764_331_200_000);

/// What the kept part of a worker holds.
pub(super) fn blocks(worker: u32) -> Vec<Block> {
    if worker == 1 {
        return Vec::new();
    }
    let mut totals = TotalRows::new(2);
    totals.push(TotalRow { slot: MINUTE, group: "Gamer|SP", n: 1, measures: &[12_345, i128::MIN], summaries: &[] });
    totals.push(TotalRow {
        slot: EventTime(-60_000),
        group: "Informática|AM",
        n: 2,
        measures: &[-2, i128::MAX],
        summaries: &[],
    });
    let ids = ["0f1d", "ção"].map(str::to_owned).into();
    vec![
        Block::Totals(ViewId(0), totals),
        Block::Ids(ViewId(0), SeenIds { partition: Partition(2), slot: MINUTE, ids }),
    ]
}

/// What the kept part of a worker holds of a view with summaries: of a few values, and of many.
fn summarized(worker: u32) -> Vec<Block> {
    if worker == 1 {
        return Vec::new();
    }
    let summaries = |many: i64| {
        SummaryFunction::ALL.map(|function| {
            let mut summary = function.identity();
            for offset in 0..many {
                let witness = Witness { time: EventTime(-offset), partition: Partition(1), offset: Offset(offset) };
                summary.take(Datum::Exact((offset * offset - 9).into()), witness);
            }
            if function != SummaryFunction::Quantiles && many > 0 {
                let witness = Witness { time: MINUTE, partition: Partition(2), offset: Offset(3) };
                summary.take(Datum::Text("ção"), witness);
            }
            summary
        })
    };
    let mut totals = TotalRows::new(1);
    for (group, many) in [("Gamer|SP", 4), ("", 0), ("Informática|AM", 400)] {
        totals.push(TotalRow { slot: MINUTE, group, n: many + 1, measures: &[12_345], summaries: &summaries(many) });
    }
    vec![Block::Totals(ViewId(0), totals)]
}

/// What the kept part of a worker holds of sessions, with and without summaries.
fn sessions(worker: u32) -> Vec<Block> {
    let of = |rows: &TotalRows| {
        let mut sessions = SessionRows::new(rows.rows().next().map_or(0, |row| row.measures.len()));
        for (row, length_ms) in rows.rows().zip([1, 1_800_000, 86_400_123]) {
            sessions.push(row, EventTime(row.slot.0 + length_ms));
        }
        sessions
    };
    let rows = blocks(worker).into_iter().chain(summarized(worker));
    let sessions = rows.filter_map(|block| if let Block::Totals(_, rows) = block { Some(of(&rows)) } else { None });
    (0..).map(ViewId).zip(sessions).map(|(view, sessions)| Block::Sessions(view, sessions)).collect()
}

/// Writes the kept checkpoint.
fn write(repository: &Repository, blocks: fn(u32) -> Vec<Block>) -> Manifest {
    let part = |worker| {
        let mut writer = repository.part(Epoch(1_764_331_200_000), worker).unwrap();
        blocks(worker).iter().try_for_each(|block| writer.write(block)).unwrap();
        writer.finish().unwrap()
    };
    let taken = jiff::Timestamp::from_millisecond(1_764_331_200_123).unwrap();
    let manifest = author().manifest(Epoch(1_764_331_200_000), taken, content(vec![part(0), part(1)]));
    repository.commit(&manifest).unwrap();
    manifest
}

/// Writes the kept checkpoint of two views: what the other one has, and for the second the same again.
fn write_views(repository: &Repository) -> Manifest {
    let epoch = Epoch(1_764_331_200_000);
    let mut writer = repository.part(epoch, 0).unwrap();
    views().iter().try_for_each(|block| writer.write(block)).unwrap();
    let mut content = content(vec![writer.finish().unwrap()]);
    for state in content.partitions.values_mut() {
        state.others = vec![PartitionState { promise: EventTime(state.promise.0.saturating_add(7)), ..state.clone() }];
    }
    let other = ClaimedSink { sink: "stdout".to_owned(), sink_id: Some("s2".to_owned()), generation: 9 };
    let taken = jiff::Timestamp::from_millisecond(1_764_331_200_123).unwrap();
    let manifest = Author { others: vec![other], ..author() }.manifest(epoch, taken, content);
    repository.commit(&manifest).unwrap();
    manifest
}

/// What the kept part of two views holds.
fn views() -> Vec<Block> {
    let of_view = |view| {
        blocks(0).into_iter().map(move |block| match block {
            Block::Totals(_, rows) => Block::Totals(view, rows),
            Block::Ids(_, rows) => Block::Ids(view, rows),
            Block::Sessions(_, rows) => Block::Sessions(view, rows),
        })
    };
    [ViewId(0), ViewId(1)].into_iter().flat_map(of_view).collect()
}

/// Where a checkpoint of a version is kept: `2`, or `2-views` of several views, or `2-summaries` of a view with them,
/// or `2-sessions` of two views with such.
fn kept(version: &str) -> Arc<LocalStore> {
    let folder = format!("tests/fixtures/checkpoint-v{version}");
    Arc::new(LocalStore::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder)))
}

/// What version 1 said of the same checkpoint: nothing of what stands outside, nor how a partition came to where it is.
fn in_version_1(mut manifest: Manifest) -> Manifest {
    manifest.version = 1;
    (manifest.source, manifest.sink_id, manifest.shown) = (LogId::default(), None, Positions::new());
    for state in manifest.partitions.values_mut() {
        (state.begin, state.last, state.recent, state.jump) = (None, None, Vec::new(), None);
    }
    manifest
}

/// Reads the checkpoint kept of a version, whose manifest should be `expected` and whose parts should hold `blocks`.
fn reads(version: &str, expected: &Manifest, blocks: impl Fn(u32) -> Vec<Block>) {
    let repository = Repository::new(kept(version), DATAFLOW);
    let manifest = repository.recover(&shape(), false).unwrap().manifest.unwrap();
    assert_eq!(manifest, *expected);
    for part in &manifest.parts {
        let read: Result<Vec<_>, _> = repository.read(manifest.epoch, part).unwrap().collect();
        assert_eq!(read.unwrap(), blocks(part.worker));
    }
}

#[test]
fn each_version_is_read_as_what_was_written() {
    let written = write(&Repository::new(Arc::new(MemoryStore::default()), DATAFLOW), blocks);
    reads("2", &written, blocks);
    reads("1", &in_version_1(written), blocks);
    let written = write(&Repository::new(Arc::new(MemoryStore::default()), DATAFLOW), summarized);
    reads("2-summaries", &written, summarized);
    let written = write(&Repository::new(Arc::new(MemoryStore::default()), DATAFLOW), sessions);
    reads("2-sessions", &written, sessions);
    let written = write_views(&Repository::new(Arc::new(MemoryStore::default()), DATAFLOW));
    reads("2-views", &written, |_| views());
    let second = written.of(ViewId(1));
    let promises = |manifest: &Manifest| manifest.partitions.values().map(|state| state.promise.0).collect::<Vec<_>>();
    assert_eq!((second.sink_id.as_deref(), second.generation), (Some("s2"), 9));
    assert!(promises(&second).iter().zip(promises(&written)).all(|(second, first)| *second == first.saturating_add(7)));
}

/// With `MARE_KEEP_FIXTURES` in the environment the files are written first, once for each version of the format.
///
/// Another version of mare that is of the same format must be able to read what this one writes.
#[test]
fn it_is_written_the_same_to_the_byte() {
    for version in ["2", "2-views", "2-summaries", "2-sessions"] {
        let (store, kept) = (MemoryStore::default(), kept(version));
        let repository = Repository::new(Arc::new(store.clone()), DATAFLOW);
        match version {
            "2-views" => write_views(&repository),
            "2-summaries" => write(&repository, summarized),
            "2-sessions" => write(&repository, sessions),
            _ => write(&repository, blocks),
        };
        for name in store.names() {
            let written = store.get(&name).unwrap();
            if std::env::var_os("MARE_KEEP_FIXTURES").is_some() {
                kept.put(&name, &written).unwrap();
            }
            assert_eq!(written, kept.get(&name).unwrap(), "{name}");
        }
    }
}
