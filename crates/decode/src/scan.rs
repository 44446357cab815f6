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
//! 6. A key that is passed over because it stands as it is [expected](super::expected) is the key that the steps would
//!    have found.

use super::cursor::Cursor;
use super::expected::{Expected, Member};
use super::slot::{Kind, Slot};
use super::wanted::{Key, NodeId, Wanted};

/// How many objects deep wanted keys are followed.
const DEPTH_MAX: u32 = 32;

/// Fills `slots`, all absent before, with what `record` has at the wanted paths. `None` if in doubt.
#[inline]
pub(super) fn scan(record: &[u8], wanted: &Wanted, expected: &mut Expected, slots: &mut [Slot]) -> Option<()> {
    let mut cursor = Cursor::new(record);
    cursor.space();
    if !cursor.eat(b'{') {
        return None;
    }
    let mut scanner = Scanner { length: record.len(), wanted, expected, slots };
    scanner.object(cursor, NodeId::ROOT, DEPTH_MAX)?.at_end().then_some(())
}

/// Fills the slots of `element`, all absent before, with what the element of an array that begins at `start` of
/// `record` has at the paths below it, and returns where that ends. `None` if in doubt. The law holds for it as well.
pub(super) fn scan_element(
    record: &[u8],
    start: usize,
    (wanted, element): (&Wanted, &Key),
    expected: &mut Expected,
    slots: &mut [Slot],
) -> Option<usize> {
    let mut scanner = Scanner { length: record.len(), wanted, expected, slots };
    let mut cursor = scanner.value(Cursor::new(record.get(start..)?), element.slot, DEPTH_MAX)?;
    let end = scanner.at(cursor);
    // Law 4: a number that goes on behind what was taken is left to the other way.
    cursor.space();
    matches!(cursor.peek()?, b',' | b']').then_some(end)
}

/// A scan under way. Its steps take the place in the record where they begin, and return the one where they end.
struct Scanner<'a> {
    /// How many bytes the record has.
    length: usize,
    /// What to look for.
    wanted: &'a Wanted,
    /// In which order it is expected.
    expected: &'a mut Expected,
    /// Where it goes.
    slots: &'a mut [Slot],
}

impl Scanner<'_> {
    /// How many bytes of the record have been read.
    #[inline]
    fn at(&self, cursor: Cursor<'_>) -> usize {
        self.length - cursor.rest().len()
    }

    /// Reads an object behind its opening brace.
    #[inline(never)]
    fn object<'r>(&mut self, cursor: Cursor<'r>, node: NodeId, depth: u32) -> Option<Cursor<'r>> {
        let depth = depth.checked_sub(1)?;
        let (mut member, mut cursor) = match self.expected.first(node, cursor.rest()) {
            Some(key) => (key.member, cursor.behind(key.length)?),
            None => self.first(cursor, node)?,
        };
        let mut at = 0;
        loop {
            cursor = match member {
                Member::Wanted(slot) => self.value(cursor, slot, depth)?,
                Member::Unwanted => cursor.behind_value()?,
                Member::End => return Some(cursor),
            };
            if let Some(key) = self.expected.next(node, at, cursor.rest()) {
                (member, cursor) = (key.member, cursor.behind(key.length)?);
                at += 1;
            } else if cursor.eat(b'}') {
                return Some(cursor);
            } else {
                (member, cursor, at) = self.later(cursor, node, at)?;
            }
        }
    }

    /// Reads the first key of an object and its colon, and says what it is.
    #[inline(never)]
    fn first<'r>(&mut self, mut cursor: Cursor<'r>, node: NodeId) -> Option<(Member, Cursor<'r>)> {
        let text = cursor.rest();
        cursor.space();
        if cursor.eat(b'}') {
            return Some((Member::End, cursor));
        }
        let member = self.key(&mut cursor, node)?;
        self.expected.remember_first(node, cursor.since(text), member);
        Some((member, cursor))
    }

    /// Reads a comma behind a value, a key and its colon, and says what it is; with the place among the expected ones
    /// that comes next.
    #[inline(never)]
    fn later<'r>(&mut self, mut cursor: Cursor<'r>, node: NodeId, at: usize) -> Option<(Member, Cursor<'r>, usize)> {
        let text = cursor.rest();
        if let Some((key, next)) = self.expected.soon(node, at, text) {
            return Some((key.member, cursor.behind(key.length)?, next));
        }
        cursor.space();
        match cursor.next()? {
            b'}' => return Some((Member::End, cursor, at)),
            b',' => cursor.space(),
            _ => return None,
        }
        let member = self.key(&mut cursor, node)?;
        let next = self.expected.remember_later(node, at, cursor.since(text), member);
        Some((member, cursor, next))
    }

    /// Reads a key and its colon, and says what it is.
    fn key(&mut self, cursor: &mut Cursor<'_>, node: NodeId) -> Option<Member> {
        let name = cursor.key()?;
        let key = self.wanted.keys(node).iter().find(|key| key.name.as_bytes() == name);
        Some(key.map_or(Member::Unwanted, |key| Member::Wanted(key.slot)))
    }

    /// Reads the value of a wanted key into its slot.
    #[inline(always)]
    fn value<'r>(&mut self, mut cursor: Cursor<'r>, place: usize, depth: u32) -> Option<Cursor<'r>> {
        let slot = self.slots.get_mut(place)?;
        if slot.kind != Kind::Absent {
            return None;
        }
        match cursor.peek()? {
            b'"' => {
                let start = self.length - cursor.rest().len() + 1;
                slot.fill(Kind::String, start, cursor.text()?.len());
            }
            b'{' | b'[' => return self.composite(cursor, place, depth),
            b't' => slot.kind = cursor.literal(b"true", Kind::True)?,
            b'f' => slot.kind = cursor.literal(b"false", Kind::False)?,
            b'n' => slot.kind = cursor.literal(b"null", Kind::Null)?,
            _ => {
                let text = cursor.rest();
                cursor = cursor.behind_number(&mut slot.digits)?;
                slot.fill(Kind::Number, self.length - text.len(), text.len() - cursor.rest().len());
            }
        }
        Some(cursor)
    }

    /// Reads an array of which elements are wanted, behind its opening bracket. Few dataflows have one: it stays apart,
    /// so that values are read where objects are.
    #[inline(never)]
    fn array<'r>(&mut self, mut cursor: Cursor<'r>, node: NodeId, depth: u32) -> Option<Cursor<'r>> {
        let depth = depth.checked_sub(1)?;
        let keys = self.wanted.keys(node);
        cursor.space();
        if cursor.eat(b']') {
            return Some(cursor);
        }
        for element in 0.. {
            cursor = match Key::of_element(keys, element) {
                Some(key) => self.value(cursor, key.slot, depth)?,
                None => cursor.behind_value()?,
            };
            cursor.space();
            match cursor.next()? {
                b',' => cursor.space(),
                b']' => return Some(cursor),
                _ => return None,
            }
        }
        None
    }

    /// Reads an object or an array in which something is wanted, and skips every other.
    #[inline(never)]
    fn composite<'r>(&mut self, mut cursor: Cursor<'r>, slot: usize, depth: u32) -> Option<Cursor<'r>> {
        let start = self.at(cursor);
        cursor = match self.wanted.below(slot) {
            Some(node) if cursor.eat(b'{') => self.object(cursor, node, depth)?,
            Some(node) if cursor.eat(b'[') => self.array(cursor, node, depth)?,
            _ => cursor.behind_value()?,
        };
        *self.slots.get_mut(slot)? = Slot::composite(start, self.length - cursor.rest().len());
        Some(cursor)
    }
}
