// Takes the pictures of the documentation, of a demo whose sales are always the same:
//
//   node tests/dashboard/pictures.mjs [MARE] [FOLDER]
//
// MARE is the program (target/release/mare), FOLDER where the pictures go (docs). It uses what the tests of the dashboard have fetched:
// run `cargo test --test it the_dashboard` once before. `--all` adds pictures of every size and scheme, to be looked at.

import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";

import { launch, root } from "./browser.mjs";

const words = process.argv.slice(2);
const [mare = join(root, "target/release/mare"), folder = join(root, "docs")] = words.filter((word) => !word.startsWith("--"));

/** Name, scheme, width, and how much of the page from its top on: all of it without. */
const PICTURES = [["dashboard", "dark", 1440, 1850], ["dashboard-phone", "light", 390, 2400]];
const MORE = ["light", "dark"].flatMap((scheme) => [390, 1440, 1920, 3840].map((width) => [`look-${width}-${scheme}`, scheme, width]));
/** Long enough for windows to close, and for the last hour to have a shape. */
const WAIT_MS = 75_000;

/** A port that nobody has. */
const free = () => new Promise((done) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => done(port));
  });
});

const address = `127.0.0.1:${await free()}`;
const browser = await launch();
const demo = spawn(mare, ["demo", "--seed", "42", "--rate", "400", "--speed", "20", "--http", address], { stdio: "ignore" });

/** Takes the pictures of the page that it shows. */
async function take() {
  const page = await browser.newPage();
  await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  await page.goto(`http://${address}/`);
  await page.waitForSelector("#legend .entry");
  for (const [name, colorScheme, width, height] of [...PICTURES, ...(words.includes("--all") ? MORE : [])]) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: width < 600 ? 844 : Math.round(width * 0.6) });
    await page.waitForTimeout(1500); // the charts are drawn anew
    const path = join(folder, `${name}.png`);
    await page.screenshot({ path, fullPage: true, ...(height && { clip: { x: 0, y: 0, width, height } }) });
    const { scroll, client } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth }));
    console.log(`${path}: ${width} pixels wide, ${colorScheme}${scroll > client ? `, and ${scroll - client} pixels hang over` : ""}`);
  }
}

try {
  await take();
} finally {
  await browser.close();
  demo.kill("SIGINT");
}
