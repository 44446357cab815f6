//! The processes of one run: how they find each other, and who starts them again.
//!
//! Timely's exchange has no way to take a lost process back in: when one dies, the others end too, and all begin again
//! from the last checkpoint. So a cluster lives and dies as one, and whoever starts its processes (the [`supervise`]d
//! cluster of one machine, systemd, Kubernetes) starts all of them.
//!
//! # Layout
//! * [`address`]: the hostfile, and on which address a process may listen
//! * [`mesh`]: connects the processes, with [`greeting`] as the first word; `callers` are those who have not been heard
//!   out
//! * [`decide`]: what to do when a process dies, hangs, or the cluster is to stop (pure)
//! * [`supervise`]: does it; [`crew`] are the processes of one life of the cluster, [`lines`] what they print,
//!   [`ports`] where they listen
//! * [`beat`]: what a process tells its supervisor; [`heart`] sends it, [`monitor`] receives it

pub mod address;
pub mod beat;
mod callers;
pub mod crew;
pub mod decide;
pub mod greeting;
pub mod heart;
pub mod lines;
pub mod mesh;
pub mod monitor;
pub mod ports;
pub mod supervise;
