//! Each condition at its borders, on histories made by hand.

use std::collections::BTreeMap;

use super::*;
use crate::tests::{MINUTE, plan_with};
use mare_model::measure::Function;
use mare_model::time::{Calendar, CalendarUnit, CalendarZone};
use mare_model::total::{Change, Key, Total};
use mare_model::view::{Aggregate, ViewId};

/// The rules of `toml` over a history of `(minute, group, revenue in cents, sales)`.
fn judge(toml: &str, history: &[(i64, &str, i128, i128)]) -> Vec<(String, Vec<String>)> {
    judge_by(&plan_with(toml), history)
}

/// The same by the rules of a plan.
fn judge_by(plan: &Plan, history: &[(i64, &str, i128, i128)]) -> Vec<(String, Vec<String>)> {
    let evaluator = Evaluator::new(plan, plan.alerts.as_ref().expect("alerts"), "vendas");
    let mut kept = TotalsHistory::default();
    for (minute, group, revenue, sales) in history {
        let document = crate::tests::document(plan, *minute, group, *revenue, *sales);
        let (start, group, values) = evaluator.fields.read(&document).expect("a document");
        kept.insert(start, group, values);
    }
    let slots = evaluator.slots(&kept, EventTime(0), EventTime::MAX);
    let found = slots.into_iter().map(|slot| {
        let alerts = evaluator.evaluate(&kept, slot);
        let minute = (slot.0 / MINUTE).to_string();
        (
            minute,
            alerts.into_iter().map(|alert| format!("{} {}", alert.group_text(), alert.message)).collect::<Vec<_>>(),
        )
    });
    found.filter(|(_, alerts)| !alerts.is_empty()).collect()
}

/// The minutes at which a rule with `condition` over the revenue alerts, for whatever group.
fn minutes(condition: &str, history: &[(i64, &str, i128, i128)]) -> Vec<i64> {
    let rule = format!("[[alerts.rules]]\nname = \"r\"\ntotal = \"faturamento_total\"\n{condition}");
    judge(&rule, history).into_iter().map(|(minute, _)| minute.parse().expect("a minute")).collect()
}

/// One group's revenue in cents from minute 0 on; a negative number stands for no window.
fn series(revenues: &[i128]) -> Vec<(i64, &'static str, i128, i128)> {
    let there = revenues.iter().enumerate().filter(|(_, revenue)| **revenue >= 0);
    there.map(|(minute, revenue)| (minute as i64, "Gamer", *revenue, 1)).collect()
}

#[test]
fn bounds_are_exact_and_not_passed_by_what_equals_them() {
    let history = series(&[99_999, 100_000, 100_001]);
    assert_eq!(minutes("above = 1000.00", &history), [2]);
    assert_eq!(minutes("above = \"1000\"", &history), [2]);
    assert_eq!(minutes("below = 1000", &history), [0]);
    let large = 10_i128.pow(28);
    let rule = format!("above = {large}.01", large = large / 100);
    assert_eq!(minutes(&rule, &series(&[large, large + 1, large + 2])), [2], "beyond what a float can tell apart");
}

/// It is no number: neither below anything, nor what another one is compared with, nor a part of a row of windows.
#[test]
fn a_total_that_is_null_alerts_nobody() {
    let none = Function::Max.identity();
    let found = |condition: &str, revenues: &[i128]| {
        let mut plan =
            plan_with(&format!("[[alerts.rules]]\nname = \"r\"\ntotal = \"faturamento_total\"\n{condition}"));
        let view = &mut plan.outputs[0].view;
        view.measures[0].function = Function::Max;
        view.totals[0].aggregate = Aggregate::Extreme(0, Number::Decimal { scale: 2 });
        let there = revenues.iter().enumerate().map(|(minute, revenue)| (minute as i64, "Gamer", *revenue, 1));
        let found = judge_by(&plan, &there.collect::<Vec<_>>());
        found.into_iter().map(|(minute, _)| minute.parse::<i64>().expect("a minute")).collect::<Vec<_>>()
    };
    assert_eq!(found("below = 1", &[none, 50, none, 99, 200]), [1, 3]);
    assert_eq!(found("above = 1", &[none, 200, none]), [1]);
    assert_eq!(found("below = 1\nfor = \"2m\"", &[50, none, 50, 50]), [3]);
    assert_eq!(found("change = { above = \"1%\" }", &[100, none, 300, 400]), [3]);
    let calm = [100, 101, none, 99, 100, 101, 99, 100, 100, none, 101, 900, none];
    assert_eq!(found("anomaly = { windows = 12, min_windows = 9 }", &calm), [11]);
    assert_eq!(found("anomaly = { windows = 12, min_windows = 10 }", &calm), [0; 0], "nine are there");
}

#[test]
fn a_rule_may_be_about_one_group_and_any_total() {
    let rule =
        "[[alerts.rules]]\nname = \"rush\"\ntotal = \"volume_vendas\"\ngroup = { categoria = \"Ga|mer\" }\nabove = 9";
    let found = judge(rule, &[(0, "Ga|mer", 1, 10), (0, "Casa", 1, 10), (1, "Ga|mer", 1, 9)]);
    let message = "Ga|mer Ga|mer, 1970-01-01T00:00:00Z: volume_vendas is 10, above 9";
    assert_eq!(found, [("0".to_owned(), vec![message.to_owned()])]);
}

#[test]
fn a_change_is_judged_against_the_window_before() {
    let above = "change = { above = \"200%\" }";
    assert_eq!(minutes(above, &series(&[100, 300, 901, 2_704])), [2, 3], "200 % more is three times as much");
    let below = "change = { against = \"previous\", below = \"-50%\" }";
    assert_eq!(minutes(below, &series(&[100, 50, 24, 12])), [2]);
    let both = "change = { above = \"0.5%\", below = \"-0.5%\" }";
    assert_eq!(minutes(both, &series(&[1_000, 1_005, 1_011, 1_005])), [2, 3]);
}

#[test]
fn a_change_needs_something_to_compare_with() {
    let both = "change = { above = \"1%\", below = \"-1%\" }";
    assert_eq!(minutes(both, &series(&[100, -1, 300])), [0; 0], "no window before");
    assert_eq!(minutes(both, &series(&[0, 300, 0])), [2], "nothing is a share of 0");
}

#[test]
fn a_change_may_be_judged_against_the_same_minute_before() {
    let hour = "change = { against = \"1h\", below = \"-50%\" }";
    let mut revenues = vec![1_000; 130];
    revenues[70] = 499;
    revenues[71] = 500;
    revenues[125] = 499;
    assert_eq!(minutes(hour, &series(&revenues)), [70, 125]);
}

#[test]
fn a_silence_is_found_once_and_by_its_last_window() {
    let silent = "silent = \"3m\"";
    assert_eq!(minutes(silent, &series(&[1, 1, -1, -1, 1, -1, -1, -1, -1, 1])), [7, 12], "two windows are not three");
    let rule = "[[alerts.rules]]\nname = \"quiet\"\ntotal = \"volume_vendas\"\nsilent = \"2m 1s\"";
    let found = judge(rule, &[(0, "Gamer", 1, 1), (0, "Casa", 1, 1), (1, "Casa", 1, 1), (2, "Casa", 1, 1)]);
    let silent = |group: &str, start: &str, through: &str| {
        format!(
            "{group} {group}, 1970-01-01T00:{start}:00Z: silent since then, in all windows through 1970-01-01T00:{through}:00Z"
        )
    };
    let expected =
        [("3".to_owned(), vec![silent("Gamer", "00", "03")]), ("5".to_owned(), vec![silent("Casa", "02", "05")])];
    assert_eq!(found, expected, "rounded up to three windows");
}

#[test]
fn a_rule_may_have_to_hold_for_some_windows_in_a_row() {
    let held = "below = 5\nfor = \"2m 1s\"";
    assert_eq!(
        minutes(held, &series(&[1, 1, 1, 1, 900, 1, 1, -1, 1, 1, 1])),
        [2, 3, 10],
        "a window without events ends a row"
    );
    let change = "change = { above = \"50%\" }\nfor = \"2m\"";
    assert_eq!(minutes(change, &series(&[100, 200, 400, 400, 800])), [2]);
    let anomaly = "anomaly = { windows = 4, min_windows = 4 }\nfor = \"2m\"";
    assert_eq!(minutes(anomaly, &series(&[100, 102, 98, 101, 900, 900, 100])), [5]);
    let rule = format!("[[alerts.rules]]\nname = \"r\"\ntotal = \"faturamento_total\"\n{held}");
    let found = judge(&rule, &series(&[400, 300, 200]));
    assert_eq!(
        found[0].1,
        ["Gamer Gamer, 1970-01-01T00:02:00Z: faturamento_total is 2.00, below 5.00, in 3 windows in a row"]
    );
}

/// The days of São Paulo around the one of 23 hours, from which on they begin an hour earlier.
#[test]
fn windows_of_a_calendar_are_counted_one_by_one() {
    let begin = |day: i64| (1_541_300_400_000 / MINUTE) + day * 24 * 60 - if day > 0 { 60 } else { 0 };
    let found = |condition: &str, revenues: &[i128]| {
        let rule = format!("[[alerts.rules]]\nname = \"r\"\ntotal = \"volume_vendas\"\n{condition}");
        let mut plan = plan_with(&rule);
        let zone = CalendarZone::named("America/Sao_Paulo").expect("a zone");
        plan.outputs[0].view.windows = Windows::calendar(Calendar { unit: CalendarUnit::Day, zone }, 0);
        let there = (-2..).zip(revenues).filter(|(_, sales)| **sales > 0);
        let history: Vec<_> = there.map(|(day, sales)| (begin(day), "Gamer", 1, *sales)).collect();
        let days = (-2..9).map(|day| (begin(day).to_string(), day));
        let days: BTreeMap<String, i64> = days.collect();
        judge_by(&plan, &history).into_iter().map(|(minute, _)| days[&minute]).collect::<Vec<_>>()
    };
    // Of a plan by the minute, so that two minutes are two windows.
    assert_eq!(found("change = { below = \"-40%\" }", &[10, 10, 10, 5, 5]), [1], "the day after");
    assert_eq!(found("change = { against = \"2m\", below = \"-40%\" }", &[10, 10, 10, 5, 5]), [1, 2]);
    assert_eq!(found("above = 6\nfor = \"3m\"", &[1, 7, 7, 7, 7, 1]), [1, 2]);
    assert_eq!(found("silent = \"2m\"", &[1, 1, 1, -1, -1, 1]), [2, 5]);
    assert_eq!(found("anomaly = { windows = 4, min_windows = 4 }", &[100, 102, 98, 101, 900]), [2]);
}

#[test]
fn what_holds_and_has_not_for_long_enough_is_pending() {
    let rule = "[[alerts.rules]]\nname = \"r\"\ntotal = \"faturamento_total\"\nbelow = 5\nfor = \"3m\"";
    let plan = plan_with(rule);
    let evaluator = Evaluator::new(&plan, plan.alerts.as_ref().expect("alerts"), "vendas");
    assert_eq!((evaluator.reach(), evaluator.lookbacks().len()), (2, 0));
    let mut history = TotalsHistory::default();
    for (minute, group) in [(0, "Casa"), (1, "Casa"), (2, "Casa"), (1, "Gamer"), (2, "Gamer")] {
        let document = crate::tests::document(&plan, minute, group, 1, 1);
        let (start, group, values) = evaluator.fields.read(&document).expect("a document");
        history.insert(start, group, values);
    }
    let pending = |minute| evaluator.pending(&history, EventTime(minute * MINUTE));
    assert_eq!([0, 1, 2, 3].map(|minute| pending(minute)[0].1), [1, 2, 1, 0]);
}

#[test]
fn an_anomaly_needs_enough_windows_and_a_spread() {
    let anomaly = "anomaly = { windows = 10, min_windows = 4 }";
    assert_eq!(minutes(anomaly, &series(&[100, 102, 98, 900])), [0; 0], "three are too few");
    assert_eq!(minutes(anomaly, &series(&[100, 102, 98, 101, 900])), [4]);
    assert_eq!(minutes(anomaly, &series(&[100, 100, 100, 100, 900])), [0; 0], "all alike have no spread");
    assert_eq!(minutes(anomaly, &series(&[100, 100, 100, 104, 105])), [4], "MAD 0, MeanAD 1: 5 / 1.253314 > 3.5");
    assert_eq!(minutes(anomaly, &series(&[100, 100, 100, 104, 104])), [0; 0], "4 / 1.253314 < 3.5");
}

#[test]
fn an_anomaly_looks_back_so_many_windows_and_no_further() {
    let mut revenues = vec![100, 102, 98, 101];
    revenues.extend([-1; 8]);
    revenues.push(900);
    assert_eq!(minutes("anomaly = { windows = 12, min_windows = 4 }", &series(&revenues)), [12]);
    assert_eq!(minutes("anomaly = { windows = 11, min_windows = 4 }", &series(&revenues)), [0; 0]);
}

#[test]
fn an_alert_says_everything_exactly() {
    let rule = "[[alerts.rules]]\nname = \"drop\"\ntotal = \"faturamento_total\"\nseverity = \"critical\"\n\
                change = { below = \"-10%\" }";
    let plan = plan_with(rule);
    let evaluator = Evaluator::new(&plan, plan.alerts.as_ref().expect("alerts"), "ven|das");
    let mut history = TotalsHistory::default();
    for (minute, revenue) in [(0, 10_i128.pow(25)), (1, 5)] {
        let document = crate::tests::document(&plan, minute, "Gamer", revenue, 1);
        let (start, group, values) = evaluator.fields.read(&document).expect("a document");
        history.insert(start, group, values);
    }
    let [alert] = &evaluator.evaluate(&history, EventTime(MINUTE))[..] else { panic!("one alert") };
    let expected = r#"{"id":"ven\\|das|drop|Gamer|1970-01-01T00:01:00Z","dataflow":"test","rule":"drop","severity":"critical","condition":"change","group":{"categoria":"Gamer"},"window_start":"1970-01-01T00:01:00Z","window_end":"1970-01-01T00:02:00Z","total":"faturamento_total","value":0.05,"against":100000000000000000000000.00,"final":true,"message":"Gamer, 1970-01-01T00:01:00Z: faturamento_total is 0.05 after 100000000000000000000000.00 at 1970-01-01T00:00:00Z: -100.0%, below -10%"}"#;
    assert_eq!(alert.json(), expected);
    assert_eq!(Alert::parse(expected).expect("an alert"), *alert);
}

/// Windows that grow share their start, and an alert of each is one of its own.
#[test]
fn alerts_of_windows_that_grow_are_told_apart_by_their_ends() {
    let rule = "[[alerts.rules]]\nname = \"r\"\ntotal = \"volume_vendas\"\nchange = { above = \"50%\" }";
    let mut plan = plan_with(rule);
    plan.outputs[0].view.windows = Windows::cumulative(3 * MINUTE, MINUTE, 0);
    let evaluator = Evaluator::new(&plan, plan.alerts.as_ref().expect("alerts"), "vendas");
    let mut history = TotalsHistory::default();
    for (minute, sales) in [(0, 2), (1, 4), (2, 8)] {
        let window = plan.view().windows.of_slot(EventTime(minute * MINUTE));
        let key = Key { view: ViewId(0), window, group: "Gamer".into() };
        let total = Total::new(sales, &plan.view().measures, &[1]);
        let document = plan.layout().render(&Change { key, total, is_final: true }).expect("a document");
        let (slot, group, values) = evaluator.fields.read(&document).expect("a document");
        assert_eq!(slot, EventTime(minute * MINUTE));
        history.insert(slot, group, values);
    }
    let slots = evaluator.slots(&history, EventTime(0), EventTime::MAX).into_iter();
    let alerts: Vec<_> = slots.flat_map(|slot| evaluator.evaluate(&history, slot)).collect();
    let said: Vec<_> = alerts.iter().map(|alert| (&*alert.id, &*alert.window_start, &*alert.window_end)).collect();
    let start = "1970-01-01T00:00:00Z";
    let two = ("vendas|r|Gamer|1970-01-01T00:02:00Z", start, "1970-01-01T00:02:00Z");
    assert_eq!(said, [two, ("vendas|r|Gamer|1970-01-01T00:03:00Z", start, "1970-01-01T00:03:00Z")]);
    assert!(alerts[1].message.contains("after 4 at 1970-01-01T00:02:00Z"), "{}", alerts[1].message);
}

#[test]
fn an_open_window_is_judged_by_rules_that_ask_for_it() {
    let plan = plan_with(
        "[[alerts.rules]]\nname = \"early\"\ntotal = \"volume_vendas\"\nabove = 9\non = \"update\"\n\
         [[alerts.rules]]\nname = \"late\"\ntotal = \"volume_vendas\"\nabove = 9",
    );
    let evaluator = Evaluator::new(&plan, plan.alerts.as_ref().expect("alerts"), "vendas");
    let found = |sales: i128| {
        let values = Values::from_iter([Some(sales)]);
        let found = evaluator.evaluate_open(EventTime(0), "Gamer", &values);
        found.into_iter().map(|alert| (alert.rule, alert.is_final)).collect::<Vec<_>>()
    };
    assert!(found(9).is_empty());
    assert_eq!(found(10), [("early".to_owned(), false)]);
}

#[test]
fn null_is_a_group_of_its_own() {
    let with = |group: &str| {
        let rule = format!("[[alerts.rules]]\nname = \"r\"\ntotal = \"faturamento_total\"\nabove = 1\n{group}");
        let mut plan = plan_with(&rule);
        plan.event.fields[plan.outputs[0].view.group_by[0]].optional = true;
        let evaluator = Evaluator::new(&plan, plan.alerts.as_ref().expect("alerts"), "vendas");
        let mut kept = TotalsHistory::default();
        for group in [r"\N", "null", "", r"\\N"] {
            kept.insert(EventTime(0), group.into(), vec![Some(1_000)].into());
        }
        let alerts = evaluator.evaluate(&kept, EventTime(0));
        alerts.into_iter().map(|alert| (alert.id, alert.group["categoria"].clone())).collect::<Vec<_>>()
    };
    let all = with("");
    let values: Vec<_> = all.iter().map(|(_, value)| value.clone()).collect();
    assert_eq!(values, [Value::from(""), Value::Null, Value::from(r"\N"), Value::from("null")]);
    assert!(all[1].0.contains(r"|r|\N|"), "{}", all[1].0);
    assert_eq!(with("group = { categoria = \"null\" }"), all[3..]);
}
