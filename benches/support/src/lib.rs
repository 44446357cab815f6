//! What the benches share. None of them asserts a time: they print what they measure, and fail only on wrong results.
//!
//! # Layout
//! * [`settings`]: what the environment says
//! * [`servers`]: the servers that are named there, or ones of our own
//! * [`mare`]: the built binary as a child process
//! * [`topic`]: topics with sales in them
//! * [`usage`]: what a process costs from its start to its end
//! * [`running`]: a run that goes on until it is stopped, and what the system knows of it
//! * [`scratch`]: folders and files for a while
//! * [`proc`]: what `/proc` says of a process (pure)
//! * [`statistics`]: spreads and quantiles (pure)
//! * [`figure`]: what was measured, with its spread and what is aimed at (pure)
//! * [`report`]: the figures of a bench as a table
//! * [`baseline`]: figures that are kept, and compared with

pub mod baseline;
pub mod figure;
pub mod mare;
pub mod proc;
pub mod report;
pub mod running;
pub mod scratch;
pub mod servers;
pub mod settings;
pub mod statistics;
pub mod topic;
pub mod usage;
