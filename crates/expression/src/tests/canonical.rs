//! The canonical text is a format: what is pinned here does not change without another version.

use super::{parse, scope};
use crate::{Expression, ScalarType};

/// Each expression, and its canonical text of version 1.
const PINNED: [(&str, &str); 34] = [
    ("status='PAID' and valor>0", r#"(("status" = 'PAID') AND ("valor" > 0))"#),
    ("ativo or ativo or not ativo", r#"("ativo" OR "ativo" OR (NOT "ativo"))"#),
    ("(ativo and (ativo and ativo)) and ativo", r#"("ativo" AND "ativo" AND "ativo" AND "ativo")"#),
    ("ativo or ativo and ativo", r#"("ativo" OR ("ativo" AND "ativo"))"#),
    ("cliente . uf = 'it''s'", r#"("cliente.uf" = 'it''s')"#),
    ("valor != 01.50", r#"("valor" <> 1.50)"#),
    (".5 <= valor", r#"(0.5 <= "valor")"#),
    ("5. >= valor", r#"(5 >= "valor")"#),
    ("valor < quantidade", r#"("valor" < "quantidade")"#),
    ("1+2*3-4/5%6", "((1 + (2 * 3)) - ((4 / 5) % 6))"),
    ("1-(2-3)", "(1 - (2 - 3))"),
    ("-+-valor", r#"(- (- "valor"))"#),
    ("div( 7,2 )", "DIV(7, 2)"),
    ("status||'x'||'y'", r#"(("status" || 'x') || 'y')"#),
    ("valor is null", r#"("valor" IS NULL)"#),
    ("valor is not null", r#"(NOT ("valor" IS NULL))"#),
    ("ativo is true", r#"("ativo" IS TRUE)"#),
    ("ativo is not false", r#"(NOT ("ativo" IS FALSE))"#),
    ("ativo is unknown", r#"("ativo" IS UNKNOWN)"#),
    ("valor is not distinct from null", r#"(NOT ("valor" IS DISTINCT FROM NULL))"#),
    ("valor not between 1 and 2", r#"(NOT ("valor" BETWEEN 1 AND 2))"#),
    ("valor in (1,2)", r#"("valor" IN (1, 2))"#),
    ("status not like 'a!%' escape '!'", r#"(NOT ("status" LIKE 'a!%' ESCAPE '!'))"#),
    ("status ilike 'p%'", r#"("status" ILIKE 'p%')"#),
    ("case when ativo then 1 end", r#"CASE WHEN "ativo" THEN 1 END"#),
    ("case valor when 1 then true else false end", r#"CASE "valor" WHEN 1 THEN TRUE ELSE FALSE END"#),
    ("coalesce(valor,nullif(1,2))", r#"COALESCE("valor", NULLIF(1, 2))"#),
    ("char_length(substr(status from 2))", r#"LENGTH(SUBSTRING("status", 2))"#),
    ("ltrim(status)||trim(status,'x')", r#"(TRIM(LEADING ' ' FROM "status") || TRIM(BOTH 'x' FROM "status"))"#),
    ("round(valor)+round(valor,1)+ceiling(valor)", r#"((ROUND("valor", 0) + ROUND("valor", 1)) + CEIL("valor"))"#),
    ("valor::numeric(9)", r#"CAST("valor" AS DECIMAL(9, 0))"#),
    ("cast(ativo as int)", r#"CAST("ativo" AS INTEGER)"#),
    ("date_part('isodow',event_time)", r#"EXTRACT(ISODOW FROM "event_time" AT TIME ZONE 'UTC')"#),
    ("event_time>timestamp '2025-11-28 09:00:00-03'", r#"("event_time" > TIMESTAMP '2025-11-28T12:00:00.000Z')"#),
];

#[test]
fn a_canonical_text_stays_as_it_is() {
    for (text, expected) in PINNED {
        let expression = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(expression.canonical(), format!("sql1 {expected}"), "{text}");
        let again = parse(expected).unwrap_or_else(|error| panic!("{expected}: {error}"));
        assert_eq!(again.to_string(), expected, "it is its own");
    }
}

#[test]
fn zones_are_written_by_name_or_by_offset() {
    for (written, expected) in
        [("'America/Sao_Paulo'", "America/Sao_Paulo"), ("'-03:30'", "-03:30:00"), ("'UTC'", "UTC")]
    {
        let text = format!("extract(hour from event_time at time zone {written})");
        let canonical = format!(r#"sql1 EXTRACT(HOUR FROM "event_time" AT TIME ZONE '{expected}')"#);
        assert_eq!(parse(&text).unwrap().canonical(), canonical);
    }
}

#[test]
fn what_is_computed_at_once_is_still_written() {
    assert_eq!(parse("quantidade > 1 + 1").unwrap().to_string(), r#"("quantidade" > (1 + 1))"#);
}

#[test]
fn the_fields_are_those_that_are_named() {
    let expression =
        parse("CASE valor WHEN preco THEN status IN ('x', cliente.uf) ELSE valor > 1 AND ativo END").unwrap();
    assert_eq!(expression.fields(), [0, 1, 3, 4, 5]);
    assert!(!expression.uses_event_time());
    let expression = parse("EXTRACT(HOUR FROM event_time) BETWEEN quantidade AND LENGTH(TRIM(status)) || 1 IS NULL");
    assert!(expression.is_err());
    let expression = parse("EXTRACT(HOUR FROM event_time) BETWEEN quantidade AND LENGTH(TRIM(status))").unwrap();
    assert!(expression.uses_event_time() && expression.fields() == [0, 2]);
}

#[test]
fn the_type_says_whether_it_may_be_null() {
    for (text, kind, nullable) in [
        ("preco * 2", ScalarType::Decimal { scale: 4 }, false),
        ("valor * 2", ScalarType::Decimal { scale: 2 }, true),
        ("COALESCE(valor, 0)", ScalarType::Decimal { scale: 2 }, false),
        ("COALESCE(valor, ausente)", ScalarType::Decimal { scale: 2 }, true),
        ("valor IS NULL", ScalarType::Boolean, false),
        ("id = 1", ScalarType::Boolean, false),
        ("id IN (1, quantidade)", ScalarType::Boolean, true),
        ("CASE WHEN ativo THEN 1 END", ScalarType::Integer, true),
        ("CASE WHEN ativo THEN 1 ELSE 2.5 END", ScalarType::Decimal { scale: 1 }, false),
        ("NULLIF(id, 0)", ScalarType::Integer, true),
        ("CAST(NULL AS TEXT)", ScalarType::Text, true),
        ("1 / 4", ScalarType::Decimal { scale: 6 }, false),
        ("EXTRACT(SECOND FROM event_time)", ScalarType::Decimal { scale: 3 }, false),
        ("event_time", ScalarType::Time, false),
    ] {
        let expression: Expression = parse(text).unwrap();
        assert_eq!((expression.kind(), expression.is_nullable()), (kind, nullable), "{text}");
    }
    assert!(Expression::parse_filter("preco", &scope()).is_err());
}
