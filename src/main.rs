//! The `mare` binary: everything is in the library, see [`mare::cli`].

use std::process::ExitCode;

/// Timely's channels and the event path allocate and free small buffers on many threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    mare::cli::main()
}
