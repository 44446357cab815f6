//! "Did you mean": the known name that is nearest to a misspelt one.

/// The remedy for a misspelt name: the nearest of the known ones, or else all of them.
pub(super) fn remedy(wrong: &str, known: &[&str]) -> String {
    match (closest(wrong, known), known) {
        (Some(name), _) => format!("did you mean `{name}`?"),
        (None, []) => "remove it: there is nothing to choose from here".to_owned(),
        (None, [only]) => format!("the only one here is `{only}`"),
        (None, _) => format!("the known ones here are `{}`", known.join("`, `")),
    }
}

/// The name that is nearest to `wrong`, if a slip of the fingers explains the difference.
pub(super) fn closest<'a>(wrong: &str, known: &[&'a str]) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let slips = |name: &str| strsim::damerau_levenshtein(&wrong, &name.to_lowercase());
    let (slips, name) = known.iter().map(|name| (slips(name), *name)).min_by_key(|(slips, _)| *slips)?;
    (slips <= 1.max(name.chars().count() / 3)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_explained_and_another_word_is_not() {
        let known = ["tumbling", "lateness", "start", "end"];
        for (wrong, expected) in [("tumblng", Some("tumbling")), ("Lateness", Some("lateness")), ("ned", Some("end"))] {
            assert_eq!(closest(wrong, &known), expected);
        }
        assert_eq!(closest("hopping", &known), None);
        assert_eq!(remedy("hopping", &["a", "b"]), "the known ones here are `a`, `b`");
    }
}
