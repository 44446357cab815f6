//! Whether the ports that a run listens on are free: each is bound, and left at once.

use std::io;
use std::net::{SocketAddr, TcpListener};

use super::Finding;
use super::list::PORTS;

/// A place to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening {
    /// What its name means; a run listens on the first of them that it can have.
    pub addresses: Vec<SocketAddr>,
    /// Who listens there, for a person.
    pub who: &'static str,
}

/// Checks that this machine may listen on all of `places`.
#[must_use]
pub fn check(places: &[Listening]) -> Vec<Finding> {
    let tried = places.iter().map(|place| (place, TcpListener::bind(&*place.addresses)));
    let taken: Vec<Finding> = tried.filter_map(|(place, bound)| Some(fault(place, &bound.err()?))).collect();
    match (taken.is_empty(), places.len()) {
        (false, _) => taken,
        (true, 0) => vec![Finding::ok(PORTS, "a run of one process without --http listens on none")],
        (true, 1) => vec![Finding::ok(PORTS, "the port is free")],
        (true, count) => vec![Finding::ok(PORTS, format!("all {count} addresses are free"))],
    }
}

/// What it means that `place` cannot be listened on.
fn fault(place: &Listening, error: &io::Error) -> Finding {
    let Listening { addresses, who } = place;
    let port = addresses.first().map_or(0, SocketAddr::port);
    let listed = addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    let remedy = match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!(
                "end what listens there (`ss -ltnp 'sport = :{port}'` names it; it may be the run itself), or name another port"
            )
        }
        io::ErrorKind::PermissionDenied => "name a port from 1024 on, or allow this user the low ones".to_owned(),
        _ => "name an address of this machine".to_owned(),
    };
    Finding::failed(PORTS, format!("{listed} ({who}): {error}"), remedy)
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    fn at(address: SocketAddr) -> Listening {
        Listening { addresses: vec![address], who: "process 0" }
    }

    #[test]
    fn one_of_the_addresses_of_a_name_is_enough() {
        let nowhere = "192.0.2.1:2101".parse().unwrap();
        let place = Listening { addresses: vec![nowhere, ([127, 0, 0, 1], 0).into()], who: "process 0" };
        assert_eq!(check(&[place])[0].verdict, Verdict::Ok);
    }

    #[test]
    fn a_taken_port_is_named() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        let found = check(&[at(address)]);
        assert_eq!(found[0].verdict, Verdict::Failed);
        assert!(found[0].finding.contains(&address.to_string()), "{found:?}");
        assert!(found[0].remedy.as_deref().unwrap().contains(&format!(":{}'", address.port())));
        drop(taken);
        assert_eq!(check(&[at(address)]), [Finding::ok(PORTS, "the port is free")]);
    }

    #[test]
    fn an_address_of_another_machine_is_none() {
        let found = check(&[at("192.0.2.1:2101".parse().unwrap())]);
        assert!(found[0].remedy.as_deref().unwrap().contains("address of this machine"), "{found:?}");
    }
}
