//! The keys that an object is expected to have next, as they were written last: what a scan need not read again.
//!
//! Producers write records one like the other, so what stands between two values of a record, a comma, a key, a colon
//! and white space, is what stood there in the records before it. It is remembered as the bytes that it was, with what
//! they had been found to say. Where they stand again they are passed over by one comparison, with no look at the
//! grammar and no search for the key.
//!
//! Law: what is expected is found only where the steps of the [cursor](super::cursor) would take the same bytes and
//! find the same key. For these steps took them before, from such a place on, to the same place: behind the brace of
//! an object, or behind one of its values; that is why a first key and a later one are remembered apart. What a step
//! does depends on the bytes that it takes and on the next one alone, and only white space could still be taken there.
//!
//! A key that comes in another order, or only in some records, or that nobody wants, is expected as well: each that
//! was not expected is remembered in front of those that were, and some that do not come are passed over. So one list
//! serves several ways to write an object, one among the other or one behind the other.

use super::wanted::NodeId;

/// The longest text that is remembered, in bytes.
const LENGTH_MAX: usize = 32;

/// How many later keys of one object are remembered.
const KEYS_MAX: usize = 128;

/// How many behind the next one are compared with what comes before it is read: so many may be left out by a record.
const AHEAD: usize = 4;

/// How many bytes are compared as one word.
const WORD: usize = 16;

/// What is expected in each object in which something is wanted. It lives as long as its decoder.
#[cfg_attr(test, derive(Clone, Debug, PartialEq))]
pub(super) struct Expected(Vec<ExpectedKeys>);

/// The keys of one object.
#[derive(Default)]
#[cfg_attr(test, derive(Clone, Debug, PartialEq))]
struct ExpectedKeys {
    /// What is expected behind the brace.
    first: Option<ExpectedKey>,
    /// What is expected behind values, in the order in which it comes.
    later: Vec<ExpectedKey>,
}

/// What stands between two values.
#[cfg_attr(test, derive(Clone, Debug))]
pub(super) struct ExpectedKey {
    /// Its bytes, and zeros behind them.
    text: [u8; LENGTH_MAX],
    /// Which bits of its first word belong to it.
    mask: u128,
    /// How many bytes it has.
    pub(super) length: usize,
    /// What it says.
    pub(super) member: Member,
    /// Whether it has come again since it was remembered.
    came: bool,
}

/// What comes next in an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Member {
    /// The value of the wanted key of this slot.
    Wanted(usize),
    /// The value of a key that nobody wants.
    Unwanted,
    /// Nothing: it has been closed.
    End,
}

impl Expected {
    /// Nothing is expected yet in any of `nodes` objects.
    pub(super) fn new(nodes: usize) -> Expected {
        Expected((0..nodes).map(|_| ExpectedKeys::default()).collect())
    }

    /// What is expected first in an object, if `text` behind its brace begins so.
    #[inline(always)]
    pub(super) fn first(&self, node: NodeId, text: &[u8]) -> Option<&ExpectedKey> {
        self.0.get(node.index())?.first.as_ref().filter(|key| key.begins(text))
    }

    /// What is expected at the place `at` of an object, if `text` behind a value begins so.
    #[inline(always)]
    pub(super) fn next(&mut self, node: NodeId, at: usize, text: &[u8]) -> Option<&ExpectedKey> {
        let key = self.0.get_mut(node.index())?.later.get_mut(at).filter(|key| key.begins(text))?;
        key.came = true;
        Some(key)
    }

    /// What is expected a little behind the place `at` of an object, if `text` behind a value begins so, and the place
    /// behind that.
    pub(super) fn soon(&mut self, node: NodeId, at: usize, text: &[u8]) -> Option<(&ExpectedKey, usize)> {
        let mut behind = self.0.get_mut(node.index())?.later.iter_mut().enumerate().skip(at + 1).take(AHEAD);
        let (place, key) = behind.find(|(_, key)| key.begins(text))?;
        key.came = true;
        Some((key, place + 1))
    }

    /// Expects `text` behind the brace of an object, in the place of what was.
    pub(super) fn remember_first(&mut self, node: NodeId, text: &[u8], member: Member) {
        if let (Some(keys), Some(key)) = (self.0.get_mut(node.index()), ExpectedKey::new(text, member)) {
            keys.first = Some(key);
        }
    }

    /// Expects `text` behind a value from the place `at` on, and returns the place behind it. If it is nowhere there,
    /// it comes in front of what is, or in the place of what has never come again: so keys of which there is no end do
    /// not drive out others. Where there is too much, that is forgotten.
    pub(super) fn remember_later(&mut self, node: NodeId, at: usize, text: &[u8], member: Member) -> usize {
        let (Some(keys), Some(key)) = (self.0.get_mut(node.index()), ExpectedKey::new(text, member)) else { return at };
        let is_known = |known: &ExpectedKey| known.text == key.text && known.length == key.length;
        match (keys.later.iter().skip(at).position(is_known), keys.later.get_mut(at)) {
            (Some(ahead), _) => return at + ahead + 1,
            (None, Some(old)) if !old.came => *old = key,
            _ if at >= KEYS_MAX => return at,
            _ => {
                keys.later.truncate(KEYS_MAX - 1);
                keys.later.insert(at, key);
            }
        }
        at + 1
    }
}

#[cfg(test)]
impl PartialEq for ExpectedKey {
    /// Whether the same is expected, be it that it has come again or not.
    fn eq(&self, other: &ExpectedKey) -> bool {
        self.text == other.text && self.length == other.length && self.member == other.member
    }
}

#[cfg(test)]
impl Expected {
    /// How many later keys are remembered.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|keys| keys.later.len()).sum()
    }
}

impl ExpectedKey {
    /// That `text` says `member`; nothing if it is too long.
    fn new(text: &[u8], member: Member) -> Option<ExpectedKey> {
        let mut padded = [0; LENGTH_MAX];
        padded.get_mut(..text.len())?.copy_from_slice(text);
        let unused = 8 * WORD.saturating_sub(text.len()) as u32;
        let mask = u128::MAX.checked_shr(unused).unwrap_or(0);
        Some(ExpectedKey { text: padded, length: text.len(), mask, member, came: false })
    }

    /// Whether `text` begins so. By words and not by a call, but where few bytes are left.
    #[inline]
    fn begins(&self, text: &[u8]) -> bool {
        let (Some(word), Some(own)) = (text.first_chunk::<WORD>(), self.text.first_chunk::<WORD>()) else {
            return self.begins_long(text);
        };
        (u128::from_le_bytes(*word) ^ u128::from_le_bytes(*own)) & self.mask == 0
            && (self.length <= WORD || self.begins_long(text))
    }

    /// The same of all of it.
    #[inline(never)]
    fn begins_long(&self, text: &[u8]) -> bool {
        self.text.get(..self.length).is_some_and(|own| text.starts_with(own))
    }
}
