// A browser that looks at the dashboard on behalf of a test: commands on standard input, one answer a line on standard output.
//
//   node page.mjs PLAYWRIGHT CHROMIUM URL
//   read                              what the page shows, as JSON
//   screenshot FILE SCHEME WIDTH HEIGHT   takes a picture (SCHEME: light or dark)
//   problems                          errors that the page has logged, as a JSON list

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
    period: text("#period"), spans: ["groups", "chart", "windows"].map((name) => text(`#${name}-span`)), graph: text("#graph"), wide: document.documentElement.scrollWidth > innerWidth,
  };
});

const commands = {
  read,
  problems: async () => problems,
  screenshot: async (path, colorScheme, width, height) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: Number(width), height: Number(height) });
    await page.waitForTimeout(600); // the chart is drawn anew
    await page.screenshot({ path });
    return "";
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...words] = line.trim().split(" ");
  if (command === "close") break;
  console.log(JSON.stringify(await commands[command](...words)));
}
await browser.close();
process.exit();
