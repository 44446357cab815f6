//! Who may ask: whoever has the token, if there is one, else whoever asks for a host that is known. Whether a process
//! lives is told to everybody.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::hosts::Hosts;
use super::problem::Problem;

/// What a token hashes to: comparing hashes takes as long for a nearly right token as for any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        TokenHash(Sha256::digest(text.as_bytes()).into())
    }

    /// Whether the request bears it: as `Authorization: Bearer`, or as the password of `Basic`, for which a browser
    /// asks by itself. There is one user, so any name will do.
    #[must_use]
    pub fn is_borne_by(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some((scheme, credentials)) = given.and_then(|given| given.split_once(' ')) else { return false };
        let credentials = credentials.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return *self == TokenHash::new(credentials);
        }
        let decoded = STANDARD.decode(credentials).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let password = decoded.as_deref().and_then(|pair| pair.split_once(':')).map(|(_, password)| password);
        scheme.eq_ignore_ascii_case("basic") && password.is_some_and(|password| *self == TokenHash::new(password))
    }
}

/// Who is let through. With a token, hosts are not looked at: a page of somebody else's does not have the token, and a
/// browser that has asked for it as a password sends it to the host that it was given for alone.
#[derive(Clone, Debug)]
pub enum Guard {
    /// Whoever has this.
    Token(TokenHash),
    /// Whoever asks for one of these.
    Hosts(Arc<Hosts>),
}

/// Lets requests through that bear the token or name a host that is known, and those that ask for the health.
pub async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/health/") {
        return next.run(request).await;
    }
    match refused(&guard, &request) {
        None => next.run(request).await,
        Some(problem) => problem.into_response(),
    }
}

/// Why a request is not let through, if it is not.
fn refused(guard: &Guard, request: &Request) -> Option<Problem> {
    match guard {
        Guard::Token(token) if token.is_borne_by(request.headers()) => None,
        Guard::Token(_) => {
            let detail =
                "send the token of --http-token as `Authorization: Bearer TOKEN`, or as the password of `Basic`";
            Some(Problem::new(StatusCode::UNAUTHORIZED, detail))
        }
        Guard::Hosts(hosts) => {
            let stranger = hosts.stranger(request.uri(), request.headers())?;
            let detail = format!(
                "{stranger:?} is no host of this server, so a page of somebody else's may be asking: ask by its address, name \
                 the host by --http-host, or set a token"
            );
            Some(Problem::new(StatusCode::MISDIRECTED_REQUEST, detail))
        }
    }
}

#[cfg(test)]
mod tests {
    use tower::ServiceExt;

    use super::*;
    use crate::fixture::Site;
    use mare_dataflow::fixture::documents as fixture;

    fn with(authorization: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, authorization.parse().expect("a header"));
        headers
    }

    /// The status of an answer to a request for `path` with this header.
    async fn status(site: &Site, path: &str, header: (header::HeaderName, &str)) -> u16 {
        let request = axum::http::Request::get(path).header(header.0, header.1);
        let request = request.body(axum::body::Body::empty()).expect("a request");
        site.router.clone().oneshot(request).await.expect("an answer").status().as_u16()
    }

    #[tokio::test]
    async fn without_a_token_a_host_that_is_not_known_is_refused() {
        let site = Site::new(fixture::sales(), Vec::new());
        for path in ["/", "/api/v1/status", "/api/v1/stream", "/metrics", "/openapi.json", "/nothing"] {
            assert_eq!(status(&site, path, (header::HOST, "evil.example:4040")).await, 421, "{path}");
            assert_eq!(status(&site, path, (header::ORIGIN, "http://evil.example")).await, 421, "{path}");
        }
        assert_eq!(status(&site, "/health/live", (header::HOST, "evil.example")).await, 200);
        assert_eq!(status(&site, "/api/v1/status", (header::HOST, "localhost:4040")).await, 200);
    }

    #[tokio::test]
    async fn with_a_token_hosts_are_not_looked_at() {
        let site = Site::with_token(fixture::sales(), Vec::new(), Some("s3cret"));
        assert_eq!(status(&site, "/api/v1/status", (header::HOST, "board.example")).await, 401);
        assert_eq!(status(&site, "/api/v1/status", (header::AUTHORIZATION, "Bearer s3cret")).await, 200);
    }

    #[test]
    fn the_token_is_borne_or_is_a_password() {
        let token = TokenHash::new("s3cret:x");
        assert!(token.is_borne_by(&with("Bearer s3cret:x")));
        assert!(token.is_borne_by(&with("bearer  s3cret:x")));
        assert!(token.is_borne_by(&with(&format!("Basic {}", STANDARD.encode("me:s3cret:x")))));
        let wrong = ["Bearer s3cret", "Bearer", "Basic s3cret:x", "Digest s3cret:x", "Bearer s3cret:x y"];
        for wrong in wrong.iter().chain(&[&*format!("Basic {}", STANDARD.encode("s3cret:x"))]) {
            assert!(!token.is_borne_by(&with(wrong)), "{wrong}");
        }
        assert!(!token.is_borne_by(&HeaderMap::new()));
    }
}
