//! What every sink must do, tried on those that are shipped and need no server, and on one that is written outside of
//! the crates, of memory alone.

mod memory;
mod sqlite;
mod stdout;

use mare::conformance::{Scratch, run};
use mare::dataflow::{Overrides, load};
use mare::sink::Sink;
use memory::Memory;

impl Scratch for Memory {
    fn sink(&self) -> Sink {
        self.clone().into()
    }

    fn remove(&self) {
        self.restore(memory::Contents::default());
    }

    fn empty(&self) {
        Memory::empty(self);
    }

    fn copy(&self) -> Box<dyn FnOnce() + '_> {
        let contents = self.contents();
        Box::new(move || self.restore(contents))
    }
}

#[test]
fn a_sink_of_memory_does_what_every_sink_must() {
    run(Memory::default);
}

/// Not by the suite alone: what a run and a command ask of the sink of a plan goes to this one too.
#[test]
fn a_plan_takes_it_as_it_takes_any_other() {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("dataflows/black_friday.toml");
    let mut plan = load(&file, &Overrides::default(), &|_| None).expect("the flagship");
    plan.outputs[0].sink = Memory::default().into();
    let claim = plan.claim(None);
    assert_eq!(claim.sink, "memory documents");
    let standing = plan.sink().claim(&plan.layout(), &claim).expect("granted");
    assert!(plan.writer(&[standing.token()]).expect("a writer").write(&[]).is_ok());
    let documents = plan.shown().expect("what the control document says");
    assert_eq!(documents.shown, standing.shown);
    assert!(mare::alerts::store(&plan).expect("an answer").is_some());
    plan.sink().close();
    assert_eq!(plan, plan.clone());
}
