//! Plain rows through abomonation, made sound.
//!
//! `abomonation` is unsound in general (RUSTSEC-2021-0120): it writes a type's memory as it is, padding included, and
//! `decode` trusts lengths and alignment. Here neither happens. Rows are [`bytemuck::Pod`], fixed-size without padding
//! or pointers; `entomb` writes a count and their bytes; `exhume` checks the count against the bytes that there are and
//! copies them to where they are aligned; and `abomonation::encode` and `decode` are never called. `cargo +nightly miri
//! test --features abomonation --lib -- raw::rows engine::wire` finds nothing.

use std::borrow::Cow;
use std::io::{self, Write};

use abomonation::Abomonation;
use bytemuck::Pod;

/// Bytes of the count before the rows.
const COUNT: usize = size_of::<u64>();

#[cfg(target_endian = "big")]
compile_error!("plain rows travel in the machine's own byte order, which the cluster agrees to be little-endian");

/// Rows of one plain type.
struct Rows<'r, T: Pod>(Cow<'r, [T]>);

impl<T: Pod> Abomonation for Rows<'_, T> {
    unsafe fn entomb<W: Write>(&self, write: &mut W) -> io::Result<()> {
        write.write_all(&(self.0.len() as u64).to_le_bytes())?;
        write.write_all(bytemuck::cast_slice(&self.0))
    }

    unsafe fn exhume<'b>(&mut self, bytes: &'b mut [u8]) -> Option<&'b mut [u8]> {
        let count = u64::from_le_bytes(bytes.first_chunk::<COUNT>().copied()?);
        let size = usize::try_from(count).ok()?.checked_mul(size_of::<T>())?;
        let end = size.checked_add(COUNT)?;
        let rows = bytes.get(COUNT..end)?;
        self.0 = rows.chunks_exact(size_of::<T>()).map(bytemuck::pod_read_unaligned).collect();
        Some(&mut bytes[end..])
    }

    fn extent(&self) -> usize {
        COUNT + size_of_val(&*self.0)
    }
}

/// Appends `rows` to `bytes`.
pub fn write<T: Pod>(rows: &[T], bytes: &mut Vec<u8>) {
    let rows = Rows(Cow::Borrowed(rows));
    bytes.reserve(rows.extent());
    // SAFETY: this `entomb` has no precondition; it is unsafe by its trait alone.
    unsafe { rows.entomb(bytes) }.expect("memory takes every write");
}

/// Takes rows off the front of `bytes`; `None` if they are not there whole.
pub fn read<T: Pod>(bytes: &mut &mut [u8]) -> Option<Vec<T>> {
    let mut rows = Rows(Cow::Owned(Vec::new()));
    // SAFETY: this `exhume` has no precondition: it checks what it reads.
    *bytes = unsafe { rows.exhume(std::mem::take(bytes)) }?;
    Some(rows.0.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_from_any_alignment() {
        for padding in 0..16 {
            let mut bytes = vec![0; padding];
            write(&[1_i128, -2, i128::MAX], &mut bytes);
            write(&[7_u8], &mut bytes);
            let mut rest = &mut bytes[padding..];
            assert_eq!(read::<i128>(&mut rest), Some(vec![1, -2, i128::MAX]));
            assert_eq!(read::<u8>(&mut rest), Some(vec![7]));
            assert!(rest.is_empty());
        }
    }

    #[test]
    fn rows_that_are_not_there_whole_are_none() {
        let mut bytes = Vec::new();
        write(&[1_i64, 2, 3], &mut bytes);
        for end in 0..bytes.len() {
            assert_eq!(read::<i64>(&mut &mut bytes.clone()[..end]), None, "{end} bytes");
        }
    }

    #[test]
    fn a_count_beyond_memory_is_none() {
        for count in [u64::MAX, u64::MAX / 8, 1 << 61] {
            assert_eq!(read::<i64>(&mut &mut count.to_le_bytes()[..]), None);
        }
    }
}
