//! Operators: what may follow an operand.

use super::{Operand, Parser, Read};
use crate::error::ExpressionError;
use crate::term::{Comparison, Like, Operator, Term, Test, What};
use crate::tokens::Token;

/// How tightly operators bind, from loose to tight, as in PostgreSQL. An expression takes those that bind more tightly
/// than what it stands in; of two that bind alike the left one comes first.
pub(super) const NONE: u8 = 0;
const OR: u8 = 1;
const AND: u8 = 2;
pub(super) const NOT: u8 = 3;
const IS: u8 = 4;
const COMPARISON: u8 = 5;
/// `BETWEEN`, `IN`, `LIKE`.
const RANGE: u8 = 6;
/// `||`
const CONCAT: u8 = 7;
const SUM: u8 = 8;
pub(super) const PRODUCT: u8 = 9;
pub(super) const ZONE: u8 = 10;
const CAST: u8 = 11;
/// What is refused whatever it binds.
const FOREIGN: u8 = 12;

/// What an operator does.
#[derive(Clone, Copy)]
enum Infix {
    /// `AND`
    All,
    /// `OR`
    Any,
    /// An operand on each side, and nothing more.
    Pair(fn(Box<[Term; 2]>) -> What),
    Is,
    /// `x NOT NULL`
    NotNull,
    Between,
    In,
    Like {
        folded: bool,
    },
    /// `x::type`
    Cast,
    /// `AT TIME ZONE`
    Zone,
    /// One of other dialects.
    Foreign,
}

/// Each operator, by its word or sign.
const OPERATORS: [(&str, u8, Infix); 37] = [
    ("OR", OR, Infix::Any),
    ("AND", AND, Infix::All),
    ("IS", IS, Infix::Is),
    ("=", COMPARISON, Infix::Pair(|pair| What::Compare(Comparison::Equal, pair))),
    ("<>", COMPARISON, Infix::Pair(|pair| What::Compare(Comparison::Unequal, pair))),
    ("!=", COMPARISON, Infix::Pair(|pair| What::Compare(Comparison::Unequal, pair))),
    ("<", COMPARISON, Infix::Pair(|pair| What::Compare(Comparison::Less, pair))),
    ("<=", COMPARISON, Infix::Pair(|pair| What::Compare(Comparison::LessOrEqual, pair))),
    (">", COMPARISON, Infix::Pair(|pair| What::Compare(Comparison::Greater, pair))),
    (">=", COMPARISON, Infix::Pair(|pair| What::Compare(Comparison::GreaterOrEqual, pair))),
    ("BETWEEN", RANGE, Infix::Between),
    ("IN", RANGE, Infix::In),
    ("LIKE", RANGE, Infix::Like { folded: false }),
    ("ILIKE", RANGE, Infix::Like { folded: true }),
    ("||", CONCAT, Infix::Pair(What::Concat)),
    ("+", SUM, Infix::Pair(|pair| What::Arithmetic(Operator::Add, pair))),
    ("-", SUM, Infix::Pair(|pair| What::Arithmetic(Operator::Subtract, pair))),
    ("*", PRODUCT, Infix::Pair(|pair| What::Arithmetic(Operator::Multiply, pair))),
    ("/", PRODUCT, Infix::Pair(|pair| What::Arithmetic(Operator::Divide, pair))),
    ("%", PRODUCT, Infix::Pair(|pair| What::Arithmetic(Operator::Remainder, pair))),
    ("AT", ZONE, Infix::Zone),
    ("::", CAST, Infix::Cast),
    ("COLLATE", FOREIGN, Infix::Foreign),
    ("SIMILAR", FOREIGN, Infix::Foreign),
    ("REGEXP", FOREIGN, Infix::Foreign),
    ("RLIKE", FOREIGN, Infix::Foreign),
    ("OVERLAPS", FOREIGN, Infix::Foreign),
    ("XOR", FOREIGN, Infix::Foreign),
    ("DIV", FOREIGN, Infix::Foreign),
    ("~", FOREIGN, Infix::Foreign),
    ("~*", FOREIGN, Infix::Foreign),
    ("&", FOREIGN, Infix::Foreign),
    ("|", FOREIGN, Infix::Foreign),
    ("<<", FOREIGN, Infix::Foreign),
    (">>", FOREIGN, Infix::Foreign),
    ("->", FOREIGN, Infix::Foreign),
    ("->>", FOREIGN, Infix::Foreign),
];

/// Whether an operator of ours is this word, so that an operand begins with it only if nothing else can stand there.
pub(super) fn is_operator(word: &str) -> bool {
    OPERATORS.iter().any(|(known, power, _)| *power < FOREIGN && known.eq_ignore_ascii_case(word))
}

/// An operator that comes.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub(super) power: u8,
    infix: Infix,
    /// Whether `NOT` stands before it.
    is_negated: bool,
}

impl Parser<'_> {
    /// The operator that comes, if one does.
    pub(super) fn operator(&self) -> Option<Found> {
        let is_negated = self.peek().token.is("NOT");
        if is_negated && self.ahead(1).is("NULL") {
            return Some(Found { power: IS, infix: Infix::NotNull, is_negated });
        }
        let token = self.ahead(usize::from(is_negated));
        let (_, power, infix) = OPERATORS.iter().find(|(spelt, ..)| token.is(spelt))?;
        let is_there = match infix {
            Infix::Zone => !is_negated && self.ahead(1).is("TIME") && self.ahead(2).is("ZONE"),
            _ => !is_negated || matches!(*power, RANGE | FOREIGN),
        };
        is_there.then_some(Found { power: *power, infix: *infix, is_negated })
    }

    /// An operand with the operator behind it, and what that takes.
    pub(super) fn combined(&mut self, left: Operand, found: Found) -> Read<Operand> {
        if let Infix::All | Infix::Any = found.infix {
            return self.chain(left, found);
        }
        self.next += 1 + usize::from(found.is_negated);
        match found.infix {
            Infix::Pair(make) => self.pair(left, found.power, make),
            Infix::Is => self.is(left),
            Infix::NotNull => self.test(left, Test::Null, true),
            Infix::Between => self.between(left, found.is_negated),
            Infix::In => self.within(left, found.is_negated),
            Infix::Like { folded } => self.like(left, folded, found.is_negated),
            Infix::Cast => {
                let first = self.next;
                if !matches!(self.peek().token, Token::Word(_) | Token::Quoted(_)) {
                    return Err(self.wanted("a type"));
                }
                self.next += 1;
                if self.peek().token.is("(") {
                    self.skip_group();
                }
                self.cast(left.first, left, first)
            }
            Infix::Zone => self.at_time_zone(left),
            Infix::All | Infix::Any | Infix::Foreign => Err(self.foreign(&left)),
        }
    }

    /// A chain of `AND`, or of `OR`, however it is grouped.
    fn chain(&mut self, left: Operand, found: Found) -> Read<Operand> {
        let is_all = matches!(found.infix, Infix::All);
        let (first, at, mut height, mut terms) = (left.first, left.term.at, 0, Vec::new());
        let mut operand = left;
        loop {
            height = height.max(operand.height);
            match operand.term.what {
                What::All(inner) if is_all => terms.extend(inner),
                What::Any(inner) if !is_all => terms.extend(inner),
                _ => terms.push(operand.term),
            }
            if !self.takes(&[if is_all { "AND" } else { "OR" }]) {
                break;
            }
            operand = self.plain(found.power)?;
        }
        let what = if is_all { What::All(terms) } else { What::Any(terms) };
        self.made(first, height + 1, at, what)
    }

    /// An operand on each side.
    fn pair(&mut self, left: Operand, power: u8, make: fn(Box<[Term; 2]>) -> What) -> Read<Operand> {
        let right = self.plain(power)?;
        let (height, at) = (left.height.max(right.height) + 1, left.term.at);
        self.made(left.first, height, at, make(Box::new([left.term, right.term])))
    }

    /// What stands behind `IS`.
    fn is(&mut self, left: Operand) -> Read<Operand> {
        let is_negated = self.takes(&["NOT"]);
        let tests = [("NULL", Test::Null), ("TRUE", Test::True), ("FALSE", Test::False), ("UNKNOWN", Test::Unknown)];
        if let Some((_, test)) = tests.into_iter().find(|(word, _)| self.takes(&[word])) {
            return self.test(left, test, is_negated);
        }
        if !self.takes(&["DISTINCT", "FROM"]) {
            return Err(self.wanted("NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM"));
        }
        let mut distinct = self.pair(left, IS, What::Distinct)?;
        distinct.term = distinct.term.negated(is_negated);
        Ok(distinct)
    }

    /// `x IS NULL` and its like.
    fn test(&mut self, left: Operand, test: Test, is_negated: bool) -> Read<Operand> {
        let at = left.term.at;
        let mut tested = self.made(left.first, left.height + 1, at, What::Is(Box::new(left.term), test))?;
        tested.term = tested.term.negated(is_negated);
        Ok(tested)
    }

    /// What stands behind `BETWEEN`.
    fn between(&mut self, left: Operand, is_negated: bool) -> Read<Operand> {
        let low = self.plain(RANGE)?;
        self.expect("AND")?;
        let high = self.plain(RANGE)?;
        let (height, at) = (left.height.max(low.height).max(high.height) + 1, left.term.at);
        let what = What::Between(Box::new([left.term, low.term, high.term]));
        let mut between = self.made(left.first, height, at, what)?;
        between.term = between.term.negated(is_negated);
        Ok(between)
    }

    /// What stands behind `IN`.
    fn within(&mut self, left: Operand, is_negated: bool) -> Read<Operand> {
        let (list, height) = self.list(true)?;
        let (height, at) = (left.height.max(height) + 1, left.term.at);
        let mut within = self.made(left.first, height, at, What::In(Box::new(left.term), list))?;
        within.term = within.term.negated(is_negated);
        Ok(within)
    }

    /// Terms in parentheses, one at least if asked for; and how high the highest is.
    pub(super) fn list(&mut self, is_filled: bool) -> Read<(Vec<Term>, u32)> {
        let (mut terms, mut height) = (Vec::new(), 0);
        self.open()?;
        if is_filled || !self.peek().token.is(")") {
            loop {
                let operand = self.plain(NONE)?;
                height = height.max(operand.height);
                terms.push(operand.term);
                if !self.takes(&[","]) {
                    break;
                }
            }
        }
        self.close()?;
        Ok((terms, height))
    }

    /// What stands behind `LIKE` and `ILIKE`: a pattern, as a text.
    fn like(&mut self, left: Operand, folded: bool, is_negated: bool) -> Read<Operand> {
        let pattern = self.plain(RANGE)?.term;
        let What::Text(written) = pattern.what else {
            let remedy = "write the pattern as a text: it cannot be computed";
            return Err(ExpressionError::new(pattern.at, "the pattern of LIKE is no text", remedy));
        };
        let escape = if self.takes(&["ESCAPE"]) { Some(letter(&self.plain(RANGE)?.term)?) } else { None };
        if escape.is_none() && written.contains('\\') {
            let remedy = "say ESCAPE '\\' if it makes the next letter stand for itself, or ESCAPE '!' if it doesn't";
            return Err(ExpressionError::new(pattern.at, "the pattern has a backslash", remedy));
        }
        let (height, at) = (left.height + 1, left.term.at);
        let like = Like { text: left.term, pattern: written, escape, folded };
        let mut like = self.made(left.first, height, at, What::Like(Box::new(like)))?;
        like.term = like.term.negated(is_negated);
        Ok(like)
    }

    /// What is said of an operator of other dialects, with what it is written before.
    fn foreign(&mut self, left: &Operand) -> ExpressionError {
        let comes = |parser: &Self| ["TO", "+", "-"].iter().any(|spelt| parser.peek().token.is(spelt));
        while comes(self) {
            self.next += 1;
        }
        self.skip_group();
        self.refused(left.first, left.term.at)
    }
}

/// The one letter behind `ESCAPE`.
fn letter(term: &Term) -> Read<char> {
    let mut letters = if let What::Text(text) = &term.what { text.chars() } else { "".chars() };
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Ok(letter),
        _ => Err(ExpressionError::new(term.at, "ESCAPE takes one letter", "write for instance ESCAPE '!'")),
    }
}
