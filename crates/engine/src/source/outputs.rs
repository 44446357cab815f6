//! The two outputs of a source, and what it may send with.

use timely::container::CapacityContainerBuilder;
use timely::dataflow::operators::Capability;
use timely::dataflow::operators::generic::OutputBuilderSession;

use crate::announcement::{Addressed, Announcement};
use crate::partials::Parcel;
use mare_model::time::Moment;

type Out<'a, D> = OutputBuilderSession<'a, Moment, CapacityContainerBuilder<Vec<D>>>;

/// The outputs during one activation of the operator.
pub(super) struct Outputs<'a, 'b> {
    /// To the totals.
    pub(super) parcels: &'a mut Out<'b, Parcel>,
    /// To the workers that are to hear them.
    pub(super) announcements: &'a mut Out<'b, Addressed>,
}

/// The capabilities of a source, one for each output. Both are always at the same moment.
pub(super) struct Capabilities {
    parcels: Capability<Moment>,
    announcements: Capability<Moment>,
}

impl Outputs<'_, '_> {
    /// Sends parcels at the moment of `capabilities`.
    pub(super) fn send(&mut self, capabilities: &Capabilities, parcels: Vec<Parcel>) {
        let mut session = self.parcels.session(&capabilities.parcels);
        parcels.into_iter().for_each(|parcel| session.give(parcel));
    }

    /// Sends an announcement to the workers `to` at the moment of `capabilities`.
    pub(super) fn announce(
        &mut self,
        capabilities: &Capabilities,
        announcement: &Announcement,
        to: impl Iterator<Item = usize>,
    ) {
        let mut session = self.announcements.session(&capabilities.announcements);
        to.for_each(|to| session.give((to, announcement.clone())));
    }
}

impl Capabilities {
    /// The capabilities that an operator of two outputs is given.
    pub(super) fn of(capabilities: Vec<Capability<Moment>>) -> Option<Self> {
        let [parcels, announcements] = <[_; 2]>::try_from(capabilities).ok()?;
        Some(Capabilities { parcels, announcements })
    }

    /// The moment at which they are.
    pub(super) fn time(&self) -> Moment {
        *self.parcels.time()
    }

    /// Lowers both to `moment`, which must not lie before them.
    pub(super) fn downgrade(&mut self, moment: Moment) {
        if moment != self.time() {
            self.parcels.downgrade(&moment);
            self.announcements.downgrade(&moment);
        }
    }
}
