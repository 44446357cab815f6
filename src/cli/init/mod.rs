//! `mare init`: a dataflow file from a sample of a topic's records.
//!
//! # Layout
//! * [`Args`]: the flags; reads the sample and writes the file
//! * `probe`: the engine's own decoder, asked about the sample
//! * `look`: which fields the records have, of which types
//! * `guess`: the event time, the types, groups and totals; `lateness`: how late events would be
//! * `render`: the file with its comments; `sink`: where the documents are to go
//! * `draft`: all of it together, checked and tried on the sample
//!
//! All but this file is pure: records in, a file out.

mod draft;
mod guess;
mod lateness;
mod look;
mod probe;
mod render;
mod sink;
#[cfg(test)]
mod tests;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use rdkafka::Message;

use draft::ProposedFile;
use look::SampleRecord;
use render::Frame;
use sink::Asked;

use crate::cli::kafka_args::{KafkaArgs, PropertyArg};
use crate::cli::{Failure, logging, output};
use crate::kafka_client::{Begin, ReadRequest, Reading};

/// How many bytes of records are looked at.
const BYTES_MAX: usize = 64 << 20;
/// What makes the value of a client property a secret.
const SECRET_WORDS: [&str; 5] = ["password", "secret", "jaas", "token", "pem"];

/// Write a dataflow file from a sample of a topic's records
///
/// Looks at the newest records and proposes fields with their types, the event time, groups (texts with few values),
/// totals (sums of amounts, and a count) and a lateness, with comments that say what was seen. The file is checked
/// before it is written. It is a beginning: read it, and change what is meant otherwise.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The topic
    #[arg(long)]
    topic: String,
    /// The dataflow's name, instead of the topic's
    #[arg(long)]
    name: Option<String>,
    /// The file to write, instead of NAME.toml; - is standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
    #[arg(long, value_name = "SINK", default_value = sink::default(), help = sink::help())]
    sink: Asked,
    /// The field with the event time, such as meter.read_at, instead of the likeliest
    #[arg(long, value_name = "PATH")]
    time: Option<String>,
    /// How many of the newest records to look at
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(i64).range(1..=100_000))]
    sample: i64,
    #[command(flatten)]
    kafka: KafkaArgs,
}

const EXAMPLES: &str = "\
Examples:
  mare init --topic black-friday-sales
  mare init --topic orders --sink mongodb://localhost:27017/shop";

/// Texts by name.
type Pairs = Vec<(String, String)>;

impl Args {
    /// Reads the sample, and writes the file that is proposed.
    ///
    /// # Errors
    /// If the topic cannot be read, is empty, has no JSON objects or no event time, or the file is there already.
    pub fn run(self) -> Result<(), Failure> {
        let name = self.name.clone().unwrap_or_else(|| self.topic.clone());
        let file = self.output.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.toml")));
        let is_printed = file.as_os_str() == "-";
        if !is_printed && !self.force && file.exists() {
            return Err(exists(&file));
        }
        let records = self.records()?;
        let (properties, secrets) = self.properties();
        let shown = if is_printed { format!("{name}.toml") } else { file.display().to_string() };
        let frame = Frame {
            name: &name,
            file: &shown,
            brokers: self.kafka.brokers(),
            topic: &self.topic,
            properties,
            sink: &self.sink,
            records: records.len(),
        };
        let draft = ProposedFile::of(&frame, &records, self.time.as_deref(), &secrets)?;
        if is_printed {
            output::print(draft.text.trim_end());
            logging::say(format_args!("note: {}", draft.verdict(records.len())));
            return Ok(());
        }
        self.write(&file, &draft.text)?;
        say(&shown, &draft.verdict(records.len()), &secrets);
        Ok(())
    }

    /// The newest records of the topic.
    fn records(&self) -> Result<Vec<SampleRecord>, Failure> {
        let begin = Begin::Newest(self.sample);
        let wanted = ReadRequest { topic: &self.topic, begin, partitions: &[], follows: false };
        let (mut records, mut bytes) = (Vec::new(), 0);
        Reading::open(&self.kafka.options(), "mare-init", &wanted)?.each(&mut |record| {
            bytes += record.payload_len();
            records.push(SampleRecord {
                partition: record.partition(),
                timestamp_ms: record.timestamp().to_millis(),
                payload: record.payload().map(<[u8]>::to_vec),
            });
            bytes < BYTES_MAX
        })?;
        if records.is_empty() {
            return Err(Failure::new(format!("topic {} has no records to look at", self.topic)).remedy(format!(
                "begin when its producers have sent some; mare produce --topic {} --count 1000 sends made-up sales",
                self.topic
            )));
        }
        Ok(records)
    }

    /// The client properties as the file has them, and variables of the environment with those that are secret.
    fn properties(&self) -> (Pairs, Pairs) {
        let (mut properties, mut secrets) = (Vec::new(), Vec::new());
        for PropertyArg { key, value } in &self.kafka.properties {
            if SECRET_WORDS.iter().any(|word| key.contains(word)) {
                let variable = format!("KAFKA_{}", key.replace(['.', '-'], "_").to_uppercase());
                properties.push((key.clone(), format!("${{{variable}}}")));
                secrets.push((variable, value.clone()));
            } else {
                properties.push((key.clone(), value.replace("${", "$${")));
            }
        }
        secrets.extend(self.sink.secrets());
        (properties, secrets)
    }

    /// Writes the file, over another one only if that is asked for.
    fn write(&self, file: &std::path::Path, text: &str) -> Result<(), Failure> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).create_new(!self.force);
        let written = options.open(file).and_then(|mut open| open.write_all(text.as_bytes()));
        written.map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => exists(file),
            _ => Failure::new(format!("cannot write {}: {error}", file.display()))
                .remedy("name a file that you may write by --output"),
        })
    }
}

/// Says what was written, and what comes next.
fn say(file: &str, verdict: &str, secrets: &[(String, String)]) {
    output::print(format_args!("wrote {file}: {verdict}"));
    for (variable, _) in secrets {
        output::print(format_args!(
            "set {variable} in the environment: it holds a secret, so the file does not have it"
        ));
    }
    output::print(format_args!("next: mare check {file}, mare doctor {file}, then mare run {file}"));
}

fn exists(file: &std::path::Path) -> Failure {
    Failure::new(format!("{} is there already", file.display()))
        .remedy("--force writes over it, --output names another file, --output - prints it")
}
