// A browser that looks at the dashboard on behalf of a test: commands on standard input, one answer a line on standard output.
//
//   node page.mjs PLAYWRIGHT CHROMIUM URL
//   read                what the page shows, as JSON
//   press SELECTOR      presses the first such element
//   type SELECTOR TEXT  types into it
//   point SELECTOR X    points at it, at a part X of its width
//   drag SELECTOR X Y   draws over it, from one part of its width to another
//   over WIDTH          how many pixels hang over on a page so wide
//   problems            errors that the page has logged, as a JSON list

import { execFileSync } from "node:child_process";
import { createInterface } from "node:readline";
const [playwright, found, url] = process.argv.slice(2);
const { chromium } = await import(playwright);
const executablePath = found.includes("/") ? found : execFileSync("which", [found], { encoding: "utf8" }).trim();
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
const problems = [];
page.on("pageerror", (error) => problems.push(String(error)));
await page.goto(url, { waitUntil: "domcontentloaded" });

/** What a person reads there. */
const read = () => page.evaluate(() => {
  const text = (selector) => document.querySelector(selector)?.textContent ?? "";
  const rows = (table) => [...document.querySelectorAll(`${table} tbody tr`)].map((row) => [...row.cells].map((cell) => cell.textContent));
  const totals = [...document.querySelectorAll("#totals strong")].map((card) => [card.dataset.total, card.dataset.units]);
  return {
    name: text("#name"), state: text("#state"), trouble: text("#trouble"), totals: Object.fromEntries(totals),
    groups: rows("#groups"), windows: rows("#windows"), partitions: rows("#partitions"), reasons: rows("#reasons"),
    period: text("#period"), spans: ["groups", "chart", "windows"].map((name) => text(`#${name}-span`)), flow: text("#flow"),
    windowsHead: [...document.querySelectorAll("#windows th")].map((cell) => cell.textContent),
    more: ["groups", "windows"].map((name) => document.getElementById(`${name}-more`)).map((button) => (button.hidden ? "" : button.textContent)),
    start: text("#start"), none: document.getElementById("none").hidden ? "" : text("#none"), uptime: text("#uptime"), generation: text("#generation"), tip: text("#tip"),
    legend: { when: text("#legend .when"), entries: [...document.querySelectorAll("#legend .entry")].map((entry) => [...entry.children].map((part) => part.textContent || part.style.background)) },
    shows: document.getElementById("chart").dataset.shows ?? "", isZoomed: !document.getElementById("unzoom").hidden, explained: document.getElementById("explain").open ? text("#explain") : "",
    hour: [...document.querySelectorAll("#hour p")].map((row) => row.textContent),
  };
});

/** A place on an element. */
const at = async (selector, part) => {
  const element = page.locator(selector).first();
  await element.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await element.boundingBox();
  return { x: x + width * Number(part), y: y + height / 2 };
};

const commands = {
  read,
  problems: async () => problems,
  press: async (...selector) => page.evaluate((selector) => document.querySelector(selector).click(), selector.join(" ")),
  type: async (selector, ...text) => page.fill(selector, text.join(" ")),
  point: async (selector, part) => {
    const { x, y } = await at(selector, part);
    await page.mouse.move(x, y);
  },
  drag: async (selector, from, to) => {
    const [begin, end] = [await at(selector, from), await at(selector, to)];
    await page.mouse.move(begin.x, begin.y);
    await page.mouse.down();
    await page.mouse.move(end.x, end.y, { steps: 5 });
    await page.mouse.up();
  },
  over: async (width) => {
    await page.setViewportSize({ width: Number(width), height: 900 });
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth));
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...words] = line.trim().split(" ");
  if (command === "close") break;
  console.log(JSON.stringify((await commands[command](...words)) ?? null));
}
await browser.close();
process.exit();
