//! Totals that are computed from others.

use super::{GOOD, edited, parsed};
use crate::Plan;
use mare_model::view::{Aggregate, Number};

/// The good file with more totals.
fn with(totals: &str) -> String {
    edited("[sink.mongodb]", &format!("{totals}\n[sink.mongodb]"))
}

/// The plan of such a file.
fn plan(totals: &str) -> Plan {
    parsed(&with(totals), &[]).unwrap_or_else(|invalid| panic!("{invalid}"))
}

#[test]
fn an_expression_is_over_the_totals_that_are_functions_wherever_they_stand() {
    let plan = plan(
        "per_order = \"revenue/orders\"\norders = \"count()\"\nbig = \"revenue > 1000 AND orders<>0\"\n\
         most = \"max(price)\"\nround = \"ROUND(most)\"\nspread = \"coalesce(most - revenue, 0)\"",
    );
    let view = plan.view();
    let found: Vec<_> = view.totals.iter().map(|total| (&*total.name, total.aggregate)).collect();
    let (cents, six) = (Number::Decimal { scale: 2 }, Number::Decimal { scale: 6 });
    let expected = [
        ("revenue", Aggregate::Measure(0, cents)),
        ("per_order", Aggregate::Computed(0, six)),
        ("orders", Aggregate::Events),
        ("big", Aggregate::Computed(1, Number::Boolean)),
        ("most", Aggregate::Extreme(1, cents)),
        ("round", Aggregate::Computed(2, Number::Integer)),
        ("spread", Aggregate::Computed(3, cents)),
    ];
    assert_eq!(found, expected);
    assert_eq!((view.measures.len(), &*view.version), (2, "orders"), "they keep nothing");
    let texts: Vec<_> = view.totals.iter().map(|total| view.text(total.aggregate, &plan.event)).collect();
    assert_eq!(texts[1], r#""revenue" / "orders""#);
    assert_eq!(texts[6], r#"COALESCE(("most" - "revenue"), 0)"#);
    assert!(found.iter().filter(|(_, aggregate)| aggregate.may_be_null()).all(|(_, aggregate)| !aggregate.adds_up()));
}

/// A mistake: the totals, what is marked, and parts of both texts.
const MISTAKES: [(&str, &str, &str, &str); 14] = [
    ("x = \"revenue / ordrs\"", "ordrs", "there is no total `ordrs`", "the totals here are `revenue`"),
    ("x = \"revenu\"", "revenu", "there is no total `revenu`", "did you mean `revenue`?"),
    ("x = \"revenue +\"", "\"", "", ""),
    ("x = \"revenue > 'a'\"", "'", "a decimal(2) is compared with a text", "without quotes"),
    ("x = \"revenue + price\"", "price", "`price` is a field of an event", "give `sum(price)`"),
    ("x = \"sum(price) / 2\"", "sum", "`sum` stands inside an expression", "give `sum(…)` a total of its own"),
    ("x = \"revenue / count()\"", "count", "`count` stands inside an expression", "a total of its own"),
    ("x = \"revenue / 2\"\ny = \"x * 2\"", "x", "`x` is an expression itself", "write what it stands for here"),
    ("x = \"x + 1\"", "x", "`x` is an expression itself", "over totals that are functions"),
    ("x = \"event_time\"", "event_time", "there is no total `event_time`", "the totals here are"),
    ("x = \"1 + 1\"", "\"1 + 1\"", "`1 + 1` is not a total", "`sum(field)`"),
    (
        "x = \"CAST(revenue AS TEXT)\"",
        "\"CAST(revenue AS TEXT)\"",
        "is a text, and no total is one",
        "compute a number",
    ),
    ("x = \"revenue + 1 / 0\"", "1", "it fails for every event: division by zero", "correct the constants"),
    ("x = \"\\u0072evenue + y\"", "\"\\u0072evenue + y\"", "there is no total `y`", "the totals here are"),
];

/// What stands above the carets.
fn underlined(shown: &str) -> String {
    let lines: Vec<&str> = shown.lines().collect();
    let carets = lines.iter().position(|line| line.contains('^')).unwrap_or_else(|| panic!("no mark in {shown}"));
    let written = lines[carets - 1].chars().zip(lines[carets].chars());
    written.filter(|(_, caret)| *caret == '^').map(|(letter, _)| letter).collect()
}

#[test]
fn a_mistake_is_marked_at_its_column() {
    for (totals, marked, message, remedy) in MISTAKES {
        let invalid = parsed(&with(totals), &[]).expect_err(totals);
        let [problem] = invalid.problems() else { panic!("one problem expected for `{totals}`:\n{invalid}") };
        assert!(problem.message().contains(message) && problem.remedy().contains(remedy), "`{totals}`:\n{invalid}");
        assert_eq!(underlined(&invalid.render(false)), marked, "`{totals}`:\n{invalid}");
    }
}

#[test]
fn a_mistake_in_an_override_is_marked_there() {
    let invalid = parsed(GOOD, &["totals.x=revenue / ordrs"]).unwrap_err();
    assert!(invalid.problems()[0].is_in_override(), "{invalid}");
    assert!(invalid.render(false).contains("1:26"), "{invalid}");
}

/// Of a total that is refused nobody says besides that it isn't there.
#[test]
fn a_refused_function_makes_one_problem() {
    let invalid = parsed(&edited("sum(price)", "sum(prise)").replace("[sink", "x = \"revenue * 2\"\n[sink"), &[]);
    assert_eq!(invalid.unwrap_err().problems().len(), 1);
}

/// What an expression means decides what documents say, so a changed one is another dataflow; how it is written is not.
#[test]
fn a_changed_expression_is_another_dataflow() {
    let with = |text: &str| plan(&format!("orders = \"count()\"\nx = \"{text}\""));
    let (one, same, other) = (with("revenue / orders"), with("(revenue)/orders"), with("revenue / (orders + 1)"));
    assert_eq!((one.shape(), one.fingerprint()), (same.shape(), same.fingerprint()));
    assert_ne!(one.fingerprint(), other.fingerprint());
    let differs = r#"`totals.x` was `sql1 ("revenue" / "orders")`, is `sql1 ("revenue" / ("orders" + 1))`"#;
    assert_eq!(one.shape().differences(&other.shape()), [differs]);
    assert_eq!(mare_sink::fingerprint::of_format_1(&one.shape(), one.view()), None);
}

/// A rule is about a number, and is judged by what is final.
#[test]
fn alerts_take_computed_numbers_once_they_are_final() {
    let alerts = |rule: &str| {
        let rule = format!("\n[alerts]\nwebhook = \"http://localhost\"\n[[alerts.rules]]\nname = \"a\"\n{rule}\n");
        parsed(&(with("orders = \"count()\"\nmean = \"revenue / orders\"\nbig = \"revenue > 9\"") + &rule), &[])
    };
    assert!(alerts("total = \"mean\"\nabove = \"1.5\"").is_ok());
    for (rule, said) in [
        ("total = \"big\"\nabove = \"1\"", "`big` is true or false"),
        ("total = \"mean\"\nabove = \"1\"\non = \"update\"", "may come back below"),
        ("total = \"mean\"\nsilent = \"5m\"", "may be null"),
    ] {
        let invalid = alerts(rule).unwrap_err();
        assert!(invalid.problems()[0].message().contains(said), "{rule}:\n{invalid}");
    }
}
