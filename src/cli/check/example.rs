//! What a dataflow will do with an event, by an example: in which windows it counts, and until when they take events.
//! Pure.

use jiff::Zoned;
use jiff::civil::date;
use jiff::tz::TimeZone;

use crate::cli::when;
use crate::dataflow::Plan;
use crate::time::{Assigner, EventTime, Window};

/// Two lines about an event of a certain Friday, in the local time of the dataflow: never of now, so that a file is
/// always drawn alike. If it may be cancelled, one about that.
pub(super) fn lines(plan: &Plan) -> Vec<String> {
    let event = date(2025, 11, 28).at(12, 3, 27, 0).to_zoned(plan.zone().clone());
    let elements = plan.event.explode.as_ref().map(|array| {
        let array = array.join(".").replace(".[", "[");
        format!("each element of `{array}` is an event, and has the time of its record")
    });
    let lines = event.ok().and_then(|event| of(plan, &event)).unwrap_or_default();
    elements.into_iter().chain(lines).chain(cancellation(plan)).collect()
}

/// What becomes of a cancellation, if there are such.
fn cancellation(plan: &Plan) -> Option<String> {
    plan.retract.as_ref()?;
    Some(match plan.dedup {
        Some(_) => {
            "a cancellation takes back the order of its id while its partition keeps that, and is late if it finds none"
        }
        None => "a cancellation subtracts its own amounts, in the window of its own time and in its own group",
    }.to_owned())
}

/// The same about an event at a certain time.
fn of(plan: &Plan, event: &Zoned) -> Option<Vec<String>> {
    let windows = plan.view().windows;
    if windows.is_global() {
        return Some(without_windows(plan, event));
    }
    let time = EventTime(event.timestamp().as_millisecond());
    if let Assigner::Session { gap_ms } = windows.assigner {
        return session(plan, event, gap_ms);
    }
    let (last, all) = (windows.window_of(time), windows.windows_of(time));
    let (first, count) = all.fold((last, 0), |(_, count), window| (window, count + 1));
    let edges = |window: Window| Some(format!("[{}, {})", edge(window.start, event)?, edge(window.end, event)?));
    let counts = match windows.assigner {
        Assigner::Tumbling { .. } => format!("the window {}", edges(last)?),
        Assigner::Session { .. } | Assigner::Global => "all times".to_owned(),
        Assigner::Calendar(calendar) => {
            let zone = calendar.zone.name();
            format!("the window {}, a {} of {zone}", edges(last)?, calendar.unit.word())
        }
        Assigner::Hopping { .. } | Assigner::Cumulative { .. } if count == 1 => format!("one window, {}", edges(last)?),
        Assigner::Hopping { .. } | Assigner::Cumulative { .. } => {
            format!("{count} windows, from {} to {}", edges(first)?, edges(last)?)
        }
    };
    let (it, close) = (if count > 1 { "the last of them" } else { "it" }, edge(windows.close(last), event)?);
    let reached = match plan.event.confirm {
        1 => "one there has".to_owned(),
        confirm if plan.event.explode.is_some() => format!("those of {confirm} records there have"),
        confirm => format!("{confirm} there have"),
    };
    Some(vec![
        format!("an event at {} {} counts in {counts}", local(event, true), offset(event)),
        format!(
            "{it} takes events of a partition until {reached} reached {close}, and is final once that is so in all"
        ),
    ])
}

/// The same of sessions: how long one goes on with the event, and when it is written.
fn session(plan: &Plan, event: &Zoned, gap_ms: i64) -> Option<Vec<String>> {
    let (windows, time) = (plan.view().windows, EventTime(event.timestamp().as_millisecond()));
    let alone = windows.window_of(time);
    let [end, late, close] = [alone.end, windows.deadline(alone), windows.close(alone)].map(|time| edge(time, event));
    let [before, end, late, close] = [edge(EventTime(time.0 - gap_ms), event)?, end?, late?, close?];
    let reached = match plan.event.confirm {
        1 => "has",
        confirm => &format!("has, by {confirm} events,"),
    };
    Some(vec![
        format!(
            "an event at {} {} is in one session with those of its group after {before} and before {end}",
            local(event, true),
            offset(event)
        ),
        format!(
            "it is late if its partition {reached} reached {late}; a session that ends with it is written once all have \
             reached {close}"
        ),
    ])
}

/// The same of a dataflow without windows, and what it costs.
fn without_windows(plan: &Plan, event: &Zoned) -> Vec<String> {
    let ids = plan.dedup.map_or("", |_| ", and so does each id of [dedup]");
    vec![
        format!(
            "an event at {} {} counts in the total of its group, which has no end",
            local(event, true),
            offset(event)
        ),
        format!(
            "no event is late, and no total is ever final: each group stays in memory and in every checkpoint, for ever{ids}"
        ),
    ]
}

/// An edge of a window as a person reads it who knows of `event`: its date only if it is another one, and so its
/// offset.
fn edge(time: EventTime, event: &Zoned) -> Option<String> {
    let edge = when::zoned(time, event.time_zone())?;
    let text = local(&edge, edge.date() != event.date() || edge.time() == jiff::civil::Time::midnight());
    let is_same = edge.offset() == event.offset();
    Some(if is_same { text } else { format!("{text} {}", offset(&edge)) })
}

/// A local time, to the minute if it is a whole one.
fn local(time: &Zoned, has_date: bool) -> String {
    let clock = match (time.second(), time.subsec_nanosecond()) {
        (0, 0) => "%H:%M",
        (_, 0) => "%H:%M:%S",
        _ => "%H:%M:%S%.3f",
    };
    let format = if has_date { format!("%Y-%m-%d {clock}") } else { clock.to_owned() };
    time.strftime(&format).to_string()
}

/// Its offset, by which it is an instant.
fn offset(time: &Zoned) -> String {
    if *time.time_zone() == TimeZone::UTC { "UTC".to_owned() } else { time.strftime("%:z").to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataflow::fixture::{EVENTS, plan};

    /// The example of a dataflow with this table `[window]`, and settings.
    fn drawn(window: &str, set: &[&str]) -> String {
        lines(&plan(&EVENTS.replace("tumbling = \"1m\"", window), set)).join("\n")
    }

    #[test]
    fn a_window_is_drawn_with_its_edges_and_its_close() {
        assert_eq!(
            drawn("tumbling = \"1m\"\nlateness = \"2m\"", &[]),
            "an event at 2025-11-28 12:03:27 UTC counts in the window [12:03, 12:04)\n\
             it takes events of a partition until one there has reached 12:06, and is final once that is so in all"
        );
        let local = drawn("tumbling = \"1h\"\noffset = \"90s\"", &["event.zone=America/Sao_Paulo", "event.confirm=2"]);
        assert_eq!(
            local,
            "an event at 2025-11-28 12:03:27 -03:00 counts in the window [12:01:30, 13:01:30)\n\
             it takes events of a partition until 2 there have reached 13:01:30, and is final once that is so in all"
        );
    }

    #[test]
    fn an_edge_of_another_day_says_which() {
        let day = drawn("tumbling = \"day\"\nzone = \"America/Sao_Paulo\"\nlateness = \"2h\"", &[]);
        assert_eq!(
            day,
            "an event at 2025-11-28 12:03:27 -03:00 counts in the window [2025-11-28 00:00, 2025-11-29 00:00), a day of \
             America/Sao_Paulo\n\
             it takes events of a partition until one there has reached 2025-11-29 02:00, and is final once that is so in all"
        );
        let month = drawn("tumbling = \"month\"\nzone = \"America/New_York\"", &[]);
        assert!(month.contains("-05:00 counts in the window [2025-11-01 00:00 -04:00, 2025-12-01 00:00)"), "{month}");
    }

    #[test]
    fn a_session_is_drawn_with_how_far_it_reaches_and_when_it_is_written() {
        assert_eq!(
            drawn("session = \"30m\"\nlateness = \"5m\"", &[]),
            "an event at 2025-11-28 12:03:27 UTC is in one session with those of its group after 11:33:27 and before 12:33:27\n\
             it is late if its partition has reached 12:38:27; a session that ends with it is written once all have reached \
             13:08:27"
        );
    }

    #[test]
    fn without_windows_it_says_what_that_costs() {
        let drawn = drawn("none = true", &[]);
        assert_eq!(
            drawn,
            "an event at 2025-11-28 12:03:27 UTC counts in the total of its group, which has no end\n\
             no event is late, and no total is ever final: each group stays in memory and in every checkpoint, for ever"
        );
    }

    #[test]
    fn windows_that_grow_are_counted_from_the_one_that_ends_first() {
        assert_eq!(
            drawn("cumulative = \"1d\"\nevery = \"1h\"\noffset = \"3h\"\nlateness = \"2m\"", &[]),
            "an event at 2025-11-28 12:03:27 UTC counts in 15 windows, from [03:00, 13:00) to [03:00, 2025-11-29 03:00)\n\
             the last of them takes events of a partition until one there has reached 2025-11-29 03:02, and is final once \
             that is so in all"
        );
    }

    #[test]
    fn windows_that_overlap_are_counted() {
        let hopping = drawn("hopping = \"10m\"\nevery = \"1m\"\nlateness = \"2m\"", &[]);
        assert_eq!(
            hopping,
            "an event at 2025-11-28 12:03:27 UTC counts in 10 windows, from [11:54, 12:04) to [12:03, 12:13)\n\
             the last of them takes events of a partition until one there has reached 12:15, and is final once that is \
             so in all"
        );
    }
}
