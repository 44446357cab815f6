//! What is refused before the start: each at its column, with a remedy.

use mare_model::schema::FieldType;

use super::{parse, refusal, scope};
use crate::{EXPRESSION_BYTES_MAX, Expression};

/// Each text is refused at a column, with words that begin so.
fn assert_refused(cases: &[(&str, usize, &str)]) {
    for (text, column, says) in cases {
        let error = parse(text).err().unwrap_or_else(|| panic!("{text} was taken"));
        let told = format!("{}; {}", error.what, error.remedy);
        assert!(error.column == *column && told.starts_with(says), "{text}\n  column {}: {told}", error.column);
    }
}

#[test]
fn names() {
    assert_refused(&[
        ("valr > 0", 1, "there is no field `valr`; did you mean `valor`?"),
        ("ativo AND  cliente.ufx = 'SP'", 12, "there is no field `cliente.ufx`; did you mean `cliente.uf`?"),
        ("Valor > 0", 1, "there is no field `Valor`; did you mean `valor`?"),
        ("status = \"PAID\"", 10, "there is no field `PAID`; the fields here are `status`, `valor`"),
        ("event_tim > pago_em", 1, "there is no field `event_tim`; did you mean `event_time`?"),
        ("LOWR(status) = 'x'", 1, "there is no function `LOWR`; did you mean `LOWER`?"),
        ("SUM(valor) > 1", 1, "there is no function `SUM`; "),
        ("now() > event_time", 1, "there is no function `NOW`; the functions are"),
        (
            "CURRENT_TIMESTAMP > event_time",
            1,
            "`CURRENT_TIMESTAMP` is a keyword; write \"CURRENT_TIMESTAMP\" in double quotes",
        ),
        ("cliente.uf.x = 'a'", 1, "there is no field `cliente.uf.x`"),
        ("EXTRACT(HOURS FROM event_time)", 20, "a time has no part `HOURS`; did you mean `HOUR`?"),
        ("EXTRACT(fortnight FROM event_time)", 24, "a time has no part `fortnight`; the parts are"),
        ("EXTRACT(HOUR FROM event_time AT TIME ZONE 'Mars')", 43, "unknown time zone `Mars`; write a name"),
    ]);
}

#[test]
fn types() {
    assert_refused(
        &[
            ("status = 5", 10, "a text is compared with an integer; write the value in 'single quotes'"),
            ("valor = '5'", 9, "a decimal(2) is compared with a text; write the number without quotes"),
            ("valor", 0, ""),
            ("event_time > '2025-11-28'", 14, "a time is compared with a text; write TIMESTAMP"),
            ("valor AND ativo", 1, "a decimal(2) stands where a condition is wanted; compare it"),
            ("ativo OR (status)", 11, "a text stands where a condition is wanted"),
            ("NOT quantidade", 5, "an integer stands where a condition is wanted"),
            ("valor + status", 9, "a text stands where a number is wanted; write CAST"),
            ("event_time + 1 > event_time", 1, "a time stands where a number is wanted; take a part"),
            (
                "status || valor",
                11,
                "a decimal(2) stands where a text is wanted; compare it, as in `… > 0`, or write CAST",
            ),
            ("valor LIKE '1%'", 1, "a decimal(2) stands where a text is wanted"),
            ("status = NULL", 10, "what is compared or computed with NULL is NULL, whatever it is; write IS NULL"),
            ("status IN ('A', NULL)", 17, "what is compared or computed with NULL"),
            ("valor + NULL", 9, "what is compared or computed with NULL"),
            ("NULL", 1, "the type of NULL is not known; write CAST(NULL AS …)"),
            ("COALESCE(NULL, NULL)", 1, "the type of NULL is not known"),
            (
                "CASE WHEN ativo THEN 1 ELSE 'x' END",
                29,
                "a text stands beside an integer, and both are to be one value",
            ),
            ("COALESCE(valor, status)", 17, "a text stands beside a decimal(2)"),
            ("CASE valor WHEN 'x' THEN 1 END", 17, "a decimal(2) is compared with a text"),
            ("CAST(event_time AS TEXT)", 6, "a time cannot be cast to a text; take a part"),
            ("CAST(valor AS BOOLEAN)", 6, "a decimal(2) cannot be cast to a boolean; compare it"),
            ("CAST(ativo AS DECIMAL(3,1))", 6, "a boolean cannot be cast to a decimal(1)"),
            ("(valor IS NULL) > 1", 19, "a boolean is compared with an integer"),
            ("valor IS TRUE", 1, "a decimal(2) stands where a condition is wanted"),
            ("SUBSTRING(status FROM 1.5)", 23, "a decimal(1) stands where an integer is wanted"),
        ]
        .map(|case| if case.1 == 0 { ("NOT valor", 5, "a decimal(2) stands") } else { case }),
    );
}

#[test]
fn numbers() {
    assert_refused(&[
        ("valor > 1e3", 9, "`1e3` is no number here; write all its digits"),
        ("valor > 1_000", 9, "`1_000` is no number here; write all its digits"),
        ("valor > 0xFF", 9, "`0xFF` is no number here; write all its digits"),
        ("valor > 0.1234567890123456789", 9, "`0.1234567890123456789` has too many digits; write up to 18"),
        (
            "valor > 999999999999999999999999999999999999999",
            9,
            "`999999999999999999999999999999999999999` has too many",
        ),
        (
            "preco * preco * preco * preco * preco",
            1,
            "`*` would have 20 digits behind the point, 16 and 4, more than 18; round one",
        ),
        ("1 + 1 / 0", 5, "it fails for every event: division by zero; correct the constants"),
        ("CAST('x' AS INTEGER) = 1", 6, "it fails for every event: the text is not of the type"),
        ("ROUND(valor, 19)", 14, "ROUND takes the number of digits as a literal; write a number from 0 to 18"),
        ("ROUND(valor, quantidade)", 14, "ROUND takes the number of digits as a literal"),
        ("CAST(valor AS DECIMAL)", 6, "`DECIMAL` is no type here; cast to INTEGER, DECIMAL(precision, scale)"),
        ("CAST(valor AS DECIMAL(40, 2))", 6, "there is no such DECIMAL; precision goes from 1 to 38"),
        ("CAST(valor AS DECIMAL(2, 3))", 6, "there is no such DECIMAL"),
        ("CAST(valor AS DOUBLE PRECISION)", 6, "`DOUBLE PRECISION` is no type here"),
        ("CAST(valor AS FLOAT)", 6, "`FLOAT` is no type here"),
        ("ABS(valor, 1)", 1, "ABS has not that number of arguments; give it one"),
        ("NULLIF(valor)", 1, "NULLIF has not that number of arguments; give it 2"),
        ("COALESCE()", 1, "COALESCE has not that number of arguments; give it 1 or more"),
        ("ROUND(1, 2, 3)", 1, "ROUND has not that number of arguments; give it 1 or 2"),
        ("FLOOR(valor, 1)", 1, "FLOOR has not that number of arguments; give it one"),
    ]);
}

#[test]
fn texts_and_patterns() {
    assert_refused(&[
        ("status = 'PAID", 10, "unterminated string literal; a text stands in 'single quotes'"),
        ("status LIKE 'a\\_b'", 13, "the pattern has a backslash; say ESCAPE '\\'"),
        ("status LIKE cliente.uf", 13, "the pattern of LIKE is no text; write the pattern as a text"),
        ("status LIKE 'a!' ESCAPE '!'", 1, "the letter of ESCAPE stands in the pattern before what needs none"),
        ("status LIKE 'a' ESCAPE '!!'", 24, "ESCAPE takes one letter"),
        ("status = X'41'", 10, "`X'41'` is no literal here"),
        ("status ~ 'a'", 1, "`status ~ 'a'` is no part of expressions here"),
        ("status SIMILAR TO 'a'", 1, "`status SIMILAR TO 'a'` is no part"),
    ]);
}

#[test]
fn grammar() {
    assert_refused(&[
        ("", 1, "the expression ends where there should be an expression"),
        ("valor >", 8, "the expression ends where there should be an expression"),
        ("(valor > 0", 11, "the expression ends where there should be )"),
        ("valor > 0 ativo", 11, "`ativo` stands behind the end of the expression; join two conditions"),
        ("valor > 0;", 10, "`;` stands behind the end"),
        ("valor > 0, 1", 10, "`,` stands behind the end"),
        ("ativo\n  AND valr > 0", 13, "there is no field `valr`"),
        ("ã = 1", 1, "there is no field `ã`"),
        ("'ã' = 'é' AND valr", 15, "there is no field `valr`"),
        ("valor = = 1", 9, "`=` stands where there should be an expression; write one SQL expression, with a field"),
        ("CASE valor THEN 1 END", 12, "`THEN` stands where there should be WHEN"),
        ("valor IS 1", 10, "`1` stands where there should be NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM"),
        ("valor::", 8, "the expression ends where there should be a type"),
        ("CAST(valor AS)", 14, "`)` stands where there should be a type"),
        ("status = \"PAID", 10, "unterminated name; a text stands in 'single quotes'"),
        ("status IN ()", 12, "`)` stands where there should be an expression"),
    ]);
}

#[test]
fn what_other_dialects_have() {
    assert_refused(&[
        ("valor == 1", 7, "`==` is no operator here; write `=`"),
        ("ativo && ativo", 7, "`&&` is no operator here; write `AND`"),
        ("!ativo", 1, "`!` is no operator here; write `NOT`"),
        ("valor ^ 2", 7, "`^` is no operator here; there are no powers"),
        ("valor--1 > 0", 6, "a comment is no part of an expression; write it outside; two minus signs"),
        ("valor /* net */ > 0", 7, "a comment is no part"),
        ("valor > (SELECT 1)", 10, "a query is no part of an expression; an expression sees one event"),
        ("EXISTS (SELECT 1)", 9, "a query is no part"),
        ("(1, 2) = (1, 2)", 2, "`(1, 2)` is a list; write a list behind IN alone"),
        ("ABS(DISTINCT valor)", 1, "`ABS(DISTINCT valor)` is no part"),
        ("ABS(valor) OVER ()", 1, "`ABS(valor) OVER ()` is no part"),
        ("TRY_CAST(status AS INTEGER)", 10, "`TRY_CAST(status AS INTEGER)` is no part"),
        ("INTERVAL '1' DAY > event_time", 10, "`INTERVAL '1' DAY` is no part"),
        ("DATE '2025-11-28' < event_time", 6, "`DATE '2025-11-28'` is no literal here; write a time as TIMESTAMP"),
        ("TIMESTAMP 'noon' < event_time", 11, "`noon` is no one time, to the millisecond; write it as"),
        ("TIMESTAMP '2025-11-28T12:00:00.0001Z' < event_time", 11, "`2025-11-28T12:00:00.0001Z` is no one time"),
        ("valor & 1", 1, "`valor & 1` is no part"),
        ("valor > ?", 9, "`?` is no literal here"),
        ("valor COLLATE \"C\" > 1", 1, "`valor COLLATE \"C\"` is no part"),
        ("quantidade DIV 2", 1, "`quantidade DIV 2` is no part"),
        ("quantidade |-(2 + 1) > 1", 1, "`quantidade |-(2 + 1)` is no part"),
        ("event_time AT TIME ZONE 'UTC' > event_time", 1, "`event_time AT TIME ZONE 'UTC'` is no part"),
        ("TIMESTAMP WITH TIME ZONE '2025-11-28' < event_time", 26, "`TIMESTAMP WITH TIME ZONE '2025-11-28'` is no"),
        ("cliente.upper(status)", 1, "`cliente.upper(status)` is no part"),
    ]);
}

#[test]
fn what_is_too_long_or_too_deep() {
    let long = format!("'{}' = status", "x".repeat(EXPRESSION_BYTES_MAX));
    assert!(refusal(&long).starts_with("column 1: the expression has 16395 bytes, more than 16384; make it shorter"));
    let many = format!("quantidade IN ({}1)", "1,".repeat(1_500));
    assert!(
        refusal(&many).starts_with("column 2061: the expression has more than 2048 words and signs"),
        "{}",
        refusal(&many)
    );
    let deep = format!("{}1{} = 1", "(".repeat(33), ")".repeat(33));
    assert_eq!(
        refusal(&deep),
        "column 33: the expression is nested too deeply; leave out parentheses, or compute a part in a field"
    );
    let signs = format!("{}1 = 1", "- ".repeat(40));
    assert!(refusal(&signs).starts_with("column 65: the expression is nested too deeply"), "{}", refusal(&signs));
    let chain = format!("1{} = 1", " + 1".repeat(200));
    assert!(refusal(&chain).contains("the expression is nested too deeply"));
}

#[test]
fn what_is_just_not_too_deep_is_taken() {
    let deep = format!("{}quantidade{} = 1", "(".repeat(32), ")".repeat(32));
    let chain = format!("quantidade{} = 1", " + 1".repeat(100));
    let long = vec!["quantidade = 1"; 500].join(" OR ");
    let many = format!("quantidade IN ({}1)", "1,".repeat(1_000 - 20));
    for text in [deep, chain, long, many] {
        assert!(parse(&text).is_ok(), "{}", refusal(&text));
    }
}

#[test]
fn a_declared_type_is_kept_exactly() {
    let as_declared = |text: &str, kind| Expression::parse_as(text, &scope(), kind).map_err(|error| error.to_string());
    let says = |text: &str, kind| as_declared(text, kind).unwrap_err();
    let cents = FieldType::Decimal { scale: 2 };
    assert_eq!(
        says("valor * preco", cents),
        "column 1: the expression is a decimal(6), and declared as a decimal(2); round it: ROUND(…, 2)"
    );
    assert!(
        says("valor", FieldType::Integer).ends_with("declared as an integer; round it: ROUND(…), FLOOR(…) or CEIL(…)")
    );
    assert!(
        says("valor", FieldType::String).ends_with("declared as a text; write CAST(… AS …), or declare it otherwise")
    );
    assert!(says("status", FieldType::Boolean).ends_with("write CAST(… AS …), or declare it otherwise"));
    assert!(says("quantidade * 0 + 9223372036854775808", FieldType::Boolean).contains("declared as a boolean"));
    assert!(
        says("9223372036854775808", FieldType::Integer).contains("it fails for every event: the number is too large")
    );
    for (text, kind) in [
        ("quantidade", cents),
        ("ativo", FieldType::Boolean),
        ("status", FieldType::String),
        ("id", FieldType::Integer),
    ] {
        let taken = as_declared(text, kind).unwrap();
        assert_eq!(taken.kind(), kind.into(), "{text}");
    }
}
