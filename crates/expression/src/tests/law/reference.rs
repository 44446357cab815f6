//! What an expression comes to, as the pages tell it: naively, over numbers of any size and texts letter by letter. It
//! shares no code with the engine.

use std::cmp::Ordering;

use mare_model::datum::Datum;

use super::big::Big;
use super::calendar;
use super::tree::{Kind, Target, Tree};

/// The fields: name, kind, scale, and whether an event may be without it.
pub(super) const FIELDS: [(&str, Kind, usize, bool); 10] = [
    ("status", Kind::Text, 0, true),
    ("valor", Kind::Number, 2, true),
    ("quantidade", Kind::Number, 0, true),
    ("ativo", Kind::Truth, 0, true),
    ("cliente.uf", Kind::Text, 0, true),
    ("preco", Kind::Number, 4, false),
    ("id", Kind::Number, 0, false),
    ("\"order\"", Kind::Text, 0, true),
    ("ausente", Kind::Number, 2, true),
    ("pago_em", Kind::Time, 0, true),
];

/// A value: a number has units and a scale.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Naive {
    Null,
    Truth(bool),
    Number(Big, usize),
    Text(String),
}

use Naive::{Null, Number, Text, Truth};

/// A value, or the name of what goes wrong.
type Result<T = Naive> = std::result::Result<T, &'static str>;

/// How many digits behind the point the numbers of an expression have.
pub(super) fn scale(tree: &Tree) -> usize {
    let largest = |trees: &[Tree]| trees.iter().map(scale).max().unwrap_or(0);
    match tree {
        Tree::Number(digits) => digits.split_once('.').map_or(0, |(_, behind)| behind.len()),
        Tree::Field(index) => FIELDS[*index].2,
        Tree::Prefix("-", inner) => scale(inner),
        Tree::Infix("+" | "-" | "%", pair) => largest(&**pair),
        Tree::Infix("*", pair) => scale(&pair[0]) + scale(&pair[1]),
        Tree::Infix("/", pair) => scale(&pair[0]).max(6),
        Tree::Case(_, arms, otherwise) => {
            let otherwise = otherwise.as_deref().map_or(0, scale);
            arms.iter().map(|(_, then)| scale(then)).max().unwrap_or(0).max(otherwise)
        }
        Tree::Call("COALESCE" | "GREATEST" | "LEAST" | "ABS", arguments) => largest(arguments),
        Tree::Call("NULLIF", arguments) => scale(&arguments[0]),
        Tree::Cast(_, Target::Decimal(_, scale)) => *scale,
        Tree::Round(_, digits) => *digits,
        Tree::Extract("SECOND" | "EPOCH", _) => 3,
        _ => 0,
    }
}

/// A number in another scale; what does not fit is an overflow. All other values stay as they are.
fn scaled(value: Naive, to: usize) -> Result {
    match value {
        Number(units, from) if from <= to => fits(units.times(&Big::power(to - from)), to),
        Number(units, from) => fits(units.rounded(&Big::power(from - to)), to),
        other => Ok(other),
    }
}

fn fits(units: Big, scale: usize) -> Result {
    units.fitting().map(|units| Number(units, scale)).ok_or("overflow")
}

/// How two values compare; none if one is NULL.
fn order(left: &Naive, right: &Naive) -> Option<Ordering> {
    match (left, right) {
        (Number(left, scale), Number(right, other)) => {
            Some(left.times(&Big::power(*other)).compare(&right.times(&Big::power(*scale))))
        }
        (Text(left), Text(right)) => Some(left.chars().cmp(right.chars())),
        (Truth(left), Truth(right)) => Some(u8::from(*left).cmp(&u8::from(*right))),
        _ => None,
    }
}

/// One event.
pub(super) struct Sight<'r> {
    pub(super) row: &'r [Datum<'static>],
    pub(super) time: i64,
}

impl Sight<'_> {
    /// What an expression comes to.
    pub(super) fn value(&self, tree: &Tree) -> Result {
        match tree {
            Tree::Null => Ok(Null),
            Tree::Truth(truth) => Ok(Truth(*truth)),
            Tree::Number(digits) => Ok(Number(Big::of_digits(&digits.replace('.', "")), scale(tree))),
            Tree::Text(text) => Ok(Text(text.clone())),
            Tree::EventTime => Ok(Number(Big::of(self.time.into()), 0)),
            Tree::Field(index) => Ok(match self.row[*index] {
                Datum::Absent => Null,
                Datum::Boolean(truth) => Truth(truth),
                Datum::Exact(units) => Number(Big::of(units), FIELDS[*index].2),
                Datum::Text(text) => Text(text.to_owned()),
                Datum::Time(time) => Number(Big::of(time.0.into()), 0),
            }),
            Tree::Prefix("NOT", inner) => Ok(match self.value(inner)? {
                Truth(truth) => Truth(!truth),
                _ => Null,
            }),
            Tree::Prefix(_, inner) => match self.value(inner)? {
                Number(units, scale) => fits(units.negated(), scale),
                _ => Ok(Null),
            },
            Tree::Infix(word, pair) => self.infix(word, &pair[0], &pair[1]),
            Tree::Suffix(inner, word) => self.suffix(inner, word),
            Tree::Between(..) | Tree::In(..) | Tree::Like(..) => self.condition(tree),
            Tree::Case(operand, arms, otherwise) => self.case(tree, operand.as_deref(), arms, otherwise.as_deref()),
            Tree::Call(name, arguments) => self.call(tree, name, arguments),
            Tree::Cast(inner, target) => cast(self.value(inner)?, scale(inner), *target),
            Tree::Round(inner, digits) => scaled(self.value(inner)?, *digits),
            Tree::Trim(side, parts) => {
                let (text, letters) = (self.value(&parts[0])?, self.value(&parts[1])?);
                Ok(trimmed(text, letters, side))
            }
            Tree::Extract(part, inner) => match self.value(inner)? {
                Number(millis, _) => calendar::part(&millis, part),
                _ => Ok(Null),
            },
        }
    }

    fn suffix(&self, inner: &Tree, word: &str) -> Result {
        let value = self.value(inner)?;
        let holds = match word.trim_start_matches("IS ").trim_start_matches("NOT ") {
            "TRUE" => value == Truth(true),
            "FALSE" => value == Truth(false),
            _ => value == Null,
        };
        Ok(Truth(holds != word.contains("NOT")))
    }

    /// `AND` and `OR` end with the operand that decides.
    fn joined(&self, decides: bool, left: &Tree, right: &Tree) -> Result {
        let left = self.value(left)?;
        if left == Truth(decides) {
            return Ok(left);
        }
        let right = self.value(right)?;
        Ok(if right == Truth(decides) || left == Truth(!decides) { right } else { Null })
    }

    fn infix(&self, word: &str, left: &Tree, right: &Tree) -> Result {
        let truth = |holds: Option<bool>| holds.map_or(Null, Truth);
        match word {
            "AND" => return self.joined(false, left, right),
            "OR" => return self.joined(true, left, right),
            "+" | "-" | "*" | "/" | "%" => return self.arithmetic(word, left, right),
            _ => {}
        }
        let (left, right) = (self.value(left)?, self.value(right)?);
        let is_same =
            if left == Null || right == Null { left == right } else { order(&left, &right) == Some(Ordering::Equal) };
        let order = order(&left, &right);
        Ok(match word {
            "=" => truth(order.map(|order| order == Ordering::Equal)),
            "<>" => truth(order.map(|order| order != Ordering::Equal)),
            "<" => truth(order.map(|order| order == Ordering::Less)),
            "<=" => truth(order.map(|order| order != Ordering::Greater)),
            ">" => truth(order.map(|order| order == Ordering::Greater)),
            ">=" => truth(order.map(|order| order != Ordering::Less)),
            "IS DISTINCT FROM" => Truth(!is_same),
            "IS NOT DISTINCT FROM" => Truth(is_same),
            _ => match (left, right) {
                (Text(left), Text(right)) => Text(left + &right),
                _ => Null,
            },
        })
    }

    fn arithmetic(&self, word: &str, left: &Tree, right: &Tree) -> Result {
        let (own, other) = (scale(left), scale(right));
        let common = if matches!(word, "*" | "/") { None } else { Some(own.max(other)) };
        let left = self.value(left).and_then(|left| scaled(left, common.unwrap_or(own)))?;
        let right = self.value(right).and_then(|right| scaled(right, common.unwrap_or(other)))?;
        let (Number(left, own), Number(right, other)) = (left, right) else { return Ok(Null) };
        if matches!(word, "/" | "%" | "DIV") && right.is_zero() {
            return Err("division_by_zero");
        }
        match word {
            "+" => fits(left.plus(&right), own),
            "-" => fits(left.minus(&right), own),
            "*" => fits(left.times(&right), own + other),
            "%" => fits(left.divided(&right).1, own),
            "DIV" => fits(left.divided(&right).0, 0),
            _ => {
                // left / 10^own / (right / 10^other), in units of 10^-scale
                let scale = own.max(6);
                let dividend = left.times(&Big::power(other + scale));
                fits(dividend.rounded(&right.times(&Big::power(own))), scale)
            }
        }
    }

    fn condition(&self, tree: &Tree) -> Result {
        let (is_negated, holds) = match tree {
            Tree::Between(is_negated, parts) => {
                let value = self.value(&parts[0])?;
                let above = order(&value, &self.value(&parts[1])?).map(|order| order != Ordering::Less);
                let holds = match above {
                    Some(false) => Some(false),
                    above => match order(&value, &self.value(&parts[2])?).map(|order| order != Ordering::Greater) {
                        Some(false) => Some(false),
                        below => above.zip(below).map(|_| true),
                    },
                };
                (*is_negated, holds)
            }
            Tree::In(is_negated, value, list) => (*is_negated, self.one_of(&self.value(value)?, list)?),
            Tree::Like(is_negated, is_folded, value, pattern) => {
                let fold = |text: &str| -> Vec<char> {
                    if *is_folded {
                        text.chars().flat_map(char::to_lowercase).collect()
                    } else {
                        text.chars().collect()
                    }
                };
                let holds = match self.value(value)? {
                    Text(text) => Some(like(&fold(&text), &fold(pattern))),
                    _ => None,
                };
                (*is_negated, holds)
            }
            _ => unreachable!("{tree:?} is no condition"),
        };
        Ok(holds.map_or(Null, |holds| Truth(holds != is_negated)))
    }

    fn one_of(&self, value: &Naive, list: &[Tree]) -> Result<Option<bool>> {
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

    fn case(&self, tree: &Tree, operand: Option<&Tree>, arms: &[(Tree, Tree)], otherwise: Option<&Tree>) -> Result {
        let operand = operand.map(|operand| self.value(operand)).transpose()?;
        for (when, then) in arms {
            let when = self.value(when)?;
            let is_met = match &operand {
                Some(operand) => order(operand, &when) == Some(Ordering::Equal),
                None => when == Truth(true),
            };
            if is_met {
                return scaled(self.value(then)?, scale(tree));
            }
        }
        otherwise.map_or(Ok(Null), |otherwise| scaled(self.value(otherwise)?, scale(tree)))
    }

    fn call(&self, tree: &Tree, name: &str, arguments: &[Tree]) -> Result {
        let common = |argument: &Tree| scaled(self.value(argument)?, scale(tree));
        match name {
            "DIV" => self.arithmetic(name, &arguments[0], &arguments[1]),
            "COALESCE" => arguments.iter().map(common).find(|value| *value != Ok(Null)).unwrap_or(Ok(Null)),
            "NULLIF" => {
                let (left, right) = (self.value(&arguments[0])?, self.value(&arguments[1])?);
                Ok(if order(&left, &right) == Some(Ordering::Equal) { Null } else { left })
            }
            "GREATEST" | "LEAST" => {
                let mut values = arguments.iter().map(common).collect::<Result<Vec<_>>>()?;
                if values.contains(&Null) {
                    return Ok(Null);
                }
                values.sort_by(|left, right| order(left, right).unwrap());
                Ok(if name == "LEAST" { values.remove(0) } else { values.pop().unwrap() })
            }
            "SUBSTRING" => self.substring(arguments),
            _ => simple(self.value(&arguments[0])?, name),
        }
    }

    fn substring(&self, arguments: &[Tree]) -> Result {
        let values = arguments.iter().map(|argument| self.value(argument)).collect::<Result<Vec<_>>>()?;
        let (Text(text), Number(first, _)) = (&values[0], &values[1]) else { return Ok(Null) };
        let end = match values.get(2) {
            None => None,
            Some(Number(count, _)) if count.is_negative() => return Err("negative_length"),
            Some(Number(count, _)) => Some(first.plus(count)),
            Some(_) => return Ok(Null),
        };
        let is_in = |place: usize| {
            let place = Big::of(place as i128 + 1);
            place.compare(first) != Ordering::Less
                && end.as_ref().is_none_or(|end| place.compare(end) == Ordering::Less)
        };
        Ok(Text(text.chars().enumerate().filter(|(place, _)| is_in(*place)).map(|(_, letter)| letter).collect()))
    }
}

/// The functions of one argument.
fn simple(value: Naive, name: &str) -> Result {
    match (name, value) {
        ("ABS", Number(units, scale)) => fits(units.magnitude(), scale),
        ("FLOOR" | "CEIL" | "CEILING", Number(units, scale)) => {
            let (whole, rest) = units.divided(&Big::power(scale));
            let away = match (name, rest.is_negative()) {
                _ if rest.is_zero() => 0,
                ("FLOOR", true) => -1,
                ("FLOOR", false) | (_, true) => 0,
                (_, false) => 1,
            };
            fits(whole.plus(&Big::of(away)), 0)
        }
        ("LOWER", Text(text)) => Ok(Text(text.to_lowercase())),
        ("UPPER", Text(text)) => Ok(Text(text.to_uppercase())),
        ("LENGTH" | "CHAR_LENGTH", Text(text)) => Ok(Number(Big::of(text.chars().count() as i128), 0)),
        ("LTRIM", text) => Ok(trimmed(text, Text(" ".to_owned()), "LEADING")),
        (_, _) => Ok(Null),
    }
}

/// A text without the letters of another at its ends.
fn trimmed(text: Naive, letters: Naive, side: &str) -> Naive {
    let (Text(text), Text(letters)) = (text, letters) else { return Null };
    let mut text: Vec<char> = text.chars().collect();
    while side != "TRAILING" && text.first().is_some_and(|letter| letters.contains(*letter)) {
        text.remove(0);
    }
    while side != "LEADING" && text.last().is_some_and(|letter| letters.contains(*letter)) {
        text.pop();
    }
    Text(text.into_iter().collect())
}

/// Whether a text is as a pattern says, of which `!` is the escape.
fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|skipped| like(&text[skipped..], rest)),
        ['_', rest @ ..] => !text.is_empty() && like(&text[1..], rest),
        ['!', letter, rest @ ..] | [letter, rest @ ..] => text.first() == Some(letter) && like(&text[1..], rest),
    }
}

/// `CAST`; numbers have `own` digits behind the point.
fn cast(value: Naive, own: usize, target: Target) -> Result {
    let bounded = |value: Naive, precision: usize| match &value {
        Number(units, _) if units.magnitude().compare(&Big::power(precision)) != Ordering::Less => Err("overflow"),
        _ => Ok(value),
    };
    match (value, target) {
        (Null, _) => Ok(Null),
        (Truth(truth), Target::Integer) => Ok(Number(Big::of(i128::from(truth)), 0)),
        (Truth(truth), Target::Text) => Ok(Text(truth.to_string())),
        (Text(text), Target::Integer) => number(text.trim_matches(' '), 0),
        (Text(text), Target::Decimal(precision, scale)) => bounded(number(text.trim_matches(' '), scale)?, precision),
        (Text(text), Target::Text) => Ok(Text(text)),
        (Text(text), Target::Boolean) => match text.trim_matches(' ').to_lowercase().as_str() {
            "true" => Ok(Truth(true)),
            "false" => Ok(Truth(false)),
            _ => Err("cast"),
        },
        (Number(units, _), Target::Text) => {
            let digits = format!("{:0>width$}", units.magnitude().to_string(), width = own + 1);
            let (whole, behind) = digits.split_at(digits.len() - own);
            let sign = if units.is_negative() { "-" } else { "" };
            Ok(Text(if own == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{behind}") }))
        }
        (value, Target::Integer) => scaled(value, 0),
        (value, Target::Decimal(precision, scale)) => bounded(scaled(value, scale)?, precision),
        (value, target) => unreachable!("{value:?} is not cast to {target:?}"),
    }
}

/// A text as a number of a scale.
fn number(text: &str, scale: usize) -> Result {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, behind) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{behind}");
    if all.is_empty() || !all.chars().all(|letter| letter.is_ascii_digit()) {
        return Err("cast");
    }
    let units = Big::of_digits(&all).times(&Big::power(scale)).rounded(&Big::power(behind.len()));
    let units = if text.starts_with('-') { units.negated() } else { units };
    units.fitting().map(|units| Number(units, scale)).ok_or("cast")
}
