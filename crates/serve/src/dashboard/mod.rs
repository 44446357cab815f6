//! The dashboard: a page for people, built from what `status` says of the dataflow, so that any dataflow gets one.
//!
//! Everything that it needs is in the binary; it asks only the server that it comes from. The charts are
//! [uPlot](https://github.com/leeoniya/uPlot)'s (MIT).
//!
//! # Layout
//! * `index.html`, `style.css`: the page, light and dark, on a wall and on a phone
//! * `app.js`: asks, follows the stream, and draws; `api.js`: questions and the stream
//! * `model.js`: the newest documents, exact sums, words for times and sizes; `format.js`: numbers and units;
//!   `colours.js`: which group has which colour; `words.js`: what is said in sentences (all of these pure)
//! * `dom.js`: elements; `tip.js`: what words mean
//! * `views.js`, `tables.js`, `chart.js`, `hour.js`, `flow.js`, `explain.js`: what is seen
//! * `uplot.js`, `uplot.css`: version 1.6.32, as published

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::IntoResponse;
use axum::routing::get;

use super::problem::Refusal;

/// Where each part of the page is, its type and its text.
const ASSETS: [(&str, &str, &str); 17] = [
    ("/assets/style.css", CSS, include_str!("style.css")),
    ("/assets/uplot.css", CSS, include_str!("uplot.css")),
    ("/assets/uplot.js", JS, include_str!("uplot.js")),
    ("/assets/api.js", JS, include_str!("api.js")),
    ("/assets/app.js", JS, include_str!("app.js")),
    ("/assets/chart.js", JS, include_str!("chart.js")),
    ("/assets/colours.js", JS, include_str!("colours.js")),
    ("/assets/dom.js", JS, include_str!("dom.js")),
    ("/assets/explain.js", JS, include_str!("explain.js")),
    ("/assets/flow.js", JS, include_str!("flow.js")),
    ("/assets/format.js", JS, include_str!("format.js")),
    ("/assets/hour.js", JS, include_str!("hour.js")),
    ("/assets/model.js", JS, include_str!("model.js")),
    ("/assets/tables.js", JS, include_str!("tables.js")),
    ("/assets/tip.js", JS, include_str!("tip.js")),
    ("/assets/views.js", JS, include_str!("views.js")),
    ("/assets/words.js", JS, include_str!("words.js")),
];
const PAGE: &str = include_str!("index.html");
const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// A page that loads nothing from elsewhere and runs no script but its own. The icon is in the page; the chart sets
/// styles.
const POLICY: &str = "default-src 'self'; img-src data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'";

/// The dashboard, a page for people
#[utoipa::path(get, path = "/", responses((status = 200, body = String, content_type = "text/html"), Refusal))]
pub async fn page() -> impl IntoResponse {
    file(HTML, PAGE)
}

/// The routes of the parts of the page.
pub fn assets<S: Clone + Send + Sync + 'static>() -> Router<S> {
    ASSETS.into_iter().fold(Router::new(), |router, (path, kind, text)| {
        router.route(path, get(move || async move { file(kind, text) }))
    })
}

/// A file. Browsers ask for it each time, so that a newer engine is never looked at through an older page.
fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, "no-cache"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every file that the page or a module of it names is served.
    #[test]
    fn the_page_lacks_nothing() {
        let served = |path: &str| ASSETS.iter().any(|(served, ..)| *served == path);
        let mut named = 0;
        let own = ASSETS.iter().filter(|(place, ..)| !place.contains("uplot"));
        for (place, text) in own.map(|(place, _, text)| (*place, *text)).chain([("/", PAGE)]) {
            let quoted = text.split('"').filter(|word| word.ends_with(".js") || word.ends_with(".css"));
            for word in quoted.filter(|word| !word.contains(char::is_whitespace)) {
                let path = format!("/assets/{}", word.trim_start_matches("./").trim_start_matches("assets/"));
                assert!(served(&path), "{place} names {word}");
                named += 1;
            }
        }
        assert!(named >= 8, "only {named} names were found");
    }
}
