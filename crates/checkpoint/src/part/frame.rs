//! The bytes around a payload: header, frames, trailer. Pure.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::rows::{OfView, SessionRows, SessionsOfView, SummarizedRows, TotalRows};
use super::{Block, PartFault, VERSION};
use mare_model::summary::Summary;
use mare_model::time::{Epoch, EventTime};
use mare_model::view::ViewId;

/// What every part begins with.
const MAGIC: [u8; 8] = *b"MAREPART";

/// Size of a part's header.
pub(super) const HEADER: usize = 28;
/// Size of the head of a block: kind, length, checksum.
pub(super) const HEAD: usize = 13;

/// Kinds of blocks, as they stand in a part.
mod kind {
    /// The trailer.
    pub const TRAILER: u8 = 0;
    /// [`Block::Totals`](super::Block::Totals).
    pub const TOTALS: u8 = 1;
    /// [`Block::Ids`](super::Block::Ids).
    pub const IDS: u8 = 2;
    /// Totals of a view behind the first.
    pub const TOTALS_OF_VIEW: u8 = 3;
    /// Ids of a view behind the first.
    pub const IDS_OF_VIEW: u8 = 4;
    /// Totals of any view that keeps summaries.
    pub const SUMMARIZED_TOTALS: u8 = 5;
    /// [`Block::Sessions`](super::Block::Sessions).
    pub const SESSIONS: u8 = 6;
    /// Orders of any view.
    pub const ORDERS: u8 = 7;
}

/// What a part says of itself at its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PartHeader {
    /// The checkpoint that it belongs to.
    pub epoch: Epoch,
    /// The worker that wrote it.
    pub worker: u32,
}

impl PartHeader {
    /// As bytes.
    pub fn encode(self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[12..20].copy_from_slice(&self.epoch.0.to_le_bytes());
        bytes[20..24].copy_from_slice(&self.worker.to_le_bytes());
        let checksum = crc32c::crc32c(&bytes[..24]);
        bytes[24..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// From bytes. The version comes before the checksum, so that another version is called that.
    pub fn decode(bytes: &[u8; HEADER]) -> Result<PartHeader, PartFault> {
        if bytes[..8] != MAGIC {
            return Err(PartFault::NotAPart);
        }
        let version = u32_at(bytes, 8);
        if version != VERSION {
            return Err(PartFault::Version(version));
        }
        if u32_at(bytes, 24) != crc32c::crc32c(&bytes[..24]) {
            return Err(PartFault::Checksum);
        }
        Ok(PartHeader { epoch: Epoch(u64_at(bytes, 12)), worker: u32_at(bytes, 20) })
    }
}

/// How many blocks and rows a part has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Trailer {
    /// Blocks before the trailer.
    pub blocks: u64,
    /// Rows of all of them.
    pub rows: u64,
}

/// The head of a block, before its payload.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    kind: u8,
    /// Size of the payload.
    pub length: u64,
    checksum: u32,
}

impl Head {
    /// From bytes; nothing in it has been checked.
    pub fn decode(bytes: &[u8; HEAD]) -> Head {
        Head { kind: bytes[0], length: u64_at(bytes, 1), checksum: u32_at(bytes, 9) }
    }

    /// What `payload` holds, if it belongs to this head.
    pub fn open(self, payload: &[u8]) -> Result<Framed, PartFault> {
        if self.checksum != checksum(self.kind, payload) {
            return Err(PartFault::Checksum);
        }
        match self.kind {
            kind::TRAILER => parsed(payload).map(Framed::Trailer),
            kind::TOTALS => totals(ViewId(0), parsed(payload)?),
            kind::IDS => parsed(payload).map(|seen| Framed::Block(Block::Ids(ViewId(0), seen))),
            kind::TOTALS_OF_VIEW => {
                let OfView { view, rows } = parsed(payload)?;
                totals(behind_the_first(view)?, rows)
            }
            kind::IDS_OF_VIEW => {
                let OfView { view, rows } = parsed(payload)?;
                Ok(Framed::Block(Block::Ids(behind_the_first(view)?, rows)))
            }
            kind::SUMMARIZED_TOTALS => {
                let SummarizedRows { view, rows, summaries } =
                    parsed::<SummarizedRows<TotalRows, Vec<Vec<_>>>>(payload)?;
                if summaries.is_empty() || summaries.iter().any(Vec::is_empty) {
                    return Err(PartFault::Malformed("its rows have no summaries".to_owned()));
                }
                totals(ViewId(view), rows.summarized(summaries))
            }
            kind::SESSIONS => sessions(parsed(payload)?),
            kind::ORDERS => {
                let OfView { view, rows } = parsed(payload)?;
                Ok(Framed::Block(Block::Orders(ViewId(view), rows)))
            }
            other => Err(PartFault::UnknownKind(other)),
        }
    }
}

/// What a frame holds.
#[derive(Debug)]
pub(super) enum Framed {
    /// A block.
    Block(Block),
    /// The end of the part.
    Trailer(Trailer),
}

/// A block of totals, if their columns fit together.
fn totals(view: ViewId, totals: TotalRows) -> Result<Framed, PartFault> {
    if !totals.is_consistent() {
        return Err(PartFault::Malformed("its columns do not fit together".to_owned()));
    }
    Ok(Framed::Block(Block::Totals(view, totals)))
}

/// A block of sessions, if its columns fit together, and each session ends behind its start.
fn sessions(
    SessionsOfView { view, rows, ends, summaries }: SessionsOfView<TotalRows, Vec<EventTime>, Vec<Vec<Summary>>>,
) -> Result<Framed, PartFault> {
    let sessions = SessionRows { rows: rows.summarized(summaries), ends };
    if !sessions.is_consistent() {
        return Err(PartFault::Malformed("its columns do not fit together".to_owned()));
    }
    Ok(Framed::Block(Block::Sessions(ViewId(view), sessions)))
}

/// The view of a block that names one: the first has no name, so that a block is written in one way.
fn behind_the_first(view: u16) -> Result<ViewId, PartFault> {
    if view == 0 { Err(PartFault::Malformed("it names the first view".to_owned())) } else { Ok(ViewId(view)) }
}

/// Appends a block with its head.
pub(super) fn push_block(block: &Block, bytes: &mut Vec<u8>) {
    match block {
        Block::Totals(ViewId(view), rows) if !rows.summaries().is_empty() => {
            let summaries = rows.summaries();
            push(kind::SUMMARIZED_TOTALS, SummarizedRows { view: *view, rows, summaries }, bytes);
        }
        Block::Sessions(ViewId(view), SessionRows { rows, ends }) => {
            let summaries = rows.summaries();
            push(kind::SESSIONS, SessionsOfView { view: *view, rows, ends, summaries }, bytes);
        }
        Block::Totals(ViewId(0), totals) => push(kind::TOTALS, totals, bytes),
        Block::Ids(ViewId(0), seen) => push(kind::IDS, seen, bytes),
        Block::Totals(ViewId(view), rows) => push(kind::TOTALS_OF_VIEW, OfView { view: *view, rows }, bytes),
        Block::Ids(ViewId(view), rows) => push(kind::IDS_OF_VIEW, OfView { view: *view, rows }, bytes),
        Block::Orders(ViewId(view), rows) => push(kind::ORDERS, OfView { view: *view, rows }, bytes),
    }
}

/// Appends the trailer with its head.
pub(super) fn push_trailer(trailer: Trailer, bytes: &mut Vec<u8>) {
    push(kind::TRAILER, trailer, bytes);
}

/// Appends a payload with its head, which is filled in when the payload is known.
fn push<T: Serialize>(kind: u8, value: T, bytes: &mut Vec<u8>) {
    let start = bytes.len();
    bytes.resize(start + HEAD, kind);
    // Our own types have no serialisation that fails, and a vector takes every byte.
    *bytes = postcard::to_extend(&value, std::mem::take(bytes)).expect("nothing in a block can be refused");
    let payload = &bytes[start + HEAD..];
    let (length, checksum) = (payload.len() as u64, checksum(kind, payload));
    bytes[start + 1..start + 9].copy_from_slice(&length.to_le_bytes());
    bytes[start + 9..start + HEAD].copy_from_slice(&checksum.to_le_bytes());
}

/// The checksum of a block: over its kind, length and payload.
fn checksum(kind: u8, payload: &[u8]) -> u32 {
    let head = crc32c::crc32c_append(crc32c::crc32c(&[kind]), &(payload.len() as u64).to_le_bytes());
    crc32c::crc32c_append(head, payload)
}

/// A payload as its type, with nothing left over.
fn parsed<T: DeserializeOwned>(payload: &[u8]) -> Result<T, PartFault> {
    match postcard::take_from_bytes(payload) {
        Ok((value, [])) => Ok(value),
        Ok((_, rest)) => Err(PartFault::Malformed(format!("{} bytes are left over in it", rest.len()))),
        Err(error) => Err(PartFault::Malformed(error.to_string())),
    }
}

/// The integer at `at` of an array that is known to be long enough.
fn u32_at<const N: usize>(bytes: &[u8; N], at: usize) -> u32 {
    bytes[at..at + 4].iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// As [`u32_at`], of eight bytes.
fn u64_at<const N: usize>(bytes: &[u8; N], at: usize) -> u64 {
    bytes[at..at + 8].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;
    use crate::fixture;

    /// Payloads that were changed before their checksum was made: refused or read as something, but never a panic.
    #[test]
    fn payloads_that_make_no_sense_are_refused() {
        let (seed, mut refused) = (mare_random::seed(), 0);
        let mut rng = StdRng::seed_from_u64(seed);
        for round in 0..2_000 {
            for block in fixture::blocks(seed.wrapping_add(round)) {
                let mut bytes = Vec::new();
                push_block(&block, &mut bytes);
                let mut payload = bytes.split_off(HEAD);
                for _ in 0..rng.random_range(1..4) {
                    let at = rng.random_range(0..payload.len());
                    payload[at] = rng.random();
                }
                let head =
                    Head { kind: bytes[0], length: payload.len() as u64, checksum: checksum(bytes[0], &payload) };
                match head.open(&payload) {
                    Ok(Framed::Block(Block::Totals(_, totals))) => assert_eq!(totals.rows().count(), totals.len()),
                    Ok(_) => {}
                    Err(PartFault::Malformed(_)) => refused += 1,
                    Err(other) => panic!("seed {seed} round {round}: {other}"),
                }
            }
        }
        assert!(refused > 100, "only {refused} were refused");
    }

    /// The first byte is the kind of the block.
    #[test]
    fn any_payload_is_a_block_that_is_written_as_it_is_read_or_is_refused() {
        mare_random::fuzz("blocks", 12_000, |input| {
            let Some((kind, payload)) = input.split_first() else { return false };
            let head = Head { kind: *kind, length: payload.len() as u64, checksum: checksum(*kind, payload) };
            let Ok(Framed::Block(block)) = head.open(payload) else { return false };
            if let Block::Totals(_, totals) = &block {
                assert_eq!(totals.rows().count(), totals.len());
            }
            let mut bytes = Vec::new();
            push_block(&block, &mut bytes);
            let (head, payload) = bytes.split_first_chunk::<HEAD>().expect("a block has a head");
            let again = Head::decode(head).open(payload);
            assert!(matches!(&again, Ok(Framed::Block(again)) if *again == block), "{again:?} of {block:?}");
            true
        });
    }

    #[test]
    fn a_block_of_a_later_kind_is_named() {
        let head = Head { kind: 9, length: 0, checksum: checksum(9, &[]) };
        assert!(matches!(head.open(&[]), Err(PartFault::UnknownKind(9))));
    }

    #[test]
    fn a_header_of_another_version_is_called_that() {
        let mut bytes = PartHeader { epoch: Epoch(1), worker: 2 }.encode();
        bytes[8] = 2;
        assert!(matches!(PartHeader::decode(&bytes), Err(PartFault::Version(2))));
    }
}
