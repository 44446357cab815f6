//! What a supervised process tells its supervisor, once a second, and how it knows whom to tell.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// The environment variable that a supervised process finds its [`SupervisorAddress`] in.
pub const VARIABLE: &str = "MARE_SUPERVISOR";

/// Who supervises a process. It lives as long as one life of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupervisorAddress {
    /// Its process id: the parent.
    pub pid: u32,
    /// Where it takes beats.
    pub address: SocketAddr,
    /// Proves that a beat comes from one of its processes, of this life of the cluster: no other knows it.
    pub token: String,
}

/// How far a process has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProcessPhase {
    /// It waits for its servers or its peers, for as long as it takes.
    Starting,
    /// All of its workers run.
    Up,
}

/// One sign of life: a line of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// Of the [`SupervisorAddress`].
    pub token: String,
    /// The process's id.
    pub pid: u32,
    /// How far it has come.
    pub phase: ProcessPhase,
}

impl SupervisorAddress {
    /// The value of [`VARIABLE`].
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::json!(self).to_string()
    }

    /// The supervisor of this process, if it has one.
    ///
    /// # Errors
    /// If the variable holds something else.
    pub fn of_this_process() -> Result<Option<Self>, String> {
        let Ok(text) = std::env::var(VARIABLE) else { return Ok(None) };
        let supervisor = serde_json::from_str(&text);
        supervisor.map(Some).map_err(|error| format!("{VARIABLE} is not what `mare cluster` sets it to: {error}"))
    }
}

impl Beat {
    /// The line, with its end.
    #[must_use]
    pub fn to_line(&self) -> String {
        format!("{}\n", serde_json::json!(self))
    }

    /// The beat of a line, if it is one.
    #[must_use]
    pub fn of_line(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let beat = Beat { token: "a".to_owned(), pid: 2, phase: ProcessPhase::Up };
        assert_eq!(Beat::of_line(&beat.to_line()), Some(beat));
        assert_eq!(Beat::of_line("GET / HTTP/1.1"), None);
        let supervisor = SupervisorAddress { pid: 1, address: ([127, 0, 0, 1], 9).into(), token: "a".to_owned() };
        assert_eq!(serde_json::from_str::<SupervisorAddress>(&supervisor.to_text()).ok(), Some(supervisor));
    }
}
