//! A curve as a picture. Pure.

use std::fmt::Write;

use mare_bench_support::figure::short;
use mare_bench_support::statistics::Spread;

/// How wide a picture is.
const WIDTH: f64 = 480.0;
/// How high.
const HEIGHT: f64 = 240.0;
/// How much of it is left around the curve.
const MARGIN: f64 = 48.0;

/// The picture (SVG) of what something comes to at each of `points`: the middle values as a line, and how far the
/// others are. Each step to the right is as many times as much, upwards it begins with nothing. `points` are in order.
pub fn of(name: &str, unit: &str, points: &[(u64, Spread)]) -> String {
    let mut picture = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"11\" text-anchor=\"middle\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n"
    );
    let (left, bottom, top) = (MARGIN, HEIGHT - MARGIN, MARGIN);
    let _ = writeln!(picture, "<text x=\"{}\" y=\"{}\">{unit}, by {name}</text>", WIDTH / 2.0, top / 2.0);
    let axes = format!("M{left} {top}V{bottom}H{}", WIDTH - MARGIN);
    let _ = writeln!(picture, "<path d=\"{axes}\" fill=\"none\" stroke=\"grey\"/>");
    let most = points.iter().map(|(_, spread)| spread.max).fold(f64::MIN_POSITIVE, f64::max);
    let _ = writeln!(picture, "<text x=\"{}\" y=\"{}\">{}</text>", left / 2.0, top + 4.0, short(most));
    let _ = writeln!(picture, "<text x=\"{}\" y=\"{}\">0</text>", left / 2.0, bottom + 4.0);
    let line: Vec<String> =
        points.iter().map(|point| format!("{:.1},{:.1}", x(point.0, points), y(point.1.median, most))).collect();
    let _ = writeln!(picture, "<polyline points=\"{}\" fill=\"none\" stroke=\"teal\"/>", line.join(" "));
    for (at, spread) in points {
        let (x, y) = (x(*at, points), [spread.min, spread.median, spread.max].map(|value| y(value, most)));
        let _ = writeln!(picture, "<path d=\"M{x:.1} {:.1}V{:.1}\" stroke=\"teal\"/>", y[0], y[2]);
        let _ = writeln!(picture, "<circle cx=\"{x:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"teal\"/>", y[1]);
        let _ = writeln!(picture, "<text x=\"{x:.1}\" y=\"{:.1}\">{}</text>", y[2] - 6.0, short(spread.median));
        let _ = writeln!(picture, "<text x=\"{x:.1}\" y=\"{}\">{at}</text>", bottom + 16.0);
    }
    picture + "</svg>\n"
}

/// How far to the right a point is.
fn x(at: u64, points: &[(u64, Spread)]) -> f64 {
    let logarithm = |at: u64| (at.max(1) as f64).ln();
    let (first, last) = (points.first().map_or(at, |point| point.0), points.last().map_or(at, |point| point.0));
    let span = logarithm(last) - logarithm(first);
    let share = if span > 0.0 { (logarithm(at) - logarithm(first)) / span } else { 0.5 };
    1.5 * MARGIN + share * (WIDTH - 3.0 * MARGIN)
}

/// How far down a value is.
fn y(value: f64, most: f64) -> f64 {
    HEIGHT - MARGIN - value / most * (HEIGHT - 2.0 * MARGIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(median: f64) -> Spread {
        Spread { min: median, median, max: median }
    }

    #[test]
    fn each_step_is_as_many_times_as_much_and_more_is_higher() {
        let points = [(10, spread(1.0)), (100, spread(2.0)), (1_000, spread(4.0))];
        let steps = [10, 100, 1_000].map(|at| x(at, &points));
        assert!((steps[1] - steps[0] - (steps[2] - steps[1])).abs() < 1e-9 && steps[0] < steps[1], "{steps:?}");
        assert!(y(4.0, 4.0) == MARGIN && y(0.0, 4.0) == HEIGHT - MARGIN && y(2.0, 4.0) < y(1.0, 4.0));
        assert!((MARGIN..WIDTH - MARGIN).contains(&x(7, &[(7, spread(1.0))])));
    }

    #[test]
    fn every_point_is_drawn_with_its_value() {
        let points = [(3, spread(0.5)), (30, Spread { min: 0.25, median: 0.75, max: 1.0 })];
        let picture = of("partitions", "us an event", &points);
        assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"), "{picture}");
        assert_eq!(picture.matches("<circle").count(), 2);
        for text in [">0.500<", ">0.750<", ">3<", ">30<", "us an event, by partitions"] {
            assert!(picture.contains(text), "{text} is not in {picture}");
        }
        assert_eq!(of("x", "y", &[]).matches("<circle").count(), 0);
    }
}
