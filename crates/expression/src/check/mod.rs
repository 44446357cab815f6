//! From terms to nodes: every type is settled here, before the start, and whatever does not fit is told at its column.

mod choice;
mod condition;
mod number;
mod text;

use mare_model::schema::FieldType;

use super::arithmetic;
use super::error::ExpressionError;
use super::node::{FinerBy, Item, Node, Pair};
use super::scalar::{Scalar, ScalarType};
use super::scope::Scope;
use super::term::{Term, What};

/// The first magnitude that a decimal field does not have, in units: `mare-decode` says why.
const UNITS_END: i128 = 10_i128.pow(24);

/// A part that is checked.
#[derive(Debug)]
pub(super) struct Typed {
    /// Its column.
    pub(super) at: u32,
    pub(super) node: Node,
    /// Its type; none of a NULL that has none yet.
    pub(super) kind: Option<ScalarType>,
    /// Whether it may be NULL.
    pub(super) nullable: bool,
}

/// What a check comes to.
type Checked = Result<Typed, ExpressionError>;

/// An expression, checked; its type is known.
pub(super) fn check(term: &Term, scope: &Scope) -> Result<(Typed, ScalarType), ExpressionError> {
    let typed = Checker { scope }.typed(term)?;
    match typed.kind {
        Some(kind) => Ok((typed, kind)),
        None => Err(ExpressionError::new(
            typed.at,
            "the type of NULL is not known",
            "write CAST(NULL AS …) with the type that is meant",
        )),
    }
}

/// The expression as a field that is declared: exactly its type, and never out of its range.
pub(super) fn assigned(typed: Typed, kind: ScalarType, declared: FieldType) -> Checked {
    let at = typed.at;
    let (node, bounds) = match (declared, kind.scale()) {
        (FieldType::Integer, Some(0)) => (typed.node, Some((i64::MIN.into(), i64::MAX.into()))),
        (FieldType::Decimal { scale }, Some(own)) if own <= scale => {
            let node = finer(typed.node, scale - own, at);
            (node, Some((1 - UNITS_END, UNITS_END - 1)))
        }
        (FieldType::String, _) if kind == ScalarType::Text => (typed.node, None),
        (FieldType::Boolean, _) if kind == ScalarType::Boolean => (typed.node, None),
        (FieldType::Time(_), _) if kind == ScalarType::Time => (typed.node, None),
        _ => return Err(unassignable(at, kind, declared)),
    };
    let is_constant = node.is_constant() || matches!(&node, Node::Finer(inner, ..) if inner.is_constant());
    let node = match bounds {
        Some(bounds) => Node::Within(Box::new(node), Box::new(bounds), at),
        None => node,
    };
    made(at, Some(declared.into()), typed.nullable, is_constant, node)
}

/// What is said of an expression that is not of the declared type.
fn unassignable(at: u32, kind: ScalarType, declared: FieldType) -> ExpressionError {
    let wanted = ScalarType::from(declared);
    let remedy = match (declared, kind.scale()) {
        (FieldType::Integer, Some(_)) => "round it: ROUND(…), FLOOR(…) or CEIL(…)".to_owned(),
        (FieldType::Decimal { scale }, Some(_)) => format!("round it: ROUND(…, {scale})"),
        _ => "write CAST(… AS …), or declare it otherwise".to_owned(),
    };
    ExpressionError::new(at, format_args!("the expression is {kind}, and declared as {wanted}"), remedy)
}

/// Checks the parts of one expression.
struct Checker<'s> {
    scope: &'s Scope,
}

impl Checker<'_> {
    fn typed(&self, term: &Term) -> Checked {
        let at = term.at;
        match &term.what {
            What::Null => Ok(constant(at, None, Scalar::Null)),
            What::Boolean(truth) => Ok(constant(at, Some(ScalarType::Boolean), Scalar::Boolean(*truth))),
            What::Number { units, scale } => Ok(constant(at, Some(ScalarType::number(*scale)), Scalar::Exact(*units))),
            What::Text(text) => Ok(constant(at, Some(ScalarType::Text), Scalar::Text(text.clone().into()))),
            What::Time(millis) => Ok(constant(at, Some(ScalarType::Time), Scalar::Exact((*millis).into()))),
            What::EventTime => Ok(Typed { at, node: Node::EventTime, kind: Some(ScalarType::Time), nullable: false }),
            What::Field(index, name) => self.field(at, *index, name),
            What::Not(_)
            | What::All(_)
            | What::Any(_)
            | What::Is(..)
            | What::Compare(..)
            | What::Distinct(_)
            | What::Between(_)
            | What::In(..)
            | What::Like(_) => self.condition(term),
            What::Negative(_) | What::Arithmetic(..) | What::Round(..) | What::Extract(..) => self.number(term),
            What::Case(case) => self.case(at, case),
            What::Call(function, terms) => self.call(at, *function, terms),
            What::Concat(_) | What::Trim(..) | What::Cast(..) => self.text(term),
        }
    }

    fn field(&self, at: u32, index: usize, name: &str) -> Checked {
        let field = self.scope.field(index);
        let field =
            field.ok_or_else(|| ExpressionError::new(at, format_args!("there is no field `{name}`"), "declare it"))?;
        let node = Node::Field { index, kind: field.kind, at };
        Ok(Typed { at, node, kind: Some(field.kind), nullable: field.nullable })
    }

    /// A part whose type is known: a NULL that is written out has none.
    fn known(&self, term: &Term, remedy: &str) -> Result<(Typed, ScalarType), ExpressionError> {
        let typed = self.typed(term)?;
        match typed.kind {
            Some(kind) => Ok((typed, kind)),
            None => Err(ExpressionError::new(
                typed.at,
                "what is compared or computed with NULL is NULL, whatever it is",
                remedy,
            )),
        }
    }

    /// A part that has to be of this type.
    fn wanted(&self, term: &Term, wanted: ScalarType) -> Checked {
        let (typed, kind) = self.known(term, "leave it out, or write CAST(NULL AS …)")?;
        if kind == wanted { Ok(typed) } else { Err(mistaken(typed.at, kind, wanted)) }
    }
}

/// What is said of a part that is not of the type that is wanted.
fn mistaken(at: u32, kind: ScalarType, wanted: impl std::fmt::Display) -> ExpressionError {
    let remedy = match kind {
        ScalarType::Time => "take a part of the time, as EXTRACT(HOUR FROM …)",
        ScalarType::Text => "write CAST(… AS INTEGER), CAST(… AS DECIMAL(…)) or CAST(… AS BOOLEAN)",
        ScalarType::Boolean => "choose a value with CASE WHEN … THEN … END",
        ScalarType::Integer | ScalarType::Decimal { .. } => "compare it, as in `… > 0`, or write CAST(… AS TEXT)",
    };
    ExpressionError::new(at, format_args!("{kind} stands where {wanted} is wanted"), remedy)
}

/// A constant.
fn constant(at: u32, kind: Option<ScalarType>, value: Scalar<'static>) -> Typed {
    let nullable = value == Scalar::Null;
    Typed { at, node: Node::Constant(value), kind, nullable }
}

/// A part that is made of others; if these are all constants, so is it.
fn made(at: u32, kind: Option<ScalarType>, nullable: bool, are_constant: bool, node: Node) -> Checked {
    if !are_constant {
        return Ok(Typed { at, node, kind, nullable });
    }
    match node.folded() {
        Ok(node) => {
            let nullable = matches!(node, Node::Constant(Scalar::Null));
            Ok(Typed { at, node, kind, nullable })
        }
        Err(error) => {
            let what = format_args!("it fails for every event: {}", error.fault);
            Err(ExpressionError::new(error.column, what, "correct the constants"))
        }
    }
}

/// A number in finer units; a constant at once, if it fits.
fn finer(node: Node, digits: u8, at: u32) -> Node {
    match node {
        node if digits == 0 => node,
        Node::Constant(Scalar::Null) => Node::Constant(Scalar::Null),
        Node::Constant(Scalar::Exact(units)) => match arithmetic::finer(units, digits) {
            Some(units) => Node::Constant(Scalar::Exact(units)),
            None => Node::Finer(Box::new(Node::Constant(Scalar::Exact(units))), digits, at),
        },
        node => Node::Finer(Box::new(node), digits, at),
    }
}

/// By how many digits the units of either of two types are made finer to compare them, if they can be.
fn aligned(left: ScalarType, right: ScalarType) -> Option<FinerBy> {
    match (left.scale(), right.scale()) {
        (Some(left), Some(right)) => Some((right.saturating_sub(left), left.saturating_sub(right))),
        _ => (left == right).then_some((0, 0)),
    }
}

/// A value that is compared in units that are so many digits finer: a constant in those units, if it fits them; and by
/// how many digits it is still to be made finer.
fn ahead(node: Node, digits: u8) -> (Node, u8) {
    match node {
        Node::Constant(Scalar::Exact(units)) => match arithmetic::finer(units, digits) {
            Some(units) => (Node::Constant(Scalar::Exact(units)), 0),
            None => (Node::Constant(Scalar::Exact(units)), digits),
        },
        node => (node, digits),
    }
}

/// What a value is compared with.
fn item(right: Typed, (by_left, by_right): FinerBy) -> Item {
    let (node, by_right) = ahead(right.node, by_right);
    Item { node, finer_by: (by_left, by_right) }
}

/// Two values to be compared.
fn pair(left: Typed, right: Typed, (by_left, by_right): FinerBy) -> Pair {
    let ((left, by_left), (right, by_right)) = (ahead(left.node, by_left), ahead(right.node, by_right));
    Pair { left, right, finer_by: (by_left, by_right) }
}
