// The browser of the tests: Debian's Chromium, or the checkout's own, driven by what `cargo test --test it the_dashboard` has fetched.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const servers = join(root, ".cache/servers");
const own = join(root, ".cache/tools/bin/chromium");
const playwright = existsSync(servers) && readdirSync(servers).find((name) => /^playwright-[\d.]+$/.test(name));

/** Why there is no browser, if there is none. */
export const missing = playwright ? false : "no browser: `cargo test --test it the_dashboard` fetches what drives one";

/** Starts a browser; whoever does ends it. */
export async function launch() {
  const { chromium } = await import(join(servers, playwright, "node_modules/playwright-core/index.mjs"));
  const executablePath = existsSync(own) ? own : execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
}
