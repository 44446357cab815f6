//! A fuzz target: something that takes any bytes, given those that somebody has kept, and many more made out of them.

use std::path::{Path, PathBuf};
use std::{fs, thread};

use rand::SeedableRng;
use rand::rngs::SmallRng;

use crate::mutate::mutated;
use crate::seed::{again, asked, count};

/// One of so many inputs that are made up has to be taken, and one refused: else they say little about the target.
const RARE: u64 = 200;

/// Gives `target` every file of `tests/corpus/<name>`, and as many inputs made out of these, `usually` so many: each is
/// of a seed of its own, so that the one at which the target panics is printed, and can be asked for again.
///
/// The target judges an input itself, and returns whether it has taken it for something.
///
/// # Panics
/// If there is no such corpus, or if the inputs that are made up are almost all taken, or almost all refused.
pub fn fuzz(name: &str, usually: u64, mut target: impl FnMut(&[u8]) -> bool) {
    let corpus = corpus(name);
    for (file, input) in &corpus {
        let _tried = Tried { input, what: file.display().to_string() };
        target(input);
    }
    let inputs: Vec<_> = corpus.into_iter().map(|(_, input)| input).collect();
    let (first, count) = asked().map_or_else(|| (rand::random(), count(usually)), |seed| (seed, 1));
    let mut taken = 0;
    for at in 0..count {
        let seed = u64::wrapping_add(first, at);
        let input = mutated(&inputs, &mut SmallRng::seed_from_u64(seed));
        let _tried = Tried { input: &input, what: again(seed) };
        taken += u64::from(target(&input));
    }
    println!("{name}: {taken} of {count} inputs were taken");
    assert!(
        asked().is_some() || tells(taken, count),
        "{name}: {taken} of {count} inputs were taken: that tests too little"
    );
}

/// Whether so many inputs that were taken, of all, say something of what the target takes and of what it refuses.
fn tells(taken: u64, count: u64) -> bool {
    taken.min(count - taken) > count / RARE
}

/// The files of a corpus, by their names.
fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus").join(name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.expect("a corpus can be listed").path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{}: there is nothing in it", folder.display());
    let read = |file: PathBuf| {
        let input = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        (file, input)
    };
    files.into_iter().map(read).collect()
}

/// What is tried, and said if the target panics.
struct Tried<'a> {
    input: &'a [u8],
    /// How it is had again.
    what: String,
}

impl Drop for Tried<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            println!("{}: {}", self.what, self.input.escape_ascii());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_tried_and_what_is_made_of_it() {
        let (mut inputs, mut round) = (Vec::new(), 0);
        fuzz("decimals", 300, |input| {
            inputs.push(input.to_vec());
            round += 1;
            round % 2 == 0
        });
        let kept = corpus("decimals").len();
        inputs.drain(..kept).zip(corpus("decimals")).for_each(|(tried, (_, kept))| assert_eq!(tried, kept));
        assert!(asked().is_some() || inputs.len() as u64 == count(300));
    }

    #[test]
    fn a_target_that_takes_almost_all_or_almost_nothing_tells_too_little() {
        let tells: Vec<_> = [0, 5, 6, 994, 995, 1_000].map(|taken| tells(taken, 1_000)).into();
        assert_eq!(tells, [false, false, true, true, false, false]);
    }

    #[test]
    #[should_panic(expected = "tests/corpus/nothing")]
    fn a_corpus_that_is_not_there_fails() {
        fuzz("nothing", 1, |_| true);
    }
}
