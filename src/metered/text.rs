//! Everything that there is, told once, and the text of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use crate::alerts::events::{
    AlertFailed, AlertFound, AlertTaken, AlertsBegin, AlertsWaiting, TargetAway, TargetBack, WindowsJudged,
};
use crate::alerts::{AlertEntry, Target};
use crate::checkpoint::events::{CheckpointFailed, CheckpointTaken};
use crate::checkpoint::manifest::{Author, Content};
use crate::checkpoint::{Checkpointing, Repository, Tally};
use crate::cli::produce::meter::{DeliveryMeter, made};
use crate::dataflow::fixture::documents::alert;
use crate::dataflow::{Overrides, Plan, parse};
use crate::decode::Reject;
use crate::engine::checkpoint::Checkpointer;
use crate::engine::events::{
    EpochDurable, EpochSealed, GoesOn, ManyLate, PartitionSilent, PromiseBeyond, RunBegan, Superseded,
};
use crate::engine::lateness::{Beyond, PartitionLateness};
use crate::engine::run::Run;
use crate::engine::{Control, Gauges, Ledger, metrics as counts};
use crate::kafka_client::events::{ProducerBack, ProducerLost};
use crate::letters;
use crate::letters::events::{LetterRefused, LettersBack, LettersLost};
use crate::metrics::events::InternalEvent;
use crate::metrics::{list, process, recorder};
use crate::position::{Offset, Partition};
use crate::sink::events::{BatchWritten, SinkAway, SinkBack, SinkRetry};
use crate::sink::{SinkStatus, Written};
use crate::source::kafka::events::{Answered, KafkaBack, KafkaLost, Received};
use crate::time::{Epoch, EventTime};

fn plan() -> Plan {
    let file = include_str!("../../dataflows/black_friday.toml");
    parse(file, "black_friday.toml", &Overrides::default(), &|_| None).expect("a good dataflow")
}

/// A run that has read something of two partitions, and its author.
pub(super) fn run(folder: &std::path::Path) -> (Run, Author) {
    let mut plan = Plan {
        checkpoint: plan().checkpoint.map(|it| Checkpointing { path: folder.display().to_string(), ..it }),
        ..plan()
    };
    plan.outputs[0].name = Some("of_minutes".to_owned()); // else there is no metric of a view
    let author = Author {
        dataflow: plan.name.clone(),
        shape: plan.shape(),
        sink: plan.sink().describe().identity,
        generation: 3,
        ..Author::default()
    };
    let repository = Repository::open(plan.checkpoint.as_ref().expect("settings"), &plan.name).expect("a folder");
    let checkpointer = Checkpointer::new(repository, author.clone(), 1, |_| ());
    let ledger = Ledger::new([0, 1].map(|partition| (Partition(partition), Offset(0), Offset(100))));
    let dead = std::array::from_fn(|reason| u64::from(reason == 2));
    let batch = Tally { read: 43, counted: 36, filtered: 2, late: 3, duplicate: 1, dead, rounded: 2 };
    let now = EventTime(Timestamp::now().as_millisecond());
    ledger.account(Partition(0)).expect("an account").post(&batch, Offset(41), now);
    let gauges = Gauges::new();
    gauges.passed(now);
    let run = Run {
        plan: Arc::new(plan),
        control: Control::new(),
        gauges,
        ledger: Arc::new(ledger),
        sink: Arc::new(SinkStatus::default()),
        checkpointer: Some(Arc::new(checkpointer)),
        outboxes: letters::none(),
        observer: None,
    };
    (run, author)
}

/// Emits each kind of event.
pub(super) fn everything(author: &Author) {
    runs(author);
    servers();
    alerts();
    let meter = DeliveryMeter::begin();
    meter.delivered(made(Timestamp::now().as_millisecond()));
    meter.failed(1);
    list::LETTERS_DELIVERED.add(&[], 4);
    list::SINK_COLLECTION.set(&[], 12.0);
}

/// Of runs, epochs and checkpoints.
fn runs(author: &Author) {
    let (second, now) = (Duration::from_secs(1), Timestamp::now());
    let boundary = Epoch(u64::try_from(now.as_millisecond()).expect("after 1970") - 1_500);
    let manifest = author.manifest(boundary, now, Content::default());
    let goes_on = GoesOn { epoch: boundary, taken: now, rows: 7 };
    RunBegan { generation: 3, restored: Some(goes_on) }.emit();
    Superseded { why: "generation 4 has taken over" }.emit();
    EpochSealed { worker: 0, epoch: boundary, records: 41, open: second, in_flight: 2 }.emit();
    EpochDurable { worker: 0, epoch: boundary, after: second, in_flight: 1 }.emit();
    let (partition, promise, clock) = (Partition(1), EventTime(9_000), EventTime(5_000));
    ManyLate { lateness: &PartitionLateness { partition, counted: 5, late: 600, promise, jump: None } }.emit();
    PromiseBeyond { beyond: &Beyond { partition, promise, jump: None, clock } }.emit();
    PartitionSilent { partition, offset: Offset(98), promise, room: 7 }.emit();
    CheckpointTaken { manifest: &manifest, is_first: true }.emit();
    CheckpointFailed { why: &"no space" }.emit();
}

/// Of brokers and the sink.
fn servers() {
    let second = Duration::from_secs(1);
    KafkaLost { brokers: "h:1", reason: "refused" }.emit();
    KafkaBack { after: second }.emit();
    Received { partition: Partition(1), records: 9, bytes: 900, queue: 2, queue_bytes: 200 }.emit();
    Answered { broker: 1, round_trip: second }.emit();
    BatchWritten { written: Written { written: 8, stale: 1 }, latency: second }.emit();
    SinkAway { why: "gone" }.emit();
    SinkRetry { why: "gone" }.emit();
    SinkBack { after: second }.emit();
    LettersLost { brokers: "b:1", reason: "refused" }.emit();
    LettersBack { brokers: "b:1" }.emit();
    LetterRefused { topic: "late", place: (Partition(1), Offset(7)), reason: &"too large" }.emit();
    ProducerLost { reason: "refused" }.emit();
    ProducerBack.emit();
}

/// Of rules, and the targets that take what they find.
fn alerts() {
    let now = Timestamp::now();
    let [fired, old] = [&[Target::Webhook][..], &[]].map(|targets| AlertEntry::new(alert("a|rush|b|c"), targets));
    AlertsBegin { rules: &["rush".to_owned()], targets: &[Target::Webhook] }.emit();
    [&fired, &fired.clone().held_back(now), &old].into_iter().for_each(|entry| AlertFound { entry }.emit());
    WindowsJudged { through: EventTime(1_500), pending: &[("rush".to_owned(), 2)] }.emit();
    AlertsWaiting { target: Target::Webhook, count: 3 }.emit();
    AlertTaken { target: Target::Webhook, id: "a", after: Duration::from_secs(1) }.emit();
    AlertFailed { target: Target::Webhook, id: "a", why: &"status 404", is_postponed: false }.emit();
    TargetAway { target: Target::Webhook, name: "https://h", why: &"refused" }.emit();
    TargetBack { target: Target::Webhook, name: "https://h" }.emit();
}

/// The text of everything.
fn text() -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let recorder = recorder::recorder();
    let handle = recorder.handle();
    let cpu = metrics::with_local_recorder(&recorder, || {
        recorder::describe();
        let (run, author) = run(folder.path());
        everything(&author);
        counts::sample(&run);
        process::sample()
    });
    handle.render() + &cpu
}

/// The value of each series, by its name and labels.
fn series(text: &str) -> BTreeMap<&str, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| line.rsplit_once(' ').expect(line))
        .map(|(name, value)| (name, value.parse().expect(value)))
        .collect()
}

#[test]
fn the_text_has_every_metric_of_the_list_and_no_other() {
    let text = text();
    let folder = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/target").into(), std::path::PathBuf::from);
    std::fs::write(folder.join("metrics.prom"), &text).expect("a file for promtool");
    let typed = |name: &str| text.lines().find_map(|line| line.strip_prefix(&format!("# TYPE {name} ")));
    for metric in list::ALL {
        assert_eq!(typed(metric.name), Some(metric.kind.name()), "{}\n{text}", metric.name);
        assert!(text.contains(&format!("# HELP {} {}\n", metric.name, metric.help)), "{}", metric.name);
    }
    let types = text.lines().filter(|line| line.starts_with("# TYPE ")).count();
    assert_eq!(types, list::ALL.len(), "{text}");
}

#[test]
fn alerts_are_told_of_by_rule_and_target() {
    let text = text();
    let series = series(&text);
    for what in ["fired", "held_back", "old"] {
        assert_eq!(series[format!("mare_alerts_{what}_alerts_total{{rule=\"rush\"}}").as_str()], 1.0, "{what}");
    }
    let at = |name: &str| series[format!("mare_alerts_{name}{{target=\"webhook\"}}").as_str()];
    assert_eq!(["sent_notifications_total", "failed_notifications_total", "outages_total"].map(at), [1.0; 3]);
    assert_eq!((at("waiting_notifications"), at("delivery_seconds_sum")), (3.0, 1.0));
    let pending = series["mare_alerts_pending_groups{rule=\"rush\"}"];
    assert_eq!((pending, series["mare_alerts_judged_timestamp_seconds"]), (2.0, 1.5));
}

#[test]
fn the_ledger_adds_up_in_the_text() {
    let text = text();
    let series = series(&text);
    let of = |what: &str| series[format!("mare_ledger_{what}_records_total{{partition=\"0\"}}").as_str()];
    let dead = Reject::REASONS.map(|reason| {
        series[format!("mare_ledger_dead_records_total{{partition=\"0\",reason=\"{reason}\"}}").as_str()]
    });
    assert!(of("read") >= 43.0, "{text}"); // more, if other tests have told of runs
    assert_eq!(
        of("read"),
        of("counted") + of("filtered") + of("late") + of("duplicate") + dead.iter().sum::<f64>(),
        "{text}"
    );
    assert_eq!(series["mare_kafka_lag_records{partition=\"0\"}"], 59.0);
    let took = series["mare_checkpoint_duration_seconds_sum"];
    assert!((took - 1.5).abs() < 0.01, "{took}");
    let (cpu, start) = (series["mare_process_cpu_seconds_total"], series["mare_process_start_timestamp_seconds"]);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs_f64();
    assert!(cpu >= 0.0 && start <= now && start > now - 86_400.0, "{cpu} {start} {now}");
}
