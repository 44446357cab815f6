//! Paths of fields.

use super::{GOOD, parsed};

#[test]
fn paths_lead_through_objects_and_arrays() {
    let steps = |path: &str| {
        let plan = parsed(GOOD, &[&format!("event.fields.\"{}\"=string?", path.replace('\\', "\\\\"))]);
        plan.ok().map(|plan| plan.event.fields[3].path.join("|"))
    };
    for (path, expected) in [
        ("a.b", "a|b"),
        ("items[0].price", "items|[0]|price"),
        ("a[10][2]", "a|[10]|[2]"),
        (r"a\.b.c", "a.b|c"),
        (r"a\[0]", "a[0]"),
        (r"a\\.b", r"a\|b"),
        ("a b.ç", "a b|ç"),
    ] {
        assert_eq!(steps(path).as_deref(), Some(expected), "{path}");
    }
    for path in ["", ".a", "a.", "a..b", "[0]", "a[", "a[]", "a[x]", "a[01]", "a[-1]", "a[0]b", "a.[0]", r"a\b", r"a\"]
    {
        assert_eq!(steps(path), None, "{path}");
    }
}
