//! The hostfile: one line `host:port` for each process, and which of them a process may listen on.
//!
//! What the processes of a run say to each other is neither encrypted nor authenticated: whoever reaches the port of
//! one can read its rows and add to them. So a process listens on the one address that its line names, never on all of
//! them unless that is asked for by name.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::{fmt, io};

use thiserror::Error;

/// The address of one process, as its line has it. It lives as long as the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// `host:port`.
    text: String,
    /// For people: the file and the line that it comes from.
    origin: String,
}

/// Why a hostfile, or the address in it that is this process's own, is refused.
#[derive(Debug, Error)]
pub enum AddressError {
    /// The hostfile is too short.
    #[error("{file} names {found} of {wanted} processes; add a line host:port for each")]
    TooFew {
        /// The hostfile.
        file: String,
        /// How many processes it names.
        found: usize,
        /// How many there are.
        wanted: usize,
    },
    /// A line without a port, or with more than one address.
    #[error("{origin}: `{text}` is not host:port; write it as 10.0.0.1:2101, [fd00::1]:2101 or name:2101")]
    Malformed {
        /// File and line.
        origin: String,
        /// The line.
        text: String,
    },
    /// Two lines are the same.
    #[error("{origin}: `{text}` stands in {first} already; each process needs an address of its own")]
    Duplicate {
        /// File and line of the second.
        origin: String,
        /// The line.
        text: String,
        /// File and line of the first.
        first: String,
    },
    /// The name of this process's own host is unknown.
    #[error(
        "{origin}: the address `{text}` of this process does not resolve: {error}; write a name that this machine knows, or \
         its IP address"
    )]
    Unresolved {
        /// File and line.
        origin: String,
        /// The line.
        text: String,
        /// Why.
        error: io::Error,
    },
    /// The own address means every interface.
    #[error(
        "{origin}: `{text}` would listen on all interfaces, and whoever reaches the port can read the run and write to it; \
         write the private address of this machine, or say --listen-on-all-interfaces if a firewall keeps others out"
    )]
    Unspecified {
        /// File and line.
        origin: String,
        /// The line.
        text: String,
    },
}

impl Address {
    /// Port `port` of this machine's loopback interface.
    #[must_use]
    pub fn local(port: u16) -> Self {
        Address { text: format!("localhost:{port}"), origin: "without a hostfile".to_owned() }
    }

    /// The address of process `index` is line `index` of the text of the hostfile `file`; empty lines and comments
    /// (`#`) do not count. Lines behind the first `processes` are left alone.
    ///
    /// # Errors
    /// If there are too few, one is no `host:port`, or two are the same.
    pub fn read(file: &str, text: &str, processes: usize) -> Result<Vec<Self>, AddressError> {
        let mut addresses: Vec<Address> = Vec::new();
        let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.trim()));
        for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).take(processes) {
            let address = Address { text: line.to_owned(), origin: format!("{file}:{number}") };
            address.check()?;
            if let Some(first) = addresses.iter().find(|other| other.text.eq_ignore_ascii_case(line)) {
                let Address { text, origin } = address;
                return Err(AddressError::Duplicate { origin, text, first: first.origin.clone() });
            }
            addresses.push(address);
        }
        let found = addresses.len();
        if found == processes {
            Ok(addresses)
        } else {
            Err(AddressError::TooFew { file: file.to_owned(), found, wanted: processes })
        }
    }

    /// Refuses what is no `host:port`.
    fn check(&self) -> Result<(), AddressError> {
        let port = |(host, port): (&str, &str)| !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0);
        if self.text.rsplit_once(':').is_some_and(port) && !self.text.contains(char::is_whitespace) {
            return Ok(());
        }
        Err(AddressError::Malformed { origin: self.origin.clone(), text: self.text.clone() })
    }

    /// Where the process that this address belongs to listens. All interfaces only if that `may_be_all`.
    ///
    /// # Errors
    /// If the name does not resolve, or means all interfaces and may not.
    pub fn listen(&self, may_be_all: bool) -> Result<Vec<SocketAddr>, AddressError> {
        let Address { text, origin } = self.clone();
        let resolved: Vec<SocketAddr> = match self.resolve() {
            Ok(resolved) => resolved,
            Err(error) => return Err(AddressError::Unresolved { origin, text, error }),
        };
        if !may_be_all && resolved.iter().any(|address| address.ip().to_canonical().is_unspecified()) {
            return Err(AddressError::Unspecified { origin, text });
        }
        Ok(resolved)
    }

    /// The socket addresses that this one means now; names may come to mean others.
    ///
    /// # Errors
    /// If its name is unknown.
    pub fn resolve(&self) -> io::Result<Vec<SocketAddr>> {
        let resolved: Vec<SocketAddr> = self.text.to_socket_addrs()?.collect();
        if resolved.is_empty() { Err(io::Error::other("the name has no address")) } else { Ok(resolved) }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether `address` is one that the whole Internet may route to.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            let shared = first == 100 && second & 0b1100_0000 == 64; // carrier-grade translation
            let kept = v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_documentation();
            !(kept || shared || v4.is_multicast() || v4.is_broadcast() || v4 == Ipv4Addr::UNSPECIFIED)
        }
        IpAddr::V6(v6) => {
            let kept = v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_loopback();
            !(kept || v6.is_multicast() || v6.is_unspecified())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, processes: usize) -> Result<Vec<Address>, String> {
        Address::read("hosts", text, processes).map_err(|error| error.to_string())
    }

    fn listen(text: &str, may_be_all: bool) -> Result<Vec<SocketAddr>, String> {
        let addresses = read(text, 1)?;
        addresses
            .iter()
            .try_fold(Vec::new(), |_, address| address.listen(may_be_all).map_err(|error| error.to_string()))
    }

    #[test]
    fn lines_count_but_for_comments() {
        let addresses = read("# mine\n10.0.0.1:2101\n\n [fd00::1]:2101 \nname:1\n", 2).expect("two addresses");
        assert_eq!(addresses.iter().map(Address::to_string).collect::<Vec<_>>(), ["10.0.0.1:2101", "[fd00::1]:2101"]);
    }

    #[test]
    fn refusals_name_the_line_and_the_remedy() {
        let refused = |text: &str, words: &[&str]| {
            let error = read(text, 2).expect_err(text);
            words.iter().for_each(|word| assert!(error.contains(word), "{text}: {error}"));
        };
        refused("10.0.0.1:2101", &["hosts names 1 of 2"]);
        refused("10.0.0.1:2101\n10.0.0.2", &["hosts:2", "is not host:port"]);
        refused("10.0.0.1:2101\n10.0.0.2:0", &["hosts:2", "is not host:port"]);
        refused("10.0.0.1:2101 10.0.0.2:2101\na:1", &["hosts:1", "is not host:port"]);
        refused(":2101\na:1", &["hosts:1", "is not host:port"]);
        refused("# both\na:1\nA:1", &["hosts:3", "hosts:2 already"]);
    }

    #[test]
    fn all_interfaces_only_when_asked_for_by_name() {
        for all in ["0.0.0.0:2101", "[::]:2101", "[::ffff:0.0.0.0]:2101"] {
            let error = listen(all, false).expect_err(all);
            assert!(error.contains("hosts:1") && error.contains("--listen-on-all-interfaces"), "{error}");
            assert_eq!(listen(all, true).map(|resolved| resolved.len()), Ok(1));
        }
        assert_eq!(listen("127.0.0.1:2101", false), Ok(vec![SocketAddr::from(([127, 0, 0, 1], 2101))]));
        let unknown = listen("no-such-host.invalid:2101", false).expect_err("no such name");
        assert!(unknown.contains("does not resolve"), "{unknown}");
    }

    #[test]
    fn public_is_what_the_internet_routes() {
        let public = |text: &str| is_public(text.parse().expect(text));
        let kept =
            ["10.1.2.3", "192.168.0.1", "172.16.0.1", "127.0.0.1", "169.254.1.1", "100.64.0.1", "::1", "fd00::1"];
        kept.iter().for_each(|text| assert!(!public(text), "{text}"));
        ["8.8.8.8", "100.128.0.1", "172.32.0.1", "2606:4700::1", "::ffff:8.8.8.8"]
            .iter()
            .for_each(|text| assert!(public(text), "{text}"));
    }
}
