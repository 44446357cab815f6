//! What an expression comes to for one event.

use std::cmp::Ordering;

use super::text::{self, trimmed};
use super::tree::Tree;
use super::{calendar, number};

/// A value; of a time the milliseconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NaiveValue {
    /// Nobody knows it.
    Null,
    /// A boolean.
    Truth(bool),
    /// Units of `10^-scale`, and the scale.
    Number(i128, usize),
    /// A text.
    Text(String),
}

use NaiveValue::{Null, Number, Text, Truth};

/// The name of what goes wrong with an event, as `docs/expressions.md` lists them.
pub type NaiveFailure = &'static str;

type Value = Result<NaiveValue, NaiveFailure>;

/// How two values compare; none if one is NULL.
fn order(left: &NaiveValue, right: &NaiveValue) -> Option<Ordering> {
    match (left, right) {
        (Number(left, scale), Number(right, other)) => Some(number::compare((*left, *scale), (*right, *other))),
        (Text(left), Text(right)) => Some(left.chars().cmp(right.chars())),
        (Truth(left), Truth(right)) => Some(u8::from(*left).cmp(&u8::from(*right))),
        _ => None,
    }
}

fn truth(holds: Option<bool>) -> NaiveValue {
    holds.map_or(Null, Truth)
}

/// One event, as an expression sees it.
#[derive(Clone, Copy, Debug)]
pub struct NaiveRow<'r> {
    /// The values of the fields; NULL of those that are not there.
    pub row: &'r [NaiveValue],
    /// The time of the event itself, in milliseconds since the Unix epoch.
    pub time_ms: i64,
}

impl NaiveRow<'_> {
    /// What an expression comes to.
    ///
    /// # Errors
    /// The name of what goes wrong with this event.
    pub fn value(&self, tree: &Tree) -> Result<NaiveValue, NaiveFailure> {
        match tree {
            Tree::Null => Ok(Null),
            Tree::Truth(truth) => Ok(Truth(*truth)),
            Tree::Number(units, scale) => Ok(Number(*units, *scale)),
            Tree::Text(text) => Ok(Text(text.clone())),
            Tree::Time(millis) => Ok(Number(i128::from(*millis), 0)),
            Tree::EventTime => Ok(Number(self.time_ms.into(), 0)),
            Tree::Field(index, _) => Ok(self.row.get(*index).cloned().unwrap_or(Null)),
            Tree::Prefix("NOT", inner) => Ok(match self.value(inner)? {
                Truth(truth) => Truth(!truth),
                _ => Null,
            }),
            Tree::Prefix(_, inner) => match self.value(inner)? {
                Number(units, scale) => units.checked_neg().map(|units| Number(units, scale)).ok_or("overflow"),
                _ => Ok(Null),
            },
            Tree::Infix(word @ ("+" | "-" | "*" | "/" | "%"), pair) => self.arithmetic(word, &pair[0], &pair[1]),
            Tree::Infix("||", pair) => text::concatenated(self.value(&pair[0])?, self.value(&pair[1])?),
            Tree::Infix(word, pair) => self.compared(word, &pair[0], &pair[1]),
            Tree::Chain(word, trees) => self.chained(*word == "OR", trees),
            Tree::Suffix(inner, word) => self.suffix(inner, word),
            Tree::Between(is_negated, parts) => self.between(parts).map(|holds| negated(holds, *is_negated)),
            Tree::In(is_negated, value, list) => Ok(negated(self.one_of(&self.value(value)?, list)?, *is_negated)),
            Tree::Like(like) => Ok(match self.value(&like.text)? {
                Text(text) => Truth(text::is_like(&text, like) != like.is_negated),
                _ => Null,
            }),
            Tree::Case(operand, arms, otherwise) => self.case(tree, operand.as_deref(), arms, otherwise.as_deref()),
            Tree::Call(name, arguments) => self.call(tree, name, arguments),
            Tree::Cast(inner, to) => text::cast(self.value(inner)?, *to),
            Tree::Round(inner, digits) => number::scaled(self.value(inner)?, *digits),
            Tree::Trim(side, parts) => Ok(trimmed(self.value(&parts[0])?, self.value(&parts[1])?, side)),
            Tree::Extract(part, zone, inner) => match self.value(inner)? {
                Number(millis, _) => calendar::part(millis, part, zone),
                _ => Ok(Null),
            },
        }
    }

    fn suffix(&self, inner: &Tree, word: &str) -> Value {
        let value = self.value(inner)?;
        let holds = match word.trim_start_matches("IS ").trim_start_matches("NOT ") {
            "TRUE" => value == Truth(true),
            "FALSE" => value == Truth(false),
            _ => value == Null,
        };
        Ok(Truth(holds != word.contains("NOT")))
    }

    /// `AND` and `OR` end with the operand that decides.
    fn chained(&self, decides: bool, trees: &[Tree]) -> Value {
        let mut all = Truth(!decides);
        for tree in trees {
            match self.value(tree)? {
                Truth(truth) if truth == decides => return Ok(Truth(decides)),
                Truth(_) => {}
                _ => all = Null,
            }
        }
        Ok(all)
    }

    fn compared(&self, word: &str, left: &Tree, right: &Tree) -> Value {
        let (left, right) = (self.value(left)?, self.value(right)?);
        let order = order(&left, &right);
        let is_same = if left == Null || right == Null { left == right } else { order == Some(Ordering::Equal) };
        Ok(match word {
            "=" => truth(order.map(|order| order == Ordering::Equal)),
            "<>" => truth(order.map(|order| order != Ordering::Equal)),
            "<" => truth(order.map(|order| order == Ordering::Less)),
            "<=" => truth(order.map(|order| order != Ordering::Greater)),
            ">" => truth(order.map(|order| order == Ordering::Greater)),
            ">=" => truth(order.map(|order| order != Ordering::Less)),
            "IS DISTINCT FROM" => Truth(!is_same),
            _ => Truth(is_same),
        })
    }

    fn arithmetic(&self, word: &str, left: &Tree, right: &Tree) -> Value {
        let (own, other) = (left.scale(), right.scale());
        let (own, other) = if matches!(word, "*" | "/") { (own, other) } else { (own.max(other), own.max(other)) };
        let left = self.value(left).and_then(|left| number::scaled(left, own))?;
        let right = self.value(right).and_then(|right| number::scaled(right, other))?;
        let (Number(left, own), Number(right, other)) = (left, right) else { return Ok(Null) };
        number::arithmetic(word, (left, own), (right, other))
    }

    /// Two comparisons joined by `AND`.
    fn between(&self, [value, low, high]: &[Tree; 3]) -> Result<Option<bool>, NaiveFailure> {
        let value = self.value(value)?;
        let above = order(&value, &self.value(low)?).map(|order| order != Ordering::Less);
        if above == Some(false) {
            return Ok(above);
        }
        let below = order(&value, &self.value(high)?).map(|order| order != Ordering::Greater);
        Ok(if below == Some(false) { below } else { above.zip(below).map(|_| true) })
    }

    fn one_of(&self, value: &NaiveValue, list: &[Tree]) -> Result<Option<bool>, NaiveFailure> {
        let mut is_known = true;
        for item in list {
            match order(value, &self.value(item)?) {
                Some(Ordering::Equal) => return Ok(Some(true)),
                Some(_) => {}
                None => is_known = false,
            }
        }
        Ok(is_known.then_some(false))
    }

    fn case(&self, tree: &Tree, operand: Option<&Tree>, arms: &[(Tree, Tree)], otherwise: Option<&Tree>) -> Value {
        let operand = operand.map(|operand| self.value(operand)).transpose()?;
        for (when, then) in arms {
            let when = self.value(when)?;
            let is_met = match &operand {
                Some(operand) => order(operand, &when) == Some(Ordering::Equal),
                None => when == Truth(true),
            };
            if is_met {
                return number::scaled(self.value(then)?, tree.scale());
            }
        }
        otherwise.map_or(Ok(Null), |otherwise| number::scaled(self.value(otherwise)?, tree.scale()))
    }

    fn call(&self, tree: &Tree, name: &str, arguments: &[Tree]) -> Value {
        let common = |argument: &Tree| number::scaled(self.value(argument)?, tree.scale());
        match (name, arguments) {
            ("DIV", [left, right]) => self.arithmetic(name, left, right),
            ("COALESCE", _) => arguments.iter().map(common).find(|value| *value != Ok(Null)).unwrap_or(Ok(Null)),
            ("NULLIF", [left, right]) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                Ok(if order(&left, &right) == Some(Ordering::Equal) { Null } else { left })
            }
            ("GREATEST" | "LEAST", _) => {
                let values = arguments.iter().map(common).collect::<Result<Vec<_>, _>>()?;
                let wanted = if name == "LEAST" { Ordering::Less } else { Ordering::Greater };
                let better = |one: NaiveValue, other| if order(&other, &one) == Some(wanted) { other } else { one };
                Ok(if values.contains(&Null) { Null } else { values.into_iter().reduce(better).unwrap_or(Null) })
            }
            ("SUBSTRING", [text, first, rest @ ..]) => {
                let (text, first) = (self.value(text)?, self.value(first)?);
                text::substring(text, first, rest.first().map(|count| self.value(count)).transpose()?)
            }
            (_, [argument, ..]) => simple(self.value(argument)?, name),
            (_, []) => Ok(Null),
        }
    }
}

fn negated(holds: Option<bool>, is_negated: bool) -> NaiveValue {
    truth(holds.map(|holds| holds != is_negated))
}

/// The functions of one argument.
fn simple(value: NaiveValue, name: &str) -> Value {
    match (name, value) {
        ("ABS", Number(units, scale)) => units.checked_abs().map(|units| Number(units, scale)).ok_or("overflow"),
        ("FLOOR", Number(units, scale)) => number::whole(units, scale, false),
        ("CEIL", Number(units, scale)) => number::whole(units, scale, true),
        ("LOWER", text) => text::cased(text, false),
        ("UPPER", text) => text::cased(text, true),
        ("LENGTH", Text(text)) => Ok((0..).zip(text.chars()).last().map_or(Number(0, 0), |(at, _)| Number(at + 1, 0))),
        (_, _) => Ok(Null),
    }
}
