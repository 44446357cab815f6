//! What a person types while something is shown: `q`, Esc or Ctrl-D leave; Ctrl-C is a signal as everywhere.
//!
//! The terminal gives keys one by one and shows none for as long as this lives. Whatever ends the command gives it back
//! as it was.

use std::io::{self, IsTerminal, Read};

use nix::sys::termios::{LocalFlags, SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr};

/// A key alone; with anything behind it, it begins the name of another key.
const ESCAPE: u8 = 0x1b;
/// Ctrl-D: the end of the input.
const END: u8 = 0x04;

/// The keys of a terminal, if there is one to type in.
#[derive(Default)]
pub(super) struct KeyInput {
    /// How the terminal was before.
    before: Option<Termios>,
}

impl KeyInput {
    /// Listens from now on.
    pub fn listen() -> KeyInput {
        let stdin = io::stdin();
        let before = stdin.is_terminal().then(|| tcgetattr(&stdin).ok()).flatten();
        let heard = before.as_ref().is_some_and(|before| {
            let mut keys = before.clone();
            keys.local_flags.remove(LocalFlags::ICANON | LocalFlags::ECHO);
            // A read returns at once, with what has been typed.
            keys.control_chars[SpecialCharacterIndices::VMIN as usize] = 0;
            keys.control_chars[SpecialCharacterIndices::VTIME as usize] = 0;
            tcsetattr(&stdin, SetArg::TCSANOW, &keys).is_ok()
        });
        KeyInput { before: before.filter(|_| heard) }
    }

    /// Whether anybody can type.
    pub fn are_heard(&self) -> bool {
        self.before.is_some()
    }

    /// Whether a key has been typed that leaves.
    pub fn ask_to_leave(&self) -> bool {
        let mut typed = [0; 64];
        self.are_heard() && io::stdin().read(&mut typed).is_ok_and(|length| leaves(&typed[..length]))
    }

    /// Gives the terminal back as it was, from wherever the command ends.
    pub fn restorer(&self) -> impl Fn() + Send + use<> {
        let before = self.before.clone();
        move || restore(before.as_ref())
    }
}

impl Drop for KeyInput {
    fn drop(&mut self) {
        restore(self.before.as_ref());
    }
}

fn restore(before: Option<&Termios>) {
    if let Some(before) = before {
        let _as_it_was = tcsetattr(io::stdin(), SetArg::TCSADRAIN, before); // a terminal that has gone needs no care
    }
}

/// Whether one of these keys leaves.
fn leaves(typed: &[u8]) -> bool {
    match typed {
        [ESCAPE] => true,
        [ESCAPE, ..] => false,
        keys => keys.iter().any(|key| matches!(*key, b'q' | b'Q' | END)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leaves_and_the_name_of_another_does_not() {
        for typed in [&b"q"[..], b"Q", b"xq", b"\x1b", b"\x04"] {
            assert!(leaves(typed), "{typed:?}");
        }
        for typed in [&b""[..], b"x", b"\x1b[A", b"\x1bOq", b"\r"] {
            assert!(!leaves(typed), "{typed:?}");
        }
    }
}
