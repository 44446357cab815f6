//! How much of its record a letter carries, and which refusals are about that.
//!
//! A letter is as large as its record and a little larger, and it has a time and headers of its own: a topic that took
//! the record may refuse the letter. That would be so at every start, and one record would have stopped the dataflow
//! for good. So a letter that is refused for what it is goes again: alone, because a whole batch may have been refused
//! for another's sake; then without its payload; then without its key; and if its topic takes not even that, it is let
//! go with a warning. Its record stays in the topic that is read, at the partition and offset that the letter, or the
//! warning, names.

use std::sync::Arc;

use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::{Header, OwnedHeaders};

use super::mark::Bundle;
use mare_model::position::{Offset, Partition};

/// How much of its record a letter carries, and in which company. Later ones are less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Load {
    /// Everything, in a batch with others.
    Whole,
    /// Everything, by itself.
    Alone,
    /// No payload, by itself.
    Key,
    /// Neither key nor payload, by itself.
    Nothing,
}

/// What the client keeps of a letter until it is delivered.
pub(super) struct Ticket {
    /// The bundle that it belongs to.
    pub bundle: Arc<Bundle>,
    /// Where its record stands.
    pub place: (Partition, Offset),
    /// How much of it is on its way.
    pub load: Load,
}

/// A letter that owns what it says.
pub(super) struct Waiting {
    pub topic: Arc<str>,
    pub key: Option<Vec<u8>>,
    pub payload: Option<Vec<u8>>,
    pub headers: OwnedHeaders,
    pub ticket: Box<Ticket>,
}

impl Waiting {
    /// The letter as it is tried next; gives it back if there is nothing left to try.
    pub fn lighter(mut self) -> Result<Waiting, Waiting> {
        let load = match self.ticket.load {
            Load::Whole => Load::Alone,
            Load::Alone => Load::Key,
            Load::Key => Load::Nothing,
            Load::Nothing => return Err(self),
        };
        self.ticket.load = load;
        match load {
            Load::Key => self.leave_out("mare-payload-bytes", |letter| letter.payload.take()),
            Load::Nothing => self.leave_out("mare-key-bytes", |letter| letter.key.take()),
            Load::Whole | Load::Alone => return Ok(self),
        }
        Ok(self)
    }

    /// Leaves a part out, and says in a header how large it was. A part that is not there is no header.
    fn leave_out(&mut self, header: &str, part: impl FnOnce(&mut Waiting) -> Option<Vec<u8>>) {
        if let Some(part) = part(self) {
            let bytes = part.len().to_string();
            let headers = std::mem::take(&mut self.headers);
            self.headers = headers.insert(Header { key: header, value: Some(&bytes) });
        }
    }
}

/// Whether a refusal is about the letter, not about the topic, the user or the brokers: another letter may be taken.
pub fn is_about_letter(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::MessageSizeTooLarge
            | Code::InvalidMessage
            | Code::InvalidMessageSize
            | Code::MessageBatchTooLarge
            | Code::InvalidTimestamp
            | Code::UnsupportedForMessageFormat
            | Code::PolicyViolation
            | Code::InvalidRecord
            | Code::InvalidDifferentRecord
    )
}

#[cfg(test)]
mod tests {
    use rdkafka::message::Headers;

    use super::*;
    use crate::mark::Marks;

    #[test]
    fn a_letter_is_tried_alone_then_without_payload_then_without_key() {
        let place = (Partition(0), Offset(7));
        let ticket = Ticket { bundle: Marks::new(Arc::new(|| ())).add(), place, load: Load::Whole };
        let (key, payload) = (Some(b"key".to_vec()), Some(vec![0; 9]));
        let mut letter =
            Waiting { topic: "t".into(), key, payload, headers: OwnedHeaders::new(), ticket: Box::new(ticket) };
        let mut seen = Vec::new();
        let left = loop {
            let headers = letter.headers.iter().map(|header| {
                let value = header.value.map(String::from_utf8_lossy).unwrap_or_default();
                format!("{}={value}", header.key)
            });
            let headers = headers.collect::<Vec<_>>().join(" ");
            seen.push((letter.ticket.load, letter.key.is_some(), letter.payload.is_some(), headers));
            letter = match letter.lighter() {
                Ok(lighter) => lighter,
                Err(left) => break left,
            };
        };
        let bytes = "mare-payload-bytes=9";
        let expected = [
            (Load::Whole, true, true, String::new()),
            (Load::Alone, true, true, String::new()),
            (Load::Key, true, false, bytes.to_owned()),
            (Load::Nothing, false, false, format!("{bytes} mare-key-bytes=3")),
        ];
        assert_eq!(seen, expected);
        assert_eq!(left.ticket.place, place, "it is still known where its record is");
    }
}
