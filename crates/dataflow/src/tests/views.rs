//! `[[totals]]`: which views there are, what is refused, and what of them is part of a shape.

use super::super::Plan;
use super::parsed;
use crate::fixture;
use mare_model::time::Windows;
use mare_model::view::ViewId;

const VIEWS: &str = r#"name = "orders"
[source.kafka]
brokers = "localhost:9092"
topic = "orders"
[event]
time = "at"
[event.fields]
price = "decimal(2)"
country = "string"
[window]
tumbling = "1m"
[[totals]]
name = "minute"
into = "by_minute"
group_by = ["country"]
revenue = "sum(price)"
[[totals]]
name = "ten"
into = "by_ten"
window = { hopping = "10m", every = "1m", lateness = "5s" }
where = "price > 1"
orders = "count()"
[sink.sqlite]
path = "orders.db"
"#;

fn plan(text: &str) -> Plan {
    parsed(text, &[]).unwrap_or_else(|invalid| panic!("{invalid}"))
}

/// What is said of the file with one text in the place of another: the line, and the words.
fn refused(from: &str, to: &str) -> String {
    assert!(VIEWS.contains(from), "{from}");
    parsed(&VIEWS.replacen(from, to, 1), &[]).expect_err("refused").to_string()
}

#[test]
fn each_has_what_is_its_own_and_the_windows_of_all_if_it_has_none() {
    let plan = plan(VIEWS);
    let views: Vec<_> = plan.outputs.iter().map(|output| output.view.windows).collect();
    let ten = Windows { lateness_ms: 5_000, ..Windows::hopping(600_000, 60_000, 0) };
    assert_eq!(views, [Windows::tumbling(60_000, 0), ten]);
    assert_eq!(plan.names().collect::<Vec<_>>(), ["minute", "ten"]);
    let places: Vec<_> = plan.outputs.iter().map(|output| output.sink.describe().documents).collect();
    assert_eq!(places, ["by_minute", "by_ten"]);
    let filters: Vec<_> = plan.views().iter().map(|view| view.filter().is_some()).collect();
    assert_eq!(filters, [false, true]);
    assert_eq!((plan.find("ten"), plan.find("other")), (Some(ViewId(1)), None));
    assert_eq!(plan.grouped, [1]);
}

#[test]
fn what_cannot_be_is_refused_where_it_stands() {
    for (from, to, said) in [
        ("name = \"ten\"", "name = \"minute\"", ":18:8"),
        ("name = \"ten\"", "name = \"a b\"", ":18:8"),
        ("name = \"ten\"\n", "", ":17:1"),
        ("into = \"by_ten\"", "into = \"by_minute\"", ":19:8"),
        ("into = \"by_ten\"\n", "into = \"sqlite_x\"\n", ":19:8"),
        ("where = \"price > 1\"", "where = \"price > 'a'\"", ":21:"),
        ("[window]\ntumbling = \"1m\"\n", "", "`totals.window` is missing"),
        (
            "into = \"by_minute\"",
            "into = \"by_minute\"\nwindow = { tumbling = \"2m\" }",
            "every view has windows of its own",
        ),
        ("every = \"1m\"", "every = \"20m\"", ":20:"),
    ] {
        let refused = refused(from, to);
        assert!(refused.contains(said), "{to}: {refused}");
    }
    assert!(refused("orders = \"count()\"", "").contains("there is no total"));
    let rest = VIEWS.split("[[totals]]").next().unwrap();
    let none =
        format!("{rest}totals = []\n[sink.stdout]\n").replace("name = \"orders\"", "name = \"orders\"\ntotals = []");
    let none = none.replacen("totals = []\n[sink", "[sink", 1);
    assert!(parsed(&none, &[]).expect_err("refused").to_string().contains("there is no view"), "{none}");
}

#[test]
fn on_standard_output_views_need_no_places() {
    let text = VIEWS.replace("[sink.sqlite]\npath = \"orders.db\"", "[sink.stdout]");
    assert_eq!(plan(&text.replace("into = \"by_ten\"\n", "")).outputs.len(), 2);
}

#[test]
fn a_rule_names_its_view_and_a_plan_of_one_has_the_rules_of_that() {
    let rule =
        |view: &str| format!("{VIEWS}[[alerts.rules]]\nname = \"rush\"\n{view}total = \"orders\"\nabove = 1000\n");
    let plan = plan(&rule("view = \"ten\"\n"));
    let rules = |view: Plan| view.alerts.map_or(0, |alerts| alerts.rules.len());
    assert_eq!(plan.views().into_iter().map(rules).collect::<Vec<_>>(), [0, 1]);
    for (view, said) in [("", "`alerts.rules.view` is missing"), ("view = \"tem\"\n", "did you mean `ten`?")] {
        let refused = parsed(&rule(view), &[]).expect_err("refused").to_string();
        assert!(refused.contains(said), "{refused}");
    }
    let of_other = parsed(&rule("view = \"minute\"\n"), &[]).expect_err("refused").to_string();
    assert!(of_other.contains("there is no total `orders`"), "{of_other}");
}

/// So a view that is left alone in its place keeps its documents, whatever comes beside it.
#[test]
fn the_documents_of_a_view_are_known_by_what_is_its_own() {
    let plan = plan(VIEWS);
    let alone = VIEWS.split("[[totals]]").collect::<Vec<_>>();
    let alone = format!("{}[totals]\ngroup_by = [\"country\"]\nrevenue = \"sum(price)\"\n[sink.stdout]\n", alone[0]);
    assert_eq!(plan.of(ViewId(0)).fingerprint(), fixture::plan(&alone, &[]).fingerprint());
    let other = self::plan(&VIEWS.replace("lateness = \"5s\"", "lateness = \"6s\""));
    assert_eq!(plan.of(ViewId(0)).fingerprint(), other.of(ViewId(0)).fingerprint());
    assert_ne!(plan.of(ViewId(1)).fingerprint(), other.of(ViewId(1)).fingerprint());
}

#[test]
fn a_checkpoint_is_of_all_views_in_their_order() {
    let plan = plan(VIEWS);
    assert_eq!(plan.of(ViewId(1)).state_shape(), plan.shape());
    let changed = self::plan(&VIEWS.replace("lateness = \"5s\"", "lateness = \"6s\""));
    assert_eq!(plan.shape().differences(&changed.shape()), ["`view.ten.window.lateness` was `5s`, is `6s`"]);
    let (head, views) = VIEWS.split_once("[[totals]]").unwrap();
    let (one, other) = views.split_once("[[totals]]").unwrap();
    let (other, sink) = other.split_once("[sink").unwrap();
    let moved = self::plan(&format!("{head}[[totals]]{other}[[totals]]{one}[sink{sink}"));
    assert_eq!(plan.shape().differences(&moved.shape()), ["`views` was `minute, ten`, is `ten, minute`"]);
}
