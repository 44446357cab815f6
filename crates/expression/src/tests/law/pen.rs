//! How expressions are written: with only the parentheses that SQL's precedence asks for, and some more.

use jiff::Timestamp;
use mare_expression_reference::tree::{CastTo, LikeTree, Tree};
use rand::RngExt;
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;

/// How tightly an expression holds together.
fn tightness(tree: &Tree) -> u8 {
    match tree {
        Tree::Chain("OR", _) => 1,
        Tree::Chain(..) => 2,
        Tree::Prefix("NOT", _) => 3,
        Tree::Suffix(..) | Tree::Infix("IS DISTINCT FROM" | "IS NOT DISTINCT FROM", _) => 4,
        Tree::Infix("=" | "<>" | "<" | "<=" | ">" | ">=", _) => 5,
        Tree::Between(..) | Tree::In(..) | Tree::Like(..) => 6,
        Tree::Infix("||", _) => 7,
        Tree::Infix("+" | "-", _) => 8,
        Tree::Infix(..) => 9,
        Tree::Prefix(..) => 10,
        _ => 11,
    }
}

/// Writes expressions, each time another way.
pub(super) struct Pen<'r> {
    pub(super) random: &'r mut SmallRng,
    pub(super) names: &'r [String],
    pub(super) text: String,
}

impl Pen<'_> {
    /// A word or a sign, in any case, with some space behind it.
    fn word(&mut self, word: &str) {
        let lower = self.random.random_bool(0.3);
        self.text += &if lower { word.to_lowercase() } else { word.to_owned() };
        self.space();
    }

    /// What is written as it is.
    fn exact(&mut self, text: &str) {
        self.text += text;
        self.space();
    }

    fn space(&mut self) {
        self.text +=
            ["", "  ", "\n", " \t"][if self.random.random_bool(0.1) { self.random.random_range(0..4) } else { 0 }];
        self.text.push(' ');
    }

    /// An operand that has to hold together so tightly.
    fn operand(&mut self, tree: &Tree, least: u8) {
        let is_wrapped = tightness(tree) < least || self.random.random_bool(0.1);
        if is_wrapped {
            self.exact("(");
            self.tree(tree);
            self.exact(")");
        } else {
            self.tree(tree);
        }
    }

    fn quoted(&mut self, text: &str) {
        let text = format!("'{}'", text.replace('\'', "''"));
        self.exact(&text);
    }

    /// A number, perhaps without the zero before its point.
    fn number(&mut self, units: i128, scale: usize) {
        let digits = format!("{units:0>width$}", width = scale + 1);
        let (whole, behind) = digits.split_at(digits.len() - scale);
        let whole = if whole == "0" && scale > 0 && self.random.random() { "" } else { whole };
        let end = if scale > 0 { "." } else { ["", "."].choose(self.random).unwrap_or(&"") };
        self.exact(&format!("{whole}{end}{behind}"));
    }

    fn list(&mut self, trees: &[Tree]) {
        self.exact("(");
        for (place, tree) in trees.iter().enumerate() {
            if place > 0 {
                self.exact(",");
            }
            self.tree(tree);
        }
        self.exact(")");
    }

    /// All of an expression.
    pub(super) fn tree(&mut self, tree: &Tree) {
        let own = tightness(tree);
        match tree {
            Tree::Null => self.word("NULL"),
            Tree::Truth(truth) => self.word(if *truth { "TRUE" } else { "FALSE" }),
            Tree::Number(units, scale) => self.number(*units, *scale),
            Tree::Text(text) => self.quoted(text),
            Tree::Time(millis) => {
                self.word("TIMESTAMP");
                self.quoted(&Timestamp::from_millisecond(*millis).unwrap().to_string());
            }
            Tree::Field(index, _) => self.exact(&self.names[*index].clone()),
            Tree::EventTime => self.exact("event_time"),
            Tree::Prefix(word, inner) => {
                self.word(word);
                self.operand(inner, own);
            }
            Tree::Infix(word, pair) => {
                // Comparisons do not follow each other without parentheses here; all else is grouped from the left.
                let left = if matches!(own, 4 | 5) { own + 1 } else { own };
                self.operand(&pair[0], left);
                self.word(word);
                self.operand(&pair[1], own + 1);
            }
            Tree::Chain(word, trees) => {
                for (place, tree) in trees.iter().enumerate() {
                    if place > 0 {
                        self.word(word);
                    }
                    self.operand(tree, own + 1);
                }
            }
            Tree::Suffix(inner, word) => {
                self.operand(inner, own + 1);
                self.word(word);
            }
            _ => self.phrase(tree, own),
        }
    }

    fn not(&mut self, is_negated: bool) {
        if is_negated {
            self.word("NOT");
        }
    }

    /// What has words between its parts.
    fn phrase(&mut self, tree: &Tree, own: u8) {
        match tree {
            Tree::Between(is_negated, parts) => {
                self.operand(&parts[0], own + 1);
                self.not(*is_negated);
                self.word("BETWEEN");
                self.operand(&parts[1], own + 1);
                self.word("AND");
                self.operand(&parts[2], own + 1);
            }
            Tree::In(is_negated, value, list) => {
                self.operand(value, own + 1);
                self.not(*is_negated);
                self.word("IN");
                self.list(list);
            }
            Tree::Like(like) => {
                let LikeTree { is_negated, is_folded, text, pattern, escape } = &**like;
                self.operand(text, own + 1);
                self.not(*is_negated);
                self.word(if *is_folded { "ILIKE" } else { "LIKE" });
                self.quoted(pattern);
                if let Some(escape) = escape {
                    self.word("ESCAPE");
                    self.quoted(&escape.to_string());
                }
            }
            Tree::Case(operand, arms, otherwise) => self.case(operand.as_deref(), arms, otherwise.as_deref()),
            _ => self.function(tree),
        }
    }

    fn case(&mut self, operand: Option<&Tree>, arms: &[(Tree, Tree)], otherwise: Option<&Tree>) {
        self.word("CASE");
        operand.into_iter().for_each(|operand| self.tree(operand));
        for (when, then) in arms {
            self.word("WHEN");
            self.tree(when);
            self.word("THEN");
            self.tree(then);
        }
        if let Some(otherwise) = otherwise {
            self.word("ELSE");
            self.tree(otherwise);
        }
        self.word("END");
    }

    fn function(&mut self, tree: &Tree) {
        match tree {
            Tree::Call(name, arguments) => {
                let others = [("CEIL", "CEILING"), ("LENGTH", "CHAR_LENGTH"), ("SUBSTRING", "SUBSTR")];
                let other = others.iter().find(|(own, _)| own == name).filter(|_| self.random.random());
                self.word(other.map_or(*name, |(_, other)| *other));
                self.list(arguments);
            }
            _ => self.special(tree),
        }
    }

    fn target(&mut self, target: CastTo) {
        match target {
            CastTo::Integer => self.word("INTEGER"),
            CastTo::Decimal(precision, scale) => self.exact(&format!("DECIMAL({precision}, {scale})")),
            CastTo::Text => self.word("TEXT"),
            CastTo::Boolean => self.word("BOOLEAN"),
        }
    }

    /// The functions that have words between their arguments.
    fn special(&mut self, tree: &Tree) {
        match tree {
            Tree::Cast(inner, target) => {
                self.word("CAST");
                self.exact("(");
                self.tree(inner);
                self.word("AS");
                self.target(*target);
                self.exact(")");
            }
            Tree::Round(inner, digits) => {
                self.word("ROUND");
                self.exact("(");
                self.tree(inner);
                self.exact(&format!(", {digits})"));
            }
            Tree::Trim("LEADING", parts) if parts[1] == Tree::Text(" ".to_owned()) && self.random.random() => {
                self.word("LTRIM");
                self.list(&parts[..1]);
            }
            Tree::Trim(side, parts) => {
                self.word("TRIM");
                self.exact("(");
                self.word(side);
                self.tree(&parts[1]);
                self.word("FROM");
                self.tree(&parts[0]);
                self.exact(")");
            }
            Tree::Extract(part, zone, inner) => {
                self.word("EXTRACT");
                self.exact("(");
                self.word(part);
                self.word("FROM");
                self.operand(inner, 11);
                self.word("AT TIME ZONE");
                self.quoted(zone.iana_name().unwrap_or("-03:30"));
                self.exact(")");
            }
            _ => unreachable!("{tree:?} is written above"),
        }
    }
}
