//! What a check of the world outside has found, and the checks that more than one thing outside needs.
//!
//! Who knows a thing outside examines it: the sinks themselves, the doctor the rest. This stands below both.
//!
//! # Layout
//! * [`Check`], [`Consequence`] (`check`): what can be looked at, and what a run does about it; lists of checks
//! * [`Finding`], [`Verdict`] (`finding`): what a check has found
//! * [`folder`], [`disk`]: whether files can be made somewhere, and whether there is room for them
//! * [`clock`]: clocks that are apart (pure)
//! * [`tls`], [`sasl`]: whether TLS is spoken at an address, and whether a broker there wants a login

mod check;
pub mod clock;
pub mod disk;
mod finding;
pub mod folder;
pub mod sasl;
pub mod tls;

pub use check::{Check, Consequence};
pub use finding::{Finding, Verdict, counted};
