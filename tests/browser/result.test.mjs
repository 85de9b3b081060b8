// A result with an assessment, as the bundled models make it: sound in every size, color scheme and on paper, and no longer
// than people read.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { test } from "node:test";
import { assertCount, assertSound, browser, setUp, site, visit } from "./site.mjs";

const read = (file) => JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
/** What a visitor gave, and what the bundled models made of it. */
const given = read("../../datasets/sample.json");

let result;

const field = (fields) => new URLSearchParams(fields);

async function send() {
  let cookie;
  const post = (path, fields) => fetch(site.address + path, {
    method: "POST", redirect: "manual", body: field(fields), headers: cookie ? { cookie } : {},
  });
  cookie = (await post("/begin", { agree: "1" })).headers.get("set-cookie").split(";")[0];
  await post("/answers", { ...given.ratings, ...given.answers });
  const path = (await post("/questions/check", { go: "send" })).headers.get("location");
  for (;;) {
    const exported = await (await fetch(`${site.address}${path}/export.json`)).json();
    if (exported.status === "done") break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  // The small models of these tests weigh no evidence.
  const assessment = { ...given.assessment, shares: given.shares };
  site.alter(
    "UPDATE personality_records SET assessment = ?, result_mbti = ?, result_big_five = ?, career_data = ?",
    ...[assessment, given.types, given.traits, given.careers].map((column) => JSON.stringify(column)),
  );
  return site.address + path;
}

/** The address of the share link; without one the owner's page is as it is first served. */
async function share(revoke = false) {
  await fetch(`${result}/${revoke ? "unshare" : "share"}`, { method: "POST", redirect: "manual" });
  if (revoke) return null;
  const page = await visit(browser);
  await page.goto(result);
  const address = (await page.locator("#shared").innerText()).trim();
  await page.context().close();
  return address;
}

setUp({}, async () => {
  result = await send();
});

test("a result is sound in every size and color scheme, folded and unfolded", { timeout: 180_000 }, async () => {
  const shared = await share();
  for (const [size, scheme] of [["wide", "light"], ["wide", "dark"], ["phone", "dark"], ["narrow", "light"]]) {
    const page = await visit(browser, { size, scheme });
    for (const address of [result, shared, `${result}/why`]) {
      await page.goto(address);
      await assertSound(page, `${address}, ${size}, ${scheme}`);
      await page.evaluate(() => document.querySelectorAll("details").forEach((fold) => { fold.open = true; }));
      await assertSound(page, `${address} unfolded, ${size}, ${scheme}`);
    }
    await page.context().close();
  }
});

test("on a phone a result is at most 8,000 pixels high, with ten careers and three reasons for each trait in sight", async () => {
  await share(true);
  const page = await visit(browser, { size: "phone", script: false });
  await page.goto(result);
  const height = await page.locator("html").evaluate((element) => element.scrollHeight);
  console.log(`result on a phone: ${height} px`);
  assert.ok(height <= 8000, `${height} px`);
  await assertCount(page.locator("#careers > table tbody tr:visible"), 10);
  await assertCount(page.locator("#why > ul > li:visible"), 15);
});

test("a result is at most 30 KB as sent", async () => {
  const url = new URL(result);
  const bytes = await new Promise((resolve, reject) => {
    request(url, { headers: { "accept-encoding": "br, gzip" } }, (answer) => {
      let sum = 0;
      assert.ok(answer.headers["content-encoding"], "compressed");
      answer.on("data", (piece) => { sum += piece.length; });
      answer.on("end", () => resolve(sum));
    }).on("error", reject).end();
  });
  console.log(`result as sent: ${bytes} bytes`);
  assert.ok(bytes <= 30 * 1024, `${bytes} bytes`);
});

test("a result prints on at most seven pages, with what is folded on screen", async () => {
  const page = await visit(browser, { script: false });
  await page.goto(result);
  const pdf = (await page.pdf({ preferCSSPageSize: true, format: "A4" })).toString("latin1");
  const pages = pdf.match(/\/Type\s*\/Page\b/g).length;
  console.log(`result on paper: ${pages} pages`);
  assert.ok(pages <= 7, `${pages} pages`);
  await page.emulateMedia({ media: "print" });
  assert.ok(await page.locator("#traits details table").isVisible());
  assert.ok(await page.locator("#careers .lists table").last().isVisible());
  assert.equal(await page.locator(".tech table").isVisible(), false);
});

test("a shared result shows no words, and the owner's shows which passages counted", async () => {
  const shared = await share();
  const page = await visit(browser);
  await page.goto(result);
  const quoted = await page.locator("#why li", { hasText: "“" }).first().innerText();
  assert.ok(quoted.includes("%"), quoted);
  assert.ok(await page.locator("#text u.w3").count() > 0);
  await page.goto(shared);
  await assertCount(page.locator("#why, #text"), 0);
  const html = await page.content();
  for (const answer of Object.values(given.answers)) assert.ok(!html.includes(answer.slice(0, 30)), answer);
});
