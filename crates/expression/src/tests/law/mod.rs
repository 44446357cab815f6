//! The law: over any expression and any event, the engine comes to what a naive reference comes to.
//!
//! # Layout
//! * `tree`: expressions as the law has them, and how they are written; `generate`: making them up
//! * `reference`: what they come to, on `big` numbers and a `calendar`

mod big;
mod calendar;
mod generate;
mod reference;
mod tree;

use mare_model::time::EventTime;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use self::generate::Maker;
use self::reference::{FIELDS, Naive, Sight, scale};
use self::tree::{Kind, Pen, Tree};
use super::parse;
use crate::{Expression, ExpressionError, Scalar, ScalarType};

/// An expression as a text, written in one of many ways.
fn written(tree: &Tree, random: &mut SmallRng) -> String {
    let names = FIELDS.map(|(name, ..)| name.to_owned());
    let mut pen = Pen { random, names: &names, text: String::new() };
    pen.tree(tree);
    pen.text
}

/// The type that the engine has to find.
fn expected_type(tree: &Tree, kind: Kind) -> ScalarType {
    match (kind, scale(tree)) {
        (Kind::Truth, _) => ScalarType::Boolean,
        (Kind::Number, 0) => ScalarType::Integer,
        (Kind::Number, scale) => ScalarType::Decimal { scale: u8::try_from(scale).unwrap() },
        (Kind::Text, _) => ScalarType::Text,
        (Kind::Time, _) => ScalarType::Time,
    }
}

/// A value of the reference as one of the engine.
fn comparable(value: Naive) -> Scalar<'static> {
    match value {
        Naive::Null => Scalar::Null,
        Naive::Truth(truth) => Scalar::Boolean(truth),
        Naive::Number(units, _) => Scalar::Exact(units.to_i128().unwrap()),
        Naive::Text(text) => Scalar::Text(text.into()),
    }
}

/// Compares both over some rows; returns how many values were NULL, how many an error, and how many there were.
fn compare(tree: &Tree, expression: &Expression, text: &str, maker: &mut Maker<'_>) -> [u32; 3] {
    let mut counts = [0; 3];
    for _ in 0..8 {
        let (row, time) = (maker.row(), maker.time());
        let expected = Sight { row: &row, time }.value(tree).map(comparable);
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
        let kind =
            [Kind::Truth, Kind::Truth, Kind::Number, Kind::Number, Kind::Text, Kind::Time][random.random_range(0..6)];
        let depth = random.random_range(1..5);
        let tree = Maker { random: &mut random }.tree(kind, depth);
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
