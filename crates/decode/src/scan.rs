//! The fast way to read a record: one visit of its bytes, without a copy and without an allocation.
//!
//! Law: whenever [`scan`] answers, [`super::walk`] fills every slot with the same kind and the same text.
//!
//! 1. It answers only behind the whole record, and each step on the way there took a token as RFC 8259 has it: what is
//!    no JSON gets no answer. Deeper brackets than it follows are left to the other way, which has no bound there.
//! 2. A key with an escape ends the scan. So the bytes of a key are the key, and a wanted one is never overlooked
//!    because it is written in another way.
//! 3. A wanted key that comes a second time ends the scan, by its slot, which is filled. So the first value is the last
//!    one too.
//! 4. A wanted string with an escape ends the scan, and so does a wanted number with an exponent. So the text of a slot
//!    is the text that the other finds.
//! 5. Everything else is skipped by its grammar alone, there as here: nobody asks whether surrogates are pairs, or
//!    whether a string is UTF-8. A wanted string is asked, and ends the scan if it is none.

use super::cursor::Cursor;
use super::slot::{Kind, Slot};
use super::wanted::{Key, NodeId, Wanted, find};

/// How many objects deep wanted keys are followed.
const DEPTH_MAX: u32 = 32;

/// Fills `slots`, all absent before, with what `record` has at the wanted paths. `None` if in doubt.
pub(super) fn scan(record: &[u8], wanted: &Wanted, slots: &mut [Slot]) -> Option<()> {
    let mut scanner = Scanner { cursor: Cursor::new(record), wanted, slots };
    scanner.cursor.space();
    if !scanner.cursor.eat(b'{') {
        return None;
    }
    scanner.object(NodeId::ROOT, DEPTH_MAX)?;
    scanner.cursor.at_end().then_some(())
}

/// Fills the slots of `element`, all absent before, with what the element of an array that begins at `start` of
/// `record` has at the paths below it, and returns where that ends. `None` if in doubt. The law holds for it as well.
pub(super) fn scan_element(
    record: &[u8],
    start: usize,
    (wanted, element): (&Wanted, &Key),
    slots: &mut [Slot],
) -> Option<usize> {
    let mut scanner = Scanner { cursor: Cursor::begin_at(record, start), wanted, slots };
    scanner.value(element, DEPTH_MAX)?;
    let end = scanner.cursor.at();
    // Law 4: a number that goes on behind what was taken is left to the other way.
    scanner.cursor.space();
    matches!(scanner.cursor.peek()?, b',' | b']').then_some(end)
}

/// A scan under way.
struct Scanner<'a> {
    /// The place in the record.
    cursor: Cursor<'a>,
    /// What to look for.
    wanted: &'a Wanted,
    /// Where it goes.
    slots: &'a mut [Slot],
}

impl Scanner<'_> {
    /// Reads an object behind its opening brace.
    #[inline]
    fn object(&mut self, node: NodeId, depth: u32) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let keys = self.wanted.keys(node);
        let mut expected = 0;
        self.cursor.space();
        if self.cursor.eat(b'}') {
            return Some(());
        }
        loop {
            match self.key(keys, &mut expected)? {
                Some(key) => self.value(key, depth)?,
                None => self.cursor.skip_value()?,
            }
            self.cursor.space();
            match self.cursor.next()? {
                b',' => self.cursor.space(),
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    /// Reads a key and its colon, and says which of the wanted `keys` it is. The one at `expected` is tried first.
    #[inline]
    fn key<'k>(&mut self, keys: &'k [Key], expected: &mut usize) -> Option<Option<&'k Key>> {
        if let Some(key) = keys.get(*expected)
            && let Some(length) = key.begins(self.cursor.rest())
        {
            self.cursor.pass(length);
            *expected += 1;
            return Some(Some(key));
        }
        let name = self.cursor.key()?;
        Some(find(keys, self.cursor.slice(&name), expected))
    }

    /// Reads the value of a wanted key into its slot.
    #[inline(always)]
    fn value(&mut self, key: &Key, depth: u32) -> Option<()> {
        let slot = match self.cursor.peek()? {
            b'"' => spanned(Kind::String, self.cursor.text()?),
            b't' => self.literal(b"true", Kind::True)?,
            b'f' => self.literal(b"false", Kind::False)?,
            b'n' => self.literal(b"null", Kind::Null)?,
            b'{' | b'[' => self.composite(key, depth)?,
            _ => spanned(Kind::Number, self.cursor.number()?),
        };
        let place = self.slots.get_mut(key.slot)?;
        if place.kind != Kind::Absent {
            return None;
        }
        *place = slot;
        Some(())
    }

    /// Reads the word `literal`.
    fn literal(&mut self, literal: &[u8], kind: Kind) -> Option<Slot> {
        self.cursor.literal(literal)?;
        Some(Slot::bare(kind))
    }

    /// Reads an array of which elements are wanted, behind its opening bracket. Few dataflows have one: it stays apart,
    /// so that values are read where objects are.
    #[inline(never)]
    fn array(&mut self, node: NodeId, depth: u32) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        let keys = self.wanted.keys(node);
        self.cursor.space();
        if self.cursor.eat(b']') {
            return Some(());
        }
        for element in 0.. {
            match Key::of_element(keys, element) {
                Some(key) => self.value(key, depth)?,
                None => self.cursor.skip_value()?,
            }
            self.cursor.space();
            match self.cursor.next()? {
                b',' => self.cursor.space(),
                b']' => return Some(()),
                _ => return None,
            }
        }
        None
    }

    /// Reads an object or an array in which something is wanted, and skips every other.
    #[inline(never)]
    fn composite(&mut self, key: &Key, depth: u32) -> Option<Slot> {
        let start = self.cursor.at();
        match key.node {
            Some(node) if self.cursor.eat(b'{') => self.object(node, depth)?,
            Some(node) if self.cursor.eat(b'[') => self.array(node, depth)?,
            _ => self.cursor.skip_value()?,
        }
        Some(Slot::composite(start, self.cursor.at()))
    }
}

/// A value whose text is a range of the record.
#[inline]
fn spanned(kind: Kind, range: std::ops::Range<usize>) -> Slot {
    Slot { kind, start: range.start, end: range.end }
}
