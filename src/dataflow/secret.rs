//! Keeping passwords out of plans and of all that is printed of them.

use std::fmt;

use super::{KafkaSource, LetterTopic};

/// The names of properties. No value of one is ever printed: which of them are secret only the client library knows, and it does
/// not know a name that is misspelt.
fn names(properties: &[(String, String)]) -> Vec<&str> {
    properties.iter().map(|(name, _)| name.as_str()).collect()
}

impl fmt::Debug for LetterTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LetterTopic")
            .field("brokers", &self.brokers)
            .field("topic", &self.topic)
            .field("properties", &names(&self.properties))
            .finish()
    }
}

impl fmt::Debug for KafkaSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaSource")
            .field("brokers", &self.brokers)
            .field("topic", &self.topic)
            .field("start", &self.start)
            .field("properties", &names(&self.properties))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataflow::StartAt;

    #[test]
    fn a_plan_prints_no_password() {
        let names = ["sasl.password", "ssl.key.pem", "sasl.passwrod"];
        let properties = names.map(|name| (name.to_owned(), "hunter2".to_owned())).into();
        let (brokers, topic) = ("h:9092".to_owned(), "t".to_owned());
        let kafka = KafkaSource {
            brokers,
            topic,
            start: StartAt::Latest,
            on_data_loss: crate::dataflow::OnDataLoss::Fail,
            properties,
        };
        let shown = format!("{kafka:?}");
        assert!(!shown.contains("hunter2") && shown.contains("sasl.passwrod"), "{shown}");
    }
}
