//! Who there is.

use crate::job::Job;

/// A contestant, or a variant of one.
#[derive(Clone, Copy, Debug)]
pub struct Contestant {
    /// The folder of its program beside this file, and its name on the command line.
    pub who: &'static str,
    /// What tells its variants; its program is told.
    pub variant: &'static str,
    /// What the table says behind its name and version.
    pub how: &'static str,
    /// What it can do.
    pub jobs: &'static [Job],
    /// What its program is.
    pub program: Program,
}

/// What a program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// The bare client: no totals, so nothing to judge.
    Bare,
    /// `mare run`.
    Mare,
    /// `main.py`, with what `requirements.txt` pins.
    Python,
    /// `Main.java`, with what `pom.xml` pins.
    Java,
}

/// Over a log, where totals are judged when all is read.
const REPLAYS: &[Job] = &[Job::Flagship, Job::Groups, Job::Hopping];
/// Those, and live.
const ALL: &[Job] = &Job::ALL;
/// Live alone.
const LIVE: &[Job] = &[Job::Freshness];

/// All of them, in the order of the table; the bare client, which the others are beside, first.
pub const CONTESTANTS: &[Contestant] = &[
    of("bare", "", "nothing but read", &[Job::Flagship], Program::Bare),
    of("mare", "", "standard output", ALL, Program::Mare),
    of("python", "", "by hand", ALL, Program::Python),
    of("flink", "windows", "windows", REPLAYS, Program::Java),
    of("flink", "groups", "groups, mini-batches", REPLAYS, Program::Java),
    of("flink", "live", "groups", LIVE, Program::Java),
    of("spark", "", "update mode", ALL, Program::Python),
    of("streams", "", "grace 2 min", ALL, Program::Java),
    of("streams", "remedy", "grace 1 day", REPLAYS, Program::Java),
    of("pathway", "", "cutoff 2 min", ALL, Program::Python),
    of("pathway", "remedy", "no cutoff", REPLAYS, Program::Python),
    of("bytewax", "", "wait 2 min", REPLAYS, Program::Python),
    of("bytewax", "remedy", "wait 1 day", REPLAYS, Program::Python),
    of("quix", "", "grace 2 min", ALL, Program::Python),
    of("quix", "remedy", "grace 1 day", REPLAYS, Program::Python),
];

const fn of(
    who: &'static str,
    variant: &'static str,
    how: &'static str,
    jobs: &'static [Job],
    program: Program,
) -> Contestant {
    Contestant { who, variant, how, jobs, program }
}

impl Contestant {
    /// What it is called on this machine: its name, its variant, and the version that its pins have.
    pub fn title(&self, version: &str) -> String {
        let name = match self.who {
            "bare" => "bare client",
            "mare" => "Maré",
            "python" => "Python, confluent-kafka",
            "flink" => "Flink",
            "spark" => "Spark",
            "streams" => "Kafka Streams",
            "pathway" => "Pathway",
            "bytewax" => "Bytewax",
            "quix" => "Quix Streams",
            other => other,
        };
        let name = if version.is_empty() { name.to_owned() } else { format!("{name} {version}") };
        format!("{name}, {}", self.how)
    }
}
