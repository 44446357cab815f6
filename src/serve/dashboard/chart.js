// The chart of the newest windows: one line for each group.

import { plain } from "./model.js";

/** Colours that people with any sight tell apart (Okabe and Ito), and that stand out on light and dark. */
export const COLOURS = ["#0a84c6", "#e07b00", "#009e73", "#cc6fa5", "#8c7ae6", "#c9a400", "#d64545", "#56b4e9", "#7a8a99", "#6b8e23"];

/** Seconds between two marks of the time axis. */
const STEPS = [60, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400, 604_800];

export const colour = (index) => COLOURS[index % COLOURS.length];

export class Chart {
  #box;
  #plot;
  #key;

  #zone;

  /** A chart in `box` whose times are those of `zone`. */
  constructor(box, zone) {
    [this.#box, this.#zone] = [box, zone];
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(box);
  }

  #size() {
    return { width: this.#box.clientWidth, height: Math.min(420, Math.max(220, innerHeight * 0.3)) };
  }

  /** Shows `data` (times in seconds, then a row for each of `groups`). */
  show(data, groups, format) {
    const style = getComputedStyle(document.documentElement);
    const [soft, line] = ["--soft", "--line"].map((name) => style.getPropertyValue(name));
    const key = JSON.stringify([groups, soft, format.name]);
    if (key === this.#key) return this.#plot.setData(data);
    this.#plot?.destroy();
    this.#key = key;
    const [hours, days] = ["{HH}:{mm}", "\n{YYYY}-{MM}-{DD}"];
    const times = [86400, 3600, 60, 1].map((step) => [step, step >= 86400 ? "{YYYY}-{MM}-{DD}" : hours, null, null, step >= 86400 ? null : days, null, null, null, 1]);
    const axis = { stroke: soft, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
    this.#plot = new uPlot({
      ...this.#size(),
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), this.#zone),
      legend: { live: false },
      series: [{ label: this.#zone }, ...groups.map((group, index) => ({
        label: plain(group), stroke: colour(index), width: 2, spanGaps: true, points: { show: data[0].length < 3 },
      }))],
      axes: [{ ...axis, values: times, incrs: STEPS }, { ...axis, size: 80, values: (_, values) => values.map(format.short) }],
      scales: { y: { range: (_, low, high) => [Math.min(0, low ?? 0), (high ?? 1) * 1.05 || 1] } },
    }, data, this.#box);
  }
}
