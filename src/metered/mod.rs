//! Every event and every metric, emitted once: the text that comes of it, and that none was forgotten.

mod events;
mod text;
