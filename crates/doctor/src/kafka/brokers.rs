//! The addresses of brokers: those that the dataflow names, and those that the brokers send their clients to.
//!
//! A client asks any broker first, and is then sent to the brokers that have the partitions, at the addresses that
//! these *advertise*. Where a broker runs in a container or behind a name of its own network, the first question
//! succeeds and everything after it does not.

use rdkafka::metadata::Metadata;

use super::contact::ADVERTISE;
use crate::Finding;
use crate::list::{ADVERTISED, BROKERS};
use crate::reach::Reach;
use mare_source::kafka::bootstrap::with_port;

const KEY: &str = "source.kafka.brokers";
const TABLE: &str = "source.kafka";

/// Tries every address of `brokers`, and says whether one answers at least.
#[must_use]
pub fn bootstrap(brokers: &str) -> (Finding, bool) {
    let addresses = brokers.split(',').map(str::trim).filter(|address| !address.is_empty()).map(with_port);
    let tried: Vec<(String, Reach)> = addresses.map(|address| (address.clone(), Reach::of(&address))).collect();
    let answers = tried.iter().any(|(_, reach)| reach.is_open());
    (judge_bootstrap(&tried), answers)
}

fn judge_bootstrap(tried: &[(String, Reach)]) -> Finding {
    let words = |(address, reach): &(String, Reach)| format!("{address} {}", reach.words());
    let Some(closed) = tried.iter().find(|(_, reach)| !reach.is_open()) else {
        return Finding::ok(BROKERS, listed(tried.iter().map(words)));
    };
    let finding = listed(tried.iter().filter(|(_, reach)| !reach.is_open()).map(words));
    let remedy = closed.1.remedy(KEY);
    if tried.iter().any(|(_, reach)| reach.is_open()) {
        Finding::warning(BROKERS, format!("{finding}; another one answers"), remedy)
    } else {
        Finding::failed(BROKERS, finding, remedy)
    }
}

/// Tries the address that each broker advertises, and says whether all can be reached.
#[must_use]
pub fn advertised(metadata: &Metadata) -> (Finding, bool) {
    let advertised =
        metadata.brokers().iter().map(|broker| (broker.id(), format!("{}:{}", broker.host(), broker.port())));
    let tried: Vec<_> = advertised.map(|(id, address)| (id, address.clone(), Reach::of(&address))).collect();
    let reachable = tried.iter().all(|(_, _, reach)| reach.is_open());
    (judge_advertised(&tried), reachable)
}

fn judge_advertised(tried: &[(i32, String, Reach)]) -> Finding {
    let closed: Vec<_> = tried.iter().filter(|(_, _, reach)| !reach.is_open()).collect();
    if closed.is_empty() {
        let addresses = tried.iter().map(|(id, address, _)| format!("broker {id} at {address}"));
        return Finding::ok(ADVERTISED, format!("clients are sent to {}, which this host reaches", listed(addresses)));
    }
    let words = closed.iter().map(|(id, address, reach)| {
        format!("broker {id} sends its clients to {address}, which {} from this host", reach.words())
    });
    Finding::failed(ADVERTISED, listed(words), ADVERTISE.replace("{table}", TABLE))
}

fn listed(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Verdict;

    fn open() -> Reach {
        Reach::Open(([127, 0, 0, 1], 9092).into())
    }

    #[test]
    fn one_broker_of_several_is_enough_to_begin() {
        let judge = |reaches: &[Reach]| {
            let tried: Vec<_> = reaches.iter().map(|reach| ("kafka:1".to_owned(), reach.clone())).collect();
            judge_bootstrap(&tried).verdict
        };
        assert_eq!(judge(&[open(), open()]), Verdict::Ok);
        assert_eq!(judge(&[Reach::Refused, open()]), Verdict::Warning);
        assert_eq!(judge(&[Reach::Refused, Reach::Silent]), Verdict::Failed);
    }

    #[test]
    fn a_broker_that_advertises_what_cannot_be_reached_is_named() {
        let unknown = Reach::Unresolved("no such name".into());
        let found = judge_advertised(&[(1, "kafka:29092".into(), unknown), (2, "b:1".into(), open())]);
        assert_eq!(found.verdict, Verdict::Failed);
        assert!(
            found.finding.contains("broker 1 sends its clients to kafka:29092, which does not resolve"),
            "{found:?}"
        );
        assert!(!found.finding.contains("broker 2") && found.remedy.unwrap().contains("advertised.listeners"));
        assert_eq!(judge_advertised(&[(2, "b:1".into(), open())]).verdict, Verdict::Ok);
    }
}
