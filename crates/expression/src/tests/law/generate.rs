//! Makes up expressions that are of the types that they should be, and rows.

use jiff::tz::{self, TimeZone};
use mare_expression_reference::tree::{CastTo, LikeTree, Tree};
use mare_model::datum::Datum;
use rand::RngExt;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;

/// What kind of value an expression has; the scale of a number follows from its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tests) enum Kind {
    Truth,
    Number,
    Text,
    Time,
}

/// The fields: name, kind, scale, and whether an event may be without it.
pub(super) const FIELDS: [(&str, Kind, u8, bool); 10] = [
    ("status", Kind::Text, 0, true),
    ("valor", Kind::Number, 2, true),
    ("quantidade", Kind::Number, 0, true),
    ("ativo", Kind::Truth, 0, true),
    ("cliente.uf", Kind::Text, 0, true),
    ("preco", Kind::Number, 4, false),
    ("id", Kind::Number, 0, false),
    ("order", Kind::Text, 0, true),
    ("ausente", Kind::Number, 2, true),
    ("pago_em", Kind::Time, 0, true),
];

/// Texts with something about them; some are numbers or truth values.
const TEXTS: [&str; 12] = ["", " ", "a", "ab", "  ab ", "é", "ÉaB", "it's", "12", "-1.005", "true", "%_!"];

/// Patterns of `LIKE`, with `!` before what stands for itself.
const PATTERNS: [&str; 9] = ["", "%", "_", "a%", "%B", "%a%b%", "_!%", "é_b", "!!%"];

const PARTS: [&str; 12] =
    ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "DOW", "ISODOW", "DOY", "EPOCH"];

/// Makes up expressions.
pub(super) struct Maker<'r> {
    pub(super) random: &'r mut SmallRng,
}

impl Maker<'_> {
    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        *of.choose(self.random).unwrap()
    }

    fn boxed(&mut self, kind: Kind, depth: u32) -> Box<Tree> {
        Box::new(self.tree(kind, depth))
    }

    fn pair(&mut self, kind: Kind, depth: u32) -> Box<[Tree; 2]> {
        Box::new([self.tree(kind, depth), self.tree(kind, depth)])
    }

    fn many(&mut self, kind: Kind, depth: u32) -> Vec<Tree> {
        (0..self.random.random_range(1..4)).map(|_| self.tree(kind, depth)).collect()
    }

    /// Some more conditions, or none.
    fn few(&mut self, depth: u32) -> Vec<Tree> {
        (0..self.random.random_range(0..2)).map(|_| self.tree(Kind::Truth, depth)).collect()
    }

    fn any_kind(&mut self) -> Kind {
        self.pick(&[Kind::Truth, Kind::Number, Kind::Number, Kind::Number, Kind::Text, Kind::Text, Kind::Time])
    }

    /// An expression of a kind, so deep at most.
    pub(super) fn tree(&mut self, kind: Kind, depth: u32) -> Tree {
        if depth == 0 || self.random.random_bool(0.15) {
            return self.leaf(kind);
        }
        let depth = depth - 1;
        if self.random.random_bool(0.2) {
            return self.choice(kind, depth);
        }
        match kind {
            Kind::Truth => self.truth(depth),
            Kind::Number => self.number(depth),
            Kind::Text => self.text(depth),
            Kind::Time => self.leaf(kind),
        }
    }

    /// A field mostly, or a literal.
    fn leaf(&mut self, kind: Kind) -> Tree {
        if self.random.random_bool(0.75) {
            let fields: Vec<usize> = (0..FIELDS.len()).filter(|index| FIELDS[*index].1 == kind).collect();
            let index = self.pick(&fields);
            return Tree::Field(index, FIELDS[index].2.into());
        }
        match kind {
            Kind::Truth => Tree::Truth(self.random.random()),
            Kind::Number => self.digits(),
            Kind::Text => Tree::Text(self.pick(&TEXTS).to_owned()),
            Kind::Time if self.random.random() => Tree::EventTime,
            Kind::Time => Tree::Time(self.random.random_range(-62_135_596_800_000..4_102_444_800_000)),
        }
    }

    fn digits(&mut self) -> Tree {
        let whole = match self.random.random_range(0..10) {
            0 => self.random.random::<i128>().unsigned_abs() >> self.random.random_range(1..120),
            1 => 0,
            _ => self.random.random_range(0..1_000),
        };
        let whole = i128::try_from(whole).unwrap();
        match self.random.random_range(0..8) {
            0..5 => Tree::Number(whole, 0),
            5 => Tree::Number(whole % 1_000 * 100 + 50, 2),
            6 => Tree::Number(whole % 1_000 * 1_000 + 5, 3),
            _ => Tree::Number(whole % 1_000_000_000, 9),
        }
    }

    fn truth(&mut self, depth: u32) -> Tree {
        if self.random.random_bool(0.03) {
            return Tree::Cast(self.boxed(Kind::Text, depth), CastTo::Boolean);
        }
        let is_negated = self.random.random_bool(0.3);
        let kind = self.any_kind();
        match self.random.random_range(0..11) {
            0 => Tree::Prefix("NOT", self.boxed(Kind::Truth, depth)),
            1..=4 => {
                let trees = [self.tree(Kind::Truth, depth), self.tree(Kind::Truth, depth)];
                Tree::Chain(self.pick(&["AND", "OR"]), trees.into_iter().chain(self.few(depth)).collect())
            }
            5 => {
                let word =
                    self.pick(&["IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE", "IS UNKNOWN", "IS NOT UNKNOWN"]);
                Tree::Suffix(self.boxed(Kind::Truth, depth), word)
            }
            6 => {
                let word = self.pick(&["IS NULL", "IS NOT NULL"]);
                Tree::Suffix(self.boxed(kind, depth), word)
            }
            7 => {
                let parts = [self.tree(kind, depth), self.tree(kind, depth), self.tree(kind, depth)];
                Tree::Between(is_negated, Box::new(parts))
            }
            8 => Tree::In(is_negated, self.boxed(kind, depth), self.many(kind, depth.min(1))),
            9 => {
                let (is_folded, pattern) = (self.random.random(), self.pick(&PATTERNS).to_owned());
                let escape = self.random.random_bool(0.8).then_some('!');
                let text = self.tree(Kind::Text, depth);
                Tree::Like(Box::new(LikeTree { is_negated, is_folded, text, pattern, escape }))
            }
            _ => {
                let words = ["=", "<>", "<", "<=", ">", ">=", "=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"];
                Tree::Infix(self.pick(&words), self.pair(kind, depth))
            }
        }
    }

    fn number(&mut self, depth: u32) -> Tree {
        match self.random.random_range(0..13) {
            0 => Tree::Prefix("-", self.boxed(Kind::Number, depth)),
            1..=4 => {
                let pair = self.pair(Kind::Number, depth);
                Tree::Infix(self.pick(&["+", "-", "/", "%"]), pair)
            }
            5 => self.product(depth),
            6 => Tree::Call("DIV", self.pair(Kind::Number, depth).to_vec()),
            7 => {
                let name = self.pick(&["ABS", "FLOOR", "CEIL"]);
                Tree::Call(name, vec![self.tree(Kind::Number, depth)])
            }
            8 => Tree::Round(self.boxed(Kind::Number, depth), self.random.random_range(0..7)),
            9 => {
                let precision = self.random.random_range(4..39);
                let target =
                    self.pick(&[CastTo::Integer, CastTo::Decimal(precision, 2), CastTo::Decimal(precision, 4)]);
                let kind = self.pick(&[Kind::Number, Kind::Number, Kind::Text]);
                Tree::Cast(self.boxed(kind, depth), target)
            }
            10 => Tree::Cast(self.boxed(Kind::Truth, depth), CastTo::Integer),
            11 => Tree::Call("LENGTH", vec![self.tree(Kind::Text, depth)]),
            _ => Tree::Extract(self.pick(&PARTS), self.zone(), self.boxed(Kind::Time, depth)),
        }
    }

    /// A zone with rules, one without, and one of an odd offset.
    fn zone(&mut self) -> TimeZone {
        match self.random.random_range(0..3) {
            0 => TimeZone::UTC,
            1 => TimeZone::get("America/Sao_Paulo").unwrap(),
            _ => TimeZone::fixed(tz::Offset::from_seconds(-12_600).unwrap()),
        }
    }

    /// A product whose scale is not too large.
    fn product(&mut self, depth: u32) -> Tree {
        let [left, right] = *self.pair(Kind::Number, depth);
        let small = |tree: Tree| if tree.scale() > 9 { Tree::Round(Box::new(tree), 2) } else { tree };
        Tree::Infix("*", Box::new([small(left), small(right)]))
    }

    fn text(&mut self, depth: u32) -> Tree {
        match self.random.random_range(0..7) {
            0 | 1 => Tree::Infix("||", self.pair(Kind::Text, depth)),
            2 => Tree::Call(self.pick(&["LOWER", "UPPER"]), vec![self.tree(Kind::Text, depth)]),
            3 => {
                let whole = |tree: Tree| Tree::Cast(Box::new(tree), CastTo::Integer);
                let mut arguments = vec![self.tree(Kind::Text, depth), whole(self.tree(Kind::Number, depth))];
                if self.random.random() {
                    arguments.push(whole(self.tree(Kind::Number, depth)));
                }
                Tree::Call("SUBSTRING", arguments)
            }
            4 => Tree::Trim(self.pick(&["BOTH", "LEADING", "TRAILING"]), self.pair(Kind::Text, depth)),
            5 => {
                let kind = self.pick(&[Kind::Number, Kind::Truth, Kind::Text]);
                Tree::Cast(self.boxed(kind, depth), CastTo::Text)
            }
            _ => Tree::Trim("LEADING", Box::new([self.tree(Kind::Text, depth), Tree::Text(" ".to_owned())])),
        }
    }

    /// A choice among values of a kind.
    fn choice(&mut self, kind: Kind, depth: u32) -> Tree {
        match self.random.random_range(0..6) {
            0 | 1 => {
                let by = self.any_kind();
                let operand = self.random.random_bool(0.5).then(|| self.boxed(by, depth));
                let when = if operand.is_some() { by } else { Kind::Truth };
                let count = self.random.random_range(1..3);
                let arms = (0..count).map(|_| (self.tree(when, depth), self.tree(kind, depth))).collect();
                let otherwise = match self.random.random_range(0..4) {
                    0 => None,
                    1 => Some(Box::new(Tree::Null)),
                    _ => Some(self.boxed(kind, depth)),
                };
                Tree::Case(operand, arms, otherwise)
            }
            2 => Tree::Call("COALESCE", self.many(kind, depth)),
            3 => Tree::Call("NULLIF", self.pair(kind, depth).to_vec()),
            4 => Tree::Call("GREATEST", self.many(kind, depth)),
            _ => Tree::Call("LEAST", self.many(kind, depth)),
        }
    }

    /// A value for each field, or none.
    pub(super) fn row(&mut self) -> Vec<Datum<'static>> {
        FIELDS
            .iter()
            .map(
                |(_, kind, _, nullable)| {
                    if *nullable && self.random.random_bool(0.2) { Datum::Absent } else { self.datum(*kind) }
                },
            )
            .collect()
    }

    fn datum(&mut self, kind: Kind) -> Datum<'static> {
        match kind {
            Kind::Truth => Datum::Boolean(self.random.random()),
            Kind::Text => Datum::Text(self.pick(&TEXTS)),
            Kind::Time => Datum::Time(mare_model::time::EventTime(self.time())),
            Kind::Number => Datum::Exact(match self.random.random_range(0..8) {
                0 => self.random.random::<i128>() >> self.random.random_range(0..127),
                1 => 0,
                2 => self.pick(&[i128::MIN, i128::MAX, i64::MAX.into(), 5, -5, 50, 150]),
                _ => self.random.random_range(-2_000..2_000),
            }),
        }
    }

    /// Milliseconds, mostly of our times.
    pub(super) fn time(&mut self) -> i64 {
        match self.random.random_range(0..20) {
            0 => self.random.random(),
            1 => 0,
            2 => self.random.random_range(-62_135_596_800_000..0),
            _ => self.random.random_range(0..4_102_444_800_000),
        }
    }
}
