//! Steps over whole values that nobody wants, nested ones without recursion.

use super::super::slot::Kind;
use super::Cursor;
use super::digits::DigitRun;

/// How deep a skipped value may nest before the cursor leaves it to the slow path, which has no bound.
pub(super) const DEPTH_MAX: u32 = 32;

impl Cursor<'_> {
    /// The place behind a value of any kind.
    #[inline(never)]
    pub(in super::super) fn behind_value(mut self) -> Option<Self> {
        self.skip_value()?;
        Some(self)
    }

    /// Takes a value of any kind.
    fn skip_value(&mut self) -> Option<()> {
        match self.peek()? {
            b'{' | b'[' => self.skip_nested(),
            _ => self.skip_scalar(),
        }
    }

    /// Takes a string, a number or a literal.
    #[inline]
    fn skip_scalar(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.skip_string(),
            b't' => self.literal(b"true", Kind::True).map(drop),
            b'f' => self.literal(b"false", Kind::False).map(drop),
            b'n' => self.literal(b"null", Kind::Null).map(drop),
            _ => self.skip_number(),
        }
    }

    /// Takes a number, with an exponent or without.
    fn skip_number(&mut self) -> Option<()> {
        *self = self.behind_number(&mut None)?;
        if self.eat(b'e') || self.eat(b'E') {
            let _sign = self.eat(b'-') || self.eat(b'+');
            (_, self.rest) = DigitRun::default().and(self.rest)?;
        }
        Some(())
    }

    /// Takes an object or an array with all that is in it, without recursion.
    fn skip_nested(&mut self) -> Option<()> {
        let mut open = Open::default();
        loop {
            match self.peek()? {
                bracket @ (b'{' | b'[') => {
                    *self = self.behind(1)?;
                    if !self.eat(bracket + 2) {
                        open.push(bracket == b'{')?;
                        self.skip_key(&open)?;
                        continue;
                    }
                }
                _ => self.skip_scalar()?,
            }
            if self.skip_closing(&mut open)? {
                return Some(());
            }
        }
    }

    /// Behind a value: takes the brackets that close here and the comma; returns whether everything is closed.
    fn skip_closing(&mut self, open: &mut Open) -> Option<bool> {
        while open.depth > 0 {
            self.space();
            match (self.next()?, open.in_object()) {
                (b',', _) => {
                    self.space();
                    self.skip_key(open)?;
                    return Some(false);
                }
                (b'}', true) | (b']', false) => open.pop(),
                _ => return None,
            }
        }
        Some(true)
    }

    /// Takes the key of the next member, in an object.
    fn skip_key(&mut self, open: &Open) -> Option<()> {
        if open.in_object() { self.key().map(|_| ()) } else { Some(()) }
    }

    /// Takes a string with or without escapes.
    fn skip_string(&mut self) -> Option<()> {
        self.next()?;
        loop {
            self.plain();
            match self.next()? {
                b'"' => return Some(()),
                b'\\' => self.skip_escape()?,
                _ => return None,
            }
        }
    }

    /// Takes what follows a backslash. Whether surrogates are pairs is for whoever reads the text, and nobody does.
    fn skip_escape(&mut self) -> Option<()> {
        match self.next()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => {
                for _ in 0..4 {
                    self.next().filter(u8::is_ascii_hexdigit)?;
                }
                Some(())
            }
            _ => None,
        }
    }
}

/// The brackets that are open around a place: one bit each, set for an object, the innermost lowest.
#[derive(Default)]
struct Open {
    /// The bits.
    objects: u32,
    /// How many of them are in use.
    depth: u32,
}

impl Open {
    /// One bracket more, or `None` if there are too many.
    fn push(&mut self, object: bool) -> Option<()> {
        self.objects = self.objects << 1 | u32::from(object);
        self.depth += 1;
        (self.depth <= DEPTH_MAX).then_some(())
    }

    /// One bracket less.
    fn pop(&mut self) {
        self.objects >>= 1;
        self.depth -= 1;
    }

    /// Whether the innermost bracket is that of an object.
    fn in_object(&self) -> bool {
        self.objects & 1 == 1
    }
}
