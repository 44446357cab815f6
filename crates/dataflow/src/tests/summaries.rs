//! Totals that keep more than a number.

use super::refusals::check;
use super::{edited, parsed};
use mare_model::view::Number;

#[test]
fn equal_summaries_are_kept_once_whatever_is_read_from_them() {
    let text = edited("note = \"string?\"", "note = \"boolean?\"\nat = \"time?\"");
    let more = "b = \"first( note )\"\nc = \"last(at)\"\nd = \"count_distinct(city)\"\ne = \"median(price)\"\n\
                f = \"quantile( price , 0.950 )\"\ng = \"approx_count_distinct(at)\"\nh = \"quantile(price, 1)\"\n\
                i = \"b IS NULL\"\n[sink.mongodb]";
    let plan = parsed(&text.replace("[sink.mongodb]", more), &[]).unwrap();
    let functions: Vec<_> = plan.view().summaries.iter().map(|of| of.function.name()).collect();
    let expected = ["first", "last", "count_distinct", "quantile", "approx_count_distinct"];
    assert_eq!((functions, plan.view().measures.len()), (expected.to_vec(), 1));
    let texts: Vec<_> = plan.view().totals.iter().map(|total| plan.view().text(total.aggregate, &plan.event)).collect();
    let expected = [
        "first(note)",
        "last(at)",
        "count_distinct(city)",
        "quantile(price, 0.5)",
        "quantile(price, 0.95)",
        "approx_count_distinct(at)",
        "quantile(price, 1)",
    ];
    assert_eq!(texts[1..8], expected);
    let kinds: Vec<_> = plan.view().totals[1..].iter().map(|total| total.aggregate.number()).collect();
    let (cents, whole) = (Number::Decimal { scale: 2 }, Number::Integer);
    assert_eq!(kinds, [Number::Boolean, Number::Time, whole, cents, cents, whole, cents, Number::Boolean]);
    let nulls = plan.view().totals[1..].iter().map(|total| total.aggregate.may_be_null());
    assert_eq!(nulls.collect::<Vec<_>>(), [true, true, false, true, true, false, true, true]);
    let refused = parsed(&text.replace("sum(price)", "median(at)"), &[]).unwrap_err().to_string();
    assert!(refused.contains("`at` is a time and has no median"), "{refused}");
}

#[test]
fn texts_stand_among_the_numbers_in_the_order_of_the_file() {
    let more = "a = \"min(city)\"\nb = \"count()\"\nc = \"revenue / b\"\nd = \"last(note)\"\ne = \"first(note)\"\n\
                f = \"max(price)\"\n[sink.mongodb]";
    let plan = parsed(&edited("[sink.mongodb]", more), &[]).unwrap();
    let names: Vec<_> = plan.view().total_names().collect();
    assert_eq!(names, ["revenue", "a", "b", "c", "d", "e", "f"]);
    let fields: Vec<_> = plan.layout().fields().iter().map(|field| (field.name.clone(), field.may_be_null)).collect();
    let fields: Vec<_> = fields.iter().map(|(name, may_be_null)| (&**name, *may_be_null)).collect();
    let nulls = [("a", true), ("b", false), ("c", true), ("d", true), ("e", true), ("f", true)];
    assert_eq!(fields[fields.len() - 6..], nulls);
    let texts = plan.view().texts.iter().map(|it| plan.view().text_of(it, &plan.event));
    let (plain, texts) = (parsed(super::GOOD, &[]).unwrap(), texts.collect::<Vec<_>>());
    assert_eq!(texts, ["min(city)", "last(note)", "first(note)"]);
    assert_ne!(plan.fingerprint(), plain.fingerprint());
    let other = parsed(&edited("[sink.mongodb]", &more.replace("min(city)", "max(city)")), &[]).unwrap();
    assert_ne!(plan.fingerprint(), other.fingerprint());
}

#[test]
fn rankings_say_what_is_ranked_by_what() {
    let more = "a = \"top(3, city, sum(price))\"\nb = \"top( 100 ,city , count( ) )\"\nc = \"top(1, city)\"\n\
                d = \"top(2, city, sum( price ))\"\n[sink.mongodb]";
    let plan = parsed(&edited("[sink.mongodb]", more), &[]).unwrap();
    let view = plan.view();
    let summaries: Vec<_> = view.texts.iter().map(|text| text.summary).collect();
    assert_eq!((summaries, view.summaries.len()), (vec![0, 1, 1, 0], 2), "how many are asked for is no matter");
    let texts: Vec<_> = view.texts.iter().map(|text| view.text_of(text, &plan.event)).collect();
    assert_eq!(texts, ["top(3, city, sum(price))", "top(100, city)", "top(1, city)", "top(2, city, sum(price))"]);
    let cents = Number::Decimal { scale: 2 };
    let by: Vec<_> = view.texts.iter().filter_map(|text| text.ranking.map(|ranking| ranking.by)).collect();
    assert_eq!(by, [cents, Number::Integer, Number::Integer, cents]);
    let other = parsed(&edited("[sink.mongodb]", &more.replace("top(3", "top(4")), &[]).unwrap();
    assert_ne!(plan.fingerprint(), other.fingerprint());
}

#[test]
fn summaries_that_make_no_sense() {
    check(&[
        ("sum(price)", "first()", 15, "`first()` names no field", "`first(field)`"),
        ("sum(price)", "count_distinct()", 15, "`count_distinct()` names no field", "`count_distinct(field)`"),
        ("sum(price)", "distinct(price)", 15, "unknown total `distinct`", "`count_distinct`"),
        ("sum(price)", "quantile(price)", 15, "`quantile` does not say which", "`quantile(field, 0.95)`"),
        (
            "sum(price)",
            "quantile(price, 95)",
            15,
            "`95` is no share of the values from 0 to 1",
            "`quantile(price, 0.95)`",
        ),
        ("sum(price)", "quantile(price, -0.1)", 15, "`-0.1` is no share", "`quantile(price, 0.95)`"),
        ("sum(price)", "quantile(price, 0.1234567)", 15, "of 6 digits", "`quantile(price, 0.95)`"),
        ("sum(price)", "quantile(city, 0.5)", 15, "`city` is a string and has no quantile", "`count_distinct(city)`"),
        ("sum(price)", "top()", 15, "`` is no number of values from 1 to 100", "`top(3, field)`"),
        ("sum(price)", "top(0, city)", 15, "`0` is no number of values", "`top(3, field)`"),
        ("sum(price)", "top(101, city)", 15, "`101` is no number of values", "`top(3, field)`"),
        ("sum(price)", "top(3)", 15, "`top` does not say of which field", "`top(3, field, sum(other))`"),
        ("sum(price)", "top(3, cty)", 15, "`cty` is not declared", "`city`"),
        ("sum(price)", "top(3, price)", 15, "`price` is none of the fields whose values are ranked", "an integer"),
        ("sum(price)", "top(3, city, max(price))", 15, "values are not ranked by `max(price)`", "`top(3, field)`"),
        ("sum(price)", "top(3, city, sum(city))", 15, "`sum(city)` sums what is no number", "a decimal"),
        ("sum(price)", "median(price, 0.5)", 15, "`median` takes a field alone", "`quantile(field, 0.95)`"),
    ]);
}
