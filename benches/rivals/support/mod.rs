//! What the benches share.

#[path = "../../support/mare.rs"]
pub mod mare;
#[path = "../../support/topic.rs"]
pub mod topic;
