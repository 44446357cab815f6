//! The headers of a record, which nobody looks at before somebody asks for one: most records are read without.

use std::fmt;

/// Something that has headers.
pub trait HeaderList {
    /// Shows each header in its order: its name and its value, which may be null.
    fn each<'s>(&'s self, visit: &mut dyn FnMut(&'s [u8], Option<&'s [u8]>));
}

/// The headers of a record, borrowed for as long as the record.
#[derive(Clone, Copy, Default)]
pub struct Headers<'a>(Option<&'a dyn HeaderList>);

impl<'a> Headers<'a> {
    /// None at all.
    pub const NONE: Headers<'static> = Headers(None);

    /// Those of `list`.
    #[inline]
    #[must_use]
    pub fn of(list: &'a dyn HeaderList) -> Headers<'a> {
        Headers(Some(list))
    }

    /// Shows each of them in its order: its name and its value, which may be null.
    pub fn each(self, visit: &mut dyn FnMut(&'a [u8], Option<&'a [u8]>)) {
        self.0.into_iter().for_each(|list| list.each(visit));
    }

    /// The value of the last of those that are called `name`; nothing if there is none, or if it is null.
    #[must_use]
    pub fn last(self, name: &str) -> Option<&'a [u8]> {
        let mut last = None;
        self.each(&mut |header, value| {
            if header == name.as_bytes() {
                last = value;
            }
        });
        last
    }
}

impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        self.each(&mut |name, value| {
            list.entry(&(String::from_utf8_lossy(name), value.map(String::from_utf8_lossy)));
        });
        list.finish()
    }
}

/// Headers in memory, for tests.
impl HeaderList for Vec<(&str, Option<&[u8]>)> {
    fn each<'s>(&'s self, visit: &mut dyn FnMut(&'s [u8], Option<&'s [u8]>)) {
        self.iter().for_each(|(name, value)| visit(name.as_bytes(), *value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_a_name_counts() {
        let list: Vec<(&str, Option<&[u8]>)> =
            vec![("a", Some(b"1")), ("b", Some(b"")), ("a", Some(b"2")), ("A", None), ("c", Some(b"3")), ("c", None)];
        let headers = Headers::of(&list);
        let last = ["a", "b", "A", "c", "d", ""].map(|name| headers.last(name));
        assert_eq!(last, [Some(&b"2"[..]), Some(b""), None, None, None, None]);
        assert_eq!(Headers::NONE.last("a"), None);
        assert!(format!("{headers:?}").starts_with(r#"[("a", Some("1"))"#));
    }
}
