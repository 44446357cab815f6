//! Waking an operator from another thread.

use std::sync::Arc;

use timely::dataflow::Scope;

use mare_model::record::Waker;
use mare_model::time::Moment;

/// What schedules the operator at `address` of this worker again, called from any thread; later calls do nothing once
/// the worker has ended.
pub fn waker(scope: Scope<'_, Moment>, address: &[usize]) -> Waker {
    let activator = scope.worker().sync_activator_for(address.to_vec());
    Arc::new(move || {
        let _ended = activator.activate();
    })
}
