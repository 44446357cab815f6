//! Several views of a dataflow are each what they would be in a dataflow of their own, through kills and other numbers
//! of workers and processes; and nobody goes on over what one of them has lost.

mod dataflow;
mod kept;
mod missing;
mod together;
