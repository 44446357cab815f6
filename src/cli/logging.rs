//! Where log lines go: to standard error, compact, in colours only on a terminal and without `NO_COLOR`.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

/// What is logged unless `RUST_LOG` says otherwise: our own information, warnings of everybody else.
const DEFAULT_FILTER: &str = "mare=info,warn";

/// Sets logging up for the process. A second call changes nothing.
pub fn init() {
    let (filter, refused) = filter(std::env::var("RUST_LOG").ok().as_deref());
    let subscriber = tracing_subscriber::fmt()
        .compact()
        .with_target(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(console::colors_enabled_stderr());
    if subscriber.try_init().is_ok()
        && let Some(error) = refused
    {
        tracing::warn!("RUST_LOG is ignored: {error}");
    }
}

/// The filter that `directives` (the value of `RUST_LOG`) ask for, else the default one; and why they were refused.
fn filter(directives: Option<&str>) -> (EnvFilter, Option<ParseError>) {
    match directives.filter(|text| !text.is_empty()).map(EnvFilter::try_new) {
        Some(Ok(filter)) => (filter, None),
        Some(Err(error)) => (EnvFilter::new(DEFAULT_FILTER), Some(error)),
        None => (EnvFilter::new(DEFAULT_FILTER), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_log_replaces_the_default_if_it_can_be_read() {
        assert_eq!(filter(None).0.to_string(), DEFAULT_FILTER);
        assert_eq!(filter(Some("debug")).0.to_string(), "debug");
        assert!(filter(Some("mare=loud")).1.is_some());
    }
}
