//! `[alerts]`: accepted ones as part of the plan, and refusals as in [`super::refusals`].

use super::super::Plan;
use super::super::alerts::{Condition, Exact, Severity};
use super::refusals::check;
use super::{GOOD, edited, parsed};
use mare_model::view::Number;

/// The plan of the good file with a rule of this condition.
fn plan(condition: &str) -> Plan {
    let rule = format!("[alerts]\n[[alerts.rules]]\nname = \"r\"\ntotal = \"revenue\"\n{condition}\n[totals]");
    parsed(&edited("[totals]", &rule), &[]).unwrap_or_else(|invalid| panic!("{invalid}"))
}

fn condition(text: &str) -> Condition {
    plan(text).alerts.expect("alerts").rules.remove(0).condition
}

fn exact(text: &str) -> Exact {
    Exact::parse(text).expect("a number")
}

#[test]
fn conditions_are_read_in_the_units_of_the_total() {
    let above = |bound, on_update| Condition::Above { bound, on_update };
    assert_eq!(condition("above = 1000.5"), above(100_050, false));
    assert_eq!(condition("above = \"-0.05\"\non = \"update\""), above(-5, true));
    assert_eq!(condition("below = 1_000\non = \"final\""), Condition::Below { bound: 100_000 });
    assert_eq!(
        condition("change = { above = \"200%\" }"),
        Condition::Change { against: 1, above: Some(exact("200")), below: None }
    );
    assert_eq!(
        condition("change = { against = \"1d\", below = \"-12.5%\" }"),
        Condition::Change { against: 1_440, above: None, below: Some(exact("-12.5")) }
    );
    assert_eq!(condition("silent = \"90s\""), Condition::Silent { windows: 2, by_clock_ms: None });
    let by_clock = Condition::Silent { windows: 2, by_clock_ms: Some(90_000) };
    assert_eq!(condition("silent = \"90s\"\non = \"clock\""), by_clock);
    assert_eq!(condition("anomaly = {}"), Condition::Anomaly { score: exact("3.5"), windows: 60, min_windows: 12 });
    assert_eq!(
        condition("anomaly = { score = 5, windows = 6 }"),
        Condition::Anomaly { score: exact("5"), windows: 6, min_windows: 6 }
    );
}

#[test]
fn where_alerts_go_and_what_is_left_out() {
    let alerts = plan("above = 1").alerts.expect("alerts");
    assert_eq!((alerts.webhook, alerts.topic, alerts.max_age_ms), (None, None, 3_600_000));
    let rule = &alerts.rules[0];
    assert_eq!((rule.severity, rule.number, rule.group.len()), (Severity::Warning, Number::Decimal { scale: 2 }, 0));

    let overrides = [
        "alerts.webhook=https://user:hunter2@hooks.example/T0",
        "alerts.topic=orders-alerts",
        "alerts.max_age=5m",
        "alerts.rules=[{ name = \"n\", total = \"n\", above = 3, severity = \"critical\", group = { city = \"São Paulo\" } }]",
    ];
    let alerts = parsed(GOOD, &overrides).unwrap().alerts.expect("alerts");
    assert!(!format!("{alerts:?}").contains("hunter2"));
    let topic = alerts.topic.expect("a topic");
    assert_eq!((topic.topic.as_str(), topic.brokers.as_str()), ("orders-alerts", "localhost:9092"));
    assert_eq!(alerts.max_age_ms, 300_000);
    let rule = &alerts.rules[0];
    assert_eq!((rule.severity, rule.number), (Severity::Critical, Number::Integer));
    assert_eq!(rule.group, [(0, "São Paulo".to_owned())]);
}

#[test]
fn a_rule_may_have_to_hold_and_may_be_quiet_afterwards() {
    let times = |text: &str| {
        let rule = plan(text).alerts.expect("alerts").rules.remove(0);
        (rule.windows_held, rule.cooldown_ms)
    };
    assert_eq!(times("above = 1"), (1, None));
    assert_eq!(times("above = 1\nfor = \"2m\"\ncooldown = \"1h\""), (2, Some(3_600_000)));
    assert_eq!(times("below = 1\nfor = \"61s\""), (2, None), "rounded up to whole windows");
    assert_eq!(times("silent = \"5m\"\ncooldown = \"90s\""), (1, Some(90_000)));
}

/// A rule below `[totals]`' place: its header is line 14, its keys 15, 16 and so on.
macro_rules! rule {
    ($keys:literal) => {
        concat!("[alerts]\n[[alerts.rules]]\n", $keys, "\n[totals]")
    };
}

#[test]
fn how_long_rules_hold_and_are_quiet() {
    check(&[
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nabove = 1\nfor = \"1m\""),
            18,
            "`alerts.rules.for` is no longer than a window",
            "more than `window.tumbling`",
        ),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nabove = 1\ncooldown = \"30s\""),
            18,
            "`alerts.rules.cooldown` is no longer than a window",
            "more than `window.tumbling`",
        ),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nsilent = \"5m\"\nfor = \"5m\""),
            18,
            "`silent` says by itself for how long",
            "remove `for`",
        ),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nabove = 1\non = \"update\"\nfor = \"5m\""),
            19,
            "judged when they are final",
            "either `for` or `on = \"update\"`",
        ),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nabove = 1\nfor = \"20d\""),
            18,
            "is 28800 windows long",
            "at most 10000 windows",
        ),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nabove = 1\nfor = \"soon\""),
            18,
            "`alerts.rules.for` is no duration",
            "`5m`",
        ),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nabove = 1\ncooldown = \"400d\""),
            18,
            "out of bounds",
            "366 days",
        ),
    ]);
}

/// A rule below `[totals]`, whose revenue is the result of another function; its condition stands in line 19.
fn refused_of(function: &str, condition: &str, message: &str, remedy: &str) {
    let rule = format!("[alerts]\n[[alerts.rules]]\nname = \"r\"\ntotal = \"revenue\"\n{condition}\n[totals]");
    let text = edited("[totals]", &rule).replace("sum(price)", &format!("{function}(price)"));
    let invalid = parsed(&text, &[]).expect_err(condition);
    let [problem] = invalid.problems() else { panic!("one problem expected:\n{invalid}") };
    assert_eq!(problem.line(), 17, "{invalid}");
    assert!(problem.message().contains(message) && problem.remedy().contains(remedy), "{invalid}");
}

#[test]
fn rules_over_totals_that_do_not_grow_or_may_be_null() {
    let early = "above = 1\non = \"update\"";
    refused_of("min", early, "`revenue` may come back below", "remove `on = \"update\"`");
    refused_of("avg", early, "`revenue` may come back below", "remove `on = \"update\"`");
    for function in ["min", "max"] {
        refused_of(function, "silent = \"5m\"", "`revenue` may be null", "write `total = \"n\"`");
    }
    let rule = format!("[alerts]\n[[alerts.rules]]\nname = \"r\"\ntotal = \"revenue\"\n{early}\n[totals]");
    assert!(parsed(&edited("[totals]", &rule).replace("sum(price)", "max(price)"), &[]).is_ok(), "it only grows");
    let silent = rule.replace(early, "silent = \"5m\"");
    assert!(
        parsed(&edited("[totals]", &silent).replace("sum(price)", "avg(price)"), &[]).is_ok(),
        "each event has one"
    );
}

#[test]
fn a_rule_over_what_is_true_or_false() {
    let rule = "[alerts]\n[[alerts.rules]]\nname = \"r\"\ntotal = \"revenue\"\nabove = 0\n[totals]";
    let text = edited("[totals]", rule).replace("note = \"string?\"", "note = \"boolean?\"");
    let invalid = parsed(&text.replace("sum(price)", "any(note)"), &[]).expect_err("no number");
    let [problem] = invalid.problems() else { panic!("one problem expected:\n{invalid}") };
    assert_eq!((problem.line(), problem.message()), (16, "`revenue` is true or false, and a rule is about a number"));
    assert!(problem.remedy().contains("such as `n`"), "{invalid}");
}

#[test]
fn tables_of_alerts() {
    check(&[
        ("[totals]", "[alerts]\n[totals]", 13, "`alerts.rules` is missing", "`rules = [{ name"),
        ("[totals]", "[alerts]\nrules = []\n[totals]", 14, "there is no rule", "`[[alerts.rules]]`"),
        ("[totals]", "[alerts]\nrules = 1\n[totals]", 14, "must be an array of tables, not an integer", "above"),
        ("[totals]", "[alerts]\nrules = [1]\n[totals]", 14, "must be a table, not an integer", "`[[alerts.rules]]`"),
        (
            "[totals]",
            "[alerts]\nhook = 1\n[[alerts.rules]]\nname = \"r\"\ntotal = \"n\"\nabove = 1\n[totals]",
            14,
            "unknown key `alerts.hook`",
            "`webhook`",
        ),
        (
            "[totals]",
            "[alerts]\nwebhook = \"hooks.example/x\"\n[[alerts.rules]]\nname = \"r\"\ntotal = \"n\"\nabove = 1\n[totals]",
            14,
            "`alerts.webhook` is no URL",
            "`https://host/path`",
        ),
        (
            "[totals]",
            "[alerts]\ntopic = \"orders\"\n[[alerts.rules]]\nname = \"r\"\ntotal = \"n\"\nabove = 1\n[totals]",
            14,
            "`alerts.topic` is the topic that the dataflow reads",
            "another topic",
        ),
        (
            "[totals]",
            "[alerts]\nbrokers = \"b:1\"\n[[alerts.rules]]\nname = \"r\"\ntotal = \"n\"\nabove = 1\n[totals]",
            14,
            "`alerts.brokers` belongs to a topic",
            "add `topic",
        ),
        (
            "[totals]",
            "[alerts]\nmax_age = \"long\"\n[[alerts.rules]]\nname = \"r\"\ntotal = \"n\"\nabove = 1\n[totals]",
            14,
            "`alerts.max_age` is no duration",
            "`1h`",
        ),
    ]);
}

#[test]
fn rules_of_alerts() {
    check(&[
        ("[totals]", rule!("total = \"n\"\nabove = 1"), 14, "`alerts.rules.name` is missing", "`name = \"rush\"`"),
        (
            "[totals]",
            rule!("name = \"a|b\"\ntotal = \"n\"\nabove = 1"),
            15,
            "`a|b` cannot be the name of a rule",
            "100",
        ),
        ("[totals]", rule!("name = \"r\"\nabove = 1"), 14, "`alerts.rules.total` is missing", "add `total"),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"revenu\"\nabove = 1"),
            16,
            "no total `revenu`",
            "did you mean `revenue`?",
        ),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nabov = 1\nbelow = 1"),
            17,
            "unknown key",
            "did you mean `above`?",
        ),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nabove = 1\n[[alerts.rules]]\nname = \"r\"\ntotal = \"n\"\nabove = 2"),
            19,
            "two rules are called `r`",
            "rename",
        ),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nabove = 1\ngroup = { town = \"x\" }"),
            18,
            "unknown key `alerts.rules.group.town`",
            "`city`",
        ),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nabove = 1\nseverity = \"warn\""),
            18,
            "`alerts.rules.severity` cannot be `warn`",
            "did you mean `warning`?",
        ),
    ]);
}

#[test]
fn conditions_of_alerts() {
    check(&[
        ("[totals]", rule!("name = \"r\"\ntotal = \"n\""), 14, "has no condition", "`above`, `below`, `change`"),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nabove = 1\nbelow = 1"),
            18,
            "one condition, and this is `below` beside `above`",
            "two rules",
        ),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"revenue\"\nabove = 1.005"),
            17,
            "has 2 digits behind",
            "no more digits",
        ),
        ("[totals]", rule!("name = \"r\"\ntotal = \"n\"\nabove = 1.5"), 17, "is a whole number", "no more digits"),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nabove = 1e3"),
            17,
            "is no decimal number: `1e3`",
            "no exponent",
        ),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nabove = true"),
            17,
            "must be a number, not a boolean",
            "1000.50",
        ),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nbelow = 1\non = \"update\""),
            18,
            "`below` cannot be judged before a window is final",
            "for `above` alone",
        ),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nsilent = \"5m\"\non = \"update\""),
            18,
            "`silent` cannot be judged before a window is final",
            "for `above` alone",
        ),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nabove = 1\non = \"clock\""),
            18,
            "`above` is not judged by the clock",
            "for `silent` alone",
        ),
        ("[totals]", rule!("name = \"r\"\ntotal = \"n\"\nchange = {}"), 17, "`change` has no bound", "above"),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nchange = { above = \"2\" }"),
            17,
            "no share in percent: `2`",
            "`200%`",
        ),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nchange = { above = \"2%\", against = \"90s\" }"),
            17,
            "no window starts `90s` before another",
            "a multiple of `window.tumbling`",
        ),
        ("[totals]", rule!("name = \"r\"\ntotal = \"n\"\nsilent = 5"), 17, "must be a string", "5m"),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nsilent = \"20d\""),
            17,
            "is 28800 windows long",
            "at most 10000",
        ),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nanomaly = { windows = 5, min_windows = 6 }"),
            17,
            "`min_windows` is 6, more than `windows`",
            "at least as many",
        ),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nanomaly = { windows = 1 }"),
            17,
            "`alerts.rules.anomaly.windows` is 1",
            "2 to 10000",
        ),
        (
            "[totals]",
            rule!("name = \"r\"\ntotal = \"n\"\nanomaly = { score = -1 }"),
            17,
            "`anomaly.score` is -1",
            "from 0 on",
        ),
    ]);
}

#[test]
fn standard_output_keeps_no_documents_to_look_at() {
    let (good, _) = GOOD.split_once("[sink.mongodb]").expect("a sink");
    let rule = "[[alerts.rules]]\nname = \"r\"\ntotal = \"n\"\nabove = 1\n";
    let invalid = parsed(&format!("{good}[sink.stdout]\n[alerts]\n{rule}"), &[]).unwrap_err();
    let [problem] = invalid.problems() else { panic!("{invalid}") };
    assert!(problem.message().contains("standard output keeps none"), "{invalid}");
    assert!(problem.remedy().contains("`[sink.sqlite]`"), "{invalid}");
}
