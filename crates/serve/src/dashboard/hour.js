// How the last hour went: a small chart for each of rate, lag, freshness and the latency of the sink.

import { marks, style } from "./chart.js";
import { by, make, say, term } from "./dom.js";
import { ceiling, ceilingMs, duration, hour, rate } from "./model.js";

const count = (value) => Math.round(value).toLocaleString();
/** An axis has no room for all digits. */
const short = new Intl.NumberFormat([], { notation: "compact" });

/** What is shown: a name, the word that explains it, what of a point, how it is written and how beside the axis, which ends where and at least where. */
const ROWS = [
  { name: "records a second", word: "rate", of: (point) => point.events_per_second, words: rate, marks: (value) => (value < 10 ? rate(value) : `${short.format(value)}/s`), end: ceiling, least: 1 },
  { name: "lag", word: "lag", of: (point) => point.lag, words: count, marks: (value) => short.format(value), end: ceiling, least: 10 },
  { name: "freshness", word: "freshness", of: (point) => point.unwritten_s * 1000, words: duration, marks: duration, end: ceilingMs, least: 100 },
  { name: "sink latency", word: "latency", of: (point) => point.sink_latency_ms, words: duration, marks: duration, end: ceilingMs, least: 2 },
];

export class Hour {
  #box = by("hour");
  #clock;
  #plots = [];
  #key;
  #points = [];
  #step = 10;
  /** The index of the point that somebody looks at. */
  #at = null;

  constructor(clock) {
    this.#clock = clock;
    this.#box.replaceChildren(...ROWS.map(({ name, word }) => make("div", "spark", make("p", "", term(word, name), make("b")), make("div", "plot"))));
    new ResizeObserver(() => this.#plots.forEach((plot, index) => plot.setSize(this.#size(index)))).observe(this.#box);
  }

  /** Where newer points than those that are here begin, for a question. */
  get since() {
    return this.#points.at(-1)?.at ?? "";
  }

  /** Takes points in, of so many seconds each; the last one that is here may have gone on. */
  take({ step_s: step, points }) {
    const first = points[0]?.at ?? "";
    this.#points = [...this.#points.filter(({ at }) => at < first), ...points].slice(-360);
    this.#step = step;
    this.#key = null;
    this.show();
  }

  #size(index) {
    const { em } = style(this.#box);
    return { width: this.#box.children[index].lastChild.clientWidth, height: Math.round(em * 6.5) };
  }

  /** Draws what has come, or what looks different by now. */
  show() {
    const { soft, em } = style(this.#box);
    const key = `${soft} ${em}`;
    if (key === this.#key || this.#points.length === 0) return;
    this.#key = key;
    this.#plots.forEach((plot) => plot.destroy());
    this.#plots = ROWS.map(({ of }, index) => this.#plot(index, hour(this.#points, this.#step, of)));
    this.#tell();
  }

  #plot(index, data) {
    const { axis, em } = style(this.#box);
    const accent = getComputedStyle(document.documentElement).getPropertyValue("--accent").trim();
    const { marks: write, end, least } = ROWS[index];
    return new uPlot({
      ...this.#size(index),
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), this.#clock.zone),
      legend: { show: false },
      padding: [em * 0.7, em * 1.5, null, null],
      cursor: { sync: { key: "hour" }, drag: { x: false, y: false }, y: false, points: { size: em / 2 } },
      series: [{}, { stroke: accent, fill: `color-mix(in srgb, ${accent} 14%, transparent)`, width: Math.max(1.5, em / 10), points: { show: false } }],
      axes: [
        { ...axis, values: marks(), incrs: [60, 300, 600, 900, 1800], size: em * 1.7, space: em * 4, grid: { show: false } },
        { ...axis, size: em * 4.4, splits: (_, __, ___, high) => [0, high / 2, high], values: (_, values) => values.map(write) },
      ],
      scales: {
        x: { range: (_, low, high) => [Math.min(low, high - 300), high] },
        y: { range: (_, low, high) => [0, end(Math.max(least, high ?? 0))] },
      },
      hooks: {
        drawClear: [(plot) => this.#shade(plot)],
        setCursor: [({ cursor: { idx } }) => {
          this.#at = idx ?? null;
          this.#tell();
        }],
      },
    }, data, this.#box.children[index].lastChild);
  }

  /** Says when a server was away. */
  #shade(plot) {
    const { ctx, bbox: { left, top, width, height } } = plot;
    ctx.save();
    ctx.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--bad-soft").trim();
    for (const { at } of this.#points.filter(({ away }) => away)) {
      const [from, to] = [0, this.#step].map((more) => plot.valToPos(Date.parse(at) / 1000 + more, "x", true));
      const [low, high] = [Math.max(left, from), Math.min(left + width, Math.max(to, from + 2))];
      if (high > low) ctx.fillRect(low, top, high - low, height);
    }
    ctx.restore();
  }

  /** The values of the point that somebody looks at, or of the newest. */
  #tell() {
    const times = hour(this.#points, this.#step, () => 0)[0];
    const index = this.#at !== null && this.#at < times.length ? this.#at : times.length - 1;
    const point = this.#points.find(({ at }) => Date.parse(at) / 1000 === times[index]);
    ROWS.forEach(({ of, words }, row) => say(this.#box.children[row].firstChild.lastChild, point ? words(of(point)) : "–"));
    say(by("hour-span"), this.#at === null || !point ? `now · ${this.#clock.zone}` : `at ${this.#clock.moment(point.at)}`);
  }
}
