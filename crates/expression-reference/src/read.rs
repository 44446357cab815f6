//! From the canonical text of an expression to the expression. In it every operator stands in parentheses with its
//! operands, so nothing has to be known of precedence.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use thiserror::Error;

use super::tree::{CastTo, LikeTree, Tree};

/// A name that an expression may have, and how many digits behind the point its number has; 0 if it is no number.
pub type NamedScale<'n> = (&'n str, u8);

/// A text that is no canonical one, or of another version, or has a name that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("internal error: the canonical text of an expression cannot be read at byte {byte}")]
pub struct Unreadable {
    /// Where, counted from 0.
    pub byte: usize,
}

/// What stands before the text: the version of the format.
const VERSION: &str = "sql1 ";

/// How deep it may be; what the engine takes is less than half as deep.
const DEPTH_MAX: usize = 400;

/// The most digits that a number has.
const DIGITS_MAX: usize = 38;

const INFIXES: [&str; 12] = ["=", "<>", "<=", "<", ">=", ">", "+", "-", "*", "/", "%", "||"];
const FUNCTIONS: [&str; 12] =
    ["ABS", "CEIL", "COALESCE", "DIV", "FLOOR", "GREATEST", "LEAST", "LENGTH", "LOWER", "NULLIF", "SUBSTRING", "UPPER"];
const SIDES: [&str; 3] = ["BOTH", "LEADING", "TRAILING"];
const TESTS: [&str; 4] = ["IS NULL", "IS TRUE", "IS FALSE", "IS UNKNOWN"];
const PARTS: [&str; 12] =
    ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "DOW", "ISODOW", "DOY", "EPOCH"];

/// The expression whose canonical text this is, as `Expression::canonical` writes it, over values of these names in
/// this order. `event_time` is the time of the event, unless it is one of them.
///
/// ```
/// use mare_expression_reference::{NaiveValue, NaiveRow, read};
/// let tree = read(r#"sql1 (("valor" / "n") > 2.5)"#, &[("valor", 2), ("n", 0)])?;
/// let row = [NaiveValue::Number(1_000, 2), NaiveValue::Number(3, 0)];
/// assert_eq!(NaiveRow { row: &row, time_ms: 0 }.value(&tree), Ok(NaiveValue::Truth(true)));
/// # Ok::<(), mare_expression_reference::Unreadable>(())
/// ```
///
/// # Errors
/// [`Unreadable`] if it is none.
pub fn read(canonical: &str, names: &[NamedScale<'_>]) -> Result<Tree, Unreadable> {
    let mut reader = Reader { text: canonical, at: 0, names, depth: 0 };
    let tree = reader.take(VERSION).then(|| reader.tree()).flatten().filter(|_| reader.at == canonical.len());
    tree.ok_or(Unreadable { byte: reader.at })
}

/// A place in the text.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    names: &'t [NamedScale<'t>],
    depth: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Passes this, if it stands here.
    fn take(&mut self, expected: &str) -> bool {
        let is_here = self.rest().starts_with(expected);
        self.at += if is_here { expected.len() } else { 0 };
        is_here
    }

    fn need(&mut self, expected: &str) -> Option<()> {
        self.take(expected).then_some(())
    }

    /// Passes the one of these that stands here, with `behind` behind it.
    fn one_of(&mut self, words: &[&'static str], behind: &str) -> Option<&'static str> {
        let rest = self.rest();
        let is_here = |word: &&str| rest.strip_prefix(*word).is_some_and(|rest| rest.starts_with(behind));
        let word = words.iter().copied().find(is_here)?;
        self.at += word.len() + behind.len();
        Some(word)
    }

    /// What stands between two of these, which are doubled in it.
    fn quoted(&mut self, quote: char) -> Option<String> {
        let mut text = String::new();
        self.need(quote.encode_utf8(&mut [0; 4]))?;
        loop {
            let (before, _) = self.rest().split_once(quote)?;
            text.push_str(before);
            self.at += before.len() + 1;
            if !self.rest().starts_with(quote) {
                return Some(text);
            }
            text.push(quote);
            self.at += 1;
        }
    }

    /// How many digits a number is to have.
    fn digits(&mut self) -> Option<usize> {
        let end = self.rest().find(|letter: char| !letter.is_ascii_digit()).unwrap_or(self.rest().len());
        let number = self.rest().get(..end)?.parse().ok().filter(|number| *number <= DIGITS_MAX)?;
        self.at += end;
        Some(number)
    }

    fn tree(&mut self) -> Option<Tree> {
        self.depth += 1;
        let tree = (self.depth <= DEPTH_MAX).then(|| self.any()).flatten();
        self.depth -= 1;
        tree
    }

    fn boxed(&mut self) -> Option<Box<Tree>> {
        self.tree().map(Box::new)
    }

    fn any(&mut self) -> Option<Tree> {
        let first = self.rest().chars().next()?;
        match first {
            '(' if self.take("(NOT ") => self.closed(|reader| Some(Tree::Prefix("NOT", reader.boxed()?))),
            '(' if self.take("(- ") => self.closed(|reader| Some(Tree::Prefix("-", reader.boxed()?))),
            '(' if self.take("(") => self.closed(Reader::operator),
            '\'' => self.quoted('\'').map(Tree::Text),
            '"' => self.name(),
            '0'..='9' => self.number(),
            'N' if !self.rest().starts_with("NULLIF(") => self.need("NULL").map(|()| Tree::Null),
            _ => self.word(),
        }
    }

    /// What stands before a closing parenthesis.
    fn closed(&mut self, inner: impl FnOnce(&mut Self) -> Option<Tree>) -> Option<Tree> {
        let tree = inner(self)?;
        self.need(")")?;
        Some(tree)
    }

    fn name(&mut self) -> Option<Tree> {
        let name = self.quoted('"')?;
        let known = self.names.iter().position(|(known, _)| *known == name);
        match known.and_then(|index| Some((index, self.names.get(index)?.1))) {
            Some((index, scale)) => Some(Tree::Field(index, scale.into())),
            None => (name == "event_time").then_some(Tree::EventTime),
        }
    }

    fn number(&mut self) -> Option<Tree> {
        let is_part = |letter: char| letter.is_ascii_digit() || letter == '.';
        let end = self.rest().find(|letter| !is_part(letter)).unwrap_or(self.rest().len());
        let digits = self.rest().get(..end)?;
        let scale = digits.split_once('.').map_or(0, |(_, behind)| behind.len());
        let units = digits.replacen('.', "", 1).parse().ok()?;
        self.at += end;
        Some(Tree::Number(units, scale))
    }

    /// An operand, and what is behind it.
    fn operator(&mut self) -> Option<Tree> {
        let left = self.boxed()?;
        self.need(" ")?;
        if let Some(word) = self.one_of(&["AND", "OR"], " ") {
            return self.chain(word, *left);
        }
        if let Some(word) = self.one_of(&["IS DISTINCT FROM"], " ").or_else(|| self.one_of(&INFIXES, " ")) {
            return Some(Tree::Infix(word, Box::new([*left, self.tree()?])));
        }
        if let Some(word) = self.one_of(&TESTS, "") {
            return Some(Tree::Suffix(left, word));
        }
        if self.take("BETWEEN ") {
            let low = self.tree()?;
            self.need(" AND ")?;
            return Some(Tree::Between(false, Box::new([*left, low, self.tree()?])));
        }
        if self.take("IN (") {
            return Some(Tree::In(false, left, self.list()?));
        }
        self.like(*left)
    }

    fn chain(&mut self, word: &'static str, first: Tree) -> Option<Tree> {
        let mut trees = vec![first, self.tree()?];
        while self.take(" ") {
            self.one_of(&[word], " ")?;
            trees.push(self.tree()?);
        }
        Some(Tree::Chain(word, trees))
    }

    fn like(&mut self, text: Tree) -> Option<Tree> {
        let is_folded = self.one_of(&["LIKE", "ILIKE"], " ")? == "ILIKE";
        let pattern = self.quoted('\'')?;
        let escape = if self.take(" ESCAPE ") { self.quoted('\'')?.chars().next() } else { None };
        Some(Tree::Like(Box::new(LikeTree { is_negated: false, is_folded, text, pattern, escape })))
    }

    /// Expressions up to the closing parenthesis.
    fn list(&mut self) -> Option<Vec<Tree>> {
        let mut trees = vec![self.tree()?];
        while self.take(", ") {
            trees.push(self.tree()?);
        }
        self.need(")")?;
        Some(trees)
    }

    /// What begins with a word.
    fn word(&mut self) -> Option<Tree> {
        if let Some(word) = self.one_of(&["TRUE", "FALSE"], "") {
            return Some(Tree::Truth(word == "TRUE"));
        }
        if self.take("TIMESTAMP ") {
            let time: Timestamp = self.quoted('\'')?.parse().ok()?;
            return Some(Tree::Time(time.as_millisecond()));
        }
        if self.take("CASE") {
            return self.case();
        }
        if self.take("ROUND(") {
            let inner = self.boxed()?;
            self.need(", ")?;
            let digits = self.digits()?;
            return self.closed(|_| Some(Tree::Round(inner, digits)));
        }
        if self.take("TRIM(") {
            let side = self.one_of(&SIDES, " ")?;
            let letters = self.tree()?;
            self.need(" FROM ")?;
            return self.closed(|reader| Some(Tree::Trim(side, Box::new([reader.tree()?, letters]))));
        }
        if self.take("CAST(") {
            return self.closed(Reader::cast);
        }
        if self.take("EXTRACT(") {
            return self.closed(Reader::extract);
        }
        let name = self.one_of(&FUNCTIONS, "(")?;
        Some(Tree::Call(name, self.list()?))
    }

    fn case(&mut self) -> Option<Tree> {
        let operand = if self.rest().starts_with(" WHEN ") {
            None
        } else {
            self.need(" ")?;
            Some(self.boxed()?)
        };
        let mut arms = Vec::new();
        while self.take(" WHEN ") {
            let when = self.tree()?;
            self.need(" THEN ")?;
            arms.push((when, self.tree()?));
        }
        let otherwise = if self.take(" ELSE ") { Some(self.boxed()?) } else { None };
        self.need(" END")?;
        Some(Tree::Case(operand, arms, otherwise))
    }

    fn cast(&mut self) -> Option<Tree> {
        let inner = self.boxed()?;
        self.need(" AS ")?;
        let to = match self.one_of(&["INTEGER", "TEXT", "BOOLEAN", "DECIMAL("], "")? {
            "INTEGER" => CastTo::Integer,
            "TEXT" => CastTo::Text,
            "BOOLEAN" => CastTo::Boolean,
            _ => {
                let precision = self.digits()?;
                self.need(", ")?;
                let scale = self.digits()?;
                self.need(")")?;
                CastTo::Decimal(precision, scale)
            }
        };
        Some(Tree::Cast(inner, to))
    }

    fn extract(&mut self) -> Option<Tree> {
        let part = self.one_of(&PARTS, " FROM ")?;
        let inner = self.boxed()?;
        self.need(" AT TIME ZONE ")?;
        let zone = zone(&self.quoted('\'')?)?;
        Some(Tree::Extract(part, zone, inner))
    }
}

/// A zone by its name, or by its offset: `-03:30:00`.
fn zone(text: &str) -> Option<TimeZone> {
    let Some(clock) = text.strip_prefix(['-', '+']) else { return TimeZone::get(text).ok() };
    let parts: Vec<i32> = clock.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [hours, minutes, seconds] = parts.as_slice() else { return None };
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let seconds = hours.checked_mul(3_600)?.checked_add(minutes.checked_mul(60)?)?.checked_add(*seconds)?;
    Offset::from_seconds(sign * seconds).ok().map(TimeZone::fixed)
}
