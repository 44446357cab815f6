//! Functions: those with a grammar of their own, and those that are written like one.

use super::operand::begins_operand;
use super::operator::NONE;
use super::{Operand, Parser, Read, shortened};
use crate::error::ExpressionError;
use crate::scalar::SCALE_MAX;
use crate::scope::closest;
use crate::term::{FUNCTIONS, Function, Operator, Side, Term, What};
use crate::tokens::Token;

/// The functions whose names are in no table.
const OTHERS: [&str; 9] = ["CAST", "DATE_PART", "DIV", "EXTRACT", "LTRIM", "ROUND", "RTRIM", "SUBSTR", "TRIM"];

/// Where `TRIM` takes characters away, by its words.
const SIDES: [(&str, Side); 3] = [("BOTH", Side::Both), ("LEADING", Side::Leading), ("TRAILING", Side::Trailing)];

/// What may stand behind a function in other dialects, for windows and aggregates.
const BEHIND: [&str; 5] = ["OVER", "FILTER", "WITHIN", "IGNORE", "RESPECT"];

/// Whether an expression may call a function of this name, in whatever case: one is known before it is read.
///
/// ```
/// assert!(mare_expression::is_function("round") && !mare_expression::is_function("sum"));
/// ```
#[must_use]
pub fn is_function(name: &str) -> bool {
    let mut names = FUNCTIONS.iter().map(|(known, _)| *known).chain(OTHERS);
    names.any(|known| known.eq_ignore_ascii_case(name))
}

impl Parser<'_> {
    /// A function by its name, which comes, in upper case; only as a keyword it has a grammar of its own.
    pub(super) fn call(&mut self, name: &str, is_keyword: bool) -> Read<Operand> {
        let (first, at) = (self.next, self.advance().at);
        let called = match name {
            "CAST" | "TRY_CAST" | "SAFE_CAST" if is_keyword => self.cast_call(first, name),
            "EXTRACT" if is_keyword => self.extract(first),
            "SUBSTRING" | "SUBSTR" if is_keyword => self.substring(first),
            "TRIM" if is_keyword => self.trim(first),
            "DATE_PART" => self.date_part(first),
            _ if is_function(name) => self.listed(first, name),
            _ => Err(unknown(name, at)),
        }?;
        if BEHIND.iter().any(|word| self.peek().token.is(word)) {
            self.next += 1;
            self.skip_group();
            return Err(self.refused(first, at));
        }
        Ok(called)
    }

    /// A function that takes its arguments as they come.
    fn listed(&mut self, first: usize, name: &str) -> Read<Operand> {
        let at = self.tokens.get(first).at;
        if ["DISTINCT", "ALL"].iter().any(|word| self.ahead(1).is(word)) && begins_operand(self.ahead(2)) {
            self.skip_group();
            return Err(self.refused(first, at));
        }
        let (arguments, height) = self.list(false)?;
        let what = called(name, arguments, at)?;
        let at = if let What::Trim(_, parts) = &what { parts[0].at } else { at };
        self.made(first, height + 1, at, what)
    }

    /// `CAST(x AS type)`, from its parenthesis.
    fn cast_call(&mut self, first: usize, name: &str) -> Read<Operand> {
        self.open()?;
        let inner = self.plain(NONE)?;
        self.expect("AS")?;
        let place = self.next;
        while !matches!(self.peek().token, Token::Sign(")") | Token::End) {
            self.skip_group();
        }
        if self.next == place {
            return Err(self.wanted("a type"));
        }
        if name != "CAST" {
            let at = inner.term.at;
            self.close()?;
            return Err(self.refused(first, at));
        }
        let cast = self.cast(first, inner, place)?;
        self.close()?;
        Ok(cast)
    }

    /// `SUBSTRING(text FROM start FOR length)`, or with commas. Without a start it begins with the first letter, as SQL
    /// has it.
    fn substring(&mut self, first: usize) -> Read<Operand> {
        let at = self.tokens.get(first).at;
        self.open()?;
        if self.peek().token.is(")") {
            return Err(miscounted("SUBSTRING", 2, 3, at));
        }
        let text = self.plain(NONE)?;
        let (mut height, mut terms) = (text.height, vec![text.term]);
        let separators = [["FROM", ","], ["FOR", ","]];
        for (place, [word, sign]) in separators.into_iter().enumerate() {
            if self.takes(&[word]) || self.takes(&[sign]) {
                let operand = self.plain(NONE)?;
                height = height.max(operand.height);
                terms.push(operand.term);
            } else if place == 0 {
                terms.push(Term::new(at, What::Number { units: 1, scale: 0 }));
            }
        }
        if self.peek().token.is(",") {
            return Err(miscounted("SUBSTRING", 2, 3, at));
        }
        self.close()?;
        self.made(first, height + 1, at, What::Call(Function::Substring, terms))
    }

    /// `TRIM(side letters FROM text)`, or with a comma.
    fn trim(&mut self, first: usize) -> Read<Operand> {
        self.open()?;
        let side = SIDES.iter().find(|(word, _)| self.peek().token.is(word));
        let side = side.filter(|_| self.ahead(1).is("FROM") || begins_operand(self.ahead(1)));
        self.next += usize::from(side.is_some());
        let (text, letters) = if self.takes(&["FROM"]) {
            let text = self.plain(NONE)?;
            (text, if self.takes(&[","]) { Some(self.plain(NONE)?) } else { None })
        } else {
            let operand = self.plain(NONE)?;
            if self.takes(&["FROM"]) {
                (self.plain(NONE)?, Some(operand))
            } else {
                (operand, if self.takes(&[","]) { Some(self.plain(NONE)?) } else { None })
            }
        };
        self.close()?;
        let height = letters.as_ref().map_or(0, |letters| letters.height).max(text.height) + 1;
        let at = text.term.at;
        let what = trimmed(side.map_or(Side::Both, |(_, side)| *side), text.term, letters.map(|letters| letters.term));
        self.made(first, height, at, what)
    }
}

/// A function with its arguments.
fn called(name: &str, mut arguments: Vec<Term>, at: u32) -> Read<What> {
    if let Some((_, function)) = FUNCTIONS.iter().find(|(known, _)| *known == name) {
        let (least, most) = match function {
            Function::Coalesce | Function::Greatest | Function::Least => (1, usize::MAX),
            Function::NullIf => (2, 2),
            Function::Substring => (2, 3),
            _ => (1, 1),
        };
        let is_counted = (least..=most).contains(&arguments.len());
        return if is_counted {
            Ok(What::Call(*function, arguments))
        } else {
            Err(miscounted(function.name(), least, most, at))
        };
    }
    let most = arguments.len();
    let last = arguments.pop();
    let before = arguments.pop();
    match (name, before, last, most) {
        ("ROUND", None, Some(number), 1) => Ok(What::Round(Box::new(number), 0)),
        ("ROUND", Some(number), Some(digits), 2) => Ok(What::Round(Box::new(number), kept(&digits)?)),
        ("DIV", Some(left), Some(right), 2) => Ok(What::Arithmetic(Operator::WholeDivide, Box::new([left, right]))),
        ("LTRIM", None, Some(text), 1) => Ok(trimmed(Side::Leading, text, None)),
        ("LTRIM", Some(text), letters, 2) => Ok(trimmed(Side::Leading, text, letters)),
        ("RTRIM", None, Some(text), 1) => Ok(trimmed(Side::Trailing, text, None)),
        ("RTRIM", Some(text), letters, 2) => Ok(trimmed(Side::Trailing, text, letters)),
        ("ROUND" | "LTRIM" | "RTRIM", ..) => Err(miscounted(name, 1, 2, at)),
        ("DIV", ..) => Err(miscounted(name, 2, 2, at)),
        _ => Err(unknown(name, at)),
    }
}

/// `TRIM` and its like. Without characters it takes spaces away.
fn trimmed(side: Side, text: Term, letters: Option<Term>) -> What {
    let letters = letters.unwrap_or_else(|| Term::new(text.at, What::Text(" ".to_owned())));
    What::Trim(side, Box::new([text, letters]))
}

/// How many digits `ROUND` keeps: the type depends on it, so it stands there.
fn kept(digits: &Term) -> Read<u8> {
    let kept = match digits.what {
        What::Number { units, scale: 0 } => u8::try_from(units).ok().filter(|digits| *digits <= SCALE_MAX),
        _ => None,
    };
    kept.ok_or_else(|| {
        let remedy = format_args!("write a number from 0 to {SCALE_MAX}");
        ExpressionError::new(digits.at, "ROUND takes the number of digits as a literal", remedy)
    })
}

/// What is said of too many arguments, or too few.
pub(super) fn miscounted(name: &str, least: usize, most: usize, at: u32) -> ExpressionError {
    let remedy = match (least, most) {
        (1, 1) => "give it one".to_owned(),
        (least, usize::MAX) => format!("give it {least} or more"),
        (least, most) if least == most => format!("give it {least}"),
        (least, most) => format!("give it {least} or {most}"),
    };
    ExpressionError::new(at, format_args!("{name} has not that number of arguments"), remedy)
}

/// What is said of a function that there isn't.
fn unknown(name: &str, at: u32) -> ExpressionError {
    let known: Vec<&str> = FUNCTIONS.iter().map(|(known, _)| *known).chain(OTHERS).collect();
    let remedy = match closest(name, &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the functions are `{}`", known.join("`, `")),
    };
    ExpressionError::new(at, format_args!("there is no function `{}`", shortened(name)), remedy)
}
