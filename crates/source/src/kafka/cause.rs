//! Why a broker cannot be reached, for a person: librdkafka says it exactly, and in its own words. Pure, but for
//! [`demand`].

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::bootstrap::with_port;
use mare_checks::{sasl, tls};

/// What a broker does that may want another protocol.
const CUT_OFF: &str = "closes the connection at the first question";
/// What is said of a broker that speaks no TLS.
const NO_TLS: &str = "does not speak TLS, which security.protocol asks for";
/// What a broker is said to do that the dataflow file does not name where it is.
pub const LEADS_ASTRAY: &str = "sends its clients to";
/// What is said of one that speaks nothing else.
const ONLY_TLS: &str = "speaks TLS, and security.protocol asks for none";
/// What is said of one that wants to know who asks.
const ONLY_SASL: &str = "wants a login (SASL), and security.protocol asks for none";
/// What may be missing where nothing was offered,
const TLS_OR_SASL: &str = "does it want TLS or SASL (security.protocol)?";
/// where a login was offered,
const TLS: &str = "does it want TLS (security.protocol)?";
/// and where TLS was.
const SASL: &str = "does it want SASL (security.protocol)?";

/// What the library says of a login that came to nothing for no answer of the broker's: `Local` are its own errors.
const CUT_SHORT: &str = " mechanism handshake failed: Local: ";

/// Whether an error of a client, told for this reason, is a broker's refusal of its credentials. A connection that
/// breaks while somebody logs in, as when the broker goes, has the same code, and passes.
#[must_use]
pub fn is_refused_login(error: &KafkaError, reason: &str) -> bool {
    let code = error.rdkafka_error_code();
    matches!(code, Some(RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SaslAuthenticationFailed))
        && !reason.contains(CUT_SHORT)
}

/// Whether no other attempt can come to more: somebody has to change a setting first.
#[must_use]
pub fn is_final(cause: &str) -> bool {
    cause.ends_with(NO_TLS) || cause.ends_with(ONLY_TLS) || cause.ends_with(ONLY_SASL)
}

/// Whether [`demand`] is worth asking.
#[must_use]
pub fn is_suspicious(cause: &str) -> bool {
    cause.ends_with(TLS_OR_SASL) || cause.ends_with(TLS)
}

/// Asks those of `brokers` that may have cut us off for this cause what they want: what no other attempt will do
/// without.
#[must_use]
pub fn demand(brokers: &str, cause: &str) -> Option<String> {
    let has_offered_login = !cause.ends_with(TLS_OR_SASL);
    brokers.split(',').map(with_port).find_map(|broker| match () {
        () if tls::is_spoken_at(&broker) => Some(format!("{broker} {ONLY_TLS}")),
        () if !has_offered_login && sasl::is_wanted_at(&broker) => Some(format!("{broker} {ONLY_SASL}")),
        () => None,
    })
}

/// Why a question had no answer, where no connection has failed.
#[must_use]
pub fn unanswered(error: &KafkaError) -> String {
    match error.rdkafka_error_code() {
        Some(RDKafkaErrorCode::OperationTimedOut | RDKafkaErrorCode::BrokerTransportFailure) => {
            "it does not answer in time; is that the host and the port of a Kafka broker?".to_owned()
        }
        _ => error.to_string(),
    }
}

/// What librdkafka logs or says of a connection that failed, as `cannot resolve host kafka: …` or `connection refused
/// at kafka:9092`.
///
/// `[thrd:kafka:9092/bootstrap]: kafka:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused (after
/// 0ms in state CONNECT)` is one of its lines. One that is of another kind stays as it is, without how long it took.
/// `at_first` says that no broker has ever answered: then one that cuts us off may want another protocol, and later it
/// is only going down. An address that is none of `brokers` was learned from one of them, which is said: it is the
/// broker that has to be corrected.
#[must_use]
pub fn plain(line: &str, at_first: bool, brokers: &str) -> String {
    let words = told(line, at_first);
    match learned(line).filter(|(address, _)| !brokers.split(',').any(|broker| with_port(broker) == *address)) {
        Some((address, id)) => format!("broker {id} {LEADS_ASTRAY} {address}: {words}"),
        None => words,
    }
}

/// The address that a broker has given to its clients, which a line begins with, and the number of that broker.
fn learned(line: &str) -> Option<(&str, i32)> {
    let line = line.rsplit_once("]: ").map_or(line, |(_, line)| line);
    let (name, _words) = line.split_once(": ")?;
    let name = name.split_once("://").map_or(name, |(_protocol, name)| name);
    let (address, id) = name.split_once('/')?;
    Some((address, id.parse().ok()?))
}

fn told(line: &str, at_first: bool) -> String {
    let line = line.trim().rsplit_once("]: ").filter(|_| line.starts_with('[')).map_or(line.trim(), |(_, line)| line);
    let missing = if at_first { missing(line) } else { None };
    let line = line.split_once(" (after ").map_or(line, |(line, _)| line);
    let (broker, words) = parted(line);
    let at = |address: &str| broker.map_or_else(|| address.to_owned(), str::to_owned);
    if let Some((host, why)) = between(words, "Failed to resolve '", "': ") {
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        return format!("cannot resolve host {host}: {}", why.trim_end_matches('.'));
    }
    if let Some((address, why)) = between(words, "Connect to ", " failed: ") {
        let address = at(address.split_once('#').map_or(address, |(_family, address)| address));
        return if why.starts_with("Connection refused") {
            format!("connection refused at {address}")
        } else {
            format!("cannot connect to {address}: {why}")
        };
    }
    if let Some((why, _mechanisms)) = between(words, CUT_SHORT, ": ") {
        return format!("{} breaks off the login: {why}", at("the broker"));
    }
    if words.contains("connecting to a PLAINTEXT broker listener") {
        return format!("{} {NO_TLS}", at("the broker"));
    }
    if let Some(missing) = missing {
        return format!("{} {CUT_OFF}: {missing}", at("the broker"));
    }
    if let Some((_, size)) = words.split_once("Invalid response size ") {
        let speaks = stranger(size.split(' ').next().unwrap_or_default());
        return format!("{} {speaks}", at("what listens there"));
    }
    broker.map_or_else(|| words.to_owned(), |broker| format!("{words} at {broker}"))
}

/// What a broker may miss that cuts us off before it has done anything for us, by what it was offered: a port of TLS
/// closes at the greeting, one that wants a login takes the greeting (from version 4 on) and closes at what comes next.
fn missing(line: &str) -> Option<&'static str> {
    let is_closed =
        [": Disconnected", ": Receive failed: Connection reset by peer"].iter().any(|words| line.contains(words));
    let is_at = |state: &str| is_closed && line.contains(state);
    let is_greeting = is_at("in state APIVERSION_QUERY") || line.contains("connecting to a SSL listener");
    let is_question = is_at("in state UP") || line.contains("verify that security.protocol");
    match line.split_once("://").map_or("plaintext", |(protocol, _)| protocol) {
        "plaintext" if is_greeting || is_question => Some(TLS_OR_SASL),
        "ssl" if is_greeting || is_question => Some(SASL),
        "sasl_plaintext" if is_greeting => Some(TLS),
        _ => None,
    }
}

/// Who answers instead of a broker, by the first four bytes of the answer, which were taken for its size.
fn stranger(size: &str) -> &'static str {
    match size.parse::<i64>().map(|size| (size as u32).to_be_bytes()) {
        Ok([0x15 | 0x16, 3, ..]) => ONLY_TLS,
        Ok([b'H', b'T', b'T', b'P']) => "is a server of HTTP and no Kafka broker",
        _ => "is no Kafka broker, or speaks another protocol (security.protocol)",
    }
}

/// The broker that a line begins with, if it does, as `host:port`; and the rest.
fn parted(line: &str) -> (Option<&str>, &str) {
    let Some((name, words)) = line.split_once(": ") else { return (None, line) };
    let Some((address, _bootstrap_or_id)) = name.split_once('/').filter(|_| !name.contains("://")) else {
        return match name.split_once("://").and_then(|(_, name)| name.split_once('/')) {
            Some((address, _)) => (Some(address), words),
            None => (None, line),
        };
    };
    (Some(address).filter(|address| !address.contains(' ')), words)
}

/// What stands behind `before` up to `then`, and what stands behind that.
fn between<'a>(text: &'a str, before: &str, then: &str) -> Option<(&'a str, &'a str)> {
    text.split_once(before)?.1.split_once(then)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_with_the_address() {
        for (line, expected) in [
            (
                "[thrd:127.0.0.1:1/bootstrap]: 127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in \
                 state CONNECT)",
                "connection refused at 127.0.0.1:1",
            ),
            (
                "kafka:9092/bootstrap: Failed to resolve 'kafka:9092': Name or service not known (after 3ms in state CONNECT)",
                "cannot resolve host kafka: Name or service not known",
            ),
            (
                "sasl_ssl://b:9093/1: Connect to ipv4#10.0.0.1:9093 failed: Connection timed out (after 10ms in state CONNECT)",
                "cannot connect to b:9093: Connection timed out",
            ),
            (
                "ssl://b:1/bootstrap: SSL handshake failed: error:0A00010B:SSL routines::wrong version number: connecting to a PLAINTEXT broker \
                 listener? (after 1ms in state SSL_HANDSHAKE)",
                "b:1 does not speak TLS, which security.protocol asks for",
            ),
            (
                "b:1/bootstrap: Disconnected while requesting ApiVersion: might be caused by incorrect security.protocol configuration \
                 (connecting to a SSL listener?) or broker version is < 0.10 (see api.version.request) (after 2ms in state APIVERSION_QUERY)",
                "b:1 closes the connection at the first question: does it want TLS or SASL (security.protocol)?",
            ),
            (
                "sasl_plaintext://b:1/1: SASL PLAIN mechanism handshake failed: Local: Broker transport failure: broker's supported \
                 mechanisms: (n/a) (after 1ms in state AUTH_HANDSHAKE)",
                "b:1 breaks off the login: Broker transport failure",
            ),
            ("b:1/2: Receive failed: Connection reset by peer", "Receive failed: Connection reset by peer at b:1"),
            (
                "b:1/bootstrap: Receive failed: Invalid response size 352518912 (0..100000000): increase receive.message.max.bytes",
                "b:1 speaks TLS, and security.protocol asks for none",
            ),
            (
                "b:1/bootstrap: Receive failed: Invalid response size 1213486160 (0..100000000): increase receive.message.max.bytes",
                "b:1 is a server of HTTP and no Kafka broker",
            ),
            ("1/1 brokers are down", "1/1 brokers are down"),
            ("Local: Timed out", "Local: Timed out"),
        ] {
            assert_eq!(plain(line, true, "b:1,b:9093"), expected);
        }
        assert!(
            is_final("b:1 speaks TLS, and security.protocol asks for none") && !is_final("connection refused at b:1")
        );
    }

    #[test]
    fn a_broker_that_cuts_us_off_at_first_may_want_what_it_was_not_offered() {
        let closes = |broker: &str, state: &str, at_first| {
            let line = format!("{broker}/1: Disconnected: connection closed by peer (after 1ms in state {state})");
            plain(&line, at_first, "b:1")
        };
        for (broker, state, missing) in [
            ("b:1", "APIVERSION_QUERY", Some(TLS_OR_SASL)),
            ("b:1", "UP", Some(TLS_OR_SASL)),
            ("sasl_plaintext://b:1", "APIVERSION_QUERY", Some(TLS)),
            ("sasl_plaintext://b:1", "UP", None),
            ("ssl://b:1", "UP", Some(SASL)),
            ("sasl_ssl://b:1", "UP", None),
        ] {
            let said = closes(broker, state, true);
            let is_known = missing.is_some_and(|missing| said == format!("b:1 {CUT_OFF}: {missing}"));
            assert_eq!(is_known, missing.is_some(), "{broker} {state}: {said}");
            assert_eq!(is_suspicious(&said), missing.is_some_and(|missing| missing != SASL), "{said}");
            let later = closes(broker, state, false);
            assert_eq!(later, "Disconnected: connection closed by peer at b:1", "it may be going down");
        }
    }

    #[test]
    fn a_login_that_breaks_off_is_no_refusal() {
        let is_refused = |code, reason: &str| is_refused_login(&KafkaError::Global(code), reason);
        let handshake = |why: &str| {
            let reason =
                format!("b:1/1: SASL PLAIN mechanism handshake failed: {why}: broker's supported mechanisms: ");
            is_refused(RDKafkaErrorCode::Authentication, &reason)
        };
        assert!(handshake("Broker: Unsupported SASL mechanism") && !handshake("Local: Broker transport failure"));
        assert!(is_refused(
            RDKafkaErrorCode::Authentication,
            "SASL authentication error: Invalid username or password"
        ));
        assert!(is_refused(RDKafkaErrorCode::SaslAuthenticationFailed, ""));
        assert!(!is_refused(RDKafkaErrorCode::BrokerTransportFailure, "Disconnected"));
    }

    #[test]
    fn an_address_that_nobody_has_written_is_told_with_the_broker_that_gave_it() {
        let unknown = "[thrd:kafka:29092/1]: kafka:29092/1: Failed to resolve 'kafka:29092': Name or service not known (after 3ms in state CONNECT)";
        let refused =
            "ssl://localhost:1/2: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT)";
        let tell = |line| plain(line, true, "SSL://broker, other:1");
        assert_eq!(
            tell(unknown),
            "broker 1 sends its clients to kafka:29092: cannot resolve host kafka: Name or service not known"
        );
        assert_eq!(tell(refused), "broker 2 sends its clients to localhost:1: connection refused at localhost:1");
        let written = "broker:9092/1: Connect to ipv4#10.0.0.1:9092 failed: Connection refused";
        assert_eq!(tell(written), "connection refused at broker:9092", "it is the broker that was asked for");
        assert_eq!(tell("broker:9092/bootstrap: Receive failed: reset"), "Receive failed: reset at broker:9092");
    }
}
