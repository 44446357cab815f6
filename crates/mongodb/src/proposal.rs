//! What `mare init` proposes for a MongoDB server. Pure.

use super::{MongoSink, uri};
use mare_sink::proposal::{Keys, Proposal, ProposedValue};

/// A connection string asks for it.
pub(super) const PROPOSAL: Proposal = Proposal {
    words: &[("mongodb://HOST:PORT/DATABASE", "mongodb://HOST:PORT/DATABASE")],
    keys: |word, name| {
        ["mongodb://", "mongodb+srv://"].iter().any(|start| word.starts_with(start)).then(|| keys(word, name))
    },
};

/// What is refused is printed, so a connection string with a password is left to the check of the file.
fn keys(word: &str, name: &str) -> Result<Keys, String> {
    let is_secret = holds_secret(word);
    if let Some(slip) = uri::slip(word).filter(|_| !is_secret) {
        return Err(format!("it {}; {}", slip.what, slip.remedy));
    }
    let collection = name.replace(['-', '.'], "_");
    let database = database(word).unwrap_or(&collection).to_owned();
    Ok(vec![
        ("uri", ProposedValue::Variable { name: "MONGODB_URI", value: word.to_owned(), is_secret }),
        ("database", ProposedValue::Text(database)),
        ("collection", ProposedValue::Text(collection)),
    ])
}

/// Whether there is something in a connection string that is not to be printed.
fn holds_secret(uri: &str) -> bool {
    let (uri, name) = (uri.to_owned(), String::new());
    let sink = MongoSink { uri, database: name.clone(), collection: name, decimal128: false };
    sink.redacted_uri() != sink.uri
}

/// The database that a connection string names.
fn database(uri: &str) -> Option<&str> {
    let (_, behind) = uri.split_once("://")?;
    let (_, path) = behind.rsplit_once('@').unwrap_or(("", behind)).1.split_once('/')?;
    path.split('?').next().filter(|database| !database.is_empty())
}
