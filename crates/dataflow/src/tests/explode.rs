//! Elements of arrays as events: plans, and what is refused.

use super::refusals::check;
use super::{Overrides, Plan, edited, no_env, parse, parsed};
use mare_model::schema::Field;

/// A good file whose events are elements of an array.
fn exploded(set: &[&str]) -> Plan {
    let text = edited("time = \"at\"", "time = \"at\"\nexplode = \"cart.items\"").replace(
        "city = \"string\"",
        "city = \"string\"\n\"cart.items[].sku\" = \"string\"\n\"cart.items[].n\" = \"integer?\"",
    );
    parse(&text, "test.toml", &Overrides::new(set.iter().copied()), &no_env).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn fields_are_of_the_record_or_of_each_element() {
    let plan = exploded(&["totals.group_by=[\"cart.items[].sku\"]", "totals.pieces=sum(cart.items[].n)"]);
    assert_eq!(plan.event.explode.as_deref(), Some(&["cart".to_owned(), "items".to_owned()][..]));
    let of_element: Vec<_> = plan.event.fields.iter().filter(|field| field.is_of_element()).collect();
    assert_eq!(
        of_element.iter().map(|field| field.path.join("|")).collect::<Vec<_>>(),
        ["cart|items|[]|sku", "cart|items|[]|n"]
    );
    assert_eq!(
        of_element.iter().map(|field| Field::document_name(field)).collect::<Vec<_>>(),
        ["cart_items_sku", "cart_items_n"]
    );
    let shape = plan.shape();
    assert_eq!(shape.0["event.explode"], "cart.items");
    let other = parsed(super::GOOD, &[]).expect("a plan").shape();
    let differences = other.differences(&shape);
    assert!(
        differences.iter().any(|it| it.contains("`event.explode` was not there, is `cart.items`")),
        "{differences:?}"
    );
}

#[test]
fn an_id_is_of_the_element_or_of_its_record() {
    let of_record = |set: &[&str]| exploded(set).has_ids_of_records();
    assert!(of_record(&["dedup.by=city"]));
    assert!(!of_record(&["dedup.by=cart.items[].sku"]));
    assert!(!of_record(&[]));
    let from = |text: &str| {
        ["event.computed.it.as=string".to_owned(), format!("event.computed.it.from={text}"), "dedup.by=it".to_owned()]
    };
    let computed = |text: &str| of_record(&from(text).iter().map(String::as_str).collect::<Vec<_>>());
    assert!(computed("UPPER(city)"));
    assert!(!computed("city || \"cart.items[].sku\""));
    assert!(of_record(&["event.record.place=offset", "dedup.by=place"]));
    assert!(!parsed(super::GOOD, &["dedup.by=city"]).expect("a plan").has_ids_of_records());
}

#[test]
fn paths_of_other_arrays_and_times_within_one_are_refused() {
    let field = "city = \"string\"";
    let time = "time = \"at\"";
    check(&[
        (
            field,
            "city = \"string\"\n\"a[].b\" = \"string?\"",
            9,
            "`event.explode` names none",
            "write `explode = \"a\"` under `[event]`",
        ),
        (time, "time = \"at[].x\"", 6, "leads to each element of an array", "by its number, `a[0]`"),
        (time, "time = \"at\"\nexplode = \"a[].b\"", 7, "leads to each element of an array", "by its number"),
        (time, "time = \"at\"\nexplode = 1", 7, "`event.explode`", "\"items\""),
        (time, "time = \"at.x\"\nexplode = \"at\"", 6, "the event time is of the record", "beside the array"),
        (time, "time = \"at\"\nexplode = \"at.items\"", 6, "the event time is of the record", "beside the array"),
        (time, "time = \"at[0].x\"\nexplode = \"at\"", 6, "the event time is of the record", "beside the array"),
    ]);
    let declared = |name: &str| {
        let text = edited(time, "time = \"at\"\nexplode = \"a.items\"")
            .replace(field, &format!("{field}\n\"{name}\" = \"string?\""));
        parse(&text, "test.toml", &Overrides::default(), &no_env).map(|_| ()).map_err(|error| error.to_string())
    };
    for name in ["a.items[]", "a.items[].b.c", "a.items[].b[0]", "a.items[0].b", "a.other", "b"] {
        assert_eq!(declared(name), Ok(()), "{name}");
    }
    for (name, message, remedy) in [
        ("b[].c", "of each element of another array than `a.items`", "`a.items[].…`"),
        ("a.items[].b[].c", "an array in an element", "by their numbers"),
        ("a.items", "is declared as a value", "`\"a.items[].…\"`"),
        ("a", "is declared as a value", "`\"a.items[].…\"`"),
        ("a.items.b", "leads into an object, and `a.items` is an array", "write `\"a.items[].b\"`"),
    ] {
        let error = declared(name).expect_err(name);
        assert!(error.contains(message) && error.contains(remedy), "{name}: {error}");
    }
    let table = "lookup.t={ file = \"x.csv\", key = \"k\", fields = { \"a[].b\" = \"string\" } }";
    let error = parsed(super::GOOD, &[table]).expect_err("columns are values").to_string();
    assert!(error.contains("`a[].b` is of each element"), "{error}");
}
