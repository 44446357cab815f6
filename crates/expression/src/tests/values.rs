//! What expressions come to.

use std::borrow::Cow;

use mare_model::datum::Datum;
use mare_model::schema::FieldType;

use super::{SALE, TIME, scope, value};
use crate::{EvaluationFault, Expression, Scalar};

/// Each expression comes to what stands behind it.
fn assert_values(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(value(text), *expected, "{text}");
    }
}

#[test]
fn filters() {
    assert_values(&[
        ("status = 'PAID' AND valor > 0", "true"),
        ("status = 'paid'", "false"),
        ("status <> 'X' and valor >= 10.5", "true"),
        ("ativo", "true"),
        ("NOT ativo OR quantidade < 4", "true"),
        ("cliente.uf = 'São Paulo'", "true"),
        ("\"cliente\".\"uf\" = \"cliente.uf\"", "true"),
        ("\"order\" = '  x  '", "true"),
        ("valor = 10.500000", "true"),
        ("quantidade = 3.0", "true"),
        ("quantidade < 3.000001", "true"),
        ("quantidade=-3", "false"),
        ("valor>-1 AND valor<>-1", "true"),
        ("status < 'PAIE' AND status > 'PA'", "true"),
        ("ativo = TRUE", "true"),
        ("event_time > pago_em", "true"),
    ]);
}

#[test]
fn null_is_unknown() {
    assert_values(&[
        ("ausente > 0", "NULL"),
        ("NOT (ausente > 0)", "NULL"),
        ("ausente > 0 AND FALSE", "false"),
        ("FALSE AND ausente > 0", "false"),
        ("ausente > 0 AND TRUE", "NULL"),
        ("ausente > 0 OR TRUE", "true"),
        ("ausente > 0 OR FALSE", "NULL"),
        ("NULL AND FALSE", "false"),
        ("NULL OR TRUE", "true"),
        ("NOT NULL", "NULL"),
        ("ausente IS NULL", "true"),
        ("valor IS NULL", "false"),
        ("ausente IS NOT NULL", "false"),
        ("(ausente > 0) IS UNKNOWN", "true"),
        ("(ausente > 0) IS NOT UNKNOWN", "false"),
        ("(ausente > 0) IS TRUE", "false"),
        ("(ausente > 0) IS NOT TRUE", "true"),
        ("ativo IS FALSE", "false"),
        ("ativo IS NOT FALSE", "true"),
        ("ausente IS DISTINCT FROM NULL", "false"),
        ("valor IS DISTINCT FROM NULL", "true"),
        ("valor IS DISTINCT FROM 10.5", "false"),
        ("valor IS NOT DISTINCT FROM 10.5", "true"),
        ("ausente IS DISTINCT FROM valor", "true"),
        ("ausente + 1", "NULL"),
        ("- ausente", "NULL"),
        ("status || CAST(NULL AS TEXT)", "NULL"),
        ("ausente BETWEEN 1 AND 2", "NULL"),
        ("valor BETWEEN 11 AND ausente", "false"),
        ("valor BETWEEN ausente AND 10", "false"),
        ("valor BETWEEN 10 AND ausente", "NULL"),
        ("quantidade IN (1, ausente)", "NULL"),
        ("quantidade IN (3, ausente)", "true"),
        ("quantidade NOT IN (1, ausente)", "NULL"),
        ("ausente IN (1)", "NULL"),
        ("LENGTH(CAST(NULL AS TEXT))", "NULL"),
    ]);
}

#[test]
fn lists_and_ranges() {
    assert_values(&[
        ("valor BETWEEN 10.5 AND 10.5", "true"),
        ("valor NOT BETWEEN 1 AND 2", "true"),
        ("status IN ('A', 'PAID', 'B')", "true"),
        ("status NOT IN ('A', 'B')", "true"),
        ("quantidade IN (1, 2, 3)", "true"),
        ("quantidade IN (1, 2.5)", "false"),
        ("quantidade IN (1, 3.0)", "true"),
        ("valor IN (10, 10.5, 11)", "true"),
        ("valor IN (10.4999, 10.50001)", "false"),
        ("ativo IN (FALSE, TRUE)", "true"),
        ("quantidade IN (1, id - id + 3)", "true"),
    ]);
}

#[test]
fn arithmetic_is_exact() {
    assert_values(&[
        ("valor + quantidade", "13.50"),
        ("valor - 0.005", "10.495"),
        ("valor * quantidade", "31.50"),
        ("valor * preco", "12.962250"),
        ("-valor", "-10.50"),
        ("- - 1", "1"),
        ("+1", "1"),
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("7 - 2 - 1", "4"),
        ("valor / quantidade", "3.500000"),
        ("1 / 3", "0.333333"),
        ("2 / 3", "0.666667"),
        ("-2 / 3", "-0.666667"),
        ("7 / 2", "3.500000"),
        ("1.00000000 / 3", "0.33333333"),
        ("1 / 0.0004", "2500.000000"),
        ("DIV(7, 2)", "3"),
        ("DIV(-7, 2)", "-3"),
        ("DIV(valor, 0.4)", "26"),
        ("valor % 3", "1.50"),
        ("-7 % 3", "-1"),
        ("7 % -3", "1"),
        ("(-170141183460469231731687303715884105727 - 1) % -1", "0"),
        ("DIV(-170141183460469231731687303715884105727 - quantidade + 2, -1)", "overflow"),
        ("valor % 0.4", "0.10"),
        ("ABS(-valor)", "10.50"),
        ("valor / 0", "division_by_zero"),
        ("valor % (quantidade - 3)", "division_by_zero"),
        ("DIV(valor, quantidade - 3)", "division_by_zero"),
        ("quantidade <> 3 AND valor / (quantidade - 3) > 1", "false"),
        ("id * id * id", "overflow"),
        ("id * id + id * id", "170141183460469231694793815568465002498"),
        ("id * id + id * id + id * id", "overflow"),
    ]);
}

#[test]
fn rounding_is_half_even_and_asked_for() {
    assert_values(&[
        ("ROUND(preco, 2)", "1.23"),
        ("ROUND(preco, 3)", "1.234"),
        ("ROUND(1.2355, 3)", "1.236"),
        ("ROUND(0.5)", "0"),
        ("ROUND(1.5)", "2"),
        ("ROUND(-2.5)", "-2"),
        ("ROUND(quantidade, 2)", "3.00"),
        ("quantidade = ROUND(quantidade, 2)", "true"),
        ("ROUND(quantidade, 2) = quantidade", "true"),
        ("quantidade IN (ROUND(quantidade, 2))", "true"),
        ("ROUND(quantidade, 1) BETWEEN ROUND(quantidade, 2) AND ROUND(quantidade, 3)", "true"),
        ("FLOOR(preco)", "1"),
        ("FLOOR(-preco)", "-2"),
        ("CEIL(preco)", "2"),
        ("CEILING(-preco)", "-1"),
        ("FLOOR(quantidade)", "3"),
        ("CAST(preco AS INTEGER)", "1"),
        ("CAST(valor AS DECIMAL(4, 1))", "10.5"),
        ("CAST(10.25 AS DECIMAL(4, 1))", "10.2"),
        ("CAST(valor AS NUMERIC(3, 2))", "overflow"),
        ("CAST(valor AS DECIMAL(4, 2))", "10.50"),
        ("CAST(9.99 + valor - valor AS DECIMAL(1))", "overflow"),
        ("CAST(quantidade AS DECIMAL(38, 18))", "3.000000000000000000"),
        ("quantidade::DECIMAL(3,1)", "3.0"),
    ]);
}

#[test]
fn texts() {
    assert_values(&[
        ("status || '-' || cliente.uf", "'PAID-São Paulo'"),
        ("LOWER(cliente.uf)", "'são paulo'"),
        ("upper(cliente.uf)", "'SÃO PAULO'"),
        ("LOWER(status) = 'paid'", "true"),
        ("LENGTH(cliente.uf)", "9"),
        ("CHAR_LENGTH('')", "0"),
        ("TRIM(\"order\")", "'x'"),
        ("LTRIM(\"order\")", "'x  '"),
        ("RTRIM(\"order\")", "'  x'"),
        ("TRIM(BOTH 'PD' FROM status)", "'AI'"),
        ("TRIM(LEADING 'P' FROM status)", "'AID'"),
        ("TRIM(TRAILING FROM \"order\")", "'  x'"),
        ("RTRIM(status, 'DI')", "'PA'"),
        ("TRIM(status, 'DIAP')", "''"),
        ("TRIM('' || \"order\")", "'x'"),
        ("SUBSTRING(cliente.uf FROM 3 FOR 1)", "'o'"),
        ("SUBSTRING(cliente.uf, 2, 2)", "'ão'"),
        ("SUBSTR(status, 2)", "'AID'"),
        ("SUBSTRING(status FOR 2)", "'PA'"),
        ("SUBSTRING(status FROM 0 FOR 2)", "'P'"),
        ("SUBSTRING(status FROM -5 FOR 6)", "''"),
        ("SUBSTRING(status FROM -5)", "'PAID'"),
        ("SUBSTRING(status FROM 9)", "''"),
        ("SUBSTRING(status FROM 2 FOR 170141183460469231731687303715884105727)", "'AID'"),
        ("SUBSTRING(status FROM 1 FOR quantidade - 4)", "negative_length"),
        ("SUBSTRING(status || '' FROM 2 FOR quantidade - 1)", "'AI'"),
        ("'it''s'", "'it's'"),
        ("cliente.uf LIKE 'S%o'", "true"),
        ("status LIKE 'P_ID'", "true"),
        ("status NOT LIKE 'A%'", "true"),
        ("status ILIKE 'p%'", "true"),
        ("cliente.uf ILIKE '%SÃO%'", "true"),
        ("'10%' LIKE '10!%' ESCAPE '!'", "true"),
        ("'a\\b' LIKE 'a\\\\b' ESCAPE '\\'", "true"),
        ("CAST(NULL AS TEXT) LIKE '%'", "NULL"),
    ]);
}

#[test]
fn casts() {
    assert_values(&[
        ("CAST(valor AS TEXT)", "'10.50'"),
        ("CAST(quantidade AS TEXT) || 'x'", "'3x'"),
        ("CAST(ativo AS TEXT)", "'true'"),
        ("CAST(ativo AS INTEGER)", "1"),
        ("CAST('12' AS INTEGER)", "12"),
        ("CAST(' -12.345 ' AS DECIMAL(10, 2))", "-12.34"),
        ("CAST('TRUE' AS BOOLEAN)", "true"),
        ("CAST(status AS INTEGER)", "cast"),
        ("CAST(status AS BOOLEAN)", "cast"),
        ("CAST(status AS DECIMAL(10, 2))", "cast"),
        ("CAST(CAST(NULL AS TEXT) AS INTEGER)", "NULL"),
        ("CAST(ausente AS TEXT)", "NULL"),
        ("CAST(status AS TEXT)", "'PAID'"),
    ]);
}

#[test]
fn choices() {
    assert_values(&[
        ("CASE WHEN valor > 100 THEN 'A' WHEN valor > 10 THEN 'B' ELSE 'C' END", "'B'"),
        ("CASE WHEN ausente > 1 THEN 1 END", "NULL"),
        ("CASE status WHEN 'X' THEN 1 WHEN 'PAID' THEN 2.5 ELSE 0 END", "2.5"),
        ("CASE quantidade WHEN 3.0 THEN 'three' END", "'three'"),
        ("CASE WHEN ativo THEN valor ELSE quantidade END", "10.50"),
        ("CASE WHEN NOT ativo THEN valor ELSE quantidade END", "3.00"),
        ("CASE WHEN TRUE THEN NULL ELSE quantidade END", "NULL"),
        ("CASE WHEN quantidade = 0 THEN 0 ELSE valor / quantidade END", "3.500000"),
        ("COALESCE(ausente, valor, 0)", "10.50"),
        ("COALESCE(ausente, 0)", "0.00"),
        ("COALESCE(valor, 1 / (quantidade - 3))", "10.500000"),
        ("COALESCE(NULL, status)", "'PAID'"),
        ("NULLIF(status, 'PAID')", "NULL"),
        ("NULLIF(valor, 10.5)", "NULL"),
        ("NULLIF(quantidade, 0)", "3"),
        ("NULLIF(quantidade, ausente)", "3"),
        ("valor / NULLIF(quantidade - 3, 0)", "NULL"),
        ("GREATEST(valor, quantidade, 10.501)", "10.501"),
        ("LEAST(valor, quantidade)", "3.00"),
        ("GREATEST(valor, ausente)", "NULL"),
        ("LEAST(status, 'Z', 'B')", "'B'"),
        ("GREATEST(event_time, pago_em) = event_time", "true"),
    ]);
}

#[test]
fn a_declared_field_has_the_values_that_it_may_have() {
    let units = |text: &str, declared, quantity| {
        let expression = Expression::parse_as(text, &scope(), declared).unwrap();
        let mut row = SALE;
        row[2] = Datum::Exact(quantity);
        let value = expression.evaluate(&(TIME, &row[..])).map_err(|error| error.fault);
        value.map(|value| match value {
            Scalar::Exact(units) => units,
            other => panic!("{other:?}"),
        })
    };
    let (largest, end) = (i128::from(i64::MAX), 10_i128.pow(24));
    let overflow = Err(EvaluationFault::Overflow);
    assert_eq!(units("quantidade + 1", FieldType::Integer, largest - 1), Ok(largest));
    assert_eq!(units("quantidade + 1", FieldType::Integer, largest), overflow);
    assert_eq!(units("quantidade - 1", FieldType::Integer, -largest - 1), overflow);
    let cents = FieldType::Decimal { scale: 2 };
    assert_eq!(units("quantidade", cents, 7), Ok(700));
    assert_eq!(units("quantidade * 0.01", cents, end - 1), Ok(end - 1));
    assert_eq!(units("quantidade * 0.01", cents, end), overflow);
    assert_eq!(units("quantidade * -0.01", cents, end), overflow);
    assert_eq!(units("quantidade", cents, i128::MAX), overflow);
}

#[test]
fn a_row_that_is_not_of_the_scope_is_an_error() {
    let expression = Expression::parse_filter("status = 'PAID'", &scope()).unwrap();
    let error = expression.is_true(&(TIME, &[Datum::Exact(1)][..])).unwrap_err();
    assert_eq!(error.to_string(), "a field has another type than it was declared with (column 1)");
    assert_eq!(expression.is_true(&(TIME, &[][..])), Ok(false));
}

#[test]
fn what_is_made_of_a_long_text_has_an_end() {
    let long = "x".repeat(crate::TEXT_BYTES_MAX);
    let fault = |text: &str| {
        let expression = Expression::parse(text, &scope()).unwrap();
        let found = expression.evaluate(&(TIME, &[Datum::Text(&long)][..])).map(Scalar::into_owned);
        found.map_err(|error| error.fault.name())
    };
    assert_eq!(fault("status || 'x'"), Err("text_too_long"));
    assert_eq!(fault("LENGTH(status || '')"), Ok(Scalar::Exact(1 << 20)));
}

#[test]
fn a_text_is_borrowed_from_the_event_or_from_the_expression() {
    for text in [
        "status",
        "TRIM(\"order\")",
        "SUBSTRING(cliente.uf, 2)",
        "UPPER(status)",
        "CASE WHEN ativo THEN 'yes' ELSE 'no' END",
        "COALESCE(CAST(NULL AS TEXT), TRIM(status, 'P'))",
        "GREATEST(status, 'A')",
    ] {
        let expression = Expression::parse(text, &scope()).unwrap();
        let value = expression.evaluate(&(TIME, &SALE[..]));
        assert!(matches!(value, Ok(Scalar::Text(Cow::Borrowed(_)))), "{text}: {value:?}");
    }
}

/// Each worker evaluates an expression that was read once.
#[test]
fn an_expression_goes_to_other_threads() {
    fn assert_shared<T: Send + Sync>(_: &T) {}
    assert_shared(&Expression::parse("EXTRACT(HOUR FROM event_time) = 1", &scope()).unwrap());
}

#[test]
fn constants_are_known_with_the_fields_that_they_are_compared_with() {
    let found = |text: &str| -> Vec<(usize, String)> {
        let expression = Expression::parse(text, &scope()).unwrap_or_else(|error| panic!("{text}: {error}"));
        expression.constants().iter().map(|found| (found.field, format!("{:?}", found.constant))).collect()
    };
    let text = |of, text: &str| (of, format!("Text({text:?})"));
    let number = |of, units, scale| (of, format!("Number {{ units: {units}, scale: {scale} }}"));
    assert_eq!(found("status IN ('PAID', 'SENT') AND status <> 'PAID'"), [text(0, "PAID"), text(0, "SENT")]);
    assert_eq!(found("valor * quantidade > 1.50 OR ativo"), [number(1, 150, 2), number(2, 150, 2)]);
    assert_eq!(found("valor BETWEEN -3 AND 5"), [number(1, -3, 0), number(1, 3, 0), number(1, 5, 0)]);
    assert_eq!(found("cliente.uf LIKE 'S_o%!%' ESCAPE '!'"), [text(4, "Sxo%")]);
    assert_eq!(found("CASE status WHEN 'A' THEN 'x' ELSE 'y' END = 'x'"), [text(0, "A"), text(0, "x"), text(0, "y")]);
    assert_eq!(found("CASE WHEN ativo THEN 1 ELSE 2 END"), []);
    assert_eq!(found("pago_em >= TIMESTAMP '1970-01-01T00:00:01Z'"), [(9, "Time(1000)".to_owned())]);
}
