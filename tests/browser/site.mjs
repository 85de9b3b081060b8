// Starts the program on a free port with a database file of its own, and a real browser to visit it with.
//
// CALLING_BINARY names the program (default: the debug build), CHROMIUM the browser. The models are the small fixtures:
// these tests are about the pages, not about what a reading says.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const sizes = {
  wide: { width: 1280, height: 900 },
  phone: { width: 360, height: 740 },
};

/** The running program: its address, and how to stop it. */
export async function startSite(...more) {
  const folder = mkdtempSync(join(tmpdir(), "calling-browser-"));
  const fixtures = join(root, "tests", "fixtures", "models");
  const program = process.env.CALLING_BINARY ?? join(root, "target", "debug", "calling");
  assert.ok(existsSync(program), `${program} is not there: build it first (cargo build)`);
  const child = spawn(program, [
    "serve", "--listen", "127.0.0.1:0", "--database-url", `sqlite://${join(folder, "calling.db")}`,
    "--datasets", join(root, "datasets"), "--mbti-model", join(fixtures, "albert-spiece"),
    "--big-five-model", join(fixtures, "bert-vocab-txt"), "--metrics-listen", "off", "--precision", "reference",
    ...more,
  ], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const address = await new Promise((resolve, reject) => {
    const read = (piece) => {
      said += piece;
      const found = said.match(/listening on (http:\/\/\S+)/);
      if (found) resolve(found[1]);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.on("exit", (code) => reject(new Error(`the program ended with ${code}:\n${said}`)));
    setTimeout(() => reject(new Error(`the program did not start:\n${said}`)), 60_000).unref();
  });
  return {
    address,
    /** Changes the database behind the program's back. */
    alter(statement) {
      const script = "import sqlite3, sys\nwith sqlite3.connect(sys.argv[1]) as c: c.execute(sys.argv[2])";
      execFileSync("python3", ["-c", script, join(folder, "calling.db"), statement]);
    },
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.removeAllListeners("exit");
      child.once("exit", () => {});
      child.kill("SIGTERM");
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 12_000).unref())]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function startBrowser() {
  const path = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
  assert.ok(path, "no Chromium found: install one, or name it in CHROMIUM");
  return chromium.launch({ executablePath: path, args: ["--no-sandbox"] });
}

/** A visitor's page. What the Content-Security-Policy refuses, and what the script throws, ends up in `page.faults`. */
export async function visit(browser, { size = "wide", script = true, scheme = "light" } = {}) {
  const page = await open(browser, { size, script, scheme });
  if (!script) {
    // axe is itself a script. It looks at the same addresses with the same cookies in a second window, in which our
    // own script never arrives.
    page.inspector = await open(browser, { size, script: true, scheme });
    await page.inspector.route("**/static/*.js", (route) => route.abort());
  }
  return page;
}

async function open(browser, { size, script, scheme }) {
  const context = await browser.newContext({
    viewport: sizes[size], javaScriptEnabled: script, colorScheme: scheme, reducedMotion: "reduce",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("console", (message) => {
    if (/content security policy/i.test(message.text())) page.faults.push(message.text());
  });
  return page;
}

/** axe finds nothing, the page is no wider than the window, and nothing was refused or thrown. */
export async function assertSound(visited, name) {
  let page = visited;
  if (visited.inspector) {
    page = visited.inspector;
    await page.context().addCookies(await visited.context().cookies());
    await page.goto(visited.url());
  }
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const told = violations.map((v) => `${v.id}: ${v.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
  assert.deepEqual(told, [], name);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(overflow <= 0, `${name} is ${overflow} pixels wider than the window`);
  assert.deepEqual([...visited.faults, ...page.faults], [], name);
}

/** Waits until the page has turned into the result, which it does by itself, with script or without. */
export async function awaitResult(page) {
  await page.locator("#types").waitFor({ timeout: 60_000 });
}
