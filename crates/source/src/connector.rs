//! What a source brings: all that is asked of it, whatever kind it is.

use std::fmt;
use std::sync::Arc;

use super::Health;
use mare_model::extent::{Cuts, Ends, HeldBack, Span};
use mare_model::fault::Fault;
use mare_model::position::{LogId, Partition, Positions};
use mare_model::record::LastRead;
use mare_model::time::EventTime;

/// A source as a dataflow names it: its settings, and how to reach its log by them. Nothing is connected yet.
///
/// A run surveys it before it begins and while it goes on; the log that a worker reads is opened by
/// [`Source::open`](super::Source::open). `dataflow` is the name by which the servers know its clients; the [`Health`]
/// of a process hears how the servers are.
pub trait Connector: fmt::Debug + Send + Sync {
    /// How it is called.
    fn describe(&self) -> SourceDescription;

    /// By which setting a checkpoint knows the log that it has read, and what that says. It stands on disk, so it never
    /// changes.
    fn identity(&self) -> (&'static str, String);

    /// Where reading starts when the dataflow first runs.
    fn start(&self) -> StartAt;

    /// What to do when records are gone that have not been read.
    fn on_data_loss(&self) -> OnDataLoss;

    /// A client that asks what there is to read. Nothing is asked yet.
    ///
    /// # Errors
    /// If the settings are refused.
    fn survey(&self, dataflow: &str, health: Arc<Health>) -> Result<Box<dyn Survey>, Fault>;

    /// Of the partitions of which these records were the last `read`, those whose log no longer has them.
    ///
    /// # Errors
    /// The fault says whether to ask again.
    fn cut_short(&self, dataflow: &str, health: &Arc<Health>, read: &[(Partition, LastRead)]) -> Result<Cuts, Fault>;

    /// Tells those who look at the servers how far the dataflow is, each time it is called, and waits for nothing.
    fn progress(&self, dataflow: &str, health: Arc<Health>) -> Box<dyn Fn(Positions) + Send + Sync>;
}

/// What there is to read of a log, asked before a run and now and then during it.
pub trait Survey: Send + Sync {
    /// The process's view of the servers.
    fn health(&self) -> &Arc<Health>;

    /// What identifies the log, as far as the servers tell.
    ///
    /// # Errors
    /// The fault says whether to ask again.
    fn id(&self) -> Result<LogId, Fault>;

    /// The partitions of the log, in order.
    ///
    /// # Errors
    /// The fault says whether to ask again.
    fn partitions(&self) -> Result<Vec<Partition>, Fault>;

    /// What to read: each partition from where the plan says, to the end that it has now.
    ///
    /// # Errors
    /// The fault says whether to ask again.
    fn spans(&self) -> Result<Vec<Span>, Fault>;

    /// Where `partition` begins and ends.
    ///
    /// # Errors
    /// The fault says whether to ask again.
    fn ends(&self, partition: Partition) -> Result<Ends, Fault>;

    /// What is held back by open transactions, of all partitions.
    ///
    /// # Errors
    /// The fault says whether to ask again.
    fn held_back(&self) -> Result<Vec<HeldBack>, Fault> {
        let ends = self.partitions()?.into_iter().map(|partition| Ok((partition, self.ends(partition)?)));
        let ends = ends.collect::<Result<Vec<_>, Fault>>()?;
        Ok(ends.into_iter().filter_map(|(partition, ends)| ends.held_back(partition)).collect())
    }
}

/// How a source is called, without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceDescription {
    /// What it is: the name of its table in a dataflow file, as the registry has it.
    pub kind: &'static str,
    /// The servers.
    pub server: String,
    /// The log there: a topic.
    pub name: String,
}

/// Where reading of a partition starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartAt {
    /// At the oldest record that the log still has.
    Earliest,
    /// Behind the newest record at start.
    Latest,
    /// At the first record whose own timestamp is not before this one.
    Time(EventTime),
}

impl fmt::Display for StartAt {
    /// As a dataflow file has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartAt::Earliest => f.write_str("earliest"),
            StartAt::Latest => f.write_str("latest"),
            StartAt::Time(time) => time.fmt(f),
        }
    }
}

/// What a run does when records that it should read are gone: deleted by retention, or with a log that was made anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnDataLoss {
    /// It does not begin.
    #[default]
    Fail,
    /// It says so and reads what is left.
    Continue,
}
