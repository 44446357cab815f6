//! The connection string of MongoDB. The driver's own parser decides; its words quote the string, so they are passed on
//! only where nothing in it can be a password.

use ::mongodb::error::Error;
use ::mongodb::options::ConnectionString;

use mare_settings::Slip;

/// Signs that mean something in a connection string, and how user and password write them.
const SIGNS: [(char, &str); 8] =
    [('@', "%40"), (':', "%3A"), ('/', "%2F"), ('?', "%3F"), ('#', "%23"), ('[', "%5B"), (']', "%5D"), ('%', "%25")];

/// How to write one.
const HOW: &str = "write `mongodb://host:port`, with `user:password@` before the host if the server asks for it";

/// What is wrong with `uri`, which no error of a connection would tell so well.
#[must_use]
pub fn slip(uri: &str) -> Option<Slip> {
    let Some((scheme, rest)) = uri.trim().split_once("://") else {
        return Some(Slip::new("is not a MongoDB connection string: it begins with no scheme", HOW));
    };
    if !matches!(scheme, "mongodb" | "mongodb+srv") {
        let known = scheme.len() < 20 && scheme.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '+');
        let named = if known { format!(": it begins with `{scheme}://`") } else { String::new() };
        return Some(Slip::new(format!("is not a MongoDB connection string{named}"), HOW));
    }
    if rest.is_empty() {
        return Some(Slip::new("is not a MongoDB connection string: it names no host", HOW));
    }
    if uri.contains(char::is_whitespace) {
        return Some(Slip::new("has a blank in it", "remove it; in a password it is written `%20`"));
    }
    let error = ConnectionString::parse(uri).err()?;
    Some(
        user_slip(rest)
            .or_else(|| host_slip(scheme, rest))
            .unwrap_or_else(|| other_slip(scheme, rest, &error.kind.to_string())),
    )
}

/// The part before the `@` of the hosts, where there is one. A password with a `?` or a `/` of its own is taken whole.
fn user(rest: &str) -> Option<&str> {
    let options = rest.split_once('?').map_or("", |(_, options)| options);
    let before = &rest[..rest.len() - options.len()];
    match (before.rsplit_once('@'), options.rsplit_once('@')) {
        (Some((user, _)), _) => Some(user),
        (None, Some((part, _))) if !part.contains('=') => Some(&rest[..before.len() + part.len()]),
        _ => None,
    }
}

/// A sign in user or password that has to be written by its code.
fn user_slip(rest: &str) -> Option<Slip> {
    let user = user(rest)?;
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    [("user", name), ("password", password)].into_iter().find_map(|(which, text)| {
        let (sign, code) = SIGNS.iter().find(|(sign, _)| has_bare(text, *sign))?;
        let what = format!("has a `{sign}` in the {which} that is not percent-encoded");
        Some(Slip::new(what, format!("write it as `{code}`, and so each of `: / ? # [ ] @ %` in user and password")))
    })
}

/// Whether `sign` stands in `text` as itself; a `%` before two hexadecimal digits is a code.
fn has_bare(text: &str, sign: char) -> bool {
    text.match_indices(sign).any(|(at, _)| {
        let code = text.as_bytes().get(at + 1..at + 3);
        sign != '%' || !code.is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit))
    })
}

/// What is wrong with the hosts.
fn host_slip(scheme: &str, rest: &str) -> Option<Slip> {
    let hosts = rest.split(['/', '?']).next().unwrap_or_default();
    let hosts = hosts.rsplit_once('@').map_or(hosts, |(_, hosts)| hosts);
    if scheme == "mongodb+srv" {
        let remedy = "write `mongodb+srv://name/`, whose servers and ports DNS tells, or `mongodb://host:port`";
        return match (hosts.contains(','), hosts.contains(':')) {
            (true, _) => Some(Slip::new("names several hosts, and `mongodb+srv` takes one name", remedy)),
            (_, true) => Some(Slip::new("has a port, and `mongodb+srv` takes none", remedy)),
            _ => None,
        };
    }
    let is_wrong = |host: &&str| {
        let port = host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')).map(|(_, port)| port);
        host.is_empty() || port.is_some_and(|port| !port.parse::<u16>().is_ok_and(|port| port > 0))
    };
    let wrong = hosts.split(',').find(is_wrong)?;
    let wrong = if rest.contains('@') { String::new() } else { format!(" in `{wrong}`") };
    Some(Slip::new(format!("has no `host:port`{wrong}"), HOW))
}

/// What the driver says, of the string without its user: so no word of it can be a password.
fn other_slip(scheme: &str, rest: &str, words: &str) -> Slip {
    let what = "is not a MongoDB connection string";
    let Some(user) = user(rest) else { return Slip::new(format!("{what}: {words}"), HOW) };
    let hosts = rest.get(user.len() + 1..).unwrap_or_default();
    let may_be_secret =
        hosts.to_ascii_lowercase().contains("password") || hosts.to_ascii_lowercase().contains("properties");
    match ConnectionString::parse(format!("{scheme}://{hosts}")).err().filter(|_| !may_be_secret) {
        Some(error) => Slip::new(format!("{what}: {}", driver_words(&error)), HOW),
        None => Slip::new(what, HOW),
    }
}

/// An error in the driver's words, without the kind that stands before them.
fn driver_words(error: &Error) -> String {
    let words = error.kind.to_string();
    words.strip_prefix("An invalid argument was provided: ").map(str::to_owned).unwrap_or(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_driver_takes_is_taken() {
        for uri in [
            "mongodb://localhost",
            "mongodb://root:s3cr%40t@a:1,b:2/?replicaSet=rs0&authSource=admin",
            "mongodb+srv://u:p@cluster.example.com/db?w=majority",
            "mongodb://a/?appName=a@b",
            "mongodb://[::1]:27017",
        ] {
            assert_eq!(slip(uri), None, "{uri}");
        }
    }

    #[test]
    fn a_slip_is_told_with_the_remedy_and_without_the_password() {
        for (uri, what, remedy) in [
            ("localhost:27017", "no scheme", "mongodb://host:port"),
            ("root:s3cret@h", "no scheme", "mongodb://host:port"),
            ("postgres://root:s3cret@h", "begins with `postgres://`", "mongodb://"),
            ("mongodb://", "names no host", "host:port"),
            ("mongodb://root:s3cret@x@h", "a `@` in the password", "`%40`"),
            ("mongodb://root:s3cret:x@h", "a `:` in the password", "`%3A`"),
            ("mongodb://root:s3cret/x@h", "a `/` in the password", "`%2F`"),
            ("mongodb://root:12/s3cret@h:1/?w=1", "a `/` in the password", "`%2F`"),
            ("mongodb://root:12?s3cret@h", "a `?` in the password", "`%3F`"),
            ("mongodb://root:s3cret%@h", "a `%` in the password", "`%25`"),
            ("mongodb://root:s3 cret@h", "a blank", "%20"),
            ("mongodb+srv://u:s3cret@h:27017/", "has a port", "`mongodb+srv://name/`"),
            ("mongodb+srv://u:s3cret@a,b", "several hosts", "`mongodb+srv://name/`"),
            ("mongodb://root:s3cret@h:port", "no `host:port`", "host:port"),
            ("mongodb://h:port", "in `h:port`", "host:port"),
            ("mongodb://a,,b", "no `host:port`", "host:port"),
            ("mongodb://root:s3cret@h/?replicaSte=rs0", "name exists: replicaset", "host:port"),
            ("mongodb://h/?tls=perhaps", "connection string: ", "host:port"),
        ] {
            let slip = slip(uri).expect(uri);
            assert!(slip.what.contains(what) && slip.remedy.contains(remedy), "{uri}: {slip:?}");
            assert!(!format!("{slip:?}").contains("s3cret"), "{uri}: {slip:?}");
        }
    }
}
