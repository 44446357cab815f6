//! Whose fault an error of MongoDB is, and the remedy. No message carries a password.

use ::mongodb::error::{Error, ErrorKind};

use super::reply::{DUPLICATE_KEY, WriteError};
use super::{MongoSink, uri};
use mare_model::fault::{Domain, Fault};
use mare_sink::SinkError;
use mare_sink::fence::SinkName;

/// Server codes of conditions that pass by themselves: shutdown, election, no primary, network between the servers,
/// lock and time limits, conflicts, and a write concern that was not met in time.
const PASSING: [i32; 21] = [
    6, 7, 24, 46, 50, 64, 89, 91, 112, 134, 189, 202, 262, 9_001, 10_107, 11_600, 11_602, 13_388, 13_435, 13_436,
    13_475,
];

/// A sink as messages name it.
#[derive(Clone, Debug)]
pub(super) struct CollectionName {
    /// Collection and servers.
    name: String,
    /// The database, which remedies name.
    database: String,
    /// The role there that a user needs.
    role: &'static str,
    /// Texts that no message may carry: the password as it is and as the uri writes it.
    secrets: Vec<String>,
}

impl CollectionName {
    /// The target of `sink` on `hosts`, whose password is `password`.
    pub(super) fn new(sink: &MongoSink, hosts: &str, password: Option<&str>) -> CollectionName {
        let secrets = password.into_iter().chain(written_password(&sink.uri));
        CollectionName {
            name: format!("MongoDB {}.{} at {hosts}", sink.database, sink.collection),
            database: sink.database.clone(),
            role: "readWrite",
            secrets: secrets.filter(|secret| !secret.is_empty()).map(str::to_owned).collect(),
        }
    }

    /// From now on a user needs no more than to read.
    pub(super) fn needs_to_read(&mut self) {
        self.role = "read";
    }

    /// The collection as messages of every kind of sink name it.
    pub(super) fn place(&self) -> SinkName<'_> {
        SinkName { name: &self.name, key: "sink.mongodb.collection" }
    }

    /// What an error of the driver means.
    pub(super) fn classify(&self, error: &Error) -> SinkError {
        match &*error.kind {
            ErrorKind::Command(command) => self.by_code(command.code, &command.message),
            ErrorKind::Authentication { message, .. } => self.by_code(18, message),
            ErrorKind::InvalidArgument { message, .. } | ErrorKind::InvalidTlsConfig { message, .. } => {
                self.refused(message, "correct the uri of sink.mongodb")
            }
            ErrorKind::IncompatibleServer { message, .. } => self.refused(message, "use MongoDB 4.4 or newer"),
            ErrorKind::Io(error) => self.away(&error.to_string()),
            ErrorKind::ServerSelection { message, .. } => self.away(&format!("no server answers: {}", reason(message))),
            _ => self.away(&error.kind.to_string()),
        }
    }

    /// What the failure of one operation means.
    pub(super) fn failed(&self, error: &WriteError) -> SinkError {
        self.by_code(error.code, &error.message)
    }

    /// Nothing is known of the outcome, because of `cause`.
    pub(super) fn away(&self, cause: &str) -> SinkError {
        SinkError::away(self.redacted(cause))
    }

    /// What a numbered reason of the server means.
    fn by_code(&self, code: i32, message: &str) -> SinkError {
        if PASSING.contains(&code) {
            return self.away(message);
        }
        let (database, role) = (&self.database, self.role);
        let remedy = match code {
            13 => format!("grant the user the role {role} on the database `{database}`"),
            18 | 8_000 => "check user, password and authSource in the uri of sink.mongodb".to_owned(),
            73 => "correct the name of the database or the collection in sink.mongodb".to_owned(),
            121 => {
                "the collection has a validator: let it accept these documents, or name another collection".to_owned()
            }
            DUPLICATE_KEY => "drop the unique index that it names, or name another collection".to_owned(),
            14_031 => "free disk space on the server, then start again".to_owned(),
            _ => format!("see what the server says (code {code})"),
        };
        self.refused(message, &remedy)
    }

    /// It takes somebody to do `remedy`.
    pub(super) fn refused(&self, cause: &str, remedy: &str) -> SinkError {
        SinkError::refused(self.redacted(cause), remedy)
    }

    /// The sink's name and `cause`, without the secrets.
    fn redacted(&self, cause: &str) -> String {
        let text = format!("{}: {cause}", self.name);
        self.secrets.iter().fold(text, |text, secret| text.replace(secret, "***"))
    }
}

/// Whether no server could be found although one may well be there: nothing says that nobody listens, or that a name is
/// unknown.
pub(super) fn is_puzzling(error: &Error) -> bool {
    let is_plain = |reason: &String| reason.starts_with(REFUSED) || reason.starts_with(UNRESOLVED);
    match &*error.kind {
        ErrorKind::ServerSelection { message, .. } => {
            let reasons = reasons(message);
            reasons.is_empty() || !reasons.iter().all(is_plain)
        }
        _ => false,
    }
}

/// Whether none could be found and nothing is known of why: it may only be slow.
pub(super) fn is_silence(error: &Error) -> bool {
    match &*error.kind {
        ErrorKind::ServerSelection { message, .. } => message.contains("Address: ") && reasons(message).is_empty(),
        _ => false,
    }
}

/// Why no server was found, with the addresses, out of the driver's description of them all; else that description.
fn reason(selection: &str) -> String {
    let reasons = reasons(selection);
    let silent: Vec<&str> = servers(selection).map(|(address, _)| address).collect();
    match (selection.split_once("Set Name: "), silent.is_empty()) {
        _ if !reasons.is_empty() => reasons.join(", "),
        (_, false) => format!("no answer from {}", silent.join(", ")),
        (Some((_, name)), true) => {
            let name = name.split([',', ' ']).next().unwrap_or_default();
            format!("none of its hosts is in the replica set `{name}`, which the uri names")
        }
        (None, true) => selection.to_owned(),
    }
}

/// What is wrong with each server of a description, without what is alike.
fn reasons(selection: &str) -> Vec<String> {
    let mut reasons: Vec<String> =
        servers(selection).filter_map(|(address, server)| Some(plain(address, error_of(server)?))).collect();
    reasons.dedup();
    reasons
}

/// The servers of a description: the address of each, and what follows it.
fn servers(selection: &str) -> impl Iterator<Item = (&str, &str)> {
    selection.split("Address: ").skip(1).filter_map(|server| server.split_once([',', ' ']))
}

/// The error in the description of one server.
fn error_of(server: &str) -> Option<&str> {
    let (_, error) = server.split_once("Error: ")?;
    let error = error.strip_prefix("Kind: ").unwrap_or(error);
    Some(error.split_once(", labels:").map_or(error, |(error, _)| error))
}

/// How a reason begins where nobody listens.
const REFUSED: &str = "connection refused";
/// How a reason begins where a name has no address.
const UNRESOLVED: &str = "cannot resolve host";

/// An error of the system or the driver as a person says it.
fn plain(address: &str, error: &str) -> String {
    let error = error.trim_start_matches("I/O error: ").trim_start_matches("An invalid argument was provided: ");
    if let Some((_, why)) = error.split_once("failed to lookup address information: ") {
        let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
        return format!("{UNRESOLVED} {host}: {why}");
    }
    if error.starts_with("Connection refused") {
        return format!("{REFUSED} at {address}");
    }
    format!("{error} at {address}")
}

/// What is said of a uri that the driver cannot use: its name cannot be looked up now, or it cannot be read at all.
///
/// The driver's words quote the uri, so they are not passed on if it may hold a password; the name itself is none.
pub(super) fn unusable(uri: &str, error: &Error) -> SinkError {
    if matches!(&*error.kind, ErrorKind::DnsResolve { .. }) {
        let words = if uri.contains('@') { String::new() } else { format!(": {}", error.kind) };
        let host = uri.rsplit_once('@').or_else(|| uri.split_once("://")).map_or("", |(_, rest)| rest);
        let host = host.split(['/', '?']).next().unwrap_or_default();
        return SinkError::away(format_args!(
            "MongoDB: DNS does not know the servers of {host}, of sink.mongodb.uri{words}"
        ));
    }
    let fault = |what: &str| Fault::new(Domain::User, format!("sink.mongodb.uri {what}"));
    let slip = uri::slip(uri).map(|slip| fault(&slip.what).remedy(slip.remedy));
    SinkError::Refused(slip.unwrap_or_else(|| fault("cannot be used")))
}

/// The password as it stands in `uri`.
fn written_password(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let (user, _) = rest.split('?').next()?.rsplit_once('@')?;
    user.split_once(':').map(|(_, password)| password)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> CollectionName {
        let sink = MongoSink {
            uri: "mongodb://root:s3cr%40t@localhost:1/?appName=a@b".into(),
            database: "loja".into(),
            collection: "vendas".into(),
            decimal128: false,
        };
        CollectionName::new(&sink, "localhost:1", Some("s3cr@t"))
    }

    #[test]
    fn a_message_names_the_sink_and_never_the_password() {
        let SinkError::Away(fault) = target().away("cannot reach root:s3cr%40t@localhost (s3cr@t)") else { panic!() };
        assert_eq!(fault.to_string(), "MongoDB loja.vendas at localhost:1: cannot reach root:***@localhost (***)");
    }

    #[test]
    fn codes_say_whether_to_try_again() {
        for code in PASSING {
            assert!(matches!(target().by_code(code, ""), SinkError::Away(_)), "{code}");
        }
        let remedies = [
            (13, "readWrite on the database `loja`"),
            (18, "authSource"),
            (73, "name of the database"),
            (121, "validator"),
            (DUPLICATE_KEY, "unique index"),
            (2, "code 2"),
        ];
        for (code, remedy) in remedies {
            let SinkError::Refused(fault) = target().by_code(code, "words") else { panic!("{code}") };
            assert_eq!(fault.what, "MongoDB loja.vendas at localhost:1: words");
            assert!(fault.remedy.as_deref().is_some_and(|text| text.contains(remedy)), "{fault}");
        }
    }

    #[test]
    fn driver_errors_say_whether_to_try_again() {
        let classify = |kind: ErrorKind| target().classify(&Error::from(kind));
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        assert!(matches!(classify(ErrorKind::Io(refused.into())), SinkError::Away(_)));
        assert!(matches!(classify(ErrorKind::Shutdown), SinkError::Away(_)));
        assert!(matches!(target().classify(&Error::custom("words")), SinkError::Away(_)));
    }

    #[test]
    fn a_server_that_cannot_be_reached_has_its_reason_with_the_address() {
        let driver =
            |topology: &str| format!("Server selection timeout: No available servers. Topology: {{ {topology} }}");
        let error = |why: &str| format!("Type: Unknown, Error: Kind: I/O error: {why}, labels: {{}}, source: None }}");
        let refused = error("Connection refused (os error 111)");
        let unknown = error("failed to lookup address information: Name or service not known");
        for (topology, expected) in [
            (format!("Type: Unknown, Servers: [ {{ Address: h:1, {refused} ]"), "connection refused at h:1"),
            (
                format!("Type: Unknown, Servers: [ {{ Address: a:1, {refused}, {{ Address: b:2, {unknown} ]"),
                "connection refused at a:1, cannot resolve host b: Name or service not known",
            ),
            ("Type: Unknown, Servers: [ { Address: h:1, Type: Unknown } ]".to_owned(), "no answer from h:1"),
            (
                "Type: ReplicaSetNoPrimary, Set Name: rs9".to_owned(),
                "none of its hosts is in the replica set `rs9`, which the uri names",
            ),
        ] {
            assert_eq!(reason(&driver(&topology)), expected, "{topology}");
        }
        assert_eq!(reason("no primary"), "no primary");
    }

    #[test]
    fn passwords_are_found_where_uris_have_them() {
        assert_eq!(written_password("mongodb://a:b:c@h/?x=y@z"), Some("b:c"));
        assert_eq!(written_password("mongodb+srv://a:b@c@h"), Some("b@c"));
        assert_eq!(written_password("mongodb://h/?appName=a:b@c"), None);
        assert_eq!(written_password("mongodb://user@h"), None);
    }
}
