//! The JSON object that the paths of a plan make.

use mare_model::schema::element_of;

/// Two fields that no record has both: for one a place is an object, for the other an array.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no record has the field `{0}`: its path leads through an object where that of another field leads through an \
     array, or the other way round"
)]
pub struct CrossedPaths(
    /// The path of the second, as far as steps say.
    pub String,
);

/// A value of the object: one that is written by itself, or one made of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outline {
    /// The value of this number.
    Leaf(usize),
    Object(Vec<(String, Outline)>),
    /// Elements between those that are asked for are null.
    Array(Vec<Option<Outline>>),
}

impl Outline {
    /// Puts a leaf at the end of a path, and returns which stands there: the new one, or one that did already.
    pub(super) fn put(&mut self, path: &[String], leaf: usize) -> Result<usize, CrossedPaths> {
        self.descend(path, leaf).ok_or_else(|| CrossedPaths(path.join(".")))
    }

    /// Puts a leaf at the end of a path below what may not have begun.
    pub(super) fn put_below(
        outline: &mut Option<Outline>,
        path: &[String],
        leaf: usize,
    ) -> Result<usize, CrossedPaths> {
        outline.get_or_insert_with(|| Outline::begun(path, leaf)).put(path, leaf)
    }

    fn descend(&mut self, path: &[String], leaf: usize) -> Option<usize> {
        let Some((step, rest)) = path.split_first() else {
            return if let Outline::Leaf(before) = self { Some(*before) } else { None };
        };
        let child = match (element_of(step), self) {
            (Some(element), Outline::Array(elements)) => {
                elements.resize(elements.len().max(element + 1), None);
                elements.get_mut(element)?
            }
            (None, Outline::Object(members)) => {
                let place = members.iter().position(|(key, _)| key == step).unwrap_or(members.len());
                if place == members.len() {
                    members.push((step.clone(), Outline::begun(rest, leaf)));
                }
                return members.get_mut(place)?.1.descend(rest, leaf);
            }
            _ => return None,
        };
        child.get_or_insert_with(|| Outline::begun(rest, leaf)).descend(rest, leaf)
    }

    /// What stands in front of the rest of a path that nothing stands at yet.
    fn begun(rest: &[String], leaf: usize) -> Outline {
        match rest.first() {
            None => Outline::Leaf(leaf),
            Some(step) if element_of(step).is_some() => Outline::Array(Vec::new()),
            Some(_) => Outline::Object(Vec::new()),
        }
    }

    /// Appends the JSON; of a leaf without a text, nothing in an object and null in an array.
    pub(super) fn write(&self, texts: &[Option<String>], out: &mut Vec<u8>) {
        match self {
            Outline::Leaf(leaf) => out.extend_from_slice(text(*leaf, texts).unwrap_or("null").as_bytes()),
            Outline::Object(members) => {
                let there = members.iter().filter(|(_, part)| part.is_there(texts));
                between(b'{', b'}', there, out, |(key, part), out| {
                    out.extend_from_slice(serde_json::Value::from(&**key).to_string().as_bytes());
                    out.push(b':');
                    part.write(texts, out);
                });
            }
            Outline::Array(elements) => between(b'[', b']', elements.iter(), out, |element, out| match element {
                Some(element) => element.write(texts, out),
                None => out.extend_from_slice(b"null"),
            }),
        }
    }

    fn is_there(&self, texts: &[Option<String>]) -> bool {
        !matches!(self, Outline::Leaf(leaf) if text(*leaf, texts).is_none())
    }
}

fn text(leaf: usize, texts: &[Option<String>]) -> Option<&str> {
    texts.get(leaf).and_then(Option::as_deref)
}

/// Writes all of `parts` between two brackets, with commas.
fn between<T>(open: u8, close: u8, parts: impl Iterator<Item = T>, out: &mut Vec<u8>, write: impl Fn(T, &mut Vec<u8>)) {
    out.push(open);
    for (place, part) in parts.enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write(part, out);
    }
    out.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(steps: &[&str]) -> Vec<String> {
        steps.iter().map(|step| (*step).to_owned()).collect()
    }

    #[test]
    fn paths_make_objects_and_arrays() {
        let mut outline = Outline::Object(Vec::new());
        let paths: [&[&str]; 5] = [&["a"], &["b", "c"], &["items", "[1]", "price"], &["x.y"], &["b", "d"]];
        for (leaf, steps) in paths.into_iter().enumerate() {
            assert_eq!(outline.put(&path(steps), leaf), Ok(leaf));
        }
        assert_eq!(outline.put(&path(&["b", "c"]), 9), Ok(1), "one place, one value");
        let texts = ["1", "2", "3", "4", "5"].map(|text| Some(text.to_owned()));
        let json = |texts: &[Option<String>]| {
            let mut out = Vec::new();
            outline.write(texts, &mut out);
            String::from_utf8_lossy(&out).into_owned()
        };
        assert_eq!(json(&texts), r#"{"a":1,"b":{"c":2,"d":5},"items":[null,{"price":3}],"x.y":4}"#);
        assert_eq!(json(&[]), r#"{"b":{},"items":[null,{}]}"#);
    }

    #[test]
    fn paths_that_cross_are_refused() {
        let mut outline = Outline::Object(Vec::new());
        assert_eq!(outline.put(&path(&["a", "b"]), 0), Ok(0));
        for steps in [&["a"][..], &["a", "b", "c"], &["a", "[0]"]] {
            assert!(outline.put(&path(steps), 1).is_err(), "{steps:?}");
        }
    }
}
