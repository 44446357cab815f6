//! Marks, and counting the letters that are on their way.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mare_model::record::Waker;

/// Names everything that one outbox was given before it; it lives as long as the outbox. Later marks are larger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LetterMark(u64);

/// The letters between two marks. Each of them holds it while it is on its way.
pub(super) struct Bundle {
    /// Letters that are not delivered, and one more for as long as the bundle is open.
    outstanding: AtomicU64,
    /// Called when the last of them is delivered.
    waker: Waker,
}

impl Bundle {
    fn open(waker: Waker) -> Arc<Bundle> {
        Arc::new(Bundle { outstanding: AtomicU64::new(1), waker })
    }

    /// Notes that one of its letters is delivered.
    pub(super) fn delivered(&self) {
        if self.release() {
            (self.waker)();
        }
    }

    /// Takes one from what is outstanding, and returns whether nothing is left.
    fn release(&self) -> bool {
        self.outstanding.fetch_sub(1, Ordering::AcqRel) == 1
    }

    fn is_delivered(&self) -> bool {
        self.outstanding.load(Ordering::Acquire) == 0
    }
}

/// The bundles of one outbox.
pub(super) struct Marks {
    /// Wakes the worker when a marked bundle is delivered.
    waker: Waker,
    /// The newest mark.
    last: LetterMark,
    /// The letters since then, if there are any.
    open: Option<Arc<Bundle>>,
    /// The bundles before that which may not be delivered, oldest first, each with the mark behind it.
    marked: VecDeque<(LetterMark, Arc<Bundle>)>,
}

impl Marks {
    pub(super) fn new(waker: Waker) -> Marks {
        Marks { waker, last: LetterMark::default(), open: None, marked: VecDeque::new() }
    }

    /// The bundle of one more letter, which counts it.
    pub(super) fn add(&mut self) -> Arc<Bundle> {
        let open = self.open.get_or_insert_with(|| Bundle::open(Arc::clone(&self.waker)));
        open.outstanding.fetch_add(1, Ordering::Relaxed);
        Arc::clone(open)
    }

    /// Names everything so far. Without a letter since the last mark it is that one again.
    pub(super) fn mark(&mut self) -> LetterMark {
        while self.marked.front().is_some_and(|(_, bundle)| bundle.is_delivered()) {
            self.marked.pop_front();
        }
        if let Some(bundle) = self.open.take() {
            self.last = LetterMark(self.last.0 + 1);
            if !bundle.release() {
                self.marked.push_back((self.last, bundle));
            }
        }
        self.last
    }

    /// Whether every letter before `mark` is delivered.
    pub(super) fn is_delivered(&self, mark: LetterMark) -> bool {
        self.marked.iter().take_while(|(before, _)| *before <= mark).all(|(_, bundle)| bundle.is_delivered())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use rand::rngs::SmallRng;
    use rand::seq::SliceRandom;
    use rand::{RngExt, SeedableRng};

    use super::*;

    fn counted() -> (Marks, Arc<AtomicUsize>) {
        let woken = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&woken);
        let waker: Waker = Arc::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        (Marks::new(waker), woken)
    }

    #[test]
    fn a_mark_waits_for_every_letter_before_it_in_any_order() {
        for seed in mare_random::seeds(200) {
            let mut random = SmallRng::seed_from_u64(seed);
            let (mut marks, _) = counted();
            // The marks, and the letters on their way, each with the number of marks before it.
            let (mut given, mut on_the_way): (Vec<LetterMark>, Vec<(usize, Arc<Bundle>)>) = (Vec::new(), Vec::new());
            for step in 0..300 {
                match random.random_range(0..4) {
                    0 => given.push(marks.mark()),
                    1 | 2 => on_the_way.push((given.len(), marks.add())),
                    _ => {
                        on_the_way.shuffle(&mut random);
                        on_the_way.pop().into_iter().for_each(|(_, bundle)| bundle.delivered());
                    }
                }
                for (at, mark) in given.iter().enumerate() {
                    let expected = on_the_way.iter().all(|(marks_before, _)| *marks_before > at);
                    assert_eq!(marks.is_delivered(*mark), expected, "seed {seed}, step {step}, mark {at}");
                }
            }
        }
    }

    #[test]
    fn delivered_bundles_are_forgotten_and_an_empty_one_is_none() {
        let (mut marks, _) = counted();
        for _ in 0..1_000 {
            let bundle = marks.add();
            let mark = marks.mark();
            assert!(mark == marks.mark() && !marks.is_delivered(mark));
            bundle.delivered();
            assert!(marks.is_delivered(mark));
        }
        assert_eq!(marks.marked.len(), 1);
    }

    #[test]
    fn the_worker_is_woken_when_a_mark_is_delivered_and_not_before() {
        let (mut marks, woken) = counted();
        let woken = || woken.load(Ordering::Relaxed);
        let [first, second] = [marks.add(), marks.add()];
        first.delivered();
        assert_eq!(woken(), 0);
        let mark = marks.mark();
        second.delivered();
        assert_eq!((woken(), marks.is_delivered(mark)), (1, true));
        let third = marks.add();
        third.delivered();
        assert_eq!(woken(), 1, "nobody waits for a mark that has not been made");
        let mark = marks.mark();
        assert!(marks.is_delivered(mark));
    }
}
