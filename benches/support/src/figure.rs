//! What was measured, with its spread over the rounds and what is aimed at. Pure.

use std::fmt;

use super::statistics::Spread;

/// What a figure shall come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// This, or less.
    AtMost(f64),
    /// This, or more.
    AtLeast(f64),
}

impl Target {
    /// Whether `value` is good.
    #[must_use]
    pub fn is_met(self, value: f64) -> bool {
        match self {
            Target::AtMost(most) => value <= most,
            Target::AtLeast(least) => value >= least,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::AtMost(most) => write!(f, "<= {}", short(*most)),
            Target::AtLeast(least) => write!(f, ">= {}", short(*least)),
        }
    }
}

/// One thing that a bench measures, a value for each round.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What it is; different from all others of its bench.
    pub name: String,
    /// Its unit; nothing for a ratio.
    pub unit: &'static str,
    /// Over the rounds.
    pub spread: Spread,
    /// What is aimed at, if anything is.
    pub target: Option<Target>,
}

impl Figure {
    /// What `values` come to, one of each round.
    ///
    /// # Panics
    /// If there are none.
    pub fn new(name: impl Into<String>, unit: &'static str, values: impl IntoIterator<Item = f64>) -> Figure {
        let (name, values) = (name.into(), values.into_iter().collect::<Vec<_>>());
        let spread = Spread::of(&values).unwrap_or_else(|| panic!("nothing was measured for {name}"));
        Figure { name, unit, spread, target: None }
    }

    /// This one, which shall come to `most` or less.
    #[must_use]
    pub fn at_most(self, most: f64) -> Figure {
        Figure { target: Some(Target::AtMost(most)), ..self }
    }

    /// This one, which shall come to `least` or more.
    #[must_use]
    pub fn at_least(self, least: f64) -> Figure {
        Figure { target: Some(Target::AtLeast(least)), ..self }
    }
}

/// A number with as many digits as mean something: three, and all those in front of the point.
#[must_use]
pub fn short(number: f64) -> String {
    let whole = number.abs() >= 99.95;
    let digits = match number.abs() {
        _ if whole => 0,
        9.995.. => 1,
        0.9995.. => 2,
        0.09995.. => 3,
        _ => 4,
    };
    let text = format!("{number:.digits$}");
    if whole { with_commas(&text) } else { text }
}

/// A whole number with a comma before every three digits.
fn with_commas(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let groups: Vec<&str> = (0..digits.len().div_ceil(3))
        .rev()
        .map(|group| &digits[digits.len().saturating_sub(3 * group + 3)..digits.len() - 3 * group])
        .collect();
    format!("{sign}{}", groups.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_met_at_its_edge() {
        assert!(Target::AtMost(1.25).is_met(1.25) && !Target::AtMost(1.25).is_met(1.26));
        assert!(Target::AtLeast(0.85).is_met(0.85) && !Target::AtLeast(0.85).is_met(0.84));
        assert_eq!(
            Figure::new("x", "", [1.0]).at_most(150.0).target.map(|target| target.to_string()),
            Some("<= 150".to_owned())
        );
        assert_eq!(Target::AtLeast(1_000_000.0).to_string(), ">= 1,000,000");
    }

    #[test]
    fn numbers_have_three_digits_and_all_before_the_point() {
        let written = [
            (0.0, "0.0000"),
            (0.03456, "0.0346"),
            (0.1, "0.100"),
            (0.99949, "0.999"),
            (0.9996, "1.00"),
            (1.234, "1.23"),
            (9.996, "10.0"),
            (99.94, "99.9"),
            (99.96, "100"),
            (999.0, "999"),
            (1234.5, "1,234"),
            (-1_234_567.0, "-1,234,567"),
            (-0.5, "-0.500"),
        ];
        for (number, text) in written {
            assert_eq!(short(number), text, "{number}");
        }
    }

    #[test]
    #[should_panic(expected = "nothing was measured for x")]
    fn a_figure_of_nothing_is_none() {
        Figure::new("x", "s", []);
    }
}
