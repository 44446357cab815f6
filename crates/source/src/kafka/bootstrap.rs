//! Bootstrap servers: `host:port`, separated by commas.
//!
//! librdkafka leaves out what it cannot read in the list, and all that follows it, and then waits for ever for the
//! rest; so each of them is read here first.

use mare_settings::Slip;

/// The protocols that librdkafka takes before a broker, `SSL://kafka:9093`.
const PROTOCOLS: [&str; 4] = ["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"];

/// Kafka's port, where none is written.
const PORT: u16 = 9092;

const HOW: &str = "write one or more brokers as `host:port`, separated by commas";

/// The list as librdkafka is to have it: without blanks.
///
/// # Errors
/// What is wrong with the first broker that cannot be one.
pub fn checked(list: &str) -> Result<String, Slip> {
    if list.contains('@') {
        let remedy =
            "set sasl.username and sasl.password as properties of the client, and write the brokers as `host:port`";
        return Err(Slip::new("has a user or a password in it", remedy));
    }
    let brokers: Vec<&str> = list.split(',').map(str::trim).collect();
    brokers.iter().try_for_each(|broker| broker_slip(broker).map_or(Ok(()), Err))?;
    Ok(brokers.join(","))
}

/// The protocol that a broker of the list names, if one does.
#[must_use]
pub fn protocol(list: &str) -> Option<&str> {
    list.split(',').find_map(|broker| Some(broker.split_once("://")?.0.trim()))
}

/// A broker as messages name it: without a protocol before it, and with the port that is taken where none is written.
#[must_use]
pub fn with_port(broker: &str) -> String {
    let address = address(broker.trim());
    match port_of(address) {
        (_, Some(_)) => address.to_owned(),
        (host, None) => format!("{host}:{PORT}"),
    }
}

/// What is wrong with one broker.
fn broker_slip(broker: &str) -> Option<Slip> {
    if broker.is_empty() {
        return Some(Slip::new("has no `host:port` in ``: a place between two commas is empty", HOW));
    }
    if let Some((scheme, _)) = broker.split_once("://")
        && !PROTOCOLS.contains(&&*scheme.to_ascii_lowercase())
    {
        let remedy = format!("write the broker without `{scheme}://`: `{}`", with_port(broker));
        return Some(Slip::new(format!("has the URL `{broker}`, and a broker is no URL"), remedy));
    }
    let (host, port) = port_of(address(broker));
    let wrong = |why: &str, remedy: &str| Some(Slip::new(format!("has no `host:port` in `{broker}`: {why}"), remedy));
    if host.contains(char::is_whitespace) || host.contains(';') {
        return wrong("it looks like several brokers", "separate the brokers by commas");
    }
    if host.matches(':').count() > 0 && !is_bracketed(host) {
        return wrong(
            "it has more than one colon",
            "put an IPv6 address in brackets: `[::1]:9092`; and separate brokers by commas",
        );
    }
    if host.is_empty() || !is_bracketed(host) && !host.chars().all(is_of_a_name) {
        return wrong("there is no name of a host", HOW);
    }
    if port.is_some_and(|port| !port.parse::<u16>().is_ok_and(|port| port > 0)) {
        return wrong("the port is no number from 1 to 65535", HOW);
    }
    None
}

/// A broker without the protocol before it.
fn address(broker: &str) -> &str {
    broker.split_once("://").map_or(broker, |(_, address)| address)
}

/// Host and port; a colon in brackets belongs to the host.
fn port_of(address: &str) -> (&str, Option<&str>) {
    match address.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (address, None),
    }
}

fn is_bracketed(host: &str) -> bool {
    host.starts_with('[') && host.ends_with(']') && host.len() > 2
}

fn is_of_a_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '.' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_list_of_brokers_stays_one() {
        for (written, meant) in [
            ("localhost:9092", "localhost:9092"),
            ("kafka", "kafka"),
            (" a:1 , b:2", "a:1,b:2"),
            ("[::1]:9092,PLAINTEXT://b:1,sasl_ssl://c", "[::1]:9092,PLAINTEXT://b:1,sasl_ssl://c"),
        ] {
            assert_eq!(checked(written).as_deref(), Ok(meant));
        }
        assert_eq!((protocol("a:1,SSL://b:1"), protocol("a:1")), (Some("SSL"), None));
    }

    #[test]
    fn what_can_never_work_is_told_with_the_remedy() {
        for (written, what, remedy) in [
            ("", "is empty", "separated by commas"),
            ("a:1,,b:2", "between two commas", "separated by commas"),
            ("a:1, ", "between two commas", "separated by commas"),
            ("kafka://localhost:9092", "`kafka://localhost:9092`", "without `kafka://`: `localhost:9092`"),
            ("http://localhost", "no URL", "`localhost:9092`"),
            ("a:1,https://b:2/", "no URL", "`b:2/`"),
            ("a:9092 b:9092", "several brokers", "by commas"),
            ("a:9092;b:9092", "several brokers", "by commas"),
            ("a:port", "no number", "host:port"),
            ("a:0", "no number", "host:port"),
            ("a:65536", "no number", "host:port"),
            ("a:9092/topic", "no number", "host:port"),
            ("::1:9092", "more than one colon", "[::1]:9092"),
            (":9092", "no name of a host", "host:port"),
            ("\"a:9092", "no name of a host", "host:port"),
        ] {
            let slip = checked(written).expect_err(written);
            assert!(slip.what.contains(what) && slip.remedy.contains(remedy), "{written}: {slip:?}");
        }
        let secret = checked("ana:hunter2@kafka:9092").expect_err("a password");
        assert!(!format!("{secret:?}").contains("hunter2") && secret.remedy.contains("sasl.password"), "{secret:?}");
    }

    #[test]
    fn a_broker_is_named_with_the_port_that_is_taken() {
        for (written, named) in [("a", "a:9092"), ("SSL://a:1", "a:1"), ("[::1]", "[::1]:9092"), (" a:2", "a:2")] {
            assert_eq!(with_port(written), named);
        }
    }
}
