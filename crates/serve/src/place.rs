//! Which of how many processes this is, and where the others answer.

/// The place of a process among those of its run, as far as whoever asks needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessPlace {
    /// Its index, from 0 on.
    pub index: usize,
    /// How many processes there are.
    pub processes: usize,
    /// Workers of this process.
    pub workers: usize,
    /// Where all processes answer, by index, as URLs; empty if nobody has said so.
    pub peers: Vec<String>,
}

impl ProcessPlace {
    /// The one process of a run.
    #[must_use]
    pub fn alone(workers: usize) -> Self {
        ProcessPlace { index: 0, processes: 1, workers, peers: Vec::new() }
    }

    /// Whether every document is written by this process.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.processes == 1
    }

    /// Where the other processes answer.
    pub fn others(&self) -> impl Iterator<Item = &String> {
        self.peers.iter().enumerate().filter(|(index, _)| *index != self.index).map(|(_, url)| url)
    }
}
