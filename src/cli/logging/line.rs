//! A log line for people.
//!
//! Some events say everything in their message, and carry the same numbers as fields for machines. For a person once is
//! enough, so of those the message alone is written.

use std::fmt;

use console::Style;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{Compact, Format, Writer};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::metrics::events;
use crate::plain::Plain;

/// Where the events are whose message has all that their fields have.
const SAID_TWICE: [&str; 3] = [events::TARGET, "mare::cli", "mare_run"];

/// How a line is written.
pub(super) struct LineFormat {
    /// With the fields.
    whole: Format<Compact>,
}

impl Default for LineFormat {
    fn default() -> Self {
        LineFormat { whole: Format::default().compact().with_target(false) }
    }
}

impl<S, N> FormatEvent<S, N> for LineFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let target = event.metadata().target();
        if !SAID_TWICE.iter().any(|place| target.starts_with(place)) {
            return self.whole.format_event(context, writer, event);
        }
        let is_coloured = writer.has_ansi_escapes();
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let time = Style::new().dim().force_styling(is_coloured).apply_to(time);
        let level = styled(*event.metadata().level()).force_styling(is_coloured);
        write!(writer, "{time} {} ", level.apply_to(format!("{:>5}", event.metadata().level())))?;
        event.record(&mut Message(&mut writer));
        writeln!(writer)
    }
}

/// A level in its colour.
fn styled(level: Level) -> Style {
    match level {
        Level::ERROR => Style::new().red(),
        Level::WARN => Style::new().yellow(),
        Level::INFO => Style::new().green(),
        Level::DEBUG => Style::new().blue(),
        Level::TRACE => Style::new().magenta(),
    }
}

/// Writes the message of an event, and nothing else of it.
struct Message<'a, 'w>(&'a mut Writer<'w>);

impl Visit for Message<'_, '_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            let _ = write!(self.0, "{}", Plain(format_args!("{value:?}"))); // a line that cannot be written is not written
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing::subscriber::with_default;
    use tracing::{info, warn};

    use super::super::fixture::Lines;
    use super::*;

    #[test]
    fn what_a_message_has_said_is_not_said_again_by_its_fields() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false);
        with_default(subscriber.event_format(LineFormat::default()).finish(), || {
            info!(target: "mare::metrics::events::sink", away_s = 1.5, "the sink is back after 1.5 s");
            warn!(target: "mare_engine::intake", offset = 7, "dead letter");
            warn!(target: "mare_run::reminder", away_s = 9.0, "the sink is still away for 9 s");
        });
        let text = lines.text();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].ends_with("  INFO the sink is back after 1.5 s"), "{text}");
        assert!(lines[1].ends_with("  WARN dead letter offset=7"), "{text}");
        assert!(lines[2].ends_with("  WARN the sink is still away for 9 s"), "{text}");
        assert_eq!(lines[0].find("INFO"), lines[1].find("WARN"), "one column:\n{text}");
    }
}
