//! `mare topic read`: the records of a topic, as they are.
//!
//! # Layout
//! * [`Args`]: the flags; `place`: where to begin
//! * `shown`: a record as a line of text or as JSON (pure)

mod place;
mod shown;

use std::io::Write;

use shown::ShownRecord;

use crate::cli::kafka_args::KafkaArgs;
use crate::cli::{Failure, logging, output};
use crate::kafka_client::{Begin, ReadRequest, Reading};

/// Print the records of a topic, a line each
///
/// Reads to the end of the topic as it is now, joins no group and commits nothing. Records of one partition come in
/// their order. What a record hides (controls, bytes that are no UTF-8) is shown by its number; a record without a
/// payload is shown as (tombstone).
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The topic's name
    name: String,
    /// End after this many records
    #[arg(long, short = 'n', value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Where to begin: beginning, end, an offset, -10 for the last ten of each partition, or a time
    #[arg(long, value_name = "PLACE", default_value = "beginning", allow_hyphen_values = true, value_parser = place::place)]
    from: Begin,
    /// Only this partition; may be repeated
    #[arg(long = "partition", short = 'p', value_name = "P")]
    partitions: Vec<i32>,
    /// Go on with records as they come, until Ctrl-C
    #[arg(long, short)]
    follow: bool,
    /// Also show partition, offset, timestamp, key and headers; JSON always has them
    #[arg(long, short)]
    details: bool,
    /// How to print the records
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    kafka: KafkaArgs,
}

const EXAMPLES: &str = "\
Examples:
  mare topic read black-friday-sales -n 5
  mare topic read black-friday-sales --from end --follow --details
  mare topic read black-friday-sales --format json | jq .payload";

/// How a record is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Its payload, safe for a terminal
    #[default]
    Text,
    /// One JSON object a line, which has every byte
    Json,
}

impl Args {
    /// Prints the records until the end, the count, Ctrl-C, or until nobody reads them any more.
    ///
    /// # Errors
    /// If no broker answers, the topic does not exist, or it cannot be read.
    pub fn run(self) -> Result<(), Failure> {
        if self.from == Begin::End && !self.follow {
            return Err(Failure::new("behind the end there is nothing to read yet")
                .remedy("--follow waits for records, --from -10 shows the last ten of each partition"));
        }
        let wanted =
            ReadRequest { topic: &self.name, begin: self.from, partitions: &self.partitions, follows: self.follow };
        let reading = Reading::open(&self.kafka.options(), "mare-topic", &wanted)?;
        let (mut printed, mut stdout) = (0, std::io::stdout().lock());
        reading.each(&mut |record| {
            let shown = ShownRecord::of(record);
            let line = match self.format {
                Format::Text => shown.text(self.details),
                Format::Json => shown.json(),
            };
            printed += 1;
            // Whoever has read enough, as `head` has, closes the pipe.
            output::printed(writeln!(stdout, "{line}")) && self.count.is_none_or(|count| printed < count)
        })?;
        if printed == 0 {
            let there = if self.from == Begin::Beginning { "" } else { " from there on" };
            logging::say(format_args!("note: topic {} has no records{there}", self.name));
        }
        Ok(())
    }
}
