//! What fields are compared with, as far as that is written out.

use super::term::{Term, What};

/// A constant, and the field that is compared with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparedConstant {
    /// The field, by its index in the scope.
    pub field: usize,
    /// The constant, which need not be of the field's own type: `LENGTH(name) > 3`.
    pub constant: Constant,
}

/// A value that is written out in an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constant {
    /// A text; of a pattern, one that fits it.
    Text(String),
    /// A number: `units` of `10^-scale`.
    Number {
        /// How many units.
        units: i128,
        /// Digits behind the point.
        scale: u8,
    },
    /// A time, in milliseconds since the Unix epoch.
    Time(i64),
}

/// Each field of `term` with each constant that stands in the same comparison.
pub(super) fn compared(term: &Term) -> Vec<ComparedConstant> {
    let mut found = Vec::new();
    term.each(&mut |term| match &term.what {
        What::Compare(_, pair) | What::Distinct(pair) => pair_up(pair.iter(), &mut found),
        What::Between(parts) => pair_up(parts.iter(), &mut found),
        What::In(value, list) => pair_up(std::iter::once(&**value).chain(list), &mut found),
        What::Case(case) if case.operand.is_some() => {
            pair_up(case.operand.iter().chain(case.arms.iter().map(|(when, _)| when)), &mut found);
        }
        What::Like(like) => {
            let fitting = Constant::Text(fitting(&like.pattern, like.escape));
            fields(&like.text).into_iter().for_each(|field| add(field, &fitting, &mut found));
        }
        _ => {}
    });
    found
}

/// Adds each field of the parts with each constant of them.
fn pair_up<'a>(parts: impl Iterator<Item = &'a Term>, found: &mut Vec<ComparedConstant>) {
    let (mut all_fields, mut constants) = (Vec::new(), Vec::new());
    for part in parts {
        all_fields.extend(fields(part));
        part.each(&mut |term| constants.extend(constant(&term.what)));
    }
    for field in all_fields {
        constants.iter().for_each(|constant| add(field, constant, found));
    }
}

fn add(field: usize, constant: &Constant, found: &mut Vec<ComparedConstant>) {
    let new = ComparedConstant { field, constant: constant.clone() };
    if !found.contains(&new) {
        found.push(new);
    }
}

fn fields(term: &Term) -> Vec<usize> {
    let mut fields = Vec::new();
    term.each(&mut |term| fields.extend(if let What::Field(field, _) = term.what { Some(field) } else { None }));
    fields
}

fn constant(what: &What) -> Option<Constant> {
    match what {
        What::Text(text) => Some(Constant::Text(text.clone())),
        What::Number { units, scale } => Some(Constant::Number { units: *units, scale: *scale }),
        What::Time(ms) => Some(Constant::Time(*ms)),
        What::Negative(inner) => match inner.what {
            What::Number { units, scale } => Some(Constant::Number { units: -units, scale }),
            _ => None,
        },
        _ => None,
    }
}

/// A text that a pattern fits: nothing for each `%`, an `x` for each `_`.
fn fitting(pattern: &str, escape: Option<char>) -> String {
    let (mut text, mut letters) = (String::new(), pattern.chars());
    while let Some(letter) = letters.next() {
        match letter {
            _ if Some(letter) == escape => text.extend(letters.next()),
            '%' => {}
            '_' => text.push('x'),
            _ => text.push(letter),
        }
    }
    text
}
