//! What there is to read of a partition, and what is not there any more. Pure.

use std::collections::BTreeMap;

use crate::position::{Offset, Partition};

/// What to read of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The partition.
    pub partition: Partition,
    /// The oldest offset that the broker still has.
    pub first: Offset,
    /// The first offset to read.
    pub start: Offset,
    /// Behind the last offset to read; `None` reads on for ever.
    pub until: Option<Offset>,
}

/// Where a partition begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// Where it begins: its oldest record.
    pub first: Offset,
    /// Behind the last record that can be read: the last stable offset, before the first record of any open
    /// transaction.
    pub stable: Offset,
    /// Behind the last record that there is.
    pub log: Offset,
}

/// What an open transaction keeps from being read, its own records and all behind them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldBack {
    /// The partition.
    pub partition: Partition,
    /// Where it ends for readers, and where it ends.
    pub ends: Ends,
}

impl Ends {
    /// What can be read of `partition`.
    #[must_use]
    pub fn span(self, partition: Partition) -> Span {
        Span { partition, first: self.first, start: self.first, until: Some(self.stable) }
    }

    /// What is held back of `partition`, if anything is.
    #[must_use]
    pub fn held_back(self, partition: Partition) -> Option<HeldBack> {
        (self.stable < self.log).then_some(HeldBack { partition, ends: self })
    }
}

impl HeldBack {
    /// What is held back of `topic`, in a sentence.
    ///
    /// ```
    /// # use mare_model::extent::{Ends, HeldBack};
    /// # use mare_model::position::{Offset, Partition};
    /// let ends = Ends { first: Offset(0), stable: Offset(12), log: Offset(18) };
    /// let said = ends.held_back(Partition(0)).unwrap().describe("sales");
    /// assert!(said.starts_with("sales[0]: an open transaction holds back 6 offsets, from 12 (the last stable offset) to 18"));
    /// assert_eq!(Ends { log: Offset(12), ..ends }.held_back(Partition(0)), None);
    /// ```
    #[must_use]
    pub fn describe(&self, topic: &str) -> String {
        let HeldBack { partition, ends: Ends { stable, log, .. } } = self;
        let offsets = log.0 - stable.0;
        format!(
            "{topic}[{partition}]: an open transaction holds back {offsets} offsets, from {stable} (the last stable offset) to \
             {log} (the end); nobody reads them before it is committed or aborted"
        )
    }
}

/// The partitions whose log was cut short and written anew, and what is known of that.
pub type Cuts = BTreeMap<Partition, Cut>;

/// How it shows that a log was cut short before the last record read, and written anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The leader's term in which that record was written ends at this offset.
    At(Offset),
    /// Another record stands at this offset, that of the last record read; where it was cut is not known.
    Before(Offset),
}

impl Cut {
    /// The first offset at which something else is known to stand than what was read.
    #[must_use]
    pub fn known(self) -> Offset {
        match self {
            Cut::At(at) | Cut::Before(at) => at,
        }
    }

    /// What it means for who has read to `position`.
    #[must_use]
    pub fn describe(self, position: Offset) -> String {
        let how = match self {
            Cut::At(at) => format!("was since cut short at offset {at} and written anew from there"),
            Cut::Before(at) => format!(
                "was since cut short and written anew: at offset {at} stands another record now than the one that was read there"
            ),
        };
        format!(
            "it was read to {position}, and {how} (an unclean election of a leader, or a broker restored from a copy)"
        )
    }
}
