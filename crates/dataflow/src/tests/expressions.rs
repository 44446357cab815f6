//! `[event.record]`, `[event.computed]` and `totals.where`: what they make of a plan, and refusals, as in
//! [`super::refusals`].

use super::refusals::check;
use super::{GOOD, edited, parsed};
use mare_model::schema::{FieldType, TimeFormat};

/// The good file with computed fields above its windows.
fn computed(fields: &str) -> String {
    edited("[window]", &format!("[event.computed]\n{fields}\n[window]"))
}

#[test]
fn computed_fields_stand_behind_the_declared_ones() {
    let fields = "cents = { as = \"integer\", from = \"CAST(price * 100 AS INTEGER)\" }\n\
                  upper = { as = \"string\", from = \"UPPER(city)\" }\n\
                  again = { as = \"decimal(3)?\", from = \"cents * 2\" }";
    let set = ["totals.group_by=[\"upper\"]", "totals.all=sum(again)", "totals.where=upper <> 'X' AND again > 1"];
    let plan = parsed(&computed(fields), &set).unwrap();
    let names: Vec<_> = plan.event.fields.iter().map(|field| (&*field.name, field.kind, field.optional)).collect();
    let expected = [
        ("cents", FieldType::Integer, false),
        ("upper", FieldType::String, false),
        ("again", FieldType::Decimal { scale: 3 }, true),
    ];
    assert_eq!(names[3..], expected);
    assert_eq!((plan.computed.len(), &plan.view().group_by[..]), (3, &[4][..]));
    let keys: Vec<_> = plan.expressions().map(|(key, _)| key).collect();
    let fields = ["cents", "upper", "again"].map(|name| format!("event.computed.{name}"));
    assert_eq!(keys, [&fields[..], &["totals.where".to_owned()]].concat());
    let shape = plan.shape().0;
    assert_eq!(shape["event.computed.again"], "sql1 (\"cents\" * 2)");
    assert_eq!(shape["totals.where"], "sql1 ((\"upper\" <> 'X') AND (\"again\" > 1))");
}

#[test]
fn parts_of_a_record_stand_before_what_is_computed() {
    let fields = "[event.record]\nchave = \"key\"\nlugar = \"offset\"\n[event.computed]\n\
                  cliente = { as = \"string\", from = \"COALESCE(chave, '')\" }\n[window]";
    let set = ["totals.group_by=[\"cliente\"]", "totals.maior=max(lugar)", "dedup.by=lugar"];
    let plan = parsed(&edited("[window]", fields), &set).unwrap();
    let names: Vec<_> = plan.event.fields.iter().map(|field| (&*field.name, field.kind, field.optional)).collect();
    let expected = [
        ("chave", FieldType::String, true),
        ("lugar", FieldType::Integer, false),
        ("cliente", FieldType::String, false),
    ];
    assert_eq!(names[3..], expected);
    assert_eq!((plan.computed.len(), plan.dedup, plan.view().group_by[0]), (3, Some(4), 5));
    let shape = plan.shape().0;
    assert_eq!((&*shape["event.record.chave"], &*shape["event.record.lugar"]), ("key", "offset"));
}

#[test]
fn the_event_time_may_be_the_records_own() {
    let own = edited("time = \"at\"", "time_format = \"record\"");
    let plan = parsed(&own, &[]).unwrap();
    assert_eq!((plan.event.time.len(), plan.event.time_format), (0, TimeFormat::Record));
    assert_eq!(plan.shape().0["event.time_format"], "record");
    let refused = |text: &str, set: &[&str]| parsed(text, set).unwrap_err().to_string();
    assert!(refused(GOOD, &["event.time_format=record"]).contains("leave out `time`"));
    assert!(refused(&own, &["event.fields.note=time"]).contains("says nothing of a field"));
    assert!(refused(GOOD, &["event.fields.note=time(record)"]).contains("`time(record)` has no format"));
    assert!(refused(GOOD, &["event.record.x=keys"]).contains("did you mean `key`?"));
    assert!(refused(GOOD, &["event.record.x=header"]).contains("`header(name)`"));
    assert!(refused(GOOD, &["event.record.x=header()"]).contains("`header()` names no header"));
    let header = parsed(GOOD, &["event.record.x=header(trace id (2))", "totals.group_by=[\"x?\"]"]).unwrap();
    assert_eq!(header.shape().0["event.record.x"], "header(trace id (2))");
    assert_eq!(header.shape().0["event.fields.x"], "string?");
    assert!(refused(GOOD, &["event.record.price=key"]).contains("there is a field `price` already"));
    assert!(
        refused(GOOD, &["event.record.x=key", "totals.group_by=[\"x\"]"])
            .contains("need not have the optional field `x`")
    );
}

#[test]
fn what_means_the_same_has_one_shape() {
    let shape = |condition: &str| parsed(GOOD, &[&format!("totals.where={condition}")]).unwrap().shape();
    assert_eq!(shape("price > 1 and not(city = 'a')"), shape("(price>1) AND (NOT city = 'a')"));
    assert_ne!(shape("price > 1"), shape("price > 2"));
    assert_ne!(shape("price > 1"), parsed(GOOD, &[]).unwrap().shape());
}

#[test]
fn conditions() {
    let group = "group_by = [\"city\"]";
    let with = "group_by = [\"city\"]\nwhere = ";
    let case = |condition: &'static str| -> &'static str { Box::leak(format!("{with}{condition}").into_boxed_str()) };
    check(&[
        (group, case("\"prise > 1\""), 15, "column 1: there is no field `prise`", "did you mean `price`?"),
        (group, case("\"price\""), 15, "column 1: a condition is true or false", "compare it"),
        (group, case("\"city = 1\""), 15, "column 8: a text is compared with an integer", "quotes"),
        (group, case("\"price > 1 AND\""), 15, "column 14", ""),
        (group, case("1"), 15, "`totals.where` must be a string", "where = \"status = 'PAID'\""),
        (group, case("\"sum(price) > 1\""), 15, "column 1", ""),
    ]);
}

#[test]
fn fields_that_cannot_be_computed() {
    let window = "[window]";
    let case =
        |fields: &str| -> &'static str { Box::leak(format!("[event.computed]\n{fields}\n[window]").into_boxed_str()) };
    check(&[
        (window, case("x = \"price\""), 12, "`event.computed.x` must be a table", "[event.computed.x]"),
        (window, case("x = { as = \"integer\" }"), 12, "`event.computed.x.from` is missing", "from = "),
        (window, case("x = { from = \"price\" }"), 12, "`event.computed.x.as` is missing", "as = "),
        (window, case("x = { as = \"integer\", from = \"1\", by = 1 }"), 12, "`event.computed.x.by`", "`as`, `from`"),
        (window, case("x = { as = \"text\", from = \"price\" }"), 12, "unknown type `text`", "`string`"),
        (window, case("x = { as = \"integer\", from = \"price\" }"), 12, "column 1", "ROUND"),
        (window, case("x = { as = \"string\", from = \"note\" }"), 12, "`x` may be NULL", "`string?`, or COALESCE"),
        (window, case("price = { as = \"integer\", from = \"1\" }"), 12, "a field `price` already", "of its own"),
        (window, case("\"x.y\" = { as = \"integer\", from = \"1\" }"), 12, "`x.y` cannot be the name", "without dots"),
        (window, case("x = { as = \"integer?\", from = \"y\" }"), 12, "column 1: there is no field `y`", "`city`"),
        (window, case("x = { as = \"integer?\", from = \"x\" }"), 12, "column 1: there is no field `x`", "`city`"),
    ]);
}

/// One mistake is one problem, however many refer to what it leaves out.
#[test]
fn what_has_been_refused_is_refused_once() {
    let fields = "x = { as = \"integer\", from = \"prise\" }\ny = { as = \"integer\", from = \"x + 1\" }";
    let invalid = parsed(&computed(fields), &["totals.where=y > x", "totals.of=sum(y)"]).unwrap_err();
    assert_eq!(invalid.problems().len(), 1, "{invalid}");
    let undeclared = GOOD.replace("note = \"string?\"", "note = \"sting?\"");
    let invalid = parsed(&undeclared, &["totals.where=note = 'a'"]).unwrap_err();
    assert_eq!(invalid.problems().len(), 1, "{invalid}");
}

#[test]
fn a_mistake_in_an_expression_is_marked_where_it_is() {
    let marked = |text: &str| parsed(text, &[]).unwrap_err().to_string();
    let condition = edited("group_by = [\"city\"]", "group_by = [\"city\"]\nwhere = \"city = 'ü' AND prise > 1\"");
    let expected = r#"error: column 16: there is no field `prise`
  --> test.toml:15:25
   |
15 | where = "city = 'ü' AND prise > 1"
   |                         ^^^^^
   |
   = help: did you mean `price`?"#;
    assert_eq!(marked(&condition), expected);
    let escaped =
        edited("group_by = [\"city\"]", "group_by = [\"city\"]\nwhere = \"\\\"city\\\" = 'a' AND prise > 1\"");
    assert!(marked(&escaped).contains("test.toml:15:9"), "all of what is not written as it is: {}", marked(&escaped));
}
