//! What is remembered of the alerts about documents.

use jiff::Timestamp;

use super::trial::{Trial, sale};
use crate::dataflow::alerts::Severity;
use crate::sink::FencingToken;
use crate::sink::alerts::{Alert, AlertEntry, AlertState, AlertStore, Target};
use crate::time::EventTime;

/// The start of the window that the alerts are about.
const WINDOW: &str = "2025-11-28T12:00:00Z";

fn alert(id: &str) -> Alert {
    Alert {
        id: id.to_owned(),
        dataflow: "conformance".to_owned(),
        rule: "rush".to_owned(),
        severity: Severity::Warning,
        condition: "above".to_owned(),
        group: serde_json::Map::new(),
        window_start: WINDOW.to_owned(),
        window_end: "2025-11-28T12:01:00Z".to_owned(),
        total: "sales".to_owned(),
        value: 7.into(),
        against: None,
        is_final: true,
        message: "many".to_owned(),
    }
}

/// The alerts about the documents of the sink, of which there is one.
fn open(trial: &Trial<'_>) -> Box<dyn AlertStore> {
    let mut writer = trial.writer(FencingToken::UNFENCED);
    writer.write(&[sale("a", 0, 1, 1)]).expect("a document that is taken");
    trial.sink.alerts(&trial.layout).expect("a sink that answers").expect("a sink that keeps alerts")
}

fn ids(entries: Vec<AlertEntry>) -> Vec<String> {
    entries.into_iter().map(|entry| entry.alert.id).collect()
}

pub(super) fn an_alert_is_new_once(trial: &Trial<'_>) {
    let looked = trial.sink.remembered().expect("a sink that answers");
    let none = looked.map_or(0, |mut looked| looked.newest(10, true).expect("an answer").len());
    assert_eq!(none, 0, "there has been none yet");
    let mut alerts = open(trial);
    let both = [Target::Log, Target::Webhook];
    let entries = ["a", "b", "c"].map(|id| AlertEntry::new(alert(id), if id == "b" { &[] } else { &both }));
    assert_eq!(alerts.record(&entries[..2]).expect("kept"), [true, true]);
    alerts.mark("a", Target::Log, &AlertState::Sent(Timestamp::UNIX_EPOCH)).expect("kept");
    assert_eq!(alerts.record(&entries).expect("kept"), [false, false, true], "and `a` stays sent");

    let mut again = trial.sink.alerts(&trial.layout).expect("a sink that answers").expect("the same alerts");
    assert_eq!(ids(again.pending(Target::Log, 10).expect("an answer")), ["c"]);
    assert_eq!(ids(again.pending(Target::Webhook, 10).expect("an answer")), ["a", "c"]);
    assert_eq!(ids(again.pending(Target::Webhook, 1).expect("an answer")), ["a"], "the oldest first");
    let held = AlertEntry::new(alert("held"), &[Target::Log]).held_back(Timestamp::UNIX_EPOCH);
    assert_eq!(again.record(std::slice::from_ref(&held)).expect("kept"), [true]);
    which_have_fired(&mut *again);
    let mut looked = trial.sink.remembered().expect("a sink that answers").expect("alerts by now");
    let all = looked.newest(10, true).expect("an answer");
    assert!(all.len() == 4 && all.contains(&entries[1]) && all.contains(&held), "{all:?}");
}

/// Neither what was too old nor what is held back has fired.
fn which_have_fired(alerts: &mut dyn AlertStore) {
    let mut fired = alerts.fired(None).expect("an answer");
    fired.sort();
    assert_eq!(fired, ["a", "c"]);
    let start: Timestamp = WINDOW.parse().expect("an instant");
    let mut since = |ms| alerts.fired(Some(EventTime(start.as_millisecond() + ms))).expect("an answer").len();
    assert_eq!((since(0), since(1_000)), (2, 0));
    assert_eq!(alerts.newest(10, false).expect("an answer").len(), 3);
    assert_eq!(alerts.newest(2, true).expect("an answer").len(), 2);
    assert_eq!(alerts.held_back().expect("an answer"), 1);
}

pub(super) fn how_far_evaluation_has_come_is_kept(trial: &Trial<'_>) {
    let mut alerts = open(trial);
    assert_eq!(alerts.position().expect("an answer"), None);
    for next in [EventTime(60_000), EventTime(-1)] {
        alerts.move_to(Some(next)).expect("kept");
        assert_eq!(open(trial).position().expect("an answer"), Some(next));
    }
    alerts.move_to(None).expect("kept");
    assert_eq!(alerts.position().expect("an answer"), None);
}
