//! The changes operator: for each key in a newly sealed batch, its newest total.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use differential_dataflow::difference::Semigroup;
use differential_dataflow::operators::arrange::Arranged;
use differential_dataflow::trace::cursor::cursor_list;
use differential_dataflow::trace::implementations::spine_fueled::SpineBatch;
use differential_dataflow::trace::{Cursor, TraceReader};
use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::CapabilitySet;
use timely::dataflow::operators::generic::Operator;
use timely::progress::Antichain;
use timely::progress::frontier::AntichainRef;

use super::totals::Totals;
use super::{Change, Total};
use crate::time::{Moment, Tumbling};

type Batch = <Totals as TraceReader>::Batch;

/// Reads newest totals through the trace, and lets the trace compact what nobody will read any more.
struct Changes {
    trace: Totals,
    windows: Tumbling,
    /// Through where the trace has been sealed.
    upper: Antichain<Moment>,
    /// Batches sealed since the last read.
    batches: Vec<Batch>,
    /// What the totals of these batches may be sent with.
    capabilities: CapabilitySet<Moment>,
    /// Where the size of the arrangement is shown.
    updates: Arc<AtomicU64>,
}

/// The newest total of each key that a sealed batch touches: one lookup for each key and seal, never one for each event.
///
/// `updates` is kept at the number of updates in the arrangement of this worker.
pub fn changes<'s>(
    arranged: Arranged<'s, Totals>,
    windows: Tumbling,
    updates: Arc<AtomicU64>,
) -> StreamVec<'s, Moment, Change> {
    let upper = Antichain::from_elem(Moment::default());
    let capabilities = CapabilitySet::new();
    let mut changes = Changes { trace: arranged.trace, windows, upper, batches: Vec::new(), capabilities, updates };
    arranged.stream.unary_frontier::<CapacityContainerBuilder<Vec<_>>, _, _, _>(Pipeline, "changes", |_, _| {
        move |(input, frontier), output| {
            input.for_each(|capability, spans| {
                for capability in capability.retain_stamp(0).iter() {
                    changes.capabilities.insert(capability.clone());
                }
                for span in spans.drain(..) {
                    changes.upper.clone_from(span.upper());
                    changes.batches.extend(span.inner);
                }
            });
            if !changes.batches.is_empty() {
                let capabilities = std::mem::take(&mut changes.capabilities);
                let mut session = output.session(&capabilities);
                changes.read(|change| session.give(change));
            }
            changes.compact(frontier.frontier());
        }
    })
}

impl Changes {
    /// Gives the newest total of each key that the batches insert into.
    fn read(&mut self, mut give: impl FnMut(Change)) {
        let (mut touched, batches) = cursor_list(std::mem::take(&mut self.batches));
        let Some(all) = self.trace.batches_through(self.upper.borrow()) else { return };
        let (mut totals, all) = cursor_list(all);
        while let Some(key) = touched.get_key(&batches) {
            let close = self.windows.close(key.window);
            let mut inserted = false;
            touched.map_times(&batches, |moment, _| inserted |= moment.event < close);
            if inserted {
                totals.seek_key(&all, key);
                let mut newest = Total::default();
                if totals.get_key(&all) == Some(key) {
                    totals.map_times(&all, |moment, total| {
                        if moment.event < close {
                            newest.plus_equals(total);
                        }
                    });
                }
                if newest.n != 0 {
                    give(Change { key: key.clone(), total: newest, is_final: false });
                }
            }
            touched.step_key(&batches);
        }
    }

    /// Lets the trace forget distinctions before `frontier`, and shows its size.
    fn compact(&mut self, frontier: AntichainRef<'_, Moment>) {
        self.trace.advance_upper(&mut self.upper);
        self.trace.set_logical_compaction(frontier);
        self.trace.set_physical_compaction(self.upper.borrow());
        let mut updates = 0;
        self.trace.map_spans(|span| updates += span.inner.as_ref().map_or(0, SpineBatch::len));
        self.updates.store(updates as u64, Relaxed);
    }
}
