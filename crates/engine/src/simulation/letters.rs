//! The letters of a run: on their way for as long as the seed wants, and lost with the life that sent them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use mare_letters::memory::Mailbox;
use mare_letters::{Letter, LetterKind, LetterMark, Outbox};
use mare_model::record::{Record, Waker};

/// Partitions and offsets of the records whose letters have been delivered, by any life, and whether they are for what
/// is no event.
pub type Delivered = Rc<RefCell<BTreeSet<(usize, usize, bool)>>>;

/// The letters of one life.
#[derive(Clone)]
pub struct Letters {
    mailbox: Mailbox,
    holds: Rc<Cell<bool>>,
    on_the_way: Delivered,
    delivered: Delivered,
    /// All that the life has sent, each once whichever views, and events of it, make a letter of it.
    sent: Delivered,
}

impl Letters {
    /// No letter has been sent.
    pub fn new(delivered: &Delivered) -> Letters {
        let (mailbox, holds, on_the_way) = (Mailbox::default(), Rc::default(), Rc::default());
        Letters { mailbox, holds, on_the_way, delivered: Rc::clone(delivered), sent: Rc::default() }
    }

    /// Holds letters back from now on.
    pub fn hold(&self) {
        self.mailbox.hold();
        self.holds.set(true);
    }

    /// Delivers what is on its way, and everything from now on.
    pub fn deliver(&self) {
        self.holds.set(false);
        self.delivered.borrow_mut().append(&mut self.on_the_way.borrow_mut());
        self.mailbox.deliver();
        self.mailbox.fill(false);
    }

    /// Leaves no room for more letters, until they are delivered.
    pub fn fill(&self) {
        self.mailbox.fill(true);
    }

    /// The outbox of one worker.
    pub fn outbox(&self, waker: Waker) -> Box<dyn Outbox> {
        Box::new(SimOutbox { letters: self.clone(), inner: (self.mailbox.outboxes())(waker) })
    }
}

/// An outbox that notes what it is given.
struct SimOutbox {
    letters: Letters,
    inner: Box<dyn Outbox>,
}

impl Outbox for SimOutbox {
    fn send(&mut self, letter: Letter<'_>) {
        let Letters { holds, on_the_way, delivered, sent, .. } = &self.letters;
        let Record { partition, offset, .. } = letter.record;
        let is_dead = matches!(letter.kind, LetterKind::Dead(_));
        let place = (partition.0 as usize, offset.0 as usize, is_dead);
        assert!(sent.borrow_mut().insert(place), "the letter of {place:?} is sent twice");
        (if holds.get() { on_the_way } else { delivered }).borrow_mut().insert(place);
        self.inner.send(letter);
    }

    fn is_full(&self) -> bool {
        self.inner.is_full()
    }

    fn mark(&mut self) -> LetterMark {
        self.inner.mark()
    }

    fn is_delivered(&self, mark: LetterMark) -> bool {
        self.inner.is_delivered(mark)
    }
}
