//! `[window]` by the calendar of a zone: what it is read as, what is refused, and what of it is part of a shape.

use super::super::Plan;
use super::super::alerts::Condition;
use super::refusals::check;
use super::{edited, parsed};
use mare_model::time::{Assigner, Calendar, CalendarUnit, CalendarZone, Windows};

/// The plan of the good file with windows like that.
fn plan(tumbling: &str, rest: &str) -> Plan {
    let window = format!("tumbling = \"{tumbling}\"\nlateness = \"2h\"\n{rest}");
    parsed(&edited("tumbling = \"1m\"", &window), &[]).unwrap_or_else(|invalid| panic!("{invalid}"))
}

const SAO_PAULO: &str = "zone = \"America/Sao_Paulo\"";

#[test]
fn a_unit_is_read_by_its_word_or_as_one_of_it() {
    let units = [
        ("day", "1d", CalendarUnit::Day),
        ("week", "1 week", CalendarUnit::Week),
        ("month", "1 month", CalendarUnit::Month),
        ("quarter", "3 months", CalendarUnit::Quarter),
        ("year", "1y", CalendarUnit::Year),
    ];
    for (word, one, unit) in units {
        let calendar = |zone| Calendar { unit, zone: CalendarZone::named(zone).expect("a zone") };
        let windows = |zone| Windows::calendar(calendar(zone), 7_200_000);
        for text in [word, one] {
            assert_eq!(plan(text, SAO_PAULO).view().windows, windows("America/Sao_Paulo"), "{text}");
        }
        assert_eq!(plan(word, "").view().windows, windows("UTC"), "that of `event.zone`: {word}");
    }
    let events = edited("[event]\n", "[event]\nzone = \"Asia/Tokyo\"\n").replace("\"1m\"", "\"day\"");
    let plan = parsed(&events, &[]).unwrap();
    let Assigner::Calendar(calendar) = plan.view().windows.assigner else { panic!("{:?}", plan.view().windows) };
    assert_eq!((calendar.zone.name(), plan.zone()), ("Asia/Tokyo", &plan.event.zone));
}

#[test]
fn a_day_without_a_zone_is_one_of_24_hours() {
    let plan = plan("1d", "");
    assert_eq!(plan.view().windows, Windows::tumbling(86_400_000, 7_200_000));
    assert_eq!(plan.zone(), &plan.event.zone);
}

#[test]
fn what_no_calendar_has_is_refused() {
    check(&[
        ("\"1m\"", "\"1h\"\nzone = \"UTC\"", 13, "windows of `1h` belong to no zone", "remove `zone`, or write"),
        ("\"1m\"", "\"7d\"\nzone = \"UTC\"", 13, "windows of `7d` belong to no zone", "`week`"),
        ("\"1m\"", "\"day\"\noffset = \"3h\"", 13, "no `offset` moves it", "zone = \"America/Sao_Paulo\""),
        (
            "\"1m\"",
            "\"day\"\nzone = \"America/Sao_Paolo\"",
            13,
            "unknown time zone",
            "did you mean `America/Sao_Paulo`?",
        ),
        ("\"1m\"", "\"days\"", 12, "`window.tumbling` is no duration: `days`", "`day`"),
    ]);
}

/// The condition and `for` of a rule over windows like that.
fn rule(tumbling: &str, condition: &str) -> (Condition, i64) {
    let rule = format!("{SAO_PAULO}\n[alerts]\n[[alerts.rules]]\nname = \"r\"\ntotal = \"revenue\"\n{condition}");
    let rule = plan(tumbling, &rule).alerts.expect("alerts").rules.remove(0);
    (rule.condition, rule.windows_held)
}

#[test]
fn rules_count_in_the_calendars_units() {
    let change = |tumbling, against: &str| match rule(
        tumbling,
        &format!("change = {{ against = \"{against}\", above = \"1%\" }}"),
    ) {
        (Condition::Change { against, .. }, 1) => against,
        other => panic!("{other:?}"),
    };
    assert_eq!([change("day", "previous"), change("day", "1 week"), change("week", "14 days")], [1, 7, 2]);
    assert_eq!([change("month", "1y"), change("quarter", "1 year"), change("year", "10y")], [12, 4, 10]);
    let silent = |tumbling, text: &str| rule(tumbling, &format!("silent = \"{text}\"\non = \"clock\"")).0;
    let lasts = |windows, hours: i64| Condition::Silent { windows, by_clock_ms: Some(hours * 3_600_000) };
    assert_eq!(silent("day", "2 days"), lasts(2, 48));
    assert_eq!(silent("week", "8d"), lasts(2, 8 * 24));
    assert_eq!(silent("month", "1 month"), lasts(1, 31 * 24));
    assert_eq!(rule("month", "below = 1\nfor = \"3 months\"").1, 3);
}

/// A rule below `[totals]`' place, of a dataflow by the day: its condition is in line 17, what follows in line 18.
macro_rules! rule {
    ($condition:literal) => {
        concat!("[alerts]\n[[alerts.rules]]\nname = \"r\"\ntotal = \"n\"\n", $condition, "\n[totals]")
    };
}

#[test]
fn times_that_are_no_units_of_the_calendar_are_refused() {
    for (condition, line, message, remedy) in [
        (rule!("above = 1\nfor = \"36h\""), 18, "`alerts.rules.for` is `36h`, and windows are a day long", "`7 days`"),
        (rule!("above = 1\nfor = \"1d\""), 18, "no longer than a window", "remove it"),
        (rule!("above = 1\ncooldown = \"1d\""), 18, "no longer than a window", "remove it"),
        (rule!("silent = \"1 month\""), 17, "`alerts.rules.silent` is `1 month`", "days or weeks"),
        (rule!("change = { against = \"1h\", above = \"1%\" }"), 17, "`alerts.rules.change.against` is `1h`", "days"),
    ] {
        let invalid = parsed(&edited("[totals]", condition).replace("\"1m\"", "\"day\""), &[]).expect_err(condition);
        let [problem] = invalid.problems() else { panic!("one problem expected for `{condition}`:\n{invalid}") };
        assert_eq!(problem.line(), line, "{invalid}");
        assert!(problem.message().contains(message) && problem.remedy().contains(remedy), "{invalid}");
    }
}

/// These stand in checkpoints and databases: what is written here must not change.
#[test]
fn the_shape_names_the_unit_the_zone_and_what_is_known_of_it() {
    let shape = |tumbling, rest| plan(tumbling, rest).shape();
    let tokyo = shape("day", "zone = \"Asia/Tokyo\"");
    let of_windows = tokyo.0.iter().filter(|(key, _)| key.starts_with("window."));
    let lines: Vec<_> = of_windows.map(|(key, value)| format!("{key} {value}")).collect();
    let expected = ["window.lateness 2h", "window.tumbling day", "window.zone Asia/Tokyo", "window.zone_data 52c093cf"];
    assert_eq!(lines, expected);
    assert_eq!(plan("day", "zone = \"Asia/Tokyo\"").fingerprint(), "2b5cb284e3beea17");
    let differences = shape("1d", "").differences(&tokyo).join("; ");
    for part in ["`window.tumbling` was `24h`, is `day`", "`window.zone` was not there, is `Asia/Tokyo`"] {
        assert!(differences.contains(part), "{differences}");
    }
    assert_eq!(shape("1d", SAO_PAULO), shape("day", SAO_PAULO), "two spellings of one thing");
}
