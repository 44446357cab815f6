//! The list, the text, the documents and the deployment, held against each other.

mod documents;
mod events;
mod names;
mod text;
