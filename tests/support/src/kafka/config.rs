//! The configuration files of a broker.

use std::path::Path;

use super::super::ports;

/// Who may talk to a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Open,
    /// Whoever knows the password, by SASL/PLAIN without TLS.
    Password {
        /// The only user.
        user: &'static str,
        /// The user's password.
        password: &'static str,
    },
    /// The same, where that user may do everything, and a second one what [`allow`](super::allow) says, and nothing
    /// else.
    Lists {
        /// The user who may do everything.
        user: &'static str,
        /// The user's password.
        password: &'static str,
        /// The name of the second one, and the password.
        other: (&'static str, &'static str),
    },
}

/// The ports of a node; they stay when it is started again.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// For clients.
    pub clients: u16,
    /// For the node's own broker.
    internal: u16,
    /// For the node's own controller.
    controller: u16,
}

impl Ports {
    /// Three free ports.
    pub fn free() -> Ports {
        Ports { clients: ports::free(), internal: ports::free(), controller: ports::free() }
    }
}

/// `server.properties` of a node that keeps its data under `home`.
pub fn server_properties(home: &Path, ports: Ports, access: Access) -> String {
    let Ports { clients, internal, controller } = ports;
    let data = home.join("data").display().to_string();
    let (protocol, sasl) = match access {
        Access::Open => ("PLAINTEXT", String::new()),
        Access::Password { user, password } => ("SASL_PLAINTEXT", sasl_properties(&[(user, password)], "")),
        Access::Lists { user, password, other } => {
            let authorizer = format!(
                "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:{user};User:ANONYMOUS
"
            );
            ("SASL_PLAINTEXT", sasl_properties(&[(user, password), other], &authorizer))
        }
    };
    format!(
        "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=CLIENTS://127.0.0.1:{clients},INTERNAL://127.0.0.1:{internal},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=CLIENTS://127.0.0.1:{clients},INTERNAL://127.0.0.1:{internal}
listener.security.protocol.map=CLIENTS:{protocol},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=INTERNAL
controller.listener.names=CONTROLLER
log.dirs={data}
num.partitions=3
message.max.bytes=4194304
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.retention.hours=-1
# A node that was killed is taken back soon.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
{sasl}"
    )
}

fn sasl_properties(users: &[(&str, &str)], more: &str) -> String {
    let users: Vec<_> = users.iter().map(|(user, password)| format!("  user_{user}=\"{password}\"")).collect();
    format!(
        "sasl.enabled.mechanisms=PLAIN
listener.name.clients.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \\
{};
{more}",
        users.join(" \\\n")
    )
}

/// Warnings, and the line that tells that the node is ready.
pub const LOG4J2_PROPERTIES: &str = "status=error
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d %p %c: %m%n
rootLogger.level=warn
rootLogger.appenderRef.out.ref=out
logger.ready.name=kafka.server.KafkaRaftServer
logger.ready.level=info
";
