//! A question before something is done that cannot be undone.

use std::io::IsTerminal;

use console::Term;

use super::Failure;

/// Asks a question: whether the answer is yes. `otherwise` says what it means that nobody can be asked.
///
/// # Errors
/// If nobody can be asked, or the answer cannot be read.
pub fn asked(question: &str, otherwise: &str) -> Result<bool, Failure> {
    let terminal = Term::stderr();
    if !terminal.is_term() || !std::io::stdin().is_terminal() {
        return Err(Failure::new(format!("nobody can be asked: {otherwise}")).remedy("add --yes"));
    }
    let answer = terminal.write_str(&format!("{question} [y/N] ")).and_then(|()| terminal.read_line());
    let answer = answer.map_err(|error| Failure::new(format!("no answer: {error}")))?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
