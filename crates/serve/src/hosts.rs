//! Under which names a server is asked. A web page of somebody else's can have its own name lead to this machine (DNS
//! rebinding), and would then read what a browser on this machine may read: a request whose `Host` is not known is not
//! answered.
//!
//! An address cannot be made to lead elsewhere, so loopback and the address that is listened at are known by
//! themselves, and every address is where the server listens at all of them. Names have to be listed, but for
//! `localhost`.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, Uri, header};

/// The hosts that a server answers for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    /// The address that it listens at.
    bound: IpAddr,
    /// Names beside it, in lower case.
    named: Vec<String>,
}

impl Hosts {
    /// Those of a server that listens at `bound` and is called `named` as well.
    #[must_use]
    pub fn of(bound: SocketAddr, named: &[String]) -> Hosts {
        Hosts {
            bound: bound.ip().to_canonical(),
            named: named.iter().map(|name| normal(name)).filter(|name| !name.is_empty()).collect(),
        }
    }

    /// The first host in a request that is not known: the one that it is sent to, or the one of the page that sends it.
    /// Who names none is no browser.
    #[must_use]
    pub fn stranger(&self, uri: &Uri, headers: &HeaderMap) -> Option<String> {
        let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let hosts = headers.get_all(header::HOST).iter().map(text);
        let origins = headers.get_all(header::ORIGIN).iter().map(text);
        let origins =
            origins.map(|origin| origin.split_once("://").map_or(origin.clone(), |(_, host)| host.to_owned()));
        let target = uri.authority().map(ToString::to_string);
        target.into_iter().chain(hosts).chain(origins).find(|authority| !self.is_known(authority))
    }

    fn is_known(&self, authority: &str) -> bool {
        let host = host(authority);
        let name = normal(host);
        match host.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(address) => address.is_loopback() || self.bound.is_unspecified() || address == self.bound,
            Err(_) => name == "localhost" || self.named.contains(&name),
        }
    }
}

/// The host of `host:port`, without the brackets of an IPv6 address.
fn host(authority: &str) -> &str {
    if let Some((address, _)) = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address;
    }
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// Names differ neither by case nor by the dot of the root.
fn normal(name: &str) -> String {
    name.trim().trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(bound: &str) -> Hosts {
        Hosts::of(bound.parse().expect("an address"), &["Board.Example.".to_owned(), String::new()])
    }

    #[test]
    fn loopback_the_own_address_and_listed_names_are_known() {
        let hosts = hosts("10.1.2.3:4040");
        let known = [
            "localhost",
            "LOCALHOST:4040",
            "localhost.",
            "127.0.0.1:1",
            "127.9.9.9",
            "[::1]:4040",
            "[::ffff:127.0.0.1]",
        ];
        for known in known.iter().chain(&["10.1.2.3:4040", "10.1.2.3", "board.example:80", "BOARD.example."]) {
            assert!(hosts.is_known(known), "{known}");
        }
        let foreign =
            ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.1.2.4", "", "null", "x@localhost"];
        for foreign in
            foreign.iter().chain(&["2130706433", "notlocalhost", "board.example.evil", "[::2]:1", "127.0.0.1:x"])
        {
            assert!(!hosts.is_known(foreign), "{foreign}");
        }
    }

    #[test]
    fn where_all_addresses_are_listened_at_every_address_is_known_and_no_name() {
        for all in ["0.0.0.0:4040", "[::]:4040"] {
            assert!(hosts(all).is_known("192.168.1.7:4040") && hosts(all).is_known("[fe80::1]:4040"));
            assert!(!hosts(all).is_known("evil.example:4040"));
        }
        assert!(!hosts("127.0.0.1:4040").is_known("192.168.1.7:4040"));
    }

    #[test]
    fn the_page_that_asks_is_looked_at_as_well() {
        let hosts = hosts("127.0.0.1:4040");
        let stranger = |uri: &str, pairs: &[(header::HeaderName, &str)]| {
            let headers = pairs.iter().map(|(name, value)| (name.clone(), value.parse().expect("a value"))).collect();
            hosts.stranger(&uri.parse().expect("a URI"), &headers)
        };
        assert_eq!(stranger("/", &[]), None);
        assert_eq!(stranger("/", &[(header::HOST, "127.0.0.1:4040"), (header::ORIGIN, "http://localhost:9")]), None);
        assert_eq!(stranger("/", &[(header::HOST, "evil.example:4040")]), Some("evil.example:4040".to_owned()));
        let origin = [(header::HOST, "localhost"), (header::ORIGIN, "https://evil.example")];
        assert_eq!(stranger("/", &origin), Some("evil.example".to_owned()));
        assert_eq!(stranger("/", &[(header::HOST, "localhost"), (header::ORIGIN, "null")]), Some("null".to_owned()));
        assert_eq!(stranger("http://evil.example/", &[(header::HOST, "localhost")]), Some("evil.example".to_owned()));
    }
}
