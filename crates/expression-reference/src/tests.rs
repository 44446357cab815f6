//! Canonical texts, read and evaluated. `mare-expression` has the test that holds this against what the engine does.

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::{NaiveRow, NaiveValue, NamedScale, Unreadable, read};

const NAMES: [NamedScale<'static>; 3] = [("valor", 2), ("it\"s", 0), ("n", 0)];

/// Nearly every kind of node, once.
const CANONICAL: &str = concat!(
    r#"sql1 CASE WHEN (("valor" > (- 5)) AND (NOT ("it""s" IS NULL)) AND ("it""s" ILIKE '%!_''' ESCAPE '!')) "#,
    r#"THEN (ROUND("valor", 1) + DIV(7, 2)) WHEN ("n" BETWEEN 1 AND (- 0.50)) "#,
    r#"THEN CAST(TRIM(BOTH 'x' FROM NULLIF("it""s", '')) AS DECIMAL(9, 3)) "#,
    r#"WHEN (EXTRACT(HOUR FROM "event_time" AT TIME ZONE '-03:30:00') IN (1, 2)) THEN NULL "#,
    r#"WHEN ("event_time" IS DISTINCT FROM TIMESTAMP '2025-11-28T12:00:00.000Z') THEN 1 "#,
    r#"ELSE LENGTH(('a' || UPPER('b'))) END"#,
);

#[test]
fn every_kind_is_read() {
    let tree = read(CANONICAL, &NAMES).unwrap();
    let value = |text: &str, time_ms| {
        let row = [NaiveValue::Number(125, 2), NaiveValue::Text(text.to_owned()), NaiveValue::Number(0, 0)];
        NaiveRow { row: &row, time_ms }.value(&tree)
    };
    assert_eq!(value("A_'", 0), Ok(NaiveValue::Number(4_200, 3)));
    assert_eq!(value("A", 5 * 3_600_000), Ok(NaiveValue::Null));
    assert_eq!(value("A", 0), Ok(NaiveValue::Number(1_000, 3)));
    assert_eq!(value("A", 1_764_331_200_000), Ok(NaiveValue::Number(2_000, 3)));
}

/// Whatever is left out of it or doubled: it is read or it is not, and comes to something or fails.
#[test]
fn any_text_is_read_or_is_none() {
    let mut refused = 0;
    for seed in mare_random::seeds(4_000) {
        let mut random = SmallRng::seed_from_u64(seed);
        let [from, to] = [0; 2].map(|_| random.random_range(5..=CANONICAL.len()));
        match read(&[&CANONICAL[..from], &CANONICAL[to..]].concat(), &NAMES) {
            Ok(tree) => drop(NaiveRow { row: &[], time_ms: 0 }.value(&tree)),
            Err(Unreadable { .. }) => refused += 1,
        }
    }
    assert!(mare_random::asked().is_some() || refused > 1_000, "{refused} were none");
    assert!(read(&format!("sql1 {}", "(- ".repeat(100_000)), &[]).is_err(), "too deep");
    for text in ["", "sql2 1", "sql1 1 ", "sql1 \"other\"", "sql1 DECIMAL(9, 2)", "sql1 1.2.3", "sql1 (1 + 2"] {
        assert!(read(text, &NAMES).is_err(), "{text}");
    }
}
