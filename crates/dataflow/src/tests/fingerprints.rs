//! The fingerprints of the project's own dataflows, and what changes one.

use crate::{Plan, fixture};
use mare_sink::fingerprint;

/// The plan of a file under `dataflows`, with no variables set.
fn plan(name: &str) -> Plan {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dataflows").join(name);
    let text = std::fs::read_to_string(&path).expect("a dataflow of this project");
    fixture::plan(&text, &[])
}

fn format_1(plan: &Plan) -> Option<String> {
    fingerprint::of_format_1(&plan.shape(), plan.view())
}

/// These values stand in databases. If this fails, a release of this tree would refuse its own documents: put the text
/// back, or raise the format of the control document and take the old value over.
#[test]
fn the_values_are_those_that_stand_in_databases() {
    assert_eq!(plan("black_friday.toml").fingerprint(), "1746c07850724e26");
    assert_eq!(plan("energy.toml").fingerprint(), "54eeb15a35257f88");
}

/// As the last release with control documents of format 1 computed them.
#[test]
fn the_values_of_format_1_are_what_they_were() {
    assert_eq!(format_1(&plan("black_friday.toml")).as_deref(), Some("a74435ff17f85106"));
    assert_eq!(format_1(&plan("energy.toml")).as_deref(), Some("6fa949ef7291bbf6"));
}

/// What no release with control documents of format 1 has known has no value there.
#[test]
fn each_function_has_values_of_its_own() {
    let with = |total: &str| fixture::plan(fixture::ORDERS, &[&format!("totals.revenue={total}")]);
    let totals = [
        "sum(price)",
        "avg(price)",
        "avg(price, 3)",
        "min(price)",
        "max(price)",
        "count()",
        "count(note)",
        "variance(price)",
        "var_pop(price)",
        "stddev(price)",
        "stddev(price, 3)",
        "stddev_pop(price)",
        "first(price)",
        "last(price)",
        "count_distinct(price)",
        "count_distinct(city)",
        "approx_count_distinct(price)",
        "median(price)",
        "quantile(price, 0.9)",
        "quantile(price, 0.900001)",
        "top(3, city)",
        "top(4, city)",
        "top(3, city, sum(price))",
    ];
    let values: std::collections::BTreeSet<_> = totals.iter().map(|total| with(total).fingerprint()).collect();
    assert_eq!(values.len(), totals.len());
    for total in totals {
        let known = ["sum(", "count("].iter().any(|function| total.starts_with(function));
        assert_eq!(format_1(&with(total)).is_some(), known, "{total}");
    }
}

#[test]
fn whatever_changes_the_documents_changes_it() {
    let plan = plan("black_friday.toml");
    let changes: [fn(&mut Plan); 6] = [
        |plan| {
            plan.outputs[0].view.windows = mare_model::time::Windows::tumbling(
                plan.view().windows.length_ms_max() + 1,
                plan.view().windows.lateness_ms,
            )
        },
        |plan| plan.outputs[0].view.windows = mare_model::time::Windows::tumbling_from(1, 60_000, 120_000),
        |plan| plan.outputs[0].view.window_names.is_final = Some("final".into()),
        |plan| plan.outputs[0].view.totals.swap(0, 1),
        |plan| plan.outputs[0].view.version = "n".into(),
        |plan| plan.event.fields[2].kind = mare_model::schema::FieldType::Decimal { scale: 3 },
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut other = plan.clone();
        change(&mut other);
        assert_ne!(other.fingerprint(), plan.fingerprint(), "{index}");
        assert_ne!(format_1(&other), format_1(&plan), "{index}");
    }
}
