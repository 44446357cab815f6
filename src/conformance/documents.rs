//! Documents only ever grow more complete, whoever writes them and however often.

use super::trial::{Trial, sale};
use crate::sink::document::Document;
use crate::sink::{FencingToken, Writer, Written};
use crate::total::Change;

/// Writes one change without a claim, and returns what became of it.
fn write(writer: &mut dyn Writer, change: Change) -> Written {
    writer.write(&[change]).expect("a document that is taken")
}

/// The one document that stands there.
fn only(trial: &Trial<'_>) -> Document {
    let documents = trial.documents();
    let [document] = &*documents else { panic!("not one document: {documents:?}") };
    document.clone()
}

/// Whatever the sink is: each change of a write was either written or found stale, and an empty write is none.
pub(super) fn all_that_is_written_is_accounted_for(trial: &Trial<'_>) {
    let mut writer = trial.writer(FencingToken::UNFENCED);
    let changes: Vec<_> = (0..50).map(|minute| sale("a", minute, 1, 100)).collect();
    assert_eq!(writer.write(&changes).expect("new documents"), Written { written: 50, stale: 0 });
    let Written { written, stale } = writer.write(&changes).expect("the same again");
    assert_eq!(written + stale, 50);
    assert_eq!(writer.write(&[]).expect("nothing"), Written::default());
    writer.look().expect("nothing was claimed, and nothing is gone");
}

/// Each step: the number of events, and whether that replaces what stands there.
pub(super) fn a_document_is_only_replaced_by_a_more_complete_one(trial: &Trial<'_>) {
    let mut writer = trial.writer(FencingToken::UNFENCED);
    let mut stands = 0;
    for (n, written) in [(5, 1), (4, 0), (5, 0), (6, 1), (1, 0)] {
        let cents = i128::from(n) * 101;
        assert_eq!(write(&mut *writer, sale("a", 0, n, cents)), Written { written, stale: 1 - written }, "{n}");
        stands = stands.max(n);
        let expected = trial.rendered(&[sale("a", 0, stands, i128::from(stands) * 101)]);
        assert_eq!(trial.documents(), expected, "{n}");
    }
    let both = [sale("a", 0, 6, 606), sale("b", 0, 1, 1)];
    assert_eq!(writer.write(&both).expect("written"), Written { written: 1, stale: 1 }, "each on its own");
}

/// Each step: the number of events, whether the total is final, whether that replaces what stands there, and whether
/// that is final then.
pub(super) fn a_final_document_is_only_replaced_by_a_more_complete_one(trial: &Trial<'_>) {
    let trial = trial.with_final();
    let mut writer = trial.writer(FencingToken::UNFENCED);
    let steps = [
        (5, false, 1, false),
        (4, true, 0, false),
        (5, false, 0, false),
        (5, true, 1, true),
        (5, false, 0, true),
        (5, true, 0, true),
        (6, false, 1, false),
        (7, true, 1, true),
    ];
    for (n, is_final, written, stands) in steps {
        let change = Change { is_final, ..sale("a", 0, n, 1) };
        assert_eq!(write(&mut *writer, change), Written { written, stale: 1 - written }, "{n} {is_final}");
        assert_eq!(only(&trial).is_final, stands, "{n} {is_final}");
    }
}

/// More than one command's worth of them.
pub(super) fn writing_again_changes_nothing(trial: &Trial<'_>) {
    let changes: Vec<_> = (0..1_500).map(|minute| sale("a", minute, 1 + minute % 7, minute.into())).collect();
    for (written, stale) in [(1_500, 0), (0, 1_500)] {
        let mut writer = trial.writer(FencingToken::UNFENCED);
        assert_eq!(writer.write(&changes).expect("documents that are taken"), Written { written, stale });
        assert_eq!(trial.documents(), trial.rendered(&changes));
    }
}

/// All writers write the same documents at once, in the same order and each with other versions.
pub(super) fn writers_that_race_leave_the_most_complete_documents(trial: &Trial<'_>) {
    const WRITERS: i64 = 3;
    const DOCUMENTS: i64 = 60;
    let mut writers: Vec<_> = (0..WRITERS).map(|_| trial.writer(FencingToken::UNFENCED)).collect();
    std::thread::scope(|scope| {
        for (index, writer) in (0_i64..).zip(&mut writers) {
            let versions = (0..DOCUMENTS).map(move |minute| (minute, 1 + (minute + index) % WRITERS));
            let changes: Vec<_> = versions.map(|(minute, n)| sale("a", minute, n, n.into())).collect();
            scope.spawn(move || {
                for part in changes.chunks(10) {
                    writer.write(part).expect("documents that are taken");
                }
            });
        }
    });
    let expected: Vec<_> = (0..DOCUMENTS).map(|minute| sale("a", minute, WRITERS, WRITERS.into())).collect();
    assert_eq!(trial.documents(), trial.rendered(&expected));
}
