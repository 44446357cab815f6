//! What `mare verify` says of the flagship's documents.

use serde_json::Value;

use super::flagship::{Flagship, produce_hour};
use super::kafka::{Topic, kafka};
use super::mare::{Finished, Mare};

/// What an audit says, which must not have failed in another way than by differences.
pub fn verdict(finished: &Finished) -> Value {
    let code = finished.status.code();
    assert!(code == Some(0) || code == Some(1), "ended with {code:?}:\n{}", finished.output());
    let verdict: Value =
        serde_json::from_str(&finished.stdout).unwrap_or_else(|e| panic!("{e}:\n{}", finished.output()));
    assert_eq!(verdict["exact"], (code == Some(0)), "{}", finished.output());
    verdict
}

/// The flagship of an hour of hard sales, when a run has written it.
pub fn written(prefix: &str, more: &[&str]) -> Flagship {
    let topic = Topic::create(kafka(), prefix, 3);
    produce_hour(kafka(), &topic.name, 17, 6_000);
    let flagship = Flagship::shared(&topic);
    flagship.run_until_end(&[&["-w", "2"], more].concat());
    flagship
}

/// What an audit says of the flagship's documents.
pub fn verify(flagship: &Flagship, more: &[&str]) -> Value {
    verdict(&Mare::run(flagship.command("verify", &[&["--format", "json"], more].concat())))
}
