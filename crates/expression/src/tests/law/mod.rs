//! The law: over any expression and any event, the engine comes to what a naive reference comes to.
//!
//! What that one comes to is also held against what it comes to by its canonical text, as the auditor reads it.
//!
//! # Layout
//! * `generate`: making expressions up; `pen`: how they are written

mod generate;
mod pen;

use mare_expression_reference::{NaiveRow, NaiveValue, Tree, read};
use mare_model::datum::Datum;
use mare_model::time::EventTime;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use self::generate::{FIELDS, Kind, Maker};
use self::pen::Pen;
use super::parse;
use crate::{Expression, ExpressionError, Scalar, ScalarType};

/// An expression as a text, written in one of many ways.
pub(super) fn written(tree: &Tree, random: &mut SmallRng) -> String {
    let names = FIELDS.map(|(name, ..)| if name == "order" { "\"order\"".to_owned() } else { name.to_owned() });
    let mut pen = Pen { random, names: &names, text: String::new() };
    pen.tree(tree);
    pen.text
}

/// Any expression, and of what kind it is.
pub(super) fn any_tree(random: &mut SmallRng) -> (Tree, Kind) {
    let kind =
        [Kind::Truth, Kind::Truth, Kind::Number, Kind::Number, Kind::Text, Kind::Time][random.random_range(0..6)];
    let depth = random.random_range(1..5);
    (Maker { random }.tree(kind, depth), kind)
}

/// The type that the engine has to find.
fn expected_type(tree: &Tree, kind: Kind) -> ScalarType {
    match (kind, tree.scale()) {
        (Kind::Truth, _) => ScalarType::Boolean,
        (Kind::Number, 0) => ScalarType::Integer,
        (Kind::Number, scale) => ScalarType::Decimal { scale: u8::try_from(scale).unwrap() },
        (Kind::Text, _) => ScalarType::Text,
        (Kind::Time, _) => ScalarType::Time,
    }
}

/// A value of the reference as one of the engine.
fn comparable(value: NaiveValue) -> Scalar<'static> {
    match value {
        NaiveValue::Null => Scalar::Null,
        NaiveValue::Truth(truth) => Scalar::Boolean(truth),
        NaiveValue::Number(units, _) => Scalar::Exact(units),
        NaiveValue::Text(text) => Scalar::Text(text.into()),
    }
}

/// A row as the reference has it.
fn naive(row: &[Datum<'_>]) -> Vec<NaiveValue> {
    let value = |(datum, (_, _, scale, _)): (&Datum<'_>, &(_, _, u8, _))| match *datum {
        Datum::Absent => NaiveValue::Null,
        Datum::Boolean(truth) => NaiveValue::Truth(truth),
        Datum::Exact(units) => NaiveValue::Number(units, (*scale).into()),
        Datum::Text(text) => NaiveValue::Text(text.to_owned()),
        Datum::Time(time) => NaiveValue::Number(time.0.into(), 0),
    };
    row.iter().zip(&FIELDS).map(value).collect()
}

/// Compares both over some rows; returns how many values were NULL, how many an error, and how many there were.
fn compare(tree: &Tree, expression: &Expression, text: &str, maker: &mut Maker<'_>) -> [u32; 3] {
    let mut counts = [0; 3];
    let audited = read(&expression.canonical(), &FIELDS.map(|(name, _, scale, _)| (name, scale))).unwrap();
    for _ in 0..8 {
        let (row, time) = (maker.row(), maker.time());
        let (naive, time_ms) = (naive(&row), time);
        let sight = NaiveRow { row: &naive, time_ms };
        let expected = sight.value(tree).map(comparable);
        assert_eq!(sight.value(&audited).map(comparable), expected, "by the canonical text: {text}\n{expression}");
        let found = expression.evaluate(&(EventTime(time), &row[..]));
        let found = found.map(Scalar::into_owned).map_err(|error| error.fault.name());
        assert_eq!(found, expected, "{text}\n{expression}\n{row:?} at {time}");
        assert!(expression.is_nullable() || found != Ok(Scalar::Null), "it is NULL, which it never should be: {text}");
        counts[0] += u32::from(found == Ok(Scalar::Null));
        counts[1] += u32::from(found.is_err());
        counts[2] += 1;
    }
    counts
}

/// Whether it is refused since a part of it fails for every event.
fn always_fails(error: &ExpressionError) -> bool {
    error.what.starts_with("it fails for every event")
}

#[test]
fn the_engine_comes_to_what_the_reference_comes_to() {
    let (mut refused, mut taken, mut counts) = (0, 0, [0; 3]);
    for seed in mare_random::seeds(6_000) {
        let mut random = SmallRng::seed_from_u64(seed);
        let (tree, kind) = any_tree(&mut random);
        let text = written(&tree, &mut random);
        let expression = match parse(&text) {
            Ok(expression) => expression,
            Err(error) if always_fails(&error) => {
                refused += 1;
                continue;
            }
            Err(error) => panic!("{text}: {error}"),
        };
        taken += 1;
        assert_eq!(expression.kind(), expected_type(&tree, kind), "{text}");
        let again = parse(&written(&tree, &mut random)).unwrap();
        assert_eq!(again.canonical(), expression.canonical(), "{text}");
        let found = compare(&tree, &expression, &text, &mut Maker { random: &mut random });
        counts.iter_mut().zip(found).for_each(|(sum, count)| *sum += count);
    }
    let [null, failed, all] = counts;
    println!("{taken} taken, {refused} refused; of {all} values {null} are NULL and {failed} errors");
    let is_telling = taken > 10 * refused && null * 2 < all && failed * 5 < all && failed * 200 > all;
    assert!(mare_random::asked().is_some() || is_telling, "that tests too little");
}
