//! Tests of tests: what each of them sees, and what is refused.

mod arrays;

use std::path::Path;
use std::sync::Arc;

use super::*;
use mare_dataflow::fixture::{self, ORDERS};
use mare_dataflow::{Overrides, Plan};
use mare_sink::document::FieldValue;

/// The dataflow of revenue by city and minute, with settings.
fn orders(set: &[&str]) -> Arc<Plan> {
    Arc::new(fixture::plan(ORDERS, &[&["window.lateness=1m"], set].concat()))
}

/// What came of a test with these keys.
fn rehearsed(plan: &Arc<Plan>, keys: &str) -> Rehearsal {
    let text = format!("[[test]]\nname = \"a\"\n{keys}");
    let tests = parse(&text, "a.test.toml", true, plan).unwrap_or_else(|invalid| panic!("{invalid}"));
    rehearse(plan, &tests[0]).unwrap_or_else(|fault| panic!("{fault}"))
}

/// The names of the fates.
fn fates(rehearsal: &Rehearsal) -> Vec<&'static str> {
    rehearsal.fates.iter().map(RecordFate::name).collect()
}

/// What is wrong with a test with these keys.
fn refused(keys: &str) -> String {
    let text = format!("[[test]]\nname = \"a\"\n{keys}");
    parse(&text, "a.test.toml", true, &orders(&[])).expect_err(keys).to_string()
}

#[test]
fn the_dataflows_that_are_shipped_do_what_their_tests_say() {
    for name in ["black_friday", "energy"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../dataflows/{name}.toml"));
        let plan = Arc::new(fixture::load(&file, &Overrides::default(), &|_| None).expect("a good dataflow"));
        let tests = load(&beside(&file), &plan).unwrap_or_else(|error| panic!("{error}"));
        assert!(tests.len() >= 3, "{name}");
        for test in tests {
            let rehearsal = rehearse(&plan, &test).expect("a run");
            assert_eq!(rehearsal.deviations, [], "{name}: {}", test.name);
        }
    }
}

#[test]
fn what_becomes_of_each_record_is_known() {
    let plan = orders(&["dedup.by=note", "event.fields.note=string", "totals.where=price > 0"]);
    let rehearsal = rehearsed(
        &plan,
        r#"
        events = [
            '{"at": "2025-11-28T12:00:00Z", "city": "a", "note": "1", "price": 1.50}',
            '{"at": "2025-11-28T12:00:01Z", "city": "a", "note": "2", "price": 0}',
            '{"at": "2025-11-28T12:00:02Z", "city": "a", "note": "1", "price": 1.50}',
            '{"at": "2025-11-28T12:02:00Z", "city": "b", "note": "3", "price": 2}',
            '{"at": "2025-11-28T12:00:03Z", "city": "a", "note": "4", "price": 4}',
            'null',
        ]
        documents = [
            { window_start = 2025-11-28T12:00:00Z, city = "a", revenue = 1.5, n = 1 },
            { window_start = 2025-11-28T12:02:00Z, city = "b", window_end = "2025-11-28T12:03:00Z" },
        ]
        counted = 2
        filtered = 1
        duplicate = 1
        late = 1
        dead = 1
        "#,
    );
    assert_eq!(rehearsal.deviations, []);
    assert_eq!(fates(&rehearsal), ["counted", "filtered", "duplicate", "counted", "late", "dead"]);
    assert!(rehearsal.fates[4].detail().is_some_and(|why| why.contains("2025-11-28T12:02:00Z")));
    assert_eq!(rehearsal.fates[5].reason(), Some("not_json"));
}

/// Two events and what is none.
const THREE: &str = r#"events = [
    '{"at": "2025-11-28T12:00:00Z", "city": "a", "price": 1.50}',
    '{"at": "2025-11-28T12:00:00Z", "city": "b", "price": 1.50}',
    '{}',
]"#;

#[test]
fn a_document_that_is_not_as_expected_is_told_by_its_field() {
    let documents = "documents = [
        { window_start = 2025-11-28T12:00:00Z, city = 'a', revenue = 1.51, n = 1 },
        { window_start = 2025-11-28T12:01:00Z, city = 'b' },
    ]";
    let rehearsal = rehearsed(&orders(&[]), &format!("{THREE}\n{documents}\ndead = 1"));
    let text = |text: &str| FieldValue::Text(text.to_owned());
    let [
        Deviation::Field { document, field, expected, found },
        Deviation::Missing(missing),
        Deviation::Unexpected(all),
    ] = &rehearsal.deviations[..]
    else {
        panic!("{:?}", rehearsal.deviations)
    };
    assert_eq!((document[1].clone(), &**field), (("city".to_owned(), text("a")), "revenue"));
    let [wrong, right] = [151, 150].map(|units| FieldValue::Decimal { units, scale: 2 });
    assert_eq!((expected, found), (&wrong, &right));
    assert_eq!((missing.len(), missing[1].1.clone()), (2, text("b")));
    assert_eq!(all.len(), 5, "all of it: {all:?}");
}

#[test]
fn a_number_of_records_that_is_not_as_expected_is_told() {
    let accounts = "counted = 3\nfiltered = 1\nduplicate = 2\nlate = 3\ndead = { not_json = 1 }";
    let rehearsal = rehearsed(&orders(&[]), &format!("{THREE}\ndocuments = []\n{accounts}"));
    let number = |deviation: &Deviation| match deviation {
        Deviation::Count { what, expected, found } => Some(format!("{what} {expected} {found}")),
        _ => None,
    };
    let counts: Vec<String> = rehearsal.deviations.iter().filter_map(number).collect();
    let expected =
        ["counted 3 2", "filtered 1 0", "late 3 0", "duplicate 2 0", "dead.not_json 1 0", "dead.missing_field 0 1"];
    assert_eq!(counts, expected);
}

#[test]
fn what_is_not_said_of_accounts_must_not_happen() {
    let event = r#"events = ['{"at": "2025-11-28T12:00:00Z", "city": "a"}']"#;
    let rehearsal = rehearsed(&orders(&[]), &format!("{event}\ndocuments = []"));
    assert_eq!(rehearsal.deviations, [Deviation::Count { what: "dead".to_owned(), expected: 0, found: 1 }]);
    let said = rehearsed(&orders(&[]), &format!("{event}\ndocuments = []\ndead = {{ missing_field = 1 }}"));
    assert_eq!(said.deviations, []);
}

#[test]
fn workers_that_disagree_are_a_mistake_of_ours() {
    let plan = orders(&[]);
    let text = "[[test]]\nname = \"a\"\nevents = ['{}']\ndocuments = []\ndead = 1";
    let test = &parse(text, "a", true, &plan).expect("good")[0];
    let one = run::run(&plan, test, 1).expect("a run");
    let mut several = run::run(&plan, test, 3).expect("a run");
    assert_eq!(judge(&plan.layout(), test, one.clone(), &several).deviations, []);
    several.tally.rounded += 1;
    assert_eq!(judge(&plan.layout(), test, one, &several).deviations, [Deviation::Workers(3)]);
}

#[test]
fn each_partition_is_late_for_itself_and_windows_are_final_for_all() {
    let plan = orders(&["window.final=closed"]);
    let events = r#"
        events = [
            { json = { at = 2025-11-28T12:00:00Z, city = "a", price = 1 }, partition = 2 },
            { json = { at = 2025-11-28T12:05:00Z, city = "a", price = 2 }, partition = 0, key = "k" },
            { json = { at = 2025-11-28T12:00:30Z, city = "a", price = 4 }, partition = 2 },
            { json = { at = 2025-11-28T12:05:30Z, city = "a", price = 8 }, partition = 2 },
            { json = { at = 2025-11-28T12:00:30Z, city = "a", price = 16 }, partition = 2 },
        ]
        late = 1
    "#;
    let documents = |closed| {
        format!(
            "documents = [\
         {{ window_start = 2025-11-28T12:00:00Z, city = \"a\", revenue = 5, closed = {closed} }},\
         {{ window_start = 2025-11-28T12:05:00Z, city = \"a\", revenue = 10, closed = false }}]"
        )
    };
    assert_eq!(rehearsed(&plan, &format!("{events}{}", documents(false))).deviations, [], "partition 1 is empty");
    let two = events.replace("partition = 2", "partition = 1");
    assert_eq!(rehearsed(&plan, &format!("{two}{}", documents(true))).deviations, []);
    let three = format!("{two}partitions = 3\n{}", documents(false));
    assert_eq!(rehearsed(&plan, &three).deviations, []);
}

#[test]
fn records_are_what_the_test_says_byte_for_byte() {
    let plan = orders(&[]);
    let text = r#"
        [[test]]
        name = "a"
        clock = "2025-11-28T12:00:00"
        events = [
            "\u0001é",
            { payload = ' {"price": 1e2, "price": 1.50} ', key = "k", partition = 1 },
            { payload_base64 = "/w==", timestamp = 2025-11-28T12:00:00.250Z },
            { tombstone = true, partition = 1 },
            { json = { "a b" = "\"é\n", "wide" = 123456789012345678901234567890, d = 10.50, e = +1_000.25, list = [1, true, { x = 1979-05-27 }] } },
        ]
        documents = []
        dead = 5
    "#;
    let plan_of_sao_paulo = orders(&["event.zone=America/Sao_Paulo"]);
    let tests = parse(text, "a", true, &plan_of_sao_paulo).unwrap_or_else(|invalid| panic!("{invalid}"));
    let payloads: Vec<Option<&[u8]>> = tests[0].records.iter().map(|record| record.payload.as_deref()).collect();
    let json = r#"{"a b":"\"é\n","wide":123456789012345678901234567890,"d":10.50,"e":1000.25,"list":[1,true,{"x":"1979-05-27"}]}"#;
    let expected: [Option<&[u8]>; 5] = [
        Some("\u{1}é".as_bytes()),
        Some(br#" {"price": 1e2, "price": 1.50} "#),
        Some(b"\xff"),
        None,
        Some(json.as_bytes()),
    ];
    assert_eq!(payloads, expected);
    let places: Vec<_> = tests[0].records.iter().map(|record| (record.partition.0, record.offset.0)).collect();
    assert_eq!(places, [(0, 0), (1, 0), (0, 1), (1, 1), (0, 2)]);
    let timestamps: Vec<_> = tests[0].records.iter().filter_map(|record| record.record().own_time()).collect();
    assert_eq!(timestamps[0].to_string(), "2025-11-28T15:00:00Z", "in the zone of the dataflow");
    assert_eq!(timestamps[2].to_string(), "2025-11-28T12:00:00.25Z");
    assert_eq!(tests[0].records[1].record().key, Some(&b"k"[..]));
    assert_eq!(rehearse(&plan, &tests[0]).expect("a run").deviations, []);
}

#[test]
fn null_and_every_other_type_is_expected_as_it_is() {
    let set = [
        "event.fields.paid=boolean?",
        "totals.group_by=[\"paid\"]",
        "event.fields.paid=boolean",
        "totals.last=max(event_at)",
        "event.fields.event_at=time?",
        "totals.all=all(ok)",
        "event.fields.ok=boolean?",
        "totals.mean=avg(price, 4)",
    ];
    let plan = orders(&set);
    let good = rehearsed(
        &plan,
        r#"
        events = [
            '{"at": "2025-11-28T12:00:00Z", "city": "a", "price": 1, "paid": true, "ok": false, "event_at": "2025-11-28T12:00:00.5Z"}',
            '{"at": "2025-11-28T12:00:00Z", "city": "a", "price": 1.01, "paid": false}',
        ]
        documents = [
            { window_start = 2025-11-28T12:00:00Z, paid = true, last = 2025-11-28T12:00:00.500Z, all = false, mean = 1 },
            { window_start = 2025-11-28 12:00:00Z, paid = false, last = { null = true }, all = { null = true }, mean = 1.0100 },
        ]
    "#,
    );
    assert_eq!(good.deviations, []);
}

#[test]
fn windows_that_overlap_have_a_document_each() {
    let plan = Arc::new(fixture::plan(&ORDERS.replace("tumbling = \"1m\"", "hopping = \"2m\"\nevery = \"1m\""), &[]));
    let rehearsal = rehearsed(
        &plan,
        r#"
        events = ['{"at": "2025-11-28T12:00:00Z", "city": "a", "price": 1}']
        documents = [
            { window_start = 2025-11-28T11:59:00Z, window_end = 2025-11-28T12:01:00Z, city = "a", revenue = 1 },
            { window_start = 2025-11-28T12:00:00Z, window_end = 2025-11-28T12:02:00Z, city = "a", revenue = 1 },
        ]
    "#,
    );
    assert_eq!(rehearsal.deviations, []);
    assert_eq!(fates(&rehearsal), ["counted"]);
}

#[test]
fn windows_that_grow_are_known_by_their_ends() {
    let grows = ORDERS.replace("tumbling = \"1m\"", "cumulative = \"3m\"\nevery = \"1m\"");
    let rehearsal = rehearsed(
        &Arc::new(fixture::plan(&grows, &[])),
        r#"
        events = [
            '{"at": "2025-11-28T12:01:00Z", "city": "a", "price": 1}',
            '{"at": "2025-11-28T12:02:00Z", "city": "a", "price": 2}',
        ]
        documents = [
            { window_end = 2025-11-28T12:02:00Z, window_start = 2025-11-28T12:00:00Z, city = "a", revenue = 1 },
            { window_end = 2025-11-28T12:03:00Z, city = "a", revenue = 3 },
        ]
    "#,
    );
    assert_eq!(rehearsal.deviations, []);
}

#[test]
fn tests_in_the_file_of_the_dataflow_are_no_part_of_its_plan() {
    let tests = "[[test]]\nname = \"${UNSET}\"\nevents = ['${UNSET']\ndocuments = []\ndead = 1\n";
    let with = fixture::plan(&format!("{ORDERS}{tests}"), &[]);
    let without = fixture::plan(ORDERS, &[]);
    assert_eq!(with, without);
    assert_eq!(with.fingerprint(), without.fingerprint());
    let found = parse(&format!("{ORDERS}{tests}"), "orders.toml", false, &with).expect("good tests");
    assert_eq!((found.len(), found[0].records[0].payload.as_deref()), (1, Some(&b"${UNSET"[..])));
    assert_eq!(parse(ORDERS, "orders.toml", false, &with).expect("none").len(), 0);
    for wrong in ["[test]\nname = \"a\"", "[tests]\nname = \"a\""] {
        let refused = fixture::parse(&format!("{ORDERS}{wrong}"), "a", &Overrides::default(), &|_| None);
        assert!(refused.expect_err(wrong).to_string().contains("unknown key `test"), "{wrong}");
    }
}

#[test]
fn what_is_wrong_with_a_test_is_told_at_its_line() {
    let events = "events = ['{}']\n";
    for (keys, line, words) in [
        ("", 1, "`test.events` is missing"),
        ("events = []\ndocuments = []", 3, "a test without an event"),
        (events, 1, "`test.documents` is missing"),
        ("events = [7]\ndocuments = []", 3, "`test.events` must be a table, not an integer"),
        ("events = [{ partition = 1 }]\ndocuments = []", 3, "an event without a payload"),
        ("events = [{ payload = '', json = {} }]\ndocuments = []", 3, "an event with several payloads"),
        ("events = [{ payload = '', partitoin = 1 }]\ndocuments = []", 3, "did you mean `partition`?"),
        ("events = [{ payload = '', partition = -1 }]\ndocuments = []", 3, "a partition, counted from 0"),
        ("events = [{ payload = '', timestamp = 'noon' }]\ndocuments = []", 3, "is no time: `noon`"),
        ("events = [{ payload_base64 = '?' }]\ndocuments = []", 3, "is no base64"),
        ("events = [{ json = { a = inf } }]\ndocuments = []", 3, "JSON has no number `inf`"),
        ("events = [{ payload = '', partition = 4 }]\npartitions = 4\ndocuments = []", 4, "an event is of partition 4"),
        ("events = ['{}']\ndocuments = []\nlate = -1", 5, "`test.late` must be a number of records"),
        ("events = ['{}']\ndocuments = []\ndead = { not_jsn = 1 }", 5, "did you mean `not_json`?"),
        ("events = ['{}']\ndocuments = []\ndaed = 1", 5, "did you mean `dead`?"),
        ("events = ['{}']\ndocuments = [{ city = 'a' }]", 4, "`test.documents.window_start` is missing"),
        (
            "events = ['{}']\ndocuments = [{ window_start = 2025-11-28T12:00:00Z }]",
            4,
            "`test.documents.city` is missing",
        ),
    ] {
        let told = refused(keys);
        assert!(told.contains(words) && told.contains(&format!("a.test.toml:{line}:")), "{keys}: {told}");
    }
}

#[test]
fn what_is_wrong_with_an_expected_value_is_told_at_its_line() {
    for (value, words) in [
        ("revenu = 1", "did you mean `revenue`?"),
        ("revenue = \"1\"", "must be a number of at most 2 digits behind the point, not a string"),
        ("revenue = 1.005", "must be a number of at most 2 digits behind the point"),
        ("n = 1.5", "must be a whole number"),
        ("window_end = 7", "must be a time"),
        ("revenue = { nul = true }", "must be a number"),
    ] {
        let document = format!("{{ window_start = 2025-11-28T12:00:00Z, city = \"a\", {value} }}");
        let told = refused(&format!("events = ['{{}}']\ndocuments = [\n{document}]"));
        assert!(told.contains(words) && told.contains("a.test.toml:5:"), "{value}: {told}");
    }
    let twice = "{ window_start = 2025-11-28T12:00:00Z, city = \"a\" }";
    let told = refused(&format!("events = ['{{}}']\ndocuments = [{twice}, {twice}]"));
    assert!(told.contains("the same window and group a second time"), "{told}");
}

#[test]
fn a_file_of_tests_holds_nothing_else() {
    let plan = orders(&[]);
    let refused = parse("name = \"a\"\n", "a.test.toml", true, &plan).expect_err("no key of it").to_string();
    assert!(refused.contains("unknown key `name`"), "{refused}");
    let twice = "[[test]]\nname = \"a\"\nevents = ['']\ndocuments = []\n".repeat(2);
    let refused = parse(&twice, "a.test.toml", true, &plan).expect_err("one name").to_string();
    assert!(refused.contains("two tests are called `a`") && refused.contains("a.test.toml:6:"), "{refused}");
    let refused = parse("test = 1", "a.test.toml", true, &plan).expect_err("no table").to_string();
    assert!(refused.contains("`test` must be an array of tables"), "{refused}");
}

/// What reads a test takes any bytes; and whatever it takes, the engine runs, and comes to one thing with any workers.
#[test]
fn any_bytes_are_tests_or_problems() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dataflows/black_friday.toml");
    let plan = Arc::new(fixture::load(&file, &Overrides::default(), &|_| None).expect("a good dataflow"));
    mare_random::fuzz("rehearsals", 300, |input| {
        let text = String::from_utf8_lossy(input);
        match parse(&text, "any.test.toml", true, &plan) {
            Ok(tests) => {
                for test in tests.iter().take(2) {
                    let came = rehearse(&plan, test).unwrap_or_else(|fault| panic!("{fault}"));
                    assert_eq!(came.fates.len(), test.records.len());
                    assert!(!came.deviations.contains(&Deviation::Workers(WORKERS)), "workers differ");
                }
                true
            }
            Err(invalid) => {
                let shown = invalid.render(false);
                assert_eq!(shown.matches("= help: ").count(), invalid.problems().len(), "{shown}");
                false
            }
        }
    });
}

#[test]
fn a_file_of_tests_stands_beside_its_dataflow() {
    assert_eq!(beside(Path::new("a/flow.toml")), Path::new("a/flow.test.toml"));
    assert_eq!(dataflow_of(Path::new("a/flow.test.toml")).as_deref(), Some(Path::new("a/flow.toml")));
    assert_eq!(dataflow_of(Path::new("a/flow.toml")), None);
    assert_eq!(dataflow_of(Path::new("a/test.toml")), None);
}
