//! The settings of topics, and what they mean for a run. Asked of the brokers; the judging is pure.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, ResourceSpecifier};
use rdkafka::client::DefaultClientContext;

use super::contact::{Access, REQUEST};
use crate::Finding;
use crate::list::{COMPACTION, KEEPING, REPLICAS, SIZE};
use mare_dataflow::Plan;
use mare_decode::span;
use mare_source::kafka::KafkaSource;

/// The settings of a topic by their names, the defaults of its brokers among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings(BTreeMap<String, String>);

impl Settings {
    /// Asks for those of the topic of `access`.
    ///
    /// # Errors
    /// Why the brokers do not tell, in words.
    pub fn of(access: Access<'_>) -> Result<Settings, String> {
        let admin: AdminClient<DefaultClientContext> = access.config().create().map_err(|error| error.to_string())?;
        let options = AdminOptions::new().request_timeout(Some(REQUEST + REQUEST));
        let topic = ResourceSpecifier::Topic(access.topic);
        let answers =
            pollster::block_on(admin.describe_configs([&topic], &options)).map_err(|error| error.to_string())?;
        let unseen = "DescribeConfigs on the topic lets this user ask";
        let mut settings = BTreeMap::new();
        for answer in answers {
            let entries = answer.map_err(|code| format!("{code}; {unseen}"))?.entries;
            settings.extend(entries.into_iter().filter_map(|entry| Some((entry.name, entry.value?))));
        }
        // A topic always has some. The library has no error for a user who may not ask.
        if settings.is_empty() {
            return Err(unseen.to_owned());
        }
        Ok(Settings(settings))
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.text(name).parse().ok()
    }

    fn removes(&self, policy: &str) -> bool {
        self.text("cleanup.policy").split(',').any(|word| word.trim() == policy)
    }
}

/// The checks of the topic of `source`, each of which has `replicas` copies.
#[must_use]
pub fn judge(
    plan: &Plan,
    source: &KafkaSource,
    settings: &Result<Settings, String>,
    replicas: usize,
    oldest_ms: Option<i64>,
) -> Vec<Finding> {
    let settings = match settings {
        Ok(settings) => settings,
        Err(why) => {
            let unknown = |check| Finding::unknown(check, format!("the brokers do not tell the settings: {why}"));
            return [COMPACTION, KEEPING, REPLICAS].map(unknown).to_vec();
        }
    };
    let age_ms = oldest_ms.map(|oldest| jiff::Timestamp::now().as_millisecond().saturating_sub(oldest));
    vec![
        compaction(settings, &source.topic),
        keeping(settings, &source.topic, needed_ms(plan), age_ms),
        copies(settings, &source.topic, replicas),
    ]
}

/// Whether the brokers remove records that have a newer one of the same key.
fn compaction(settings: &Settings, topic: &str) -> Finding {
    if !settings.removes("compact") {
        return Finding::ok(COMPACTION, "records are removed by age or size alone, never from the middle of the log");
    }
    let finding = format!("cleanup.policy={} removes records whose key comes again", settings.text("cleanup.policy"));
    let remedy = format!(
        "totals read later will be without them, and `mare verify` cannot recompute them; set cleanup.policy=delete on {topic}, \
         or be sure that no two events have one key"
    );
    Finding::warning(COMPACTION, finding, remedy)
}

/// How long a record has to be kept: until its window is certain and in a checkpoint; without windows, until it is in a
/// checkpoint.
fn needed_ms(plan: &Plan) -> i64 {
    let every = plan.checkpoint.as_ref().map_or(Duration::ZERO, |checkpoint| checkpoint.every);
    let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
    let windows = plan.view().windows;
    let open_ms = if windows.is_global() { 0 } else { windows.open_ms_max() };
    open_ms.saturating_add(every)
}

/// Whether records are kept for as long as a run may need them again. The newest hundred are up to `age_ms` old.
fn keeping(settings: &Settings, topic: &str, needed_ms: i64, age_ms: Option<i64>) -> Finding {
    let Some(kept) = settings.number("retention.ms").filter(|kept| *kept >= 0 && settings.removes("delete")) else {
        return Finding::ok(KEEPING, "records are kept for ever, as far as their age goes");
    };
    let finding = format!("retention.ms keeps records for {}", span(kept));
    let remedy = format!("raise retention.ms of {topic}, to how long a run may be down beside that");
    if kept < needed_ms {
        let needed = span(needed_ms);
        let finding = format!("{finding}, less than a window with its lateness and a checkpoint take ({needed})");
        return Finding::warning(KEEPING, finding, remedy);
    }
    match age_ms {
        Some(age) if age > kept => {
            let finding =
                format!("{finding}, and some of the newest are stamped {} ago: they are deleted soon", span(age));
            Finding::warning(KEEPING, finding, remedy)
        }
        _ => Finding::ok(KEEPING, finding),
    }
}

/// Whether the brokers may lose records that they have acknowledged.
fn copies(settings: &Settings, topic: &str, replicas: usize) -> Finding {
    let in_sync = settings.number("min.insync.replicas").unwrap_or(1);
    let mut risks = Vec::new();
    if settings.text("unclean.leader.election.enable") == "true" {
        risks.push("unclean.leader.election.enable=true lets a broker lead that lacks records which were read already");
    }
    if replicas > 1 && in_sync < 2 {
        risks.push("min.insync.replicas=1 acknowledges records that one broker alone has: they are gone with it");
    }
    if risks.is_empty() {
        return Finding::ok(
            REPLICAS,
            format!("{replicas} of each record, at least {in_sync} before it is acknowledged"),
        );
    }
    let remedy = format!(
        "set unclean.leader.election.enable=false and min.insync.replicas=2 on {topic}, and let producers use acks=all; a log that \
         was cut short and filled again has other records at offsets that are counted already"
    );
    Finding::warning(REPLICAS, risks.join("; "), remedy)
}

/// What a letter has beside its record: headers that say why.
const HEADERS: i64 = 4 << 10;
/// The setting that bounds a batch of a topic.
const LARGEST: &str = "max.message.bytes";

/// Whether the topic of `to`, whose settings are `letters`, takes every record of the source, whose settings are
/// `source`.
#[must_use]
pub fn sizes(source: &Settings, letters: &Settings, to: Access<'_>) -> Option<Finding> {
    let (from, topic) = (source.number(LARGEST)?, letters.number(LARGEST)?);
    let client = to.properties.iter().rev().find(|(name, _)| name == "message.max.bytes");
    let client = client.and_then(|(_, value)| value.parse().ok()).unwrap_or(i64::MAX);
    let (takes, name) = if client < topic { (client, "message.max.bytes of its client") } else { (topic, LARGEST) };
    let needed = from.saturating_add(HEADERS);
    if takes >= needed {
        return None;
    }
    let finding = format!(
        "{}: {name} is {takes}, and records of the source may have {from}: the letter of the largest does not fit with its headers",
        to.topic
    );
    let remedy = format!(
        "set it to {needed} or more: kafka-configs --alter --topic {} --add-config {LARGEST}={needed}",
        to.topic
    );
    Some(Finding::warning(SIZE, finding, remedy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Verdict, fixture};

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        Settings(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn compaction_takes_records_from_the_middle() {
        let of = |policy| compaction(&settings(&[("cleanup.policy", policy)]), "t").verdict;
        assert_eq!(
            (of("delete"), of("compact"), of("delete,compact")),
            (Verdict::Ok, Verdict::Warning, Verdict::Warning)
        );
    }

    #[test]
    fn records_are_needed_until_their_window_is_certain_and_saved() {
        let plan = fixture::plan();
        let needed = needed_ms(&plan);
        assert_eq!(needed, 60_000 + 120_000 + 10_000);
        let of = |kept: &str, policy, age| {
            keeping(&settings(&[("retention.ms", kept), ("cleanup.policy", policy)]), "t", needed, age)
        };
        assert_eq!(of("190000", "delete", None).verdict, Verdict::Ok);
        let short = of("189999", "delete", None);
        assert!(short.verdict == Verdict::Warning && short.finding.contains("take (3m 10s)"), "{short:?}");
        assert_eq!(of("-1", "delete", Some(i64::MAX)).verdict, Verdict::Ok);
        assert_eq!(of("5", "compact", None).verdict, Verdict::Ok, "age takes nothing there");
        let old = of("3600000", "delete", Some(7_200_000));
        assert!(old.verdict == Verdict::Warning && old.finding.contains("stamped 2h ago"), "{old:?}");
    }

    #[test]
    fn what_one_broker_alone_has_may_be_lost() {
        let of = |unclean, in_sync, replicas| {
            let pairs = [("unclean.leader.election.enable", unclean), ("min.insync.replicas", in_sync)];
            copies(&settings(&pairs), "t", replicas)
        };
        assert_eq!(of("false", "1", 1).verdict, Verdict::Ok, "one copy is one's own choice");
        assert_eq!(of("false", "2", 3).verdict, Verdict::Ok);
        assert!(of("false", "1", 3).finding.contains("min.insync.replicas=1"));
        let unclean = of("true", "2", 3);
        assert!(unclean.verdict == Verdict::Warning && !unclean.finding.contains("min.insync"), "{unclean:?}");
    }

    #[test]
    fn a_topic_of_letters_takes_what_the_source_may_have() {
        let of = |from: &str, topic: &str, client: Option<&str>| {
            let properties: Vec<_> =
                client.map(|value| ("message.max.bytes".to_owned(), value.to_owned())).into_iter().collect();
            let to = Access { check: SIZE, table: "late", brokers: "b:1", properties: &properties, topic: "dead" };
            sizes(&settings(&[(LARGEST, from)]), &settings(&[(LARGEST, topic)]), to)
        };
        assert_eq!(of("1000000", "1004096", None), None);
        let equal = of("1048588", "1048588", None).unwrap();
        assert!(equal.remedy.unwrap().contains("max.message.bytes=1052684"), "{}", equal.finding);
        assert!(of("1000", "9999999", Some("2000")).unwrap().finding.contains("of its client is 2000"));
    }

    #[test]
    fn settings_that_are_not_told_are_unknown() {
        let plan = fixture::plan();
        let nowhere = Access { check: SIZE, table: "late", brokers: "b:1", properties: &[], topic: "t" };
        assert_eq!(sizes(&settings(&[]), &settings(&[]), nowhere), None);
        let mare_source::Source::Kafka(source) = &plan.source;
        let found = judge(&plan, source, &Err("no".into()), 1, None);
        assert!(found.len() == 3 && found.iter().all(|finding| finding.verdict == Verdict::Unknown), "{found:?}");
    }
}
