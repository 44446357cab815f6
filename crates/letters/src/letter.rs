//! What is sent: a record as it was, and why.

use rdkafka::message::{Header, OwnedHeaders};

use mare_decode::Reject;
use mare_model::plain::Plain;
use mare_model::record::Record;
use mare_model::time::{EventTime, Window, Windows};

/// A record that no total has, and why; borrowed while it is sent.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// Why no total has it.
    pub kind: LetterKind<'a>,
    /// The record.
    pub record: Record<'a>,
}

/// Why no total has a record.
#[derive(Clone, Copy, Debug)]
pub enum LetterKind<'a> {
    /// Its window had closed.
    Late {
        /// The event time.
        time: EventTime,
        /// The window that it falls in.
        window: Window,
        /// The promise of its partition, the event time that had closed the window.
        promise: EventTime,
        /// How far that lies behind the window's close, in milliseconds; not negative.
        by_ms: i64,
    },
    /// It cancels an order, and nothing of its id is open: it came too late, or before its order.
    Unmatched {
        /// The event time.
        time: EventTime,
    },
    /// It is no event.
    Dead(
        /// Why not.
        &'a Reject,
    ),
}

/// Why a cancellation is late, for people.
const UNMATCHED: &str =
    "it cancels an order, and no order of its id is open in its partition: it came too late, or before its order";

impl<'a> Letter<'a> {
    /// A record whose event at `time` is late for a partition that has promised `promise`.
    #[must_use]
    pub fn late(record: Record<'a>, windows: Windows, time: EventTime, promise: EventTime) -> Letter<'a> {
        let window = windows.window_of(time);
        let by_ms = promise.0.saturating_sub(windows.deadline(window).0);
        Letter { kind: LetterKind::Late { time, window, promise, by_ms }, record }
    }

    /// A record that cancels, at `time`, an order of which nothing is known.
    #[must_use]
    pub fn unmatched(record: Record<'a>, time: EventTime) -> Letter<'a> {
        Letter { kind: LetterKind::Unmatched { time }, record }
    }

    /// A record that is no event.
    #[must_use]
    pub fn dead(record: Record<'a>, reject: &'a Reject) -> Letter<'a> {
        Letter { kind: LetterKind::Dead(reject), record }
    }

    /// Why, in one word.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self.kind {
            LetterKind::Late { .. } | LetterKind::Unmatched { .. } => "late",
            LetterKind::Dead(reject) => reject.reason(),
        }
    }

    /// The headers of the letter, for a record of `topic` that `dataflow` has read: its own, as far as they are not of
    /// another letter, and behind them ours. The names of these are part of the interface: [`mare_dataflow`] lists
    /// them.
    pub(super) fn headers(&self, dataflow: &str, topic: &str) -> OwnedHeaders {
        let Record { partition, offset, timestamp_ms, .. } = self.record;
        let mut headers = self.own_headers();
        let mut add = |name: &str, value: &str| {
            headers = std::mem::take(&mut headers).insert(Header { key: name, value: Some(value) });
        };
        add("mare-reason", self.reason());
        add("mare-detail", &self.detail());
        add("mare-dataflow", dataflow);
        add("mare-topic", topic);
        add("mare-partition", &partition.to_string());
        add("mare-offset", &offset.to_string());
        if let Some(timestamp_ms) = timestamp_ms {
            add("mare-timestamp", &EventTime(timestamp_ms).to_string());
        }
        if let LetterKind::Dead(Reject::Future { time, .. }) = self.kind {
            add("mare-event-time", &time.to_string());
        }
        if let LetterKind::Unmatched { time } = self.kind {
            add("mare-event-time", &time.to_string());
        }
        if let LetterKind::Late { time, window, promise, by_ms } = self.kind {
            add("mare-event-time", &time.to_string());
            add("mare-window-start", &window.start.to_string());
            add("mare-closed-by", &promise.to_string());
            add("mare-late-by-ms", &by_ms.to_string());
        }
        headers
    }

    /// The headers that the record had, but for those whose name is no text.
    fn own_headers(&self) -> OwnedHeaders {
        let mut headers = OwnedHeaders::new_with_capacity(11);
        self.record.headers.each(&mut |name, value| {
            if let Some(key) = str::from_utf8(name).ok().filter(|name| !name.starts_with("mare-")) {
                headers = std::mem::take(&mut headers).insert(Header { key, value });
            }
        });
        headers
    }

    /// Why, for people, on one line.
    pub fn detail(&self) -> String {
        match self.kind {
            LetterKind::Late { window, promise, .. } => {
                format!("its window, which starts at {}, had been closed by an event of {promise}", window.start)
            }
            LetterKind::Unmatched { .. } => UNMATCHED.to_owned(),
            LetterKind::Dead(reject) => Plain(reject).to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::message::Headers;

    use super::*;
    use mare_model::position::{Offset, Partition};

    fn record(timestamp_ms: Option<i64>) -> Record<'static> {
        Record { partition: Partition(3), offset: Offset(17), timestamp_ms, ..Record::of_payload(None) }
    }

    fn headers(letter: &Letter<'_>) -> Vec<(String, String)> {
        let headers = letter.headers("black-friday", "sales");
        let text = |header: Header<'_, &[u8]>| {
            (header.key.to_owned(), String::from_utf8(header.value.unwrap_or_default().to_vec()).expect("UTF-8"))
        };
        headers.iter().map(text).collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn of_windows_that_overlap_a_late_letter_names_the_one_that_closed_last() {
        let windows = Windows::hopping(120_000, 60_000, 0);
        let letter = Letter::late(record(None), windows, EventTime(61_000), EventTime(180_005));
        let LetterKind::Late { window, by_ms, .. } = letter.kind else { panic!("it is late") };
        assert_eq!((window, by_ms), (windows.of_slot(EventTime(60_000)), 5));
    }

    #[test]
    fn a_late_letter_says_how_late_it_is() {
        let minutes = Windows::tumbling(60_000, 120_000);
        let letter = Letter::late(record(Some(1_500)), minutes, EventTime(61_000), EventTime(240_005));
        let expected = pairs(&[
            ("mare-reason", "late"),
            (
                "mare-detail",
                "its window, which starts at 1970-01-01T00:01:00Z, had been closed by an event of 1970-01-01T00:04:00.005Z",
            ),
            ("mare-dataflow", "black-friday"),
            ("mare-topic", "sales"),
            ("mare-partition", "3"),
            ("mare-offset", "17"),
            ("mare-timestamp", "1970-01-01T00:00:01.5Z"),
            ("mare-event-time", "1970-01-01T00:01:01Z"),
            ("mare-window-start", "1970-01-01T00:01:00Z"),
            ("mare-closed-by", "1970-01-01T00:04:00.005Z"),
            ("mare-late-by-ms", "5"),
        ]);
        assert_eq!(headers(&letter), expected);
    }

    #[test]
    fn a_cancellation_that_finds_nothing_says_so() {
        let expected = pairs(&[
            ("mare-reason", "late"),
            (
                "mare-detail",
                "it cancels an order, and no order of its id is open in its partition: it came too late, or before its order",
            ),
            ("mare-dataflow", "black-friday"),
            ("mare-topic", "sales"),
            ("mare-partition", "3"),
            ("mare-offset", "17"),
            ("mare-event-time", "1970-01-01T00:01:01Z"),
        ]);
        assert_eq!(headers(&Letter::unmatched(record(None), EventTime(61_000))), expected);
    }

    #[test]
    fn the_headers_of_the_record_stand_before_those_of_the_letter() {
        let own: Vec<(&str, Option<&[u8]>)> =
            vec![("origem", Some(b"web")), ("mare-reason", Some(b"late")), ("vazio", None), ("origem", Some(b"app"))];
        let record = Record { headers: mare_model::header::Headers::of(&own), ..record(None) };
        let found = headers(&Letter::dead(record, &Reject::Tombstone));
        assert_eq!(found[..3], pairs(&[("origem", "web"), ("vazio", ""), ("origem", "app")]));
        assert_eq!(found[3], ("mare-reason".to_owned(), "tombstone".to_owned()));
        assert_eq!(found.iter().filter(|(name, _)| name == "mare-reason").count(), 1, "that of this letter");
    }

    #[test]
    fn a_dead_letter_says_what_is_wrong_with_it() {
        let reject = Reject::Missing("categoria".to_owned());
        let expected = pairs(&[
            ("mare-reason", "missing_field"),
            ("mare-detail", "field `categoria` is missing or null"),
            ("mare-dataflow", "black-friday"),
            ("mare-topic", "sales"),
            ("mare-partition", "3"),
            ("mare-offset", "17"),
        ]);
        assert_eq!(headers(&Letter::dead(record(None), &reject)), expected);
        let sent = EventTime(1_764_331_200_000);
        let reject = Reject::Future { time: EventTime(sent.0 + 10_800_000), sent, max_ahead_ms: 3_600_000 };
        let future = headers(&Letter::dead(record(Some(sent.0)), &reject));
        let value = |name: &str| &future.iter().find(|(header, _)| header == name).expect("a header").1;
        assert_eq!(value("mare-timestamp"), "2025-11-28T12:00:00Z");
        assert_eq!(value("mare-event-time"), "2025-11-28T15:00:00Z");
        let (one, other) = ("2025-11-28T15:00:00Z", "2025-11-28T12:00:00Z");
        assert!(value("mare-detail").contains(one) && value("mare-detail").contains(other), "{future:?}");
    }
}
