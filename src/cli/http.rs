//! `--http`: where a run is shown, and to whom.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use tracing::warn;

use super::{Failure, logging};
use crate::dataflow::Plan;
use crate::run::{Cluster, Session};
use crate::serve::auth::{Guard, TokenHash};
use crate::serve::hosts::Hosts;
use crate::serve::readers::Readers;
use crate::serve::{Listener, ProcessPlace, ServeState, Server};

/// Where the demo is shown, if nobody says otherwise.
const DEMO: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4040);

/// Where a run is shown, and to whom.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(id = "shown")]
pub struct HttpArgs {
    /// Show the run over HTTP at this address, such as 127.0.0.1:4040; only such a loopback address keeps others out
    #[arg(long, value_name = "ADDR", value_parser = address, help_heading = "HTTP")]
    http: Option<SocketAddr>,
    /// Answer only who sends this as a bearer token, or as the password that browsers ask for; health is for everybody
    #[arg(long, value_name = "TOKEN", env = "MARE_HTTP_TOKEN", hide_env_values = true, help_heading = "HTTP")]
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    http_token: Option<String>,
    /// Also answer who asks for this host, such as board.example.org: without a token, no name is known but localhost;
    /// may be repeated
    #[arg(
        long = "http-host",
        value_name = "NAME",
        env = "MARE_HTTP_HOSTS",
        value_delimiter = ',',
        help_heading = "HTTP"
    )]
    http_hosts: Vec<String>,
    /// Where each process of the cluster is shown, by index, for those who ask one of them: URLs, separated by commas
    #[arg(long, value_name = "URLS", value_delimiter = ',', help_heading = "HTTP")]
    http_peers: Vec<String>,
}

/// An address that is taken for a run.
pub struct ShownAddress {
    listener: Listener,
    token: Option<String>,
    hosts: Vec<String>,
    peers: Vec<String>,
}

impl HttpArgs {
    /// Where the run is shown, if anywhere.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.http
    }

    /// Takes the address, before anything is read; `None` if the run is not to be shown.
    ///
    /// # Errors
    /// If it is taken, or none of this machine.
    pub fn listen(self) -> Result<Option<ShownAddress>, Failure> {
        let Some(address) = self.http else { return Ok(None) };
        let listener = Listener::bind(address).map_err(|error| unbound(address, &error))?;
        Ok(Some(self.shown(listener)))
    }

    /// The same for a demo, which is shown at any free port if nobody says where.
    ///
    /// # Errors
    /// As for [`HttpArgs::listen`].
    pub fn listen_anyway(self) -> Result<Option<ShownAddress>, Failure> {
        if self.http.is_some() {
            return self.listen();
        }
        let free = SocketAddr::new(DEMO.ip(), 0);
        let listener = Listener::bind(DEMO).or_else(|_taken| Listener::bind(free));
        Ok(Some(self.shown(listener.map_err(|error| unbound(free, &error))?)))
    }

    fn shown(self, listener: Listener) -> ShownAddress {
        ShownAddress { listener, token: self.http_token, hosts: self.http_hosts, peers: self.http_peers }
    }
}

impl ShownAddress {
    /// Begins to answer, for this process of the `cluster` that runs `plan`.
    ///
    /// # Errors
    /// If no thread can be had.
    pub fn serve(self, plan: &Arc<Plan>, cluster: &Cluster) -> Result<Server, Failure> {
        let ShownAddress { listener, token, hosts, peers } = self;
        let system = |error: io::Error| Failure::new(format!("cannot answer over HTTP: {error}"));
        let address = listener.address().map_err(system)?;
        if token.is_none() && !address.ip().is_loopback() {
            warn!(
                "whoever reaches {address} may read everything: set MARE_HTTP_TOKEN, or keep others out by a firewall"
            );
        }
        let (index, processes, workers) = (cluster.process(), cluster.processes(), cluster.workers());
        let place = ProcessPlace { index, processes, workers, peers };
        let services = plan.views().into_iter().map(|view| {
            let view = Arc::new(view);
            Arc::new(ServeState::new(Arc::clone(&view), place.clone(), Readers::of(&view)))
        });
        let guard = match token {
            Some(token) => Guard::Token(TokenHash::new(&token)),
            None => Guard::Hosts(Arc::new(Hosts::of(address, &hosts))),
        };
        listener.serve(services.collect(), guard).map_err(system)
    }
}

/// Has `server`, if there is one, show the run of `session`, which has not begun, and says where.
pub fn show(server: Option<&Server>, session: &mut Session) {
    let Some(server) = server else { return };
    let health = Arc::clone(session.health());
    let is_first = session.beginning.restored.is_none();
    let alerts: Vec<_> = session.alerts.iter().map(|alerts| Arc::clone(alerts.recent())).collect();
    server.show(&mut session.run, &health, &alerts, is_first);
    logging::say(format!("  http    http://{}", server.address()));
}

/// Reads `127.0.0.1:4040`, `localhost:4040`, or a port of this machine.
fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse() {
        return Ok(SocketAddr::new(DEMO.ip(), port));
    }
    let found = text.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
    found.ok_or_else(|| "write it as 127.0.0.1:4040, localhost:4040, or 0.0.0.0:4040 for everybody".to_owned())
}

/// What is said of an address that cannot be had.
fn unbound(address: SocketAddr, error: &io::Error) -> Failure {
    let failure = Failure::new(format!("cannot listen on {address}: {error}"));
    match error.kind() {
        io::ErrorKind::AddrInUse => failure.remedy(format!(
            "another program has this port, perhaps another run; name another one by --http {}, or :0 for any that is free",
            SocketAddr::new(address.ip(), address.port().saturating_add(1))
        )),
        io::ErrorKind::AddrNotAvailable => failure.remedy("it is no address of this machine; --http 127.0.0.1:4040 is"),
        io::ErrorKind::PermissionDenied => failure.remedy("ports below 1024 are for root; take a larger one"),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_port_a_name_or_both() {
        for text in ["4040", "127.0.0.1:4040"] {
            assert_eq!(address(text), Ok(DEMO), "{text}");
        }
        assert_eq!(address("localhost:1").map(|address| address.ip().is_loopback()), Ok(true));
        assert_eq!(address("[::]:80").map(|address| address.port()), Ok(80));
        for text in ["", "70000", "127.0.0.1", ":4040"] {
            assert!(address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_port_that_is_taken_is_refused_with_the_remedy() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let http = taken.local_addr().ok();
        let refused = HttpArgs { http, ..HttpArgs::default() }.listen().err().expect("taken").to_string();
        assert!(
            refused.contains("another program has this port") && refused.contains("--http 127.0.0.1:"),
            "{refused}"
        );
    }
}
