// Starts the program on a free port with a database file of its own, and a real browser to visit it with.
//
// CALLING_BINARY names the program (default: the debug build), CHROMIUM the browser. The models are the small fixtures:
// these tests are about the pages, not about what a reading says.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { chromium } from "playwright-core";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const sizes = {
  wide: { width: 1280, height: 900 },
  phone: { width: 360, height: 740 },
  narrow: { width: 320, height: 640 },
};

/**
 * The small models, as interim ones, beside figures that were measured with them, as far as the program can tell. The
 * figures are made up.
 */
function evaluated(folder, fixtures) {
  const traits = ["Extraversion", "Neuroticism", "Agreeableness", "Conscientiousness", "Openness"];
  const axes = ["E/I", "S/N", "T/F", "J/P"];
  const figure = (kind, name) => ({
    kind, of: name, value: 0.4321, standard_error: 0.0123, floor: 0.6, goal: 0.85,
    beside: ["its accuracy", "Bayes posterior's accuracy", "always the commonest"].map((beside) => ({ name: beside, value: 0.1234 })),
  });
  const figures = [
    ...["sanity", "open-answers", "unseen-questions", "calibration-error"].flatMap((kind) => traits.map((name) => figure(kind, name))),
    ...["axis-area", "calibration-error"].flatMap((kind) => axes.map((name) => figure(kind, name))),
    ...["type-top-one", "type-top-three", "share-read"].map((kind) => figure(kind, "")),
    ...["reworded", "shuffled", "reworded-open"].map((kind) => figure(kind, "Conscientiousness")),
    figure("uniform-ratings", "Conscientiousness, all 5"),
  ];
  const labelled = traits.map((name) => figure("labelled-area", name));
  const readers = (some) => ["bag of words", "untrained checkpoint, trained head", "mean cosine to keyed items"]
    .map((name) => ({ name, what: "", figures: some }));
  const sha256 = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");
  const measured = (name) => {
    cpSync(join(fixtures, name), join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, "calling.json"), JSON.stringify({ interim: true }));
    const [settings, ...weights] = ["calling.json", "model.safetensors", "pytorch_model.bin"].map((file) => join(folder, name, file));
    return {
      name, weights_sha256: sha256(weights.find(existsSync)),
      settings_sha256: existsSync(settings) ? sha256(settings) : null, parameters: 1, weights_bytes: 1,
    };
  };
  writeFileSync(join(folder, "evaluation.json"), JSON.stringify({
    calling: "0", questionnaire: "", precision: "f32",
    bank: { sha256: "", answers: 5000, tested_with: 720, unseen: 180 },
    people: {
      respondents: 1000, seed: 1, shuffled: 100, resamples: 200, oracle: [0.79, 0.8, 0.81, 0.8, 0.79],
      posterior_draws: 400, posterior_effective: 288, reworded_exactly: 0.7,
    },
    big_five: measured("bert-vocab-txt"), mbti: measured("albert-spiece"),
    figures, baselines: readers(figures),
    labelled: [{ file: "essays.jsonl", sha256: "", texts: 2000, figures: labelled, baselines: readers(labelled) }],
  }));
  return folder;
}

export let site, browser;

/**
 * Starts the program and a browser before the tests of a file, and stops both after them. `ready` is what else has to be done
 * before: hooks of a file do not wait for each other.
 */
export function setUp(options, ready = async () => {}) {
  before(async () => {
    site = await startSite(options);
    browser = await startBrowser();
    await ready();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });
}

/**
 * The running program: its address, and how to stop it. `figures`: with an evaluation beside its models; `database`: that of
 * another one, which it shares; `more`: its options.
 */
export async function startSite({ figures = false, database, more = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "calling-browser-"));
  const fixtures = join(root, "tests", "fixtures", "models");
  const models = figures ? evaluated(folder, fixtures) : fixtures;
  const program = process.env.CALLING_BINARY ?? join(root, "target", "debug", "calling");
  assert.ok(existsSync(program), `${program} is not there: build it first (cargo build)`);
  const child = spawn(program, [
    "serve", "--listen", "127.0.0.1:0", "--database-url", database ?? `sqlite://${join(folder, "calling.db")}`,
    "--datasets", join(root, "datasets"), "--mbti-model", join(models, "albert-spiece"),
    "--big-five-model", join(models, "bert-vocab-txt"), "--metrics-listen", "off", "--precision", "reference", ...more,
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
    program,
    /** The code with which it ends. */
    ended: new Promise((resolve) => child.once("close", resolve)),
    database: `sqlite://${join(folder, "calling.db")}`,
    /** Changes the database behind the program's back. */
    alter(statement, ...values) {
      const script = "import sqlite3, sys\nwith sqlite3.connect(sys.argv[1]) as c: c.execute(sys.argv[2], sys.argv[3:])";
      execFileSync("python3", ["-c", script, join(folder, "calling.db"), statement, ...values]);
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

/**
 * A visitor's page. What the Content-Security-Policy refuses, and what the script throws, ends up in `page.faults`. With
 * `worker`, the site's service worker is installed; requests that it makes cannot be intercepted by a test.
 */
export async function visit(browser, { size = "wide", script = true, scheme = "light", worker = false } = {}) {
  const context = await browser.newContext({
    viewport: sizes[size], javaScriptEnabled: script, colorScheme: scheme, reducedMotion: "reduce",
    serviceWorkers: worker ? "allow" : "block",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("console", (message) => {
    if (/content security policy/i.test(message.text())) page.faults.push(message.text());
  });
  if (!script) {
    const tools = await context.newCDPSession(page);
    page.forbidScript = (value) => tools.send("Emulation.setScriptExecutionDisabled", { value });
    // It is forbidden already, but not through these tools, which change only what they know of.
    await page.forbidScript(true);
  }
  return page;
}

/**
 * What axe finds. A page that is left meanwhile, because a button was pressed just before, is waited for. axe is itself a
 * script: where script is forbidden, it is allowed for the moment, on a page that has left out its own.
 */
async function inspected(page, again = 2) {
  try {
    await page.waitForLoadState();
    await page.forbidScript?.(false);
    await page.evaluate(axeSource);
    return await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  } catch (error) {
    if (again === 0) throw error;
    return inspected(page, again - 1);
  } finally {
    await page.forbidScript?.(true);
  }
}

/** axe finds nothing, the page is no wider than the window, and nothing was refused or thrown. */
export async function assertSound(page, name) {
  const { violations } = await inspected(page);
  const told = violations.map((v) => `${v.id}: ${v.nodes.map((node) => node.html.slice(0, 120)).join(" | ")}`);
  assert.deepEqual(told, [], name);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(overflow <= 0, `${name} is ${overflow} pixels wider than the window`);
  assert.deepEqual(page.faults, [], name);
}

/**
 * Looks until it sees what is expected, for ten seconds at most, or as many milliseconds as are given. After a click the old
 * page is still there for a moment, and then a part of the new one.
 */
export async function eventually(look, expected, message, within = 10_000) {
  const end = Date.now() + within;
  let seen;
  do {
    try {
      seen = await look();
      if (isDeepStrictEqual(seen, expected)) return;
    } catch (error) {
      if (!/navigation|context was destroyed/i.test(String(error))) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  } while (Date.now() < end);
  assert.deepStrictEqual(seen, expected, message);
}

/** The number of elements, once it is the one expected. */
export const assertCount = (locator, expected, message) => eventually(() => locator.count(), expected, message);

/** Opens what a link leads to, and waits until that page is loaded: a click alone does not wait. */
export async function follow(page, link) {
  const from = page.url();
  await link.click();
  await page.waitForURL((address) => address.href !== from);
}

/** Waits until the page has turned into the result, which it does by itself, with script or without. */
export async function awaitResult(page) {
  await page.locator("#types").waitFor({ timeout: 60_000 });
}
