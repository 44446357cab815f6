//! `[dashboard]`: accepted ones as part of the plan, and refusals as in [`super::refusals`].

use super::super::Dashboard;
use super::refusals::check;
use super::{GOOD, edited, parsed};

#[test]
fn a_title_and_units_by_the_names_of_totals() {
    assert_eq!(parsed(GOOD, &[]).unwrap().dashboard, Dashboard::default());
    let table = "[dashboard]\ntitle = \"Orders today\"\nunits = { revenue = \"BRL\", n = \"orders\" }\n[totals]";
    let plan = parsed(&edited("[totals]", table), &["dashboard.units.revenue=EUR"]).unwrap();
    assert_eq!(plan.dashboard.title.as_deref(), Some("Orders today"));
    let unit = |total| plan.dashboard.unit(total);
    assert_eq!([unit("revenue"), unit("n"), unit("city")], [Some("EUR"), Some("orders"), None]);
}

/// A run goes on from its checkpoint, over its documents, whatever the page calls them.
#[test]
fn neither_documents_nor_checkpoints_know_of_it() {
    let (plain, named) = (parsed(GOOD, &[]).unwrap(), parsed(GOOD, &["dashboard.units.revenue=EUR"]).unwrap());
    assert_ne!(plain, named);
    assert_eq!((plain.fingerprint(), plain.shape()), (named.fingerprint(), named.shape()));
}

/// A table above `[totals]`: its header is line 13.
macro_rules! dashboard {
    ($keys:literal) => {
        concat!("[dashboard]\n", $keys, "\n[totals]")
    };
}

#[test]
fn refusals() {
    check(&[
        ("[totals]", dashboard!("titel = \"x\""), 14, "unknown key `dashboard.titel`", "did you mean `title`?"),
        ("[totals]", dashboard!("title = 7"), 14, "`dashboard.title` must be a string", "`title = \"Black Friday\"`"),
        ("[totals]", dashboard!("title = \" \""), 14, "`dashboard.title` has not 1 to 80", "shorten it"),
        ("[totals]", dashboard!("units = \"BRL\""), 14, "`dashboard.units` must be a table", "`[dashboard.units]`"),
        ("[totals]", dashboard!("units = { revenu = \"BRL\" }"), 14, "no total `revenu`", "did you mean `revenue`?"),
        ("[totals]", dashboard!("units.revenue = 1"), 14, "`dashboard.units.revenue` must be a string", "\"BRL\""),
        (
            "[totals]",
            dashboard!("units.revenue = \"thirteen long\""),
            14,
            "`dashboard.units.revenue` has not 1 to 12",
            "shorten it",
        ),
    ]);
}
