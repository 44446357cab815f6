//! What stands at an address that the driver cannot use, asked without the settings that may be wrong: TLS, the replica
//! set.
//!
//! The driver tries again for as long as it is let, and says of a handshake that never ends, or of a set of another
//! name, no more than that there is no server. Both are for a person to mend, and would be retried for ever.

use std::time::Duration;

use ::mongodb::bson::rawdoc;
use ::mongodb::options::{ClientOptions, ServerAddress, Tls};
use ::mongodb::sync::Client;

use mare_checks::tls;

/// How long each question may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is wrong with the settings of a connection, if a server is there and they are what keeps it from answering.
pub(super) fn mistake(options: &ClientOptions) -> Option<(String, &'static str)> {
    options.hosts.iter().find_map(|host| {
        let speaks_tls = || tls::is_spoken_at(&host.to_string());
        judge(options, host, plain(options, host), speaks_tls)
    })
}

/// What a server says of itself without TLS: the name of its replica set, if it is in one.
type Plain = Option<Option<String>>;

fn judge(
    options: &ClientOptions,
    host: &ServerAddress,
    plain: Plain,
    speaks_tls: impl FnOnce() -> bool,
) -> Option<(String, &'static str)> {
    let wants_tls = matches!(options.tls, Some(Tls::Enabled(_)));
    match (plain, wants_tls, options.repl_set_name.as_deref()) {
        (Some(_), true, _) => Some((
            format!("{host} does not speak TLS, and the uri asks for it"),
            "leave tls=true out of the uri of sink.mongodb, or name the port that has it",
        )),
        (Some(Some(there)), false, Some(wanted)) if there != wanted => Some((
            format!("{host} is in the replica set `{there}`, and the uri asks for `{wanted}`"),
            "correct replicaSet in the uri of sink.mongodb, or leave it out",
        )),
        (None, false, _) if speaks_tls() => Some((
            format!("{host} speaks TLS only"),
            "add tls=true to the uri of sink.mongodb, and tlsCAFile=… where its certificate is not a public one",
        )),
        _ => None,
    }
}

/// Asks a server without TLS, credentials and replica set.
fn plain(options: &ClientOptions, host: &ServerAddress) -> Plain {
    let mut bare = ClientOptions::builder().hosts(vec![host.clone()]).direct_connection(true).build();
    (bare.server_selection_timeout, bare.connect_timeout) = (Some(PATIENCE), Some(PATIENCE));
    bare.app_name.clone_from(&options.app_name);
    let hello = Client::with_options(bare)
        .and_then(|client| client.database("admin").run_raw_command(rawdoc! { "hello": 1 }).run());
    hello.ok().map(|hello| hello.get_str("setName").ok().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(uri: &str, plain: Plain, speaks_tls: bool) -> Option<String> {
        let options = ClientOptions::parse(uri).run().expect("a uri");
        let host = options.hosts[0].clone();
        judge(&options, &host, plain, || speaks_tls).map(|(what, remedy)| format!("{what}; {remedy}"))
    }

    #[test]
    fn a_setting_that_keeps_a_server_from_answering_is_told() {
        let (alone, member) = (Some(None), Some(Some("rs0".to_owned())));
        let tls = judged("mongodb://h:1/?tls=true", alone.clone(), false).expect("no TLS there");
        assert!(tls.contains("h:1 does not speak TLS") && tls.contains("leave tls=true out"), "{tls}");
        let set = judged("mongodb://h:1/?replicaSet=rs9", member.clone(), false).expect("another set");
        assert!(set.contains("`rs0`") && set.contains("`rs9`") && set.contains("correct replicaSet"), "{set}");
        let only = judged("mongodb://h:1", None, true).expect("TLS there");
        assert!(only.contains("h:1 speaks TLS only") && only.contains("tls=true"), "{only}");
    }

    #[test]
    fn what_may_pass_is_no_mistake() {
        let member = Some(Some("rs0".to_owned()));
        assert_eq!(judged("mongodb://h:1/?replicaSet=rs0", member.clone(), false), None, "an election");
        assert_eq!(judged("mongodb://h:1/?replicaSet=rs0", Some(None), false), None, "not initiated yet");
        assert_eq!(judged("mongodb://h:1", None, false), None, "nobody there");
        assert_eq!(judged("mongodb://h:1/?tls=true", None, true), None, "a certificate: the driver says which");
    }
}
