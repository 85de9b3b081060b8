// The questionnaire without a network: what a device keeps, when it is saved, and when it is erased.
import assert from "node:assert/strict";
import { createConnection, createServer } from "node:net";
import { after, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { assertCount, assertSound, awaitResult, browser, setUp, site, visit } from "./site.mjs";

let tunnel;
setUp({}, async () => {
  tunnel = await startTunnel(Number(new URL(site.address).port));
});
after(() => tunnel?.close());

/** A way to the site that can be cut while the browser believes to be online, as in a tunnel. */
async function startTunnel(port) {
  const sockets = new Set();
  let cut = false;
  const server = createServer((socket) => {
    if (cut) return socket.destroy();
    const onward = createConnection(port, "127.0.0.1");
    for (const [from, to] of [[socket, onward], [onward, socket]]) {
      sockets.add(from);
      from.on("error", () => {}).on("close", () => { sockets.delete(from); to.destroy(); });
      from.pipe(to);
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    cut() { cut = true; sockets.forEach((socket) => socket.destroy()); },
    mend() { cut = false; },
    close() { cut = true; sockets.forEach((socket) => socket.destroy()); server.close(); },
  };
}

/** A visitor on the first page, with the service worker at work. */
async function begun(address = site.address, options = {}) {
  const page = await visit(browser, { worker: true, ...options });
  await page.goto(`${address}/begin`);
  await page.getByLabel(/or older/).check();
  await page.getByRole("button", { name: "Start with the first page" }).click();
  await page.waitForURL("**/questions/1");
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  return page;
}

const says = (page, text) => page.locator("[data-saved]", { hasText: text }).waitFor();
const saved = (page) => says(page, "Saved.");
const keptHere = (page) => says(page, "Kept on this device.");
const next = (page) => page.locator("button[value=next]").click();
const shell = (page) => page.locator("[data-offline]");

/** The answers that lie in the device's store: field to value. */
const unsaved = (page) => page.evaluate(async () => {
  if (!(await indexedDB.databases()).some(({ name }) => name === "calling")) return {};
  const database = await new Promise((done) => { indexedDB.open("calling").onsuccess = (event) => done(event.target.result); });
  const entries = await new Promise((done) => {
    database.transaction("unsaved").objectStore("unsaved").getAll().onsuccess = (event) => done(event.target.result);
  });
  database.close();
  return Object.fromEntries(entries.filter(({ field }) => field).map(({ field, value }) => [field, value]));
});

/** Waits until what is looked up is as expected. */
async function becomes(page, look, expected) {
  let found;
  for (let tries = 0; tries < 100; tries += 1) {
    found = await look();
    if (isDeepStrictEqual(found, expected)) return;
    await page.waitForTimeout(50);
  }
  assert.deepEqual(found, expected);
}

/** The store comes to hold these answers and no others. */
const storeHolds = (page, expected) => becomes(page, () => unsaved(page), expected);

/** No page in any cache was fetched for a visitor, and none holds an answer. */
async function assertCachesHoldNoAnswer(page, words) {
  const cached = await page.evaluate(async () => {
    const found = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        found.push({ path: new URL(request.url).pathname, body: await (await cache.match(request, { ignoreVary: true })).text() });
      }
    }
    return found;
  });
  assert.ok(cached.length >= 18, `only ${cached.length} files are kept`);
  for (const { path, body } of cached) {
    assert.match(path, /^\/(static\/[\w.-]+|offline|questions\/\d+\/shell)$/);
    if (path.startsWith("/static/")) continue;
    for (const word of [words, " checked", "Saved."]) assert.ok(!body.includes(word), `${path} holds ${word}`);
    assert.ok(!/data-draft="[^"]/.test(body), `${path} names a draft`);
  }
}

/** Answers everything on a page, and returns what was given. */
async function answerPage(page, number) {
  const given = {};
  for (const row of await page.locator("fieldset.rate").all()) {
    const id = await row.getAttribute("id");
    given[id] = String(1 + ((number + Number(id.slice(1))) % 5));
    await page.locator(`#${id}-${given[id]}`).check();
  }
  for (const area of await page.locator("textarea").all()) {
    const id = await area.getAttribute("id");
    given[id] = `Lighthouse number ${id} stands by the sea`;
    await area.fill(given[id]);
  }
  return given;
}

test("the network goes on every second page, and nothing is lost", { timeout: 180_000 }, async () => {
  const page = await begun();
  const context = page.context();
  const given = {};
  for (let number = 1; number <= 12; number += 1) {
    const offline = number % 2 === 0;
    // The page after one without a network came from the device.
    await assertCount(shell(page), number > 1 && !offline ? 1 : 0, `page ${number}`);
    await context.setOffline(offline);
    const answers = await answerPage(page, number);
    Object.assign(given, answers);
    await (offline ? keptHere(page) : saved(page));
    await storeHolds(page, offline ? answers : {});
    await assertCount(shell(page), 0, "a page from the device is completed once the network is back");
    await assertCachesHoldNoAnswer(page, "Lighthouse");
    await next(page);
    await page.waitForURL(number === 12 ? "**/questions/check" : `**/questions/${number + 1}`);
  }
  assert.match(await page.locator("h1").innerText(), /You are offline/);
  await assertSound(page, "offline");
  await context.setOffline(false);
  await saved(page);
  await page.reload();
  assert.match(await page.locator(".progress").innerText(), /86 of 86/);
  await page.getByRole("button", { name: "Send my answers" }).click();
  await page.waitForURL("**/results/*");
  await awaitResult(page);
  const exported = await (await fetch(`${page.url()}/export.json`)).json();
  assert.deepEqual({ ...exported.ratings, ...exported.answers }, given);
  await storeHolds(page, {});
  await assertCachesHoldNoAnswer(page, "Lighthouse");
  // A result is never kept.
  await context.setOffline(true);
  await page.reload();
  assert.match(await page.locator("h1").innerText(), /You are offline/);
  assert.ok(!(await page.content()).includes("Lighthouse"));
  await context.close();
});

test("a dead connection that looks alive stops nobody, back and forth", { timeout: 90_000 }, async () => {
  const page = await begun(tunnel.address);
  await page.goto(`${tunnel.address}/questions/7`);
  tunnel.cut();
  try {
    await page.locator("#q01").fill("Tea.");
    await says(page, "It will be saved when the server can be reached.");
    await next(page);
    await page.waitForURL("**/questions/8");
    await shell(page).waitFor();
    assert.equal(await page.locator("[data-count]").innerText(), "0");
    await assertSound(page, "a page from the device");
    await page.locator("textarea").first().fill("Coffee.");
    await page.locator("button[value=back]").click();
    await page.waitForURL("**/questions/7");
    await shell(page).waitFor();
    await page.waitForFunction(() => document.querySelector("#q01").value === "Tea.");
    assert.match(await page.locator("#q01-words").innerText(), /1 word/);
    await page.goto(`${tunnel.address}/careers`);
    assert.match(await page.locator("h1").innerText(), /You are offline/);
    await page.getByRole("link", { name: "Part 2, page 1" }).click();
    await page.waitForFunction(() => document.querySelector("#q01").value === "Tea.");
  } finally {
    tunnel.mend();
  }
  await saved(page);
  await storeHolds(page, {});
  await page.reload();
  assert.equal(await page.locator("#q01").inputValue(), "Tea.");
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("two devices with one draft merge as two tabs do", { timeout: 90_000 }, async () => {
  const here = await begun();
  const there = await visit(browser, { worker: true });
  await there.context().addCookies(await here.context().cookies());
  await here.goto(`${site.address}/questions/7`);
  await there.goto(`${site.address}/questions/7`);
  await here.context().setOffline(true);
  await here.locator("#q01").fill("Written here without a network.");
  await here.locator("#q03").fill("Here later.");
  await keptHere(here);
  await there.locator("#q02").fill("Written there.");
  await there.locator("#q03").fill("There earlier.");
  await saved(there);
  // Closed without a network, and opened again with one.
  const later = await here.context().newPage();
  await here.close();
  await later.context().setOffline(false);
  await later.goto(`${site.address}/questions/8`);
  await saved(later);
  await storeHolds(later, {});
  await there.reload();
  for (const [field, words] of [["q01", "Written here without a network."], ["q02", "Written there."], ["q03", "Here later."]]) {
    assert.equal(await there.locator(`#${field}`).inputValue(), words);
  }
  await later.context().close();
  await there.context().close();
});

test("a page from the device takes over what another device saved, once it can", { timeout: 90_000 }, async () => {
  const here = await begun();
  const there = await visit(browser, { worker: true });
  await there.context().addCookies(await here.context().cookies());
  await there.goto(`${site.address}/questions/7`);
  await there.locator("#q01").fill("Written there.");
  await there.locator("input[name=q03-skip]").check();
  await saved(there);
  await here.context().setOffline(true);
  await here.goto(`${site.address}/questions/7`);
  await shell(here).waitFor();
  await here.locator("#q02").fill("Written here.");
  await here.context().setOffline(false);
  await shell(here).waitFor({ state: "detached" });
  await saved(here);
  assert.equal(await here.locator("#q01").inputValue(), "Written there.");
  assert.ok(await here.locator("input[name=q03-skip]").isChecked());
  assert.equal(await here.locator("#q02").inputValue(), "Written here.");
  assert.equal(await here.locator("[data-count]").innerText(), "3");
  // Posting it changes nothing that the other device saved meanwhile.
  const arrived = there.waitForResponse("**/answers");
  await there.locator("#q01").fill("Changed there.");
  await arrived;
  await next(here);
  await here.waitForURL("**/questions/7?missing");
  assert.equal(await here.locator("#q01").inputValue(), "Changed there.");
  await here.context().close();
  await there.context().close();
});

test("a page that was served before an answer was saved does not take it away", { timeout: 90_000 }, async () => {
  const page = await begun();
  await page.context().setOffline(true);
  await page.goto(`${site.address}/questions/7`);
  await shell(page).waitFor();
  await page.evaluate(() => {
    const fetched = globalThis.fetch;
    const event = () => { const made = {}; made.happens = new Promise((done) => { made.now = done; }); return made; };
    const [served, saved] = [event(), event()];
    globalThis.fetch = async (address, options) => {
      if (options?.method === "POST") await served.happens;
      const answer = await fetched(address, options);
      if (options?.method === "POST") setTimeout(saved.now, 200);
      else if (address === location.href) {
        served.now();
        await saved.happens;
      }
      return answer;
    };
  });
  await page.locator("#q02").fill("Written here.");
  await page.context().setOffline(false);
  await shell(page).waitFor({ state: "detached" });
  await saved(page);
  assert.equal(await page.locator("#q02").inputValue(), "Written here.");
  await page.context().close();
});

test("sending needs the server, says so, and takes other tabs' answers along", { timeout: 90_000 }, async () => {
  const page = await begun(tunnel.address);
  for (let number = 1; number <= 12; number += 1) {
    await page.goto(`${tunnel.address}/questions/${number}`);
    await answerPage(page, number);
    await saved(page);
    await storeHolds(page, {});
  }
  await page.goto(`${tunnel.address}/questions/check`);
  const other = await page.context().newPage();
  await other.goto(`${tunnel.address}/questions/7`);
  tunnel.cut();
  try {
    await page.getByRole("button", { name: "Send my answers" }).click();
    await says(page, "Sending needs a connection. Nothing is lost");
    assert.equal(new URL(page.url()).pathname, "/questions/check");
    await other.locator("#q01").fill("Written in another tab.");
    await keptHere(other);
    await other.close();
  } finally {
    tunnel.mend();
  }
  await page.getByRole("button", { name: "Send my answers" }).click();
  await page.waitForURL("**/results/*");
  const exported = await (await fetch(`${page.url()}/export.json`)).json();
  assert.equal(exported.answers.q01, "Written in another tab.");
  await storeHolds(page, {});
  await page.context().close();
});

/** A visitor at `path`, with an answer in the device's store that no open page knows of. */
async function withUnsaved(path) {
  const page = await begun(tunnel.address);
  const other = await page.context().newPage();
  await other.goto(`${tunnel.address}/questions/7`);
  await page.goto(tunnel.address + path);
  tunnel.cut();
  try {
    await other.locator("#q01").fill("A lighthouse.");
    await keptHere(other);
    await other.close();
  } finally {
    tunnel.mend();
  }
  await storeHolds(page, { q01: "A lighthouse." });
  return page;
}

test("discarding the draft erases what the device kept", async () => {
  const page = await withUnsaved("/discard");
  await page.getByRole("button", { name: "Discard my answers" }).click();
  await page.waitForURL("**/discarded");
  await storeHolds(page, {});
  await assertCachesHoldNoAnswer(page, "lighthouse");
  await page.context().close();
});

test("forgetting the device erases all that it kept, the service worker too", async () => {
  const page = await withUnsaved("/forget");
  await page.getByRole("button", { name: "Forget this device" }).click();
  await page.waitForURL("**/forgotten");
  await storeHolds(page, {});
  const left = () => page.evaluate(async () => [
    ...await caches.keys(), ...(await navigator.serviceWorker.getRegistrations()).map(({ scope }) => scope),
  ]);
  await becomes(page, left, []);
  await page.context().close();
});

test("what was kept for a draft that has expired or was sent elsewhere is erased", async () => {
  for (const end of ["DELETE FROM drafts", "UPDATE drafts SET state = 'deleted'"]) {
    const page = await withUnsaved("/about");
    site.alter(end);
    await page.goto(tunnel.address);
    await storeHolds(page, {});
    await page.context().close();
  }
});

test("what was kept too long is erased even without a network", async () => {
  const page = await withUnsaved("/about");
  await page.evaluate(async () => {
    const database = await new Promise((done) => { indexedDB.open("calling").onsuccess = (event) => done(event.target.result); });
    const store = database.transaction("unsaved", "readwrite").objectStore("unsaved");
    const entries = await new Promise((done) => { store.getAll().onsuccess = (event) => done(event.target.result); });
    entries.filter(({ field }) => field).forEach((entry) => store.put({ ...entry, until: Date.now() - 1 }));
    database.close();
  });
  await page.context().setOffline(true);
  await page.goto(`${tunnel.address}/questions/7`);
  await shell(page).waitFor();
  await storeHolds(page, {});
  assert.equal(await page.locator("#q01").inputValue(), "");
  await page.context().close();
});

test("answers kept for one draft never get into the next", async () => {
  const page = await withUnsaved("/discard");
  await page.context().request.post(`${tunnel.address}/discard`, { headers: { "sec-fetch-site": "same-origin" } });
  await page.goto(`${tunnel.address}/begin`);
  await page.getByLabel(/or older/).check();
  await page.getByRole("button", { name: "Start with the first page" }).click();
  await page.waitForURL("**/questions/1");
  await storeHolds(page, {});
  await page.goto(`${tunnel.address}/questions/7`);
  assert.equal(await page.locator("#q01").inputValue(), "");
  await page.context().close();
});

test("a device without a draft keeps nothing, and is told", async () => {
  const page = await begun();
  await page.goto(`${site.address}/discard`);
  await page.getByRole("button", { name: "Discard my answers" }).click();
  await page.waitForURL("**/discarded");
  await page.context().setOffline(true);
  await page.goto(`${site.address}/questions/3`);
  await says(page, "No answers were begun on this device.");
  assert.ok(await page.locator("form[data-save]").isHidden());
  await page.context().close();
});

test("what an older version kept goes when a new one arrives", async () => {
  const page = await visit(browser, { worker: true });
  await page.goto(`${site.address}/about`);
  await page.evaluate(() => caches.open("calling-older"));
  await page.goto(`${site.address}/begin`);
  await page.getByLabel(/or older/).check();
  await page.getByRole("button", { name: "Start with the first page" }).click();
  await page.waitForURL("**/questions/1");
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  const names = await page.evaluate(() => caches.keys());
  assert.equal(names.length, 1);
  assert.match(names[0], /^calling-[0-9a-f]{12}$/);
  await page.context().close();
});

test("nothing is kept on a device before its visitor begins", async () => {
  const page = await visit(browser, { worker: true });
  for (const path of ["/", "/begin", "/about", "/careers", "/sample", "/questions/1"]) await page.goto(site.address + path);
  const kept = await page.evaluate(async () => [
    ...await caches.keys(), ...(await indexedDB.databases()).map(({ name }) => name),
    ...(await navigator.serviceWorker.getRegistrations()).map(({ scope }) => scope),
  ]);
  assert.deepEqual(kept, []);
  await page.context().close();
});

test("without script the form works as before, also once a network is gone and back", async () => {
  const page = await visit(browser, { script: false, worker: true });
  await page.goto(`${site.address}/begin`);
  await page.getByLabel(/or older/).check();
  await page.getByRole("button", { name: "Start with the first page" }).click();
  await page.waitForURL("**/questions/1");
  for (let row = 1; row <= 10; row += 1) await page.locator(`#r${String(row).padStart(2, "0")}-4`).check();
  await next(page);
  await page.waitForURL("**/questions/2");
  await page.goto(`${site.address}/questions/7`);
  await page.locator("#q01").fill("Tea.");
  await page.context().setOffline(true);
  await page.context().setOffline(false);
  await page.locator("button[value=stay]").click();
  await page.waitForURL("**/questions/7?saved");
  assert.equal(await page.locator("#q01").inputValue(), "Tea.");
  await page.context().close();
});
