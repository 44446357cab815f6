//! A proposed file, checked as `mare check` does and tried on the sample. Pure.

use std::collections::BTreeMap;

use super::guess::Guess;
use super::look::{SampleLook, SampleRecord};
use super::render::{self, Frame};
use crate::cli::Failure;
use crate::cli::sheet::with_commas;
use crate::dataflow::{Overrides, Plan, parse};
use crate::decode::MaxAhead;
use crate::record::Record;

/// A proposed file.
#[derive(Debug)]
pub(super) struct ProposedFile {
    /// The file.
    pub text: String,
    /// How many records of the sample are no events of it, by reason.
    dead: BTreeMap<&'static str, u64>,
}

impl ProposedFile {
    /// The file that is proposed for `records`; `time` names the event time, if somebody knows it better, and `secrets`
    /// are the variables of the environment that the file needs.
    ///
    /// # Errors
    /// If the records give no dataflow.
    pub(super) fn of(
        frame: &Frame<'_>,
        records: &[SampleRecord],
        time: Option<&str>,
        secrets: &[(String, String)],
    ) -> Result<ProposedFile, Failure> {
        let look = SampleLook::at(records);
        if look.objects == 0 {
            return Err(no_objects(frame.topic, records.len(), &look));
        }
        let proposal = Guess::of(&look, records, time).map_err(|why| {
            Failure::new(format!("topic {}: {why}", frame.topic)).remedy(
                "--time names the field with the event time: a text in ISO-8601, or a number of seconds or milliseconds since 1970",
            )
        })?;
        let text = render::file(frame, &look, &proposal);
        let env = |name: &str| secrets.iter().find(|(variable, _)| variable == name).map(|(_, value)| value.clone());
        let plan = parse(&text, frame.file, &Overrides::default(), &env)
            .map_err(|invalid| Failure::report(invalid.render(console::colors_enabled_stderr())))?;
        Ok(ProposedFile { dead: dead(&plan, records), text })
    }

    /// What became of the sample of so many records.
    pub(super) fn verdict(&self, records: usize) -> String {
        let dead: u64 = self.dead.values().sum();
        let count = |number: u64| with_commas(&number.to_string());
        let (events, all) = (count((records as u64).saturating_sub(dead)), count(records as u64));
        let reasons: Vec<_> = self.dead.iter().map(|(reason, number)| format!("{reason} {}", count(*number))).collect();
        match reasons.as_slice() {
            [] => format!("all of the newest {all} records are events of it"),
            reasons => {
                format!("{events} of the newest {all} records are events of it; the others: {}", reasons.join(", "))
            }
        }
    }
}

/// How many records are no events of `plan`, by reason.
fn dead(plan: &Plan, records: &[SampleRecord]) -> BTreeMap<&'static str, u64> {
    let (mut decoder, ahead) = (plan.decoder(), MaxAhead::new(&plan.event));
    let mut dead = BTreeMap::new();
    for SampleRecord { timestamp_ms, payload, .. } in records {
        let decoded = decoder.decode(&Record::of_payload(payload.as_deref())).map(|event| event.time);
        if let Err(reject) = decoded.and_then(|time| ahead.check(time, *timestamp_ms)) {
            *dead.entry(reject.reason()).or_default() += 1;
        }
    }
    dead
}

fn no_objects(topic: &str, records: usize, look: &SampleLook) -> Failure {
    let most = look.others.iter().max_by_key(|(_, (count, _))| *count);
    let (reason, words) = most.map_or(("", ""), |(reason, (_, words))| (*reason, words.as_str()));
    Failure::new(format!("none of the newest {records} records of {topic} is a JSON object: {reason}, such as: {words}")).remedy(
        format!("have the producers send one JSON object a record, plain and in UTF-8; mare topic read {topic} --from -3 shows some"),
    )
}
