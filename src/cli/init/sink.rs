//! Where the documents are to go. Pure.

use std::str::FromStr;

use super::render::{literal, quoted};
use crate::sink::mongodb::{MongoSink, uri};

/// Where the documents are to go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum SinkKind {
    /// An SQLite file beside the dataflow file, called after it.
    #[default]
    Sqlite,
    /// This SQLite file.
    SqliteAt(String),
    /// A MongoDB server.
    MongoDb(String),
    /// Standard output.
    Stdout,
}

impl FromStr for SinkKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "sqlite" => Ok(SinkKind::Sqlite),
            "stdout" => Ok(SinkKind::Stdout),
            _ if text.starts_with("mongodb://") || text.starts_with("mongodb+srv://") => {
                let sink = SinkKind::MongoDb(text.to_owned());
                // What is refused here is printed, so one with a password is left to the check of the file.
                match uri::slip(text).filter(|_| sink.secret().is_none()) {
                    None => Ok(sink),
                    Some(slip) => Err(format!("it {}; {}", slip.what, slip.remedy)),
                }
            }
            _ => match text.strip_prefix("sqlite:").map(|path| path.trim_start_matches("//")) {
                Some(path) if !path.is_empty() => Ok(SinkKind::SqliteAt(path.to_owned())),
                _ => Err("write sqlite, sqlite:totals.db, mongodb://HOST:PORT/DATABASE or stdout".to_owned()),
            },
        }
    }
}

impl SinkKind {
    /// Its table in the file of the dataflow `name`.
    pub(super) fn text(&self, name: &str) -> String {
        match self {
            SinkKind::Sqlite => format!("[sink.sqlite]\npath = {}\n", quoted(&format!("{name}.db"))),
            SinkKind::SqliteAt(path) => format!("[sink.sqlite]\npath = {}\n", literal(path)),
            SinkKind::Stdout => "[sink.stdout]\n".to_owned(),
            SinkKind::MongoDb(uri) => {
                let name = name.replace(['-', '.'], "_");
                let database = database(uri).unwrap_or(&name);
                let uri = if self.secret().is_some() {
                    // A password belongs into the environment, and not into a file.
                    quoted("${MONGODB_URI}")
                } else {
                    quoted(&format!("${{MONGODB_URI:-{uri}}}"))
                };
                let (database, collection) = (literal(database), quoted(&name));
                format!("[sink.mongodb]\nuri = {uri}\ndatabase = {database}\ncollection = {collection}\n")
            }
        }
    }

    /// The connection string, if it holds a password.
    pub(super) fn secret(&self) -> Option<String> {
        let SinkKind::MongoDb(uri) = self else { return None };
        let (uri, name) = (uri.clone(), String::new());
        let sink = MongoSink { uri, database: name.clone(), collection: name, decimal128: false };
        (sink.redacted_uri() != sink.uri).then_some(sink.uri)
    }
}

/// The database that a connection string names.
fn database(uri: &str) -> Option<&str> {
    let (_, behind) = uri.split_once("://")?;
    let (_, path) = behind.rsplit_once('@').unwrap_or(("", behind)).1.split_once('/')?;
    path.split('?').next().filter(|database| !database.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(sink: &str) -> String {
        sink.parse::<SinkKind>().expect("a sink").text("black-friday")
    }

    #[test]
    fn a_sink_is_a_table_of_the_file() {
        assert_eq!(text("sqlite"), "[sink.sqlite]\npath = \"black-friday.db\"\n");
        assert_eq!(text("sqlite:/tmp/x.db"), "[sink.sqlite]\npath = \"/tmp/x.db\"\n");
        assert_eq!(text("stdout"), "[sink.stdout]\n");
        let plain = text("mongodb://h:1/loja?w=1");
        assert!(plain.contains("${MONGODB_URI:-mongodb://h:1/loja?w=1}") && plain.contains("\"loja\""), "{plain}");
        assert!(text("mongodb://h").contains("database = \"black_friday\""), "{}", text("mongodb://h"));
        assert!("redis://h".parse::<SinkKind>().is_err() && "mongodb://".parse::<SinkKind>().is_err());
    }

    #[test]
    fn a_password_is_not_written_into_the_file() {
        let sink: SinkKind = "mongodb://root:s3cret@h/db".parse().expect("a sink");
        assert_eq!(sink.secret().as_deref(), Some("mongodb://root:s3cret@h/db"));
        assert!("mongodb://root:s3/cret@h".parse::<SinkKind>().is_ok(), "it would be printed");
        let text = sink.text("x");
        assert!(
            text.contains("uri = \"${MONGODB_URI}\"") && text.contains("\"db\"") && !text.contains("s3cret"),
            "{text}"
        );
    }
}
