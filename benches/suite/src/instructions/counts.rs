//! What `callgrind_annotate` prints, added up by whose functions they are. Pure.

/// Instructions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Of the whole process.
    pub all: u64,
    /// Of the functions of Maré, timely and differential, and what they look at bytes with.
    pub engine: u64,
    /// Of what unpacks compressed records.
    pub unpacking: u64,
}

/// What names of the engine's functions have in them.
const ENGINE: [&str; 5] = ["mare", "timely", "differential", "from_utf8", "memchr"];
/// What names of functions that unpack have in them: zlib, and its checksums.
const UNPACKING: [&str; 3] = ["inflate", "adler32", "crc32_z"];

impl Counts {
    /// Those of a text; `None` if it has no total.
    pub fn of(text: &str) -> Option<Counts> {
        let mut counts = Counts::default();
        for (number, name) in text.lines().filter_map(row) {
            let is_of = |words: &[&str]| words.iter().any(|word| name.contains(word));
            match name {
                "PROGRAM TOTALS" => counts.all = number,
                _ if is_of(&UNPACKING) => counts.unpacking += number,
                _ if is_of(&ENGINE) => counts.engine += number,
                _ => {}
            }
        }
        (counts.all > 0).then_some(counts)
    }

    /// Of everything else: librdkafka, SQLite, the allocator, the C library.
    pub fn rest(&self) -> u64 {
        self.all - self.engine - self.unpacking
    }
}

/// The number of a row, and the function without its file and the binary.
fn row(line: &str) -> Option<(u64, &str)> {
    let (number, rest) = line.trim_start().split_once(" (")?;
    let number = number.replace(',', "").parse().ok()?;
    let (_, name) = rest.split_once(')')?;
    let name = name.rsplit_once(" [").map_or(name, |(name, _)| name).trim();
    Some((number, name.split_once(':').map_or(name, |(_, function)| function)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_told_by_their_names_and_not_by_their_files() {
        let text = "\
Profile data file 'mare.out' (creator: callgrind-3.19.0)
Ir
11,000 (100.0%)  PROGRAM TOTALS
6,000 (54.5%)  inffast.c:inflate_fast [/home/mare/target/release/mare]
2,000 (18.2%)  crates/decode/src/json.rs:mare_decode::json::pick [/home/mare/target/release/mare]
1,000 ( 9.1%)  ???:<timely::worker::Worker as timely::Asking>::step [/home/mare/target/release/mare]
  700 ( 6.4%)  /home/mare/rdkafka.c:rd_kafka_poll [/home/mare/target/release/mare]
  300 ( 2.7%)  ???:__memcpy_avx_unaligned [/usr/lib/libc.so.6]
";
        let counts = Counts::of(text).expect("a total");
        assert_eq!(counts, Counts { all: 11_000, engine: 3_000, unpacking: 6_000 });
        assert_eq!(counts.rest(), 2_000);
        assert_eq!(Counts::of("nothing of the kind"), None);
    }
}
