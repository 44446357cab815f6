//! Writing a part. Encoding takes a worker's time and writing the disk's, so each can be done by a thread of its own.

use super::frame::{self, PartHeader, Trailer};
use super::{Block, Part};
use crate::store::{StoreError, Writing};
use mare_model::time::Epoch;

/// Encoded blocks on their way to a part. It touches no disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoded {
    /// The blocks, one behind the other, each with its head.
    bytes: Vec<u8>,
    /// What is in them.
    content: Trailer,
}

impl Encoded {
    /// Adds a block.
    pub fn push(&mut self, block: &Block) {
        frame::push_block(block, &mut self.bytes);
        self.content.blocks += 1;
        self.content.rows += block.rows();
    }

    /// Forgets the blocks and keeps the memory for others.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.content = Trailer::default();
    }

    /// Size in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is no block.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// A part that takes encoded blocks. Dropped unfinished, it never was.
pub struct PartFile {
    object: Box<dyn Writing>,
    /// What is known of the part so far.
    part: Part,
}

impl PartFile {
    /// Begins the part of `worker` in `object`, whose name is `name`.
    pub(crate) fn begin(
        object: Box<dyn Writing>,
        name: String,
        epoch: Epoch,
        worker: u32,
    ) -> Result<PartFile, StoreError> {
        let part = Part { name, worker, bytes: 0, blocks: 0, rows: 0, checksum: 0 };
        let mut file = PartFile { object, part };
        file.write(&PartHeader { epoch, worker }.encode())?;
        Ok(file)
    }

    /// Adds encoded blocks.
    ///
    /// # Errors
    /// [`StoreError`]; the part cannot be finished any more.
    pub fn append(&mut self, blocks: &Encoded) -> Result<(), StoreError> {
        self.write(&blocks.bytes)?;
        self.part.blocks += blocks.content.blocks;
        self.part.rows += blocks.content.rows;
        Ok(())
    }

    /// Ends the part; it is durable when this returns.
    ///
    /// # Errors
    /// [`StoreError`]; there is no part then that a manifest could name.
    pub fn finish(mut self) -> Result<Part, StoreError> {
        let mut trailer = Vec::new();
        frame::push_trailer(Trailer { blocks: self.part.blocks, rows: self.part.rows }, &mut trailer);
        self.write(&trailer)?;
        self.object.finish()?;
        Ok(self.part)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.object.append(bytes)?;
        self.part.bytes += bytes.len() as u64;
        self.part.checksum = crc32c::crc32c_append(self.part.checksum, bytes);
        Ok(())
    }
}

/// A part that encodes and writes on the thread that calls it.
pub struct PartWriter {
    file: PartFile,
    /// Kept for its memory.
    encoded: Encoded,
}

impl PartWriter {
    /// Writes into `file`.
    #[must_use]
    pub fn new(file: PartFile) -> PartWriter {
        PartWriter { file, encoded: Encoded::default() }
    }

    /// Adds a block.
    ///
    /// # Errors
    /// As [`PartFile::append`].
    pub fn write(&mut self, block: &Block) -> Result<(), StoreError> {
        self.encoded.clear();
        self.encoded.push(block);
        self.file.append(&self.encoded)
    }

    /// Ends the part; it is durable when this returns.
    ///
    /// # Errors
    /// As [`PartFile::finish`].
    pub fn finish(self) -> Result<Part, StoreError> {
        self.file.finish()
    }
}
