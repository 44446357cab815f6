//! What is to be done.

use clap::ValueEnum;
use mare_reference::{Rules, WindowRule};

use crate::judge::oracle::Grouping;

const MINUTE_MS: i64 = 60_000;

/// A job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Job {
    /// Revenue and number of sales per category and minute.
    Flagship,
    /// The same per order and hour: as many groups as sales.
    Groups,
    /// The flagship's categories in windows of ten minutes, one each minute: a sale is in ten.
    Hopping,
    /// How soon a sale is visible in the flagship's totals while they come in.
    Freshness,
}

impl Job {
    /// All of them.
    pub const ALL: [Job; 4] = [Job::Flagship, Job::Groups, Job::Hopping, Job::Freshness];

    /// How many sales there are if nothing else is said.
    pub fn count(self) -> u64 {
        match self {
            Job::Groups => 1_000_000,
            _ => 2_000_000,
        }
    }

    /// What sales are grouped by.
    pub fn grouping(self) -> Grouping {
        match self {
            Job::Groups => Grouping::Order,
            _ => Grouping::Category,
        }
    }

    /// The length of a window, and from the beginning of one to that of the next, in milliseconds.
    pub fn window_ms(self) -> (i64, i64) {
        match self {
            Job::Flagship | Job::Freshness => (MINUTE_MS, MINUTE_MS),
            Job::Groups => (60 * MINUTE_MS, 60 * MINUTE_MS),
            Job::Hopping => (10 * MINUTE_MS, MINUTE_MS),
        }
    }

    /// How long a window stays open behind its end, in milliseconds: the flagship's two minutes.
    pub fn lateness_ms(self) -> i64 {
        2 * MINUTE_MS
    }

    /// The rules, as the oracle has them.
    pub fn rules(self) -> Rules {
        let (size_ms, step_ms) = self.window_ms();
        let windows = WindowRule::Hopping { size_ms, step_ms, offset_ms: 0 };
        Rules { windows, lateness_ms: self.lateness_ms(), confirm: 1, dedups: false }
    }

    /// What it is, in words.
    pub fn title(self) -> &'static str {
        match self {
            Job::Flagship => "per category and minute",
            Job::Groups => "per order and hour",
            Job::Hopping => "per category, ten minutes each minute",
            Job::Freshness => "per category and minute, live",
        }
    }
}
