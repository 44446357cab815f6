//! Waking an operator from another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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

/// Whether an operator rests: it has seen to it that it is scheduled at a certain time, and what comes before that can
/// wait until then.
///
/// # Nothing is left lying
/// Whoever brings something puts it where it is found, and then wakes. The operator ends its rest, and then looks. So
/// if the one still finds the other resting, the other has yet to look.
#[derive(Clone, Debug, Default)]
pub struct Rest(Arc<AtomicBool>);

impl Rest {
    /// Notes whether the operator rests.
    pub fn set(&self, rests: bool) {
        self.0.store(rests, Ordering::SeqCst);
    }

    /// What calls `waker`, except in the rest.
    pub fn respected(&self, waker: Waker) -> Waker {
        let rest = self.clone();
        Arc::new(move || {
            if !rest.0.load(Ordering::SeqCst) {
                waker();
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn nobody_is_woken_in_the_rest() {
        let (rest, woken) = (Rest::default(), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&woken);
        let wake = rest.respected(Arc::new(move || _ = count.fetch_add(1, Ordering::Relaxed)));
        let woken = [false, true, false].map(|rests| {
            rest.set(rests);
            wake();
            woken.load(Ordering::Relaxed)
        });
        assert_eq!(woken, [1, 1, 2]);
    }
}
