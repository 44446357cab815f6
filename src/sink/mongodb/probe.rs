//! What stands at an address that the driver cannot use, asked without the settings that may be wrong: TLS, the replica set.
//!
//! The driver tries again for as long as it is let, and says of a handshake that never ends, or of a set of another name, no more
//! than that there is no server. Both are for a person to mend, and would be retried for ever.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use ::mongodb::bson::rawdoc;
use ::mongodb::options::{ClientOptions, ServerAddress, Tls};
use ::mongodb::sync::Client;

/// How long each question may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// A greeting of TLS 1.2: one cipher, no extension. Whoever speaks TLS answers it, at least by an alert.
const HELLO: [u8; 50] = {
    let mut hello = [0; 50];
    let (record, handshake) = ([22, 3, 1, 0, 45], [1, 0, 0, 41, 3, 3]);
    let mut at = 0;
    while at < record.len() {
        hello[at] = record[at];
        at += 1;
    }
    while at < record.len() + handshake.len() {
        hello[at] = handshake[at - record.len()];
        at += 1;
    }
    // The random bytes (32) and the empty session (1) stay zero; one cipher (0x002f), one compression (none).
    hello[45] = 2;
    hello[47] = 0x2f;
    hello[48] = 1;
    hello
};
/// How an answer to it begins: a handshake, or an alert.
const ANSWERS: [u8; 2] = [22, 21];

/// What is wrong with the settings of a connection, if a server is there and they are what keeps it from answering.
pub(super) fn mistake(options: &ClientOptions) -> Option<(String, &'static str)> {
    options.hosts.iter().find_map(|host| {
        let speaks_tls = || speaks_tls(host);
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

/// Whether whoever listens there answers a greeting of TLS.
fn speaks_tls(host: &ServerAddress) -> bool {
    let greet = || -> std::io::Result<u8> {
        let address = host.to_string().to_socket_addrs()?.next().ok_or(std::io::ErrorKind::NotFound)?;
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(&HELLO)?;
        let mut first = [0];
        stream.read_exact(&mut first).map(|()| first[0])
    };
    greet().is_ok_and(|first| ANSWERS.contains(&first))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

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

    #[test]
    fn an_alert_is_an_answer_and_silence_or_another_protocol_is_none() {
        for (answer, expected) in [(&[21, 3, 1][..], true), (b"HTTP/1.1 400", false), (b"", false)] {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let host = ServerAddress::parse(listener.local_addr().expect("bound").to_string()).expect("an address");
            let server = thread::spawn(move || {
                let (mut stream, _) = listener.accept().expect("a client");
                let mut hello = [0; HELLO.len()];
                stream.read_exact(&mut hello).expect("a greeting");
                stream.write_all(answer).expect("an answer");
                hello
            });
            assert_eq!(speaks_tls(&host), expected, "{answer:?}");
            let hello = server.join().expect("served");
            assert_eq!((hello[..6].to_vec(), &hello[44..]), (vec![22, 3, 1, 0, 45, 1], &[0, 2, 0, 0x2f, 1, 0][..]));
        }
    }
}
