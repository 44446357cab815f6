//! The checks of the world outside that more than one thing needs.
//!
//! Who knows a thing outside examines it; this stands below all of them.
//!
//! # Layout
//! * [`tls`]: whether TLS is spoken at an address

pub mod tls;
