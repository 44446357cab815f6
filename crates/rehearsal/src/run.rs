//! A run of the engine between a log and a sink of memory. It connects to nothing, and leaves nothing behind.

use std::sync::Arc;

use timely::CommunicationConfig;

use super::case::DataflowTest;
use super::documents::TestDocuments;
use super::fates::{RecordFate, Witness};
use super::log::TestLog;
use mare_checkpoint::Tally;
use mare_dataflow::Plan;
use mare_engine::announcement::Beginning;
use mare_engine::run::Endpoints;
use mare_engine::{Control, Gauges, Ledger, Peer, Run};
use mare_model::fault::{Domain, Fault};
use mare_model::position::{Offset, Partition};
use mare_model::record::Waker;
use mare_sink::document::Document;
use mare_sink::{FencingToken, SinkError, SinkStatus, Writer};
use mare_source::{LogInHand, OpenLog};

/// What a run has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestOutcome {
    /// The documents, by their ids.
    pub documents: Vec<Document>,
    /// The account of all partitions.
    pub tally: Tally,
    /// What has become of each record, in the order of the test; of a run of several workers only what letters say.
    pub fates: Vec<RecordFate>,
}

/// Runs `plan` over the records of `test`, to their end.
///
/// # Errors
/// If the run fails, which is a defect of ours.
pub fn run(plan: &Arc<Plan>, test: &DataflowTest, workers: usize) -> Result<TestOutcome, Fault> {
    let ledger = Arc::new(ledger(test));
    let (witness, documents, control) = (Witness::new(Arc::clone(&ledger)), TestDocuments::default(), Control::new());
    let ends = TestEnds {
        plan: Arc::clone(plan),
        test: Arc::new(test.clone()),
        witness: Arc::clone(&witness),
        documents: documents.clone(),
    };
    let run = Run {
        plan: Arc::clone(plan),
        control: Arc::clone(&control),
        gauges: Gauges::new(),
        ledger: Arc::clone(&ledger),
        sink: Arc::new(SinkStatus::default()),
        checkpointer: None,
        outboxes: witness.outboxes(),
        observer: None,
    };
    let ours = |why| Fault::new(Domain::Ours, why);
    let fabric = CommunicationConfig::Process(workers).try_build().map_err(ours)?;
    let workers = run.start(fabric, Beginning::default(), ends).map_err(ours)?;
    let _fallen = workers.join(); // a worker that panics fails the run
    match control.failure() {
        Some(fault) => Err(fault.clone()),
        None => {
            let fates = witness.fates(&test.records);
            Ok(TestOutcome { documents: documents.all(), tally: ledger.total(), fates })
        }
    }
}

/// The accounts of the partitions of a test.
fn ledger(test: &DataflowTest) -> Ledger {
    let partitions = (0..i32::try_from(test.partitions).unwrap_or(i32::MAX)).map(Partition);
    Ledger::new(partitions.map(|partition| {
        let records = test.records.iter().filter(|record| record.partition == partition).count();
        (partition, Offset(0), Offset(i64::try_from(records).unwrap_or(i64::MAX)))
    }))
}

/// The ends of a run in memory.
struct TestEnds {
    plan: Arc<Plan>,
    test: Arc<DataflowTest>,
    witness: Arc<Witness>,
    documents: TestDocuments,
}

impl Endpoints<OpenLog> for TestEnds {
    fn log(&self, peer: Peer, _beginning: &Beginning, _waker: Waker) -> Result<OpenLog, Fault> {
        let log: Box<dyn LogInHand> = Box::new(TestLog::new(Arc::clone(&self.test), peer, &self.witness));
        Ok(OpenLog::InHand(log))
    }

    fn writer(&self, _tokens: &[FencingToken]) -> Result<Box<dyn Writer>, SinkError> {
        Ok(self.documents.writer(self.plan.layout()))
    }
}
