//! `[retract]`: what it makes of totals, and what it refuses.

use super::refusals::check;
use super::{GOOD, edited, parsed};
use mare_model::measure::Function;
use mare_model::view::{Aggregate, Number};

/// The good file with cancellations, told by their note, and these totals in the place of its own.
fn cancelled(totals: &str) -> String {
    edited("revenue = \"sum(price)\"", totals).replace("[window]", "[retract]\nwhen = \"note = 'cancelled'\"\n[window]")
}

#[test]
fn events_are_counted_apart_from_contributions() {
    let totals = "a = \"sum(price)\"\nb = \"count()\"\nc = \"count(city)\"\nd = \"count(note)\"\ne = \"avg(price)\"\nf = \"a / b\"";
    let plan = parsed(&cancelled(totals), &[]).unwrap();
    let view = plan.view();
    let functions: Vec<_> = view.measures.iter().map(|measure| measure.function).collect();
    assert_eq!(functions, [Function::Sum, Function::Live, Function::Count]);
    let aggregates: Vec<_> = view.totals.iter().map(|total| total.aggregate).collect();
    let live = Aggregate::Measure(1, Number::Integer);
    assert_eq!((aggregates[1], aggregates[2]), (live, live), "a required field is in every event");
    assert!(matches!(aggregates[4], Aggregate::Average(average) if average.count == Some(1)));
    assert_eq!(view.version, "n");
    let texts: Vec<_> = view.totals[..4].iter().map(|total| view.text(total.aggregate, &plan.event)).collect();
    assert_eq!(texts, ["sum(price)", "count()", "count()", "count(note)"]);
    let layout = plan.layout();
    let last = layout.fields().last().map(|field| (&*field.name, field.may_be_null));
    assert_eq!((last, layout.version()), (Some(("n", false)), "n"));
    let shape = plan.shape();
    assert_eq!(shape.0["totals"], "sum(price), live(), count(note)");
    assert!(shape.0["retract.when"].contains("'cancelled'"), "{shape:?}");
}

#[test]
fn a_total_may_have_the_name_of_the_version() {
    let version = |totals: &str| parsed(&cancelled(totals), &[]).map(|plan| plan.view().version.clone());
    assert_eq!(
        version("n = \"count()\"").unwrap(),
        "_n",
        "the number of events is another one than that of contributions"
    );
    assert!(version("n = \"count()\"\n_n = \"sum(price)\"").unwrap_err().to_string().contains("`_n` are both taken"));
}

#[test]
fn a_fingerprint_has_it_only_where_it_is() {
    let plain = parsed(GOOD, &[]).unwrap();
    assert!(!plain.shape().0.contains_key("retract.when"));
    let one = parsed(&cancelled("revenue = \"sum(price)\""), &[]).unwrap();
    let other = parsed(&cancelled("revenue = \"sum(price)\"").replace("'cancelled'", "'returned'"), &[]).unwrap();
    let same = parsed(&cancelled("revenue = \"sum(price)\"").replace("note = 'c", "(note) = 'c"), &[]).unwrap();
    assert_ne!(plain.fingerprint(), one.fingerprint());
    assert_ne!(one.fingerprint(), other.fingerprint());
    assert_eq!(one.fingerprint(), same.fingerprint());
    assert_eq!(mare_sink::fingerprint::of_format_1(&one.shape(), one.view()), None);
}

#[test]
fn a_condition_is_typed_as_a_filter_is() {
    let with = |when: &str| GOOD.replace("[window]", &format!("[retract]\n{when}\n[window]"));
    let refused = |when: &str| parsed(&with(when), &[]).unwrap_err().to_string();
    for (when, parts) in [
        ("when = \"price\"", &["column 1", "decimal"][..]),
        ("when = \"state = 'x'\"", &["column 1", "`state`"]),
        ("when = \"note = \"", &["column"]),
        ("", &["`retract.when` is missing"]),
        ("when = true", &["must be a string"]),
        ("if = \"TRUE\"\nwhen = \"TRUE\"", &["unknown key `retract.if`", "`when`"]),
    ] {
        let said = refused(when);
        assert!(parts.iter().all(|part| said.contains(part)), "{when}: {said}");
    }
}

#[test]
fn totals_without_an_inverse_are_refused_at_their_line() {
    let more = "note = \"string?\"\npaid = \"boolean\"";
    let text = |total: &str| {
        cancelled(&format!("revenue = \"sum(price)\"\nx = \"{total}\"")).replace("note = \"string?\"", more)
    };
    for total in [
        "min(price)",
        "max(price)",
        "min(city)",
        "any(paid)",
        "all(paid)",
        "first(price)",
        "last(city)",
        "count_distinct(city)",
        "approx_count_distinct(city)",
        "median(price)",
        "quantile(price, 0.9)",
    ] {
        for set in [&[][..], &["dedup.by=city"]] {
            let refused = parsed(&text(total), set).unwrap_err();
            let function = total.split('(').next().unwrap();
            assert_eq!(refused.problems().len(), 1, "{total}: {refused}");
            let problem = &refused.problems()[0];
            assert!(problem.message().contains(&format!("nothing can be taken back from `{total}`")), "{refused}");
            assert!(problem.remedy().contains(&format!("keep `{function}` in a dataflow without")), "{refused}");
            assert!(refused.to_string().contains(total), "the line is shown: {refused}");
        }
    }
    for total in [
        "variance(price)",
        "stddev(price)",
        "var_samp(price)",
        "stddev_samp(price)",
        "var_pop(price)",
        "stddev_pop(price)",
    ] {
        let refused = parsed(&text(total), &[]).unwrap_err().to_string();
        assert!(refused.contains("add `[dedup]`") && refused.contains(total), "{refused}");
        let plan = parsed(&text(total), &["dedup.by=city"]).unwrap();
        let spread = plan.view().totals[1].aggregate;
        assert!(matches!(spread, Aggregate::Dispersion(of) if of.count == Some(1)), "{spread:?}");
    }
}

#[test]
fn elements_and_sessions_are_not_taken_back() {
    let plain = cancelled("revenue = \"sum(price)\"");
    let exploded = plain.replacen("[event.fields]", "explode = \"items\"\n[event.fields]", 1);
    let refused = parsed(&exploded, &[]).unwrap_err().to_string();
    assert!(refused.contains("`event.explode` makes several events of each"), "{refused}");
    for text in [
        plain.replacen("tumbling =", "session =", 1),
        plain.replacen("[window]", "[dedup]\nby = \"city\"\n[window]", 1),
    ] {
        let outcome = parsed(&text, &[]).map_err(|refused| refused.to_string());
        match text.contains("session") {
            true => assert!(outcome.unwrap_err().contains("a session that loses one may fall apart")),
            false => assert!(outcome.is_ok(), "{outcome:?}"),
        }
    }
}

#[test]
fn a_sum_that_may_be_taken_back_from_alerts_when_it_is_final() {
    let rule = "[alerts]\n[[alerts.rules]]\nname = \"r\"\ntotal = \"revenue\"\nabove = 1\non = \"update\"\n[window]\nfinal = \"closed\"";
    let with = |text: String| parsed(&text.replacen("[window]", rule, 1), &[]);
    assert!(with(GOOD.to_owned()).is_ok());
    let refused = with(cancelled("revenue = \"sum(price)\"")).unwrap_err().to_string();
    assert!(refused.contains("`revenue` may come back below"), "{refused}");
}

#[test]
fn it_holds_for_every_view() {
    let text = GOOD.split("[window]").next().unwrap().to_owned()
        + "[retract]\nwhen = \"note = 'x'\"\n[window]\ntumbling = \"1m\"\n[[totals]]\nname = \"a\"\ninto = \"a\"\nsales = \"count()\"\n\
           [[totals]]\nname = \"b\"\ninto = \"b\"\nTOTAL\n[sink.mongodb]\nuri = \"mongodb://h\"\ndatabase = \"d\"\ncollection = \"c\"\n";
    let plan = parsed(&text.replace("TOTAL", "sales = \"count()\""), &[]).unwrap();
    assert!(plan.views().iter().all(|view| view.view().version == "n" && view.retract.is_some()));
    assert_eq!(plan.shape().0.keys().filter(|key| key.contains("retract")).count(), 1);
    let refused = parsed(&text.replace("TOTAL", "most = \"max(price)\""), &[]).unwrap_err().to_string();
    assert!(refused.contains("nothing can be taken back from `max(price)`"), "{refused}");
}

#[test]
fn what_is_refused_is_said_once() {
    check(&[(
        "sum(price)",
        "max(price)\"\nhalf = \"revenue / 2\"\n[retract]\nwhen = \"note = 'x'",
        15,
        "nothing can be taken back from `max(price)`",
        "sums, counts and averages",
    )]);
}
