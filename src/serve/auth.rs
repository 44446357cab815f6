//! Who may ask: whoever has the token, if there is one. Whether a process lives is told to everybody.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::problem::Problem;

/// What a token hashes to: comparing hashes takes as long for a nearly right token as for any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl Token {
    /// The hash of `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Token(Sha256::digest(text.as_bytes()).into())
    }

    /// Whether the request bears it: as `Authorization: Bearer`, or as the password of `Basic`, for which a browser asks by
    /// itself. There is one user, so any name will do.
    #[must_use]
    pub fn is_borne_by(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some((scheme, credentials)) = given.and_then(|given| given.split_once(' ')) else { return false };
        let credentials = credentials.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return *self == Token::new(credentials);
        }
        let decoded = STANDARD.decode(credentials).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let password = decoded.as_deref().and_then(|pair| pair.split_once(':')).map(|(_, password)| password);
        scheme.eq_ignore_ascii_case("basic") && password.is_some_and(|password| *self == Token::new(password))
    }
}

/// Lets requests through that bear the token, and those that ask for the health.
pub async fn check(State(token): State<Option<Token>>, request: Request, next: Next) -> Response {
    let is_health = request.uri().path().starts_with("/health/");
    if is_health || token.is_none_or(|token| token.is_borne_by(request.headers())) {
        return next.run(request).await;
    }
    let detail = "send the token of --http-token as `Authorization: Bearer TOKEN`, or as the password of `Basic`";
    Problem::new(StatusCode::UNAUTHORIZED, detail).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(authorization: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, authorization.parse().expect("a header"));
        headers
    }

    #[test]
    fn the_token_is_borne_or_is_a_password() {
        let token = Token::new("s3cret:x");
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
