//! Expressions.

use jiff::tz::TimeZone;

/// An expression. Words and signs are as SQL has them, in upper case.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// `NULL`
    Null,
    /// `TRUE` or `FALSE`
    Truth(bool),
    /// A number: units of `10^-scale`, and the scale.
    Number(i128, usize),
    /// A text.
    Text(String),
    /// A time, in milliseconds since the Unix epoch.
    Time(i64),
    /// A value of the row, by its index there, and how many digits it has behind the point if it is a number.
    Field(usize, usize),
    /// The event's own time.
    EventTime,
    /// A word before an operand: `NOT`, `-`.
    Prefix(&'static str, Box<Tree>),
    /// A word or sign between two operands.
    Infix(&'static str, Box<[Tree; 2]>),
    /// `AND` or `OR` between two operands or more.
    Chain(&'static str, Vec<Tree>),
    /// What stands behind an operand: `IS NULL`, `IS NOT TRUE`.
    Suffix(Box<Tree>, &'static str),
    /// Whether it is negated, the value and both ends.
    Between(bool, Box<[Tree; 3]>),
    /// Whether it is negated, the value and the list.
    In(bool, Box<Tree>, Vec<Tree>),
    /// `LIKE`
    Like(Box<LikeTree>),
    /// The operand, if there is one; what stands behind `WHEN` and `THEN`; and behind `ELSE`.
    Case(Option<Box<Tree>>, Vec<(Tree, Tree)>, Option<Box<Tree>>),
    /// A function, and its arguments behind each other.
    Call(&'static str, Vec<Tree>),
    /// `CAST(x AS type)`
    Cast(Box<Tree>, CastTo),
    /// `ROUND(x, digits)`
    Round(Box<Tree>, usize),
    /// `TRIM(side letters FROM text)`: first the text, then the letters.
    Trim(&'static str, Box<[Tree; 2]>),
    /// `EXTRACT(part FROM time AT TIME ZONE zone)`
    Extract(&'static str, TimeZone, Box<Tree>),
}

/// A pattern match.
#[derive(Clone, Debug, PartialEq)]
pub struct LikeTree {
    /// Whether it is `NOT LIKE`.
    pub is_negated: bool,
    /// Whether it is `ILIKE`.
    pub is_folded: bool,
    /// What is matched.
    pub text: Tree,
    /// What it is matched with.
    pub pattern: String,
    /// The letter before one that stands for itself.
    pub escape: Option<char>,
}

/// What is cast to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CastTo {
    /// `INTEGER`
    Integer,
    /// `DECIMAL(precision, scale)`
    Decimal(usize, usize),
    /// `TEXT`
    Text,
    /// `BOOLEAN`
    Boolean,
}

impl Tree {
    /// The values of the row that it names, by their indices there.
    #[must_use]
    pub fn fields(&self) -> Vec<usize> {
        let below = |trees: &[Tree]| trees.iter().flat_map(Tree::fields).collect();
        match self {
            Tree::Field(index, _) => vec![*index],
            Tree::Prefix(_, it) | Tree::Suffix(it, _) | Tree::Cast(it, _) | Tree::Round(it, _) => it.fields(),
            Tree::Extract(_, _, it) => it.fields(),
            Tree::Infix(_, pair) | Tree::Trim(_, pair) => below(&**pair),
            Tree::Between(_, three) => below(&**three),
            Tree::Chain(_, all) | Tree::Call(_, all) => below(all),
            Tree::In(_, it, list) => [it.fields(), below(list)].concat(),
            Tree::Like(like) => like.text.fields(),
            Tree::Case(it, arms, otherwise) => {
                let ends = it.iter().chain(otherwise).flat_map(|it| it.fields());
                ends.chain(arms.iter().flat_map(|(when, then)| [when.fields(), then.fields()].concat())).collect()
            }
            Tree::Null | Tree::Truth(_) | Tree::Number(..) | Tree::Text(_) | Tree::Time(_) | Tree::EventTime => {
                Vec::new()
            }
        }
    }

    /// How many digits behind the point the numbers that it comes to have; 0 of what is no number.
    #[must_use]
    pub fn scale(&self) -> usize {
        let largest = |trees: &[Tree]| trees.iter().map(Tree::scale).max().unwrap_or(0);
        match self {
            Tree::Number(_, scale) | Tree::Field(_, scale) | Tree::Round(_, scale) => *scale,
            Tree::Cast(_, CastTo::Decimal(_, scale)) => *scale,
            Tree::Prefix("-", inner) => inner.scale(),
            Tree::Infix("+" | "-" | "%", pair) => largest(&**pair),
            Tree::Infix("*", pair) => pair[0].scale() + pair[1].scale(),
            Tree::Infix("/", pair) => pair[0].scale().max(6),
            Tree::Case(_, arms, otherwise) => {
                let otherwise = otherwise.as_deref().map_or(0, Tree::scale);
                arms.iter().map(|(_, then)| then.scale()).max().unwrap_or(0).max(otherwise)
            }
            Tree::Call("COALESCE" | "GREATEST" | "LEAST" | "ABS", arguments) => largest(arguments),
            Tree::Call("NULLIF", arguments) => arguments.first().map_or(0, Tree::scale),
            Tree::Extract("SECOND" | "EPOCH", ..) => 3,
            _ => 0,
        }
    }
}
