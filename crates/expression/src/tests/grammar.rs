//! Our grammar is held against that of `sqlparser`: both take a text as the same, or both refuse it. Types are no
//! matter of it, so what they would refuse is held as well.
//!
//! # What is otherwise on purpose
//! * `||` binds more loosely than `+`, and not as `*` does (`oracle`): no types fit what that tells apart.
//! * A plus before a text changes nothing, wherever a text has to stand.
//! * A text is no part of a name: `cliente.'uf'` is refused.
//! * A number may stand right before a word that begins with an L, which is part of it in other dialects.
//! * More words may be names ([`MORE`]), and one less ([`LESS`]).
//! * Signs before parentheses are counted as nested while those are open, and no longer behind them.

use std::thread;

use jiff::tz::TimeZone;
use mare_model::schema::{Field, FieldType};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use super::law::{any_tree, written};
use super::{oracle, scope};
use crate::Scope;
use crate::read::read;
use crate::tokens::{Token, Tokens};

/// What goes into a text in other places: operators, parentheses, and words that mean something.
const OTHERS: &str = "( ) ( ) , . - + * / % || = <> != < >= :: AND OR NOT IS NULL TRUE BETWEEN IN LIKE ILIKE ESCAPE CASE WHEN THEN ELSE END AT \
    TIME ZONE FROM FOR AS DISTINCT UNKNOWN ABS COALESCE TRIM LEADING SUBSTRING CAST EXTRACT HOUR DATE_PART TIMESTAMP INTEGER TEXT DECIMAL 1 2.5 \
    'a' status valor ativo event_time \"order\" COLLATE INTERVAL DATE OVER ALL ANY SIMILAR TO ~ & ? [ ] ; DIV ROUND LTRIM \"abs\" \"trim\" X'41' N'a' 1e3 1. .5 0x1F 1_0 -> $1 é x";

/// Whether a text is taken by both, and as the same; or by none.
fn agree(text: &str, scope: &Scope) -> Result<bool, String> {
    let ours = read(text, scope).map(|term| term.to_string());
    let theirs = oracle::read(text, scope);
    match (ours, theirs) {
        (Ok(ours), Some(theirs)) if ours == theirs => Ok(true),
        (Err(_), None) => Ok(false),
        (ours, theirs) => Err(format!("{text}\n  ours:   {ours:?}\n  theirs: {theirs:?}")),
    }
}

/// A text as its words and signs, as they are written.
fn pieces(text: &str) -> Vec<String> {
    let tokens = Tokens::of(text).unwrap();
    let count = (0..).take_while(|place| tokens.get(*place).token != Token::End).count();
    (0..count).map(|place| tokens.written(place, place + 1).to_owned()).collect()
}

/// Drops, doubles, swaps, replaces some, or puts some in.
fn mutate(pieces: &mut Vec<String>, others: &[&str], random: &mut SmallRng) {
    let place = random.random_range(0..=pieces.len());
    let other = random.random_range(0..=pieces.len());
    let word = (*others.choose(random).unwrap()).to_owned();
    match random.random_range(0..5) {
        0 if place < pieces.len() => drop(pieces.remove(place)),
        1 if place < pieces.len() => pieces.insert(place, pieces[place].clone()),
        2 if place.max(other) < pieces.len() => pieces.swap(place, other),
        3 if place < pieces.len() => pieces[place] = word,
        _ => pieces.insert(place, word),
    }
}

/// Runs on a stack that `sqlparser` has enough of in any build.
fn on_a_large_stack(work: impl FnOnce() + Send + 'static) {
    thread::Builder::new().stack_size(64 << 20).spawn(work).unwrap().join().unwrap();
}

#[test]
fn what_is_written_and_what_is_near_to_it_is_taken_by_both_or_by_none() {
    on_a_large_stack(|| {
        let (scope, others) = (scope(), OTHERS.split_whitespace().collect::<Vec<_>>());
        let [mut taken, mut refused] = [0_u32; 2];
        for seed in mare_random::seeds(4_000) {
            let mut random = SmallRng::seed_from_u64(seed);
            let (tree, _) = any_tree(&mut random);
            let text = written(&tree, &mut random);
            assert_eq!(agree(&text, &scope), Ok(true), "{text}");
            let whole = pieces(&text);
            let mut near = whole.clone();
            for _ in 0..12 {
                mutate(&mut near, &others, &mut random);
                if agree(&near.join(" "), &scope).unwrap_or_else(|told| panic!("{told}")) {
                    taken += 1;
                } else {
                    refused += 1;
                    // What is refused is seldom mended, so the next one often begins anew.
                    near = if random.random() { whole.clone() } else { near };
                }
            }
        }
        println!("near to what is written {taken} are taken, {refused} refused");
        assert!(mare_random::asked().is_some() || taken > 2_000, "that tests too little");
    });
}

/// What decides is seldom there in what is near to be taken: some words and signs in a row, or between operands.
#[test]
fn any_few_words_are_taken_by_both_or_by_none() {
    on_a_large_stack(|| {
        let (scope, others) = (scope(), OTHERS.split_whitespace().collect::<Vec<_>>());
        let operands: Vec<&str> = "valor 1 'a' NULL (1) ABS(1) event_time -1".split(' ').collect();
        let mut taken = 0;
        for seed in mare_random::seeds(30_000) {
            let mut random = SmallRng::seed_from_u64(seed);
            let (mut text, is_ordered) = (String::new(), random.random());
            for place in 0..random.random_range(1..10) {
                let from = if is_ordered && place % 2 == 0 { &operands } else { &others };
                let next = from.choose(&mut random).unwrap();
                let is_long = text.ends_with(|letter: char| letter.is_ascii_digit() || letter == '.');
                let is_close = random.random_bool(0.2) && !(is_long && next.starts_with('L'));
                text += if is_close { "" } else { " " };
                text += next;
            }
            taken += u32::from(agree(&text, &scope).unwrap_or_else(|told| panic!("{told}")));
        }
        println!("{taken} of a few words are taken");
        assert!(mare_random::asked().is_some() || taken > 1_000, "that tests too little");
    });
}

/// Names that fields often have, and words that mean something in SQL.
const NAMES: &str = "all amount and any array as asc at balance begin between bigint body boolean both by cast ceil char check code collate column \
    count country created currency current_date current_timestamp current_user customer data date datetime day dec decimal default \
    desc description distinct div do double duration else end escape event exists extract false fetch filter first float floor for from \
    function group having hour id in index int integer interval into is item join key kind language last leading left \
    level like limit local localtime location lower map match message minute mod mode month name national nchar next not null \
    number numeric object of offset on open operator option or order origin outer over owner partition password path percent position \
    precision price primary product quantity quarter range rank real reason record ref reference region result right role round row rows \
    schema score second section select sequence session set side similar size smallint some source start state status string struct \
    substring sum symbol system table tag target text then time timestamp timezone to token total trailing trim true try_cast tuple type union \
    unique unit unknown unnest update upper user using uuid valor value values varchar vendor version view week when where window with \
    within without xml xor year zip zone case";

/// Where a name may stand.
const PLACES: [&str; 36] = [
    "@",
    "@ = 1",
    "1 = @",
    "@ + 1 > 2",
    "2 < 1 - @",
    "-@ > 1",
    "@ * @ / @",
    "@ IS NULL",
    "@ IS NOT DISTINCT FROM @",
    "@ IN (1, @)",
    "@ NOT IN (1)",
    "@ BETWEEN @ AND @",
    "NOT @ = 1",
    "@ = 1 AND @ = 2 OR @ = 3",
    "(@)",
    "(@) = @",
    "@::TEXT",
    "CAST(@ AS TEXT)",
    "@::TEXT LIKE 'a'",
    "@::TEXT || 'a'",
    "ABS(@)",
    "COALESCE(1, @)",
    "COALESCE(@, 1)",
    "ROUND(@, 1)",
    "FLOOR(@)",
    "SUBSTRING('a' FROM @ FOR @)",
    "TRIM(@::TEXT)",
    "CASE WHEN @ = 1 THEN @ ELSE @ END",
    "CASE @ WHEN @ THEN @ END",
    "CASE WHEN TRUE THEN @ END",
    "CASE @ + 1 WHEN 1 THEN @ + 1 ELSE @ + 1 END",
    "@.y = 1",
    "x.@ = 1",
    "\"@\" = 1",
    "@ % 2 = 1",
    "@ - 1 > 0",
];

/// Where ours takes less: `NOT` is an operator wherever an operand begins, so that what is wrong behind it is told at
/// its place. The other parser tries that, and takes it back. A field of that name stands in double quotes.
const LESS: &str = "not";

/// Where ours takes more: these words are never names in the other parser, or not before or behind some others.
const MORE: [&str; 10] =
    ["all", "any", "both", "distinct", "exists", "interval", "leading", "some", "trailing", "trim"];

#[test]
fn a_word_is_a_name_wherever_nothing_else_can_stand() {
    on_a_large_stack(|| {
        for name in NAMES.split_whitespace() {
            let field = |name: &str| Field::new(name, FieldType::Integer);
            let fields = [field(name), field(&format!("{name}.y")), field(&format!("x.{name}"))];
            let scope = Scope::new(&fields, TimeZone::UTC);
            for place in PLACES {
                let text = place.replace('@', name);
                let (ours, theirs) = (read(&text, &scope).is_ok(), oracle::read(&text, &scope).is_some());
                let is_more = MORE.contains(&name) || (name == "with" && place.starts_with('('));
                match agree(&text, &scope) {
                    Ok(_) => {}
                    Err(told) if ours => assert!(is_more && !theirs, "{told}"),
                    Err(told) => assert!(name == LESS, "{told}"),
                }
            }
        }
    });
}
