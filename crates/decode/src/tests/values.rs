//! What good records say: groups, measures, optional fields, nested paths, escapes.

use super::*;
use mare_model::datum::Datum;

/// What is said of a declared decimal.
const DECIMAL: &str = "a decimal of 24 digits, those behind the point with it";

fn wrong(field: &str, found: &'static str, declared: &'static str) -> Reject {
    Reject::WrongType { field: field.to_owned(), found, declared }
}

/// 2025-11-28T12:00:00Z.
const NOON: i64 = 1_764_331_200_000;

#[test]
fn a_sale_is_read_without_the_slow_way() {
    let mut decoder = sales_decoder();
    for record in [
        r#"{"id_pedido":"9d8f","categoria":"Gamer","valor":123.45,"timestamp":"2025-11-28T12:00:00.123456"}"#,
        r#"{"timestamp": "2025-11-28T12:00:00.1239Z", "valor": 123.450, "categoria": "Gamer", "id_pedido": ""}"#,
        " {\n\t\"extra\" : [ { \"valor\" : \"\\\"}\" } ] , \"id_pedido\":\"\", \"categoria\":\"Gamer\",\r\n\"valor\":123.4500 , \
         \"timestamp\" : \"2025-11-28T09:00:00.123-03:00\" , \"nota\":\"a\\u00e7\\n\" } ",
    ] {
        assert!(is_fast(&mut decoder, record.as_bytes()), "{record}");
        assert_eq!(
            decode(&mut decoder, record.as_bytes()),
            Ok((NOON + 123, "Gamer".to_owned(), vec![12345], 0)),
            "{record}"
        );
    }
}

#[test]
fn a_group_is_borrowed_from_the_record_if_it_can_be() {
    let mut decoder = sales_decoder();
    let record = br#"{"id_pedido":"1","categoria":"Gamer","valor":1,"timestamp":"2025-11-28T12:00Z"}"#;
    let row = decoder.decoder.decode(&payload(record)).unwrap();
    let mut buffer = String::new();
    assert!(record.as_ptr_range().contains(&row.group(&[1], &mut buffer).as_ptr()));
}

#[test]
fn what_the_fast_way_leaves_is_read_the_slow_way() {
    let mut decoder = sales_decoder();
    for (record, group, units, rounded) in [
        (
            r#"{"categoria":"Moda \u0026 Casa","valor":1,"id_pedido":"1","timestamp":"2025-11-28T12:00Z"}"#,
            "Moda & Casa",
            100,
            0,
        ),
        (
            r#"{"categoria":"a\"\\|\n","valor":1,"id_pedido":"1","timestamp":"2025-11-28T12:00Z"}"#,
            "a\"\\\\\\|\n",
            100,
            0,
        ),
        (r#"{"categoria":"\ud83d\ude00","valor":1,"id_pedido":"1","timestamp":"2025-11-28T12:00Z"}"#, "😀", 100, 0),
        (r#"{"c\u0061tegoria":"Pet","valor":1,"id_pedido":"1","timestamp":"2025-11-28T12:00Z"}"#, "Pet", 100, 0),
        (r#"{"categoria":"Pet","valor":1.5e1,"id_pedido":"1","timestamp":"2025-11-28T12:00Z"}"#, "Pet", 1500, 0),
        (r#"{"categoria":"Pet","valor":12345e-3,"id_pedido":"1","timestamp":"2025-11-28T12:00Z"}"#, "Pet", 1234, 1),
        (r#"{"valor":1,"categoria":"Pet","valor":2,"id_pedido":"1","timestamp":"2025-11-28T12:00Z"}"#, "Pet", 200, 0),
        (r#"{"categoria":"Pet","valor":2,"id_pedido":"\u0031","timestamp":"2025-11-28T12\u003a00Z"}"#, "Pet", 200, 0),
    ] {
        assert!(!is_fast(&mut decoder, record.as_bytes()), "{record}");
        assert_eq!(
            decode(&mut decoder, record.as_bytes()),
            Ok((NOON, group.to_owned(), vec![units], rounded)),
            "{record}"
        );
    }
}

#[test]
fn nothing_is_left_over_from_the_record_before() {
    let mut decoder = sales_decoder();
    let whole = r#"{"categoria":"Pet","valor":2,"id_pedido":"1","timestamp":"2025-11-28T12:00Z"}"#;
    for record in [
        r#"{"\u0062":1,"timestamp":"2025-11-28T12:00Z","id_pedido":"1","valor":1}"#,
        r#"{"id_pedido":"1","timestamp":"2025-11-28T12:00Z","valor":1}"#,
        r#"{"\u0061":1,"timestamp":"2025-11-28T12:00Z","id_pedido":"1","valor":1}"#,
    ] {
        assert!(decode(&mut decoder, whole.as_bytes()).is_ok());
        assert_eq!(decode(&mut decoder, record.as_bytes()), Err(Reject::Missing("categoria".to_owned())));
    }
    assert_eq!(
        decoder.decoder.text, "2025-11-28T12:00Z11",
        "the texts of the last record alone, however many there were"
    );
    let broken = r#"{"categoria":"Pet","valor":2,"id_pedido":"1","timestamp":"2025-11-28T12:00Z"}}"#;
    assert!(decode(&mut decoder, broken.as_bytes()).is_err());
    assert_eq!(decode(&mut decoder, b"{}"), Err(Reject::Missing("timestamp".to_owned())));
}

#[test]
fn digits_beyond_the_scale_are_rounded_and_counted() {
    let plan = events(vec![field("a", FieldType::Decimal { scale: 2 }), field("b", FieldType::Decimal { scale: 0 })]);
    let mut decoder = Reader::new(&plan, totals(&[], &[sum(1), sum(0)]));
    for (a, b, measures, rounded) in [
        ("1.005", "2.5", [2, 100], 2),
        ("-1.015", "3", [3, -102], 1),
        ("1.500", "-0.0", [0, 150], 0),
        ("-0", "0.5000001", [1, 0], 1),
    ] {
        let record = format!(r#"{{"a":{a},"b":{b},"timestamp":"2025-11-28T12:00Z"}}"#);
        assert_eq!(
            decode(&mut decoder, record.as_bytes()),
            Ok((NOON, String::new(), measures.to_vec(), rounded)),
            "{record}"
        );
    }
}

#[test]
fn integers_are_integral_numbers_of_64_bits() {
    let mut decoder = Reader::new(&events(vec![field("n", FieldType::Integer)]), totals(&[0], &[sum(0)]));
    for (n, expected) in [
        ("0", Ok(0)),
        ("-0", Ok(0)),
        ("-0.0", Ok(0)),
        ("1.0", Ok(1)),
        ("1e3", Ok(1000)),
        ("1200e-2", Ok(12)),
        ("9223372036854775807", Ok(i64::MAX)),
        ("-9223372036854775808", Ok(i64::MIN)),
        ("9223372036854775808", Err("out_of_range")),
        ("1e30", Err("out_of_range")),
        ("1.5", Err("wrong_type")),
        ("1e-1", Err("wrong_type")),
        ("1e-999999999", Err("wrong_type")),
        ("\"1\"", Err("wrong_type")),
        ("true", Err("wrong_type")),
    ] {
        let record = format!(r#"{{"n":{n},"timestamp":"2025-11-28T12:00Z"}}"#);
        let decoded = decode(&mut decoder, record.as_bytes()).map_err(|reject| reject.reason());
        assert_eq!(decoded, expected.map(|n| (NOON, n.to_string(), vec![i128::from(n)], 0)), "{n}");
    }
}

#[test]
fn optional_fields_may_be_absent_or_null_but_not_of_another_type() {
    let plan = events(vec![field("desconto?", FieldType::Decimal { scale: 2 }), field("cupom?", FieldType::String)]);
    let mut decoder = Reader::new(&plan, totals(&[], &[sum(0), count(0), count(1)]));
    for (members, expected) in [
        ("", Ok([0, 0, 0])),
        (r#""desconto":null,"cupom":null,"#, Ok([0, 0, 0])),
        (r#""desconto":0,"cupom":"","#, Ok([0, 1, 1])),
        (r#""desconto":1.25,"#, Ok([125, 1, 0])),
        (r#""cupom":"X","#, Ok([0, 0, 1])),
        (r#""cupom":0,"#, Err(wrong("cupom", "a number", "a string"))),
        (r#""desconto":"","#, Err(wrong("desconto", "a string", DECIMAL))),
    ] {
        let record = format!(r#"{{{members}"timestamp":"2025-11-28T12:00Z"}}"#);
        let measures = decode(&mut decoder, record.as_bytes()).map(|event| event.2);
        assert_eq!(measures, expected.map(|measures| measures.to_vec()), "{record}");
    }
}

#[test]
fn paths_lead_through_objects_and_nothing_else() {
    let mut plan = events(vec![field("item.preco.valor", FieldType::Integer), field("item.loja", FieldType::String)]);
    plan.time = vec!["meta".to_owned(), "quando".to_owned()];
    let mut decoder = Reader::new(&plan, totals(&[1], &[sum(0)]));
    let meta = r#""meta":{"a":[{}],"quando":"2025-11-28T12:00Z"}"#;
    let missing = |name: &str| Err(Reject::Missing(name.to_owned()));
    for (item, expected) in [
        (r#""item":{"preco":{"moeda":"BRL","valor":7},"loja":"SP"}"#, Ok(7)),
        (r#""item":{"loja":"SP","outro":{"loja":"RJ"},"preco":{"valor":7}},"loja":"MG""#, Ok(7)),
        (r#""item":{"loja":"RJ"},"item":{"preco":{"valor":8},"loja":"SP"}"#, Ok(8)),
        (r#""item":{"preco":{"valor":8},"loja":"SP"},"item":{"loja":"RJ"}"#, missing("item.preco.valor")),
        (r#""item":{"preco":7,"loja":"SP"}"#, missing("item.preco.valor")),
        (r#""item":{"preco":[{"valor":7}],"loja":"SP"}"#, missing("item.preco.valor")),
        (r#""item":null,"item.loja":"SP""#, missing("item.preco.valor")),
        (
            r#""item":{"preco":{"valor":7},"loja":{"nome":"SP"}}"#,
            Err(wrong("item.loja", "an object or an array", "a string")),
        ),
    ] {
        let record = format!("{{{meta},{item}}}");
        let expected = expected.map(|units| (NOON, "SP".to_owned(), vec![units], 0));
        assert_eq!(decode(&mut decoder, record.as_bytes()), expected, "{record}");
    }
    assert_eq!(
        decode(&mut decoder, br#"{"meta":"2025-11-28T12:00Z"}"#),
        Err(Reject::Missing("meta.quando".to_owned()))
    );
}

#[test]
fn a_group_of_several_fields_is_their_canonical_text() {
    let plan = events(vec![
        field("uf", FieldType::String),
        field("loja", FieldType::Integer),
        field("online", FieldType::Boolean),
        field("timestamp", FieldType::String),
    ]);
    let mut decoder = Reader::new(&plan, totals(&[2, 0, 1, 3], &[]));
    for (members, group) in [
        (r#""uf":"SP","loja":-0,"online":true"#, r"true|SP|0|2025-11-28T12:00Z"),
        (r#""uf":"S|P\\","loja":-12,"online":false"#, r"false|S\|P\\|-12|2025-11-28T12:00Z"),
        (r#""uf":"","loja":1.0e2,"online":false"#, r"false||100|2025-11-28T12:00Z"),
        (
            r#""uf":"são|","loja":9223372036854775807,"online":true"#,
            r"true|são\||9223372036854775807|2025-11-28T12:00Z",
        ),
    ] {
        let record = format!(r#"{{{members},"timestamp":"2025-11-28T12:00Z"}}"#);
        assert_eq!(decode(&mut decoder, record.as_bytes()).map(|event| event.1).as_deref(), Ok(group), "{record}");
    }
}

#[test]
fn elements_of_arrays_and_keys_with_dots_are_found() {
    let path = |steps: &[&str]| steps.iter().map(|step| (*step).to_owned()).collect::<Vec<_>>();
    let at = |steps: &[&str]| Field { path: path(steps), ..field("x?", FieldType::Integer) };
    let fields = vec![at(&["a", "[0]"]), at(&["a", "[2]", "b.c"]), at(&["a", "[3]", "[1]"]), at(&["d.e"])];
    let mut decoder = Decoder::new(&events(fields), &[], &[]);
    let mut read = |members: &str| {
        let record = format!(r#"{{"timestamp":"2025-11-28T12:00Z",{members}}}"#);
        let row = decoder.decode(&Record::of_payload(Some(record.as_bytes()))).expect("an event");
        [0, 1, 2, 3].map(|field| if let Datum::Exact(units) = row.datum(field) { Some(units) } else { None })
    };
    assert_eq!(read(r#""a":[1,[7],{"b.c":2,"b":{"c":9}},[8,3]],"d.e":4"#), [1, 2, 3, 4].map(Some));
    assert_eq!(read(r#""a":[],"d":{"e":4}"#), [None; 4]);
    assert_eq!(read(r#""a":[ null , 1 ]"#), [None; 4]);
    assert_eq!(read(r#""a":{"[0]":5}"#), [Some(5), None, None, None], "a key that is written so");
    assert_eq!(read(r#""\u0061":[6,0,{"\u0062.c":7}]"#), [Some(6), Some(7), None, None], "the slow way");
}

#[test]
fn what_is_absent_is_null_in_a_group() {
    let optional = |name, kind| Field { optional: true, ..field(name, kind) };
    let event = events(vec![
        optional("pais", FieldType::String),
        optional("loja", FieldType::Integer),
        optional("web", FieldType::Boolean),
    ]);
    let group = |by: &[usize], members: &str| {
        let record = format!(r#"{{"timestamp":"2025-11-28T12:00:00Z"{members}}}"#);
        decode(&mut Reader::new(&event, totals(by, &[])), record.as_bytes()).unwrap().1
    };
    for (members, one, all) in [
        ("", r"\N", r"\N|\N|\N"),
        (r#","pais":null,"loja":null,"web":null"#, r"\N", r"\N|\N|\N"),
        (r#","pais":"","loja":0,"web":false"#, "", "|0|false"),
        (r#","pais":"null""#, "null", r"null|\N|\N"),
        (r#","pais":"\\N","web":true"#, r"\\N", r"\\N|\N|true"),
    ] {
        assert_eq!((group(&[0], members), group(&[0, 1, 2], members)), (one.to_owned(), all.to_owned()), "{members}");
    }
}
