//! Reading a part, block by block.

use std::io::{self, BufReader, Read};

use super::frame::{Framed, HEAD, HEADER, Head, PartHeader, Trailer};
use super::{Block, Part, PartError, PartFault};
use crate::store::StoreError;
use mare_model::time::Epoch;

/// How many bytes are asked of the store at once.
const READ_BYTES: usize = 1 << 18;

/// The blocks of a part, each checked before it is given out; the end of the part is checked before the iterator ends.
///
/// After an error there is nothing more. A part is whole iff the iterator ends without one.
pub struct PartReader {
    bytes: BufReader<Box<dyn Read + Send>>,
    /// What the manifest says of the part.
    expected: Part,
    /// Names the part in errors.
    place: String,
    /// What has been read so far.
    read: Part,
    /// Where the block begins that is being read, for errors.
    good: u64,
    /// Whether the iterator has ended.
    ended: bool,
    /// The payload of a block, kept for its memory.
    payload: Vec<u8>,
}

impl PartReader {
    /// Begins to read the part that a manifest calls `part`, of the checkpoint at `epoch`.
    pub(crate) fn begin(
        bytes: Box<dyn Read + Send>,
        place: String,
        epoch: Epoch,
        part: &Part,
    ) -> Result<PartReader, PartError> {
        let read = Part { bytes: 0, blocks: 0, rows: 0, checksum: 0, ..part.clone() };
        let bytes = BufReader::with_capacity(READ_BYTES, bytes);
        let (good, ended, payload) = (0, false, Vec::new());
        let mut reader = PartReader { bytes, expected: part.clone(), place, read, good, ended, payload };
        reader.header(epoch).map_err(|fault| reader.error(fault))?;
        Ok(reader)
    }

    /// Reads the header and checks that it is the one of this part.
    fn header(&mut self, epoch: Epoch) -> Result<(), PartFault> {
        let mut bytes = [0; HEADER];
        self.fill(&mut bytes)?;
        let header = PartHeader::decode(&bytes)?;
        let expected = PartHeader { epoch, worker: self.expected.worker };
        if header == expected {
            return Ok(());
        }
        Err(PartFault::Foreign { epoch: header.epoch, worker: header.worker })
    }

    /// The next block, or nothing behind a good end.
    fn block(&mut self) -> Result<Option<Block>, PartFault> {
        self.good = self.read.bytes;
        let mut head = [0; HEAD];
        self.fill(&mut head)?;
        let head = Head::decode(&head);
        self.fill_payload(head.length)?;
        match head.open(&self.payload)? {
            Framed::Block(block) => {
                self.read.blocks += 1;
                self.read.rows += block.rows();
                Ok(Some(block))
            }
            Framed::Trailer(trailer) => self.end(trailer).map(|()| None),
        }
    }

    /// Checks that the part ends here, and is what its trailer and the manifest say.
    fn end(&mut self, trailer: Trailer) -> Result<(), PartFault> {
        if self.bytes.read(&mut [0]).map_err(|error| self.unreadable(&error))? != 0 {
            return Err(PartFault::GoesOn);
        }
        let (read, expected) = (&self.read, &self.expected);
        let counts = [
            ("blocks", read.blocks, trailer.blocks),
            ("rows", read.rows, trailer.rows),
            ("blocks", read.blocks, expected.blocks),
            ("rows", read.rows, expected.rows),
            ("bytes", read.bytes, expected.bytes),
        ];
        if let Some((what, found, expected)) = counts.into_iter().find(|(_, found, expected)| found != expected) {
            return Err(PartFault::Differs { what, found, expected });
        }
        if read.checksum == expected.checksum { Ok(()) } else { Err(PartFault::Checksum) }
    }

    /// Fills `bytes` from the part.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), PartFault> {
        self.bytes.read_exact(bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => PartFault::EndsEarly,
            _ => self.unreadable(&error),
        })?;
        self.count(bytes.len() as u64, crc32c::crc32c_append(self.read.checksum, bytes));
        Ok(())
    }

    /// Fills the payload with `length` bytes. Memory grows as they come, because a damaged length may be any number.
    fn fill_payload(&mut self, length: u64) -> Result<(), PartFault> {
        self.payload.clear();
        let read = (&mut self.bytes).take(length).read_to_end(&mut self.payload);
        let read = read.map_err(|error| self.unreadable(&error))? as u64;
        if read < length {
            return Err(PartFault::EndsEarly);
        }
        self.count(read, crc32c::crc32c_append(self.read.checksum, &self.payload));
        Ok(())
    }

    /// Notes `bytes` more, and the checksum with them.
    fn count(&mut self, bytes: u64, checksum: u32) {
        self.read.bytes += bytes;
        self.read.checksum = checksum;
    }

    fn unreadable(&self, error: &io::Error) -> PartFault {
        PartFault::Store(StoreError::io("read", self.place.clone(), error))
    }

    fn error(&self, fault: PartFault) -> PartError {
        PartError { place: self.place.clone(), at: self.good, fault }
    }
}

impl Iterator for PartReader {
    type Item = Result<Block, PartError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let block = self.block().map_err(|fault| self.error(fault)).transpose();
        self.ended = !matches!(block, Some(Ok(_)));
        block
    }
}
