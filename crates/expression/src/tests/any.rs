//! Any text is an expression or is refused, and any row has a value or an error: nothing panics, and a canonical text
//! is its own.

use mare_model::datum::Datum;
use mare_model::time::EventTime;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use super::{SALE, TIME, parse, scope};
use crate::{Expression, ExpressionError};

/// Texts with something about them.
const TEXTS: [&str; 9] = ["", " ", "PAID", "ã", "ß", "\u{1F6D2}", "1", "-0.5", "true"];

/// A value of any type, whatever the field is declared as.
fn any_datum(random: &mut SmallRng) -> Datum<'static> {
    match random.random_range(0..6) {
        0 => Datum::Absent,
        1 => Datum::Boolean(random.random()),
        2 => Datum::Exact(random.random_range(-3..4)),
        3 => Datum::Exact(random.random::<i128>() >> random.random_range(0..127)),
        4 => Datum::Exact(*[i128::MIN, i128::MAX, i128::from(i64::MIN), i128::from(i64::MAX)].choose(random).unwrap()),
        _ => Datum::Text(TEXTS.choose(random).unwrap()),
    }
}

/// Evaluates an expression over any rows.
fn try_rows(expression: &Expression, seed: u64) {
    let mut random = SmallRng::seed_from_u64(seed);
    for _ in 0..4 {
        let row: Vec<_> = (0..random.random_range(0..12)).map(|_| any_datum(&mut random)).collect();
        let time = EventTime(random.random::<i64>() >> random.random_range(0..63));
        let _ = expression.evaluate(&(time, &row[..]));
        let _ = expression.is_true(&(time, &row[..]));
    }
    let _ = expression.evaluate(&(TIME, &SALE[..]));
}

/// Of a refusal the column is in the text, or one behind it, and there are words.
fn assert_told(text: &str, error: &ExpressionError) {
    let length = text.chars().count();
    assert!((1..=length + 1).contains(&error.column), "{text:?}: {error}");
    assert!(!error.what.is_empty() && !error.remedy.is_empty(), "{text:?}: {error}");
}

/// The canonical text of an expression means the same, and is its own.
fn assert_canonical(text: &str, expression: &Expression) {
    let canonical = expression.to_string();
    match parse(&canonical) {
        Ok(again) => {
            assert_eq!(again.canonical(), expression.canonical(), "{text:?}");
            assert_eq!((again.kind(), again.fields()), (expression.kind(), expression.fields()), "{text:?}");
        }
        // It has more parentheses than what it comes from.
        Err(error) => {
            assert!(error.what.contains("too deep") || error.what.contains("more than"), "{canonical}: {error}")
        }
    }
}

#[test]
fn any_text_is_an_expression_or_is_refused() {
    let mut rows = 0;
    mare_random::fuzz("expressions", 20_000, |input| {
        let Ok(text) = std::str::from_utf8(input) else { return false };
        rows += 1;
        match Expression::parse(text, &scope()) {
            Ok(expression) => {
                try_rows(&expression, rows);
                assert_canonical(text, &expression);
                true
            }
            Err(error) => {
                assert_told(text, &error);
                false
            }
        }
    });
}

/// Words and signs of the language, and of its neighbourhood.
const WORDS: &str = "status valor quantidade ativo \"order\" ausente event_time pago_em 1 2.50 0 'PAID' '%a' '' TRUE FALSE NULL ( ( ( ) ) ) , , \
    = <> < >= + - * / % || AND OR NOT IS IN BETWEEN LIKE ILIKE ESCAPE CASE WHEN THEN ELSE END DISTINCT FROM UNKNOWN COALESCE NULLIF LOWER \
    UPPER TRIM LTRIM SUBSTRING FOR LENGTH ABS ROUND FLOOR CEIL GREATEST LEAST CAST AS INTEGER DECIMAL TEXT BOOLEAN EXTRACT YEAR DATE_PART DIV \
    TIMESTAMP INTERVAL DATE AT TIME ZONE :: . [ ] { } ? ; : ~ & -> ARRAY STRUCT MAP ROW EXISTS ANY ALL OVER FILTER COLLATE POSITION OVERLAY";

#[test]
fn any_words_are_an_expression_or_are_refused() {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    for seed in mare_random::seeds(20_000) {
        let mut random = SmallRng::seed_from_u64(seed);
        let count = random.random_range(1..40);
        let text = (0..count).map(|_| *words.choose(&mut random).unwrap()).collect::<Vec<_>>().join(" ");
        match parse(&text) {
            Ok(expression) => {
                try_rows(&expression, seed);
                assert_canonical(&text, &expression);
            }
            Err(error) => assert_told(&text, &error),
        }
    }
}

/// What is within each other as deep as it may be, and one chain of each operator as long as it may be, is read,
/// checked and evaluated on an eighth of the stack that a thread has.
#[test]
fn the_deepest_and_the_longest_fit_the_stack() {
    let repeated = [
        "(",
        "- ",
        "NOT (",
        "ABS(",
        "COALESCE(1, ",
        "CASE WHEN ",
        "CAST(",
        "1 IN (",
        "1 = 1 OR 1 = 1 AND NOT 1 = 1 + 2 * (",
        "1 = NOT ",
        "CASE WHEN 1 = 1 OR NOT 1 = 1 THEN 1 + TRIM(LEADING 'x' FROM ",
        "COALESCE(1, 1 OR 1 AND 1 = 1 || 1 + 2 * - ABS(",
        "1 IN (1, 1 BETWEEN 1 AND 1 + 2 * SUBSTRING(1 FROM ",
    ];
    let nested = [130, 48, 33, 30, 16, 12, 10].map(|count| repeated.map(|part| part.repeat(count)));
    let chained = [
        "+1",
        "<1",
        "&1",
        " IS NULL",
        "::TEXT",
        " AND 1",
        " LIKE 1",
        " BETWEEN 1 AND 1",
        ":b",
        ".b",
        "[1]",
        " COLLATE x",
    ];
    let chains = [2_000, 1_000, 680, 500, 120].map(|count| chained.map(|part| format!("1{}", part.repeat(count))));
    for text in nested.into_iter().flatten().chain(chains.into_iter().flatten()) {
        for closed in [text.clone(), format!("{text}1{}", ")".repeat(30)), format!("{text}1{}", " END".repeat(30))] {
            let thread = std::thread::Builder::new().stack_size(1 << 18);
            let tried = thread.spawn(move || parse(&closed).map(|expression| try_rows(&expression, 1)).is_ok());
            assert!(tried.unwrap().join().is_ok(), "{text}");
        }
    }
}

/// What an operand may stand in, and what closes some of it.
const OPENERS: &str = "( ( - NOT CASE|WHEN CASE|1|WHEN ABS( COALESCE(1, CAST( 1|IN|( 1|= 1|OR 1|AND 1|+ 1|* 1|BETWEEN 1|LIKE \
    TRIM(BOTH|'a'|FROM SUBSTRING(1|FROM EXTRACT(DAY|FROM DATE_PART('day', ROUND( 1|IS|DISTINCT|FROM 1|BETWEEN|1|AND 1)|+ 1|THEN 1|END|=";

/// What opens one thing in another as it comes, until it is too deep or too long, does not go deeper than it may.
#[test]
fn whatever_stands_in_each_other_fits_the_stack() {
    let openers: Vec<String> = OPENERS.split_whitespace().map(|opener| opener.replace('|', " ")).collect();
    for seed in mare_random::seeds(2_000) {
        let mut random = SmallRng::seed_from_u64(seed);
        let count = random.random_range(10..300);
        let some: Vec<&String> = (0..random.random_range(1..6)).map(|_| openers.choose(&mut random).unwrap()).collect();
        let parts: Vec<&str> = (0..count).map(|_| some.choose(&mut random).unwrap().as_str()).collect();
        let text = format!("{} 1{}", parts.join(" "), ")".repeat(random.random_range(0..40)));
        let thread = std::thread::Builder::new().stack_size(1 << 18);
        let tried = thread.spawn(move || parse(&text).map_err(|error| assert_told(&text, &error)).is_ok());
        assert!(tried.unwrap().join().is_ok(), "seed {seed}");
    }
}
