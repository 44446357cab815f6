//! The list, the documents and the deployment, held against each other.

mod documents;
mod names;
