// What the script adds: keys, saving on the way, honest words when saving fails.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCount, assertSound, browser, setUp, site, visit } from "./site.mjs";

setUp();

async function begun(options) {
  const page = await visit(browser, options);
  await page.goto(`${site.address}/begin`);
  await page.getByLabel(/or older/).check();
  await page.getByRole("button", { name: "Start with the first page" }).click();
  await page.waitForURL("**/questions/1");
  return page;
}

const focused = (page) => page.evaluate(() => document.activeElement.name);
const saved = (page) => page.locator("[data-saved]:not(.bad)", { hasText: "Saved." }).waitFor();

test("a digit answers and moves on, an arrow key only chooses, Enter opens the next page", async () => {
  const page = await begun();
  await page.locator("#r01-1").focus();
  await page.keyboard.press("4");
  assert.ok(await page.locator("#r01-4").isChecked());
  assert.equal(await focused(page), "r02");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.equal(await focused(page), "r02");
  await assertCount(page.locator("input[name=r02]:checked"), 1);
  await assertCount(page.locator("input[name=r03]:checked"), 0);
  for (let row = 2; row <= 10; row += 1) await page.keyboard.press("3");
  await assertCount(page.locator("input:checked"), 10);
  await page.locator("#r10-3").focus();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/questions/2");
});

test("a tap moves on to the next row", async () => {
  const page = await begun({ size: "phone" });
  await page.locator("fieldset#r01 label.dot").nth(2).click();
  assert.equal(await focused(page), "r02");
});

test("what is answered is saved without leaving the page", async () => {
  const page = await begun();
  await page.locator("#r05-2").check();
  await saved(page);
  await page.reload();
  assert.ok(await page.locator("#r05-2").isChecked());
  await page.goto(`${site.address}/questions/7`);
  await page.locator("#q01").fill("A long walk by the sea.");
  await saved(page);
  assert.match(await page.locator("#q01-words").innerText(), /6 words/);
  await page.reload();
  assert.equal(await page.locator("#q01").inputValue(), "A long walk by the sea.");
});

test("two tabs do not overwrite each other", async () => {
  const first = await begun();
  const second = await first.context().newPage();
  await second.goto(`${site.address}/questions/1`);
  await first.locator("#r01-1").check();
  await saved(first);
  await second.locator("#r02-5").check();
  await saved(second);
  await first.reload();
  assert.ok(await first.locator("#r01-1").isChecked());
  assert.ok(await first.locator("#r02-5").isChecked());
});

test("the next page is opened without undoing what another tab saved meanwhile", async () => {
  const first = await begun();
  await first.goto(`${site.address}/questions/7`);
  await first.locator("#q01").fill("Tea.");
  await saved(first);
  const second = await first.context().newPage();
  await second.goto(`${site.address}/questions/7`);
  await second.locator("#q01").fill("Coffee.");
  await second.locator("#q02").fill("A lighthouse.");
  await saved(second);
  await first.locator("#q03").fill("Walks.");
  await first.locator("button[value=next]").click();
  await first.waitForURL("**/questions/7?missing");
  for (const [field, words] of [["q01", "Coffee."], ["q02", "A lighthouse."], ["q03", "Walks."]]) {
    assert.equal(await first.locator(`#${field}`).inputValue(), words);
  }
});

test("a save that fails is said, tried again, and said when it is done", async () => {
  const page = await begun();
  await page.route("**/answers", (route) => route.abort());
  await page.locator("#r03-4").check();
  await page.locator("[data-saved]", { hasText: "Kept on this device. It will be saved when the server can be reached." }).waitFor();
  await page.unroute("**/answers");
  await saved(page);
  await assertCount(page.locator("[data-saved].bad"), 0);
  await page.reload();
  assert.ok(await page.locator("#r03-4").isChecked());
});

test("without a connection the page stays, with everything on it", async () => {
  const page = await begun();
  await page.goto(`${site.address}/questions/7`);
  await page.context().setOffline(true);
  await page.locator("#q01").fill("Nothing I could name.");
  await page.locator("button[value=next]").click();
  await page.locator("[data-saved].bad", { hasText: "offline" }).waitFor();
  assert.equal(await page.locator("#q01").inputValue(), "Nothing I could name.");
  await page.context().setOffline(false);
  await saved(page);
  await page.reload();
  assert.equal(await page.locator("#q01").inputValue(), "Nothing I could name.");
});

test("a machine without a network still reaches a server of its own", async () => {
  const page = await begun();
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "onLine", { get: () => false }));
  await page.goto(`${site.address}/questions/7`);
  await page.locator("#q01").fill("Nothing I could name.");
  await page.locator("button[value=next]").click();
  await page.waitForURL("**/questions/7?missing");
  assert.equal(await page.locator("#q01").inputValue(), "Nothing I could name.");
  await page.locator("button[value=later]").click();
  await page.waitForURL("**/questions/8");
});

test("who stops the next page from opening and types on is still saved", async () => {
  const page = await begun();
  await page.goto(`${site.address}/questions/7`);
  // As Escape does while the server takes its time.
  const stopped = page.waitForEvent("requestfailed", (request) => request.method() === "POST");
  await page.route("**/questions/7", (route) => route.abort("aborted"));
  await page.locator("button[value=next]").click();
  await stopped;
  await page.locator("#q01").fill("One more thing.");
  await saved(page);
});

test("an answer that cannot be kept is named, and holds up no other", async () => {
  const page = await begun();
  await page.goto(`${site.address}/questions/7`);
  const kept = page.waitForResponse((answer) => answer.url().endsWith("/answers") && answer.ok());
  await page.locator("#q01").fill("x".repeat(300 * 1024));
  assert.match(await page.locator("#q01-words").innerText(), /Too long by 302,200 characters/);
  await page.locator("#q02").fill("A lighthouse.");
  await page.locator("[data-saved].bad", { hasText: "number 61 is 307,200 characters long" }).waitFor();
  await kept;
  await assertCount(page.locator("[data-saved].bad"), 1);
  await page.locator("#q01").fill("Tea.");
  await saved(page);
  await page.reload();
  assert.equal(await page.locator("#q01").inputValue(), "Tea.");
  assert.equal(await page.locator("#q02").inputValue(), "A lighthouse.");
});

test("an answer is changed from the check page, below the sticky bar, and leads back", async () => {
  for (const size of ["wide", "phone"]) {
    const page = await begun({ size });
    await page.goto(`${site.address}/questions/check`);
    await page.locator(".given a", { hasText: "number 18" }).click();
    await page.waitForURL("**/questions/2?check#r18-1");
    const bar = await page.locator(".progress").boundingBox();
    const row = await page.locator("fieldset#r18 legend").boundingBox();
    assert.ok(row.y >= bar.y + bar.height - 1, `the statement begins at ${row.y}, the bar ends at ${bar.y + bar.height}`);
    assert.ok(row.y + row.height <= page.viewportSize().height, `the statement ends at ${row.y + row.height}`);
    assert.equal(await focused(page), "r18");
    await page.locator("#r18-2").check();
    await saved(page);
    await page.getByRole("button", { name: "Save and return to the check page" }).click();
    await page.waitForURL("**/questions/check");
    assert.match(await page.locator(".given li").nth(17).innerText(), /2/);
    await page.context().close();
  }
});

test("what is missing takes the focus, and its links shrink with every answer", async () => {
  const page = await begun();
  for (let row = 1; row <= 8; row += 1) await page.locator(`#r0${row}-3`).check();
  await page.locator("button[value=next]").click();
  await page.waitForURL("**/questions/1?missing");
  const alert = page.locator("[role=alert]");
  assert.ok(await alert.evaluate((element) => element === document.activeElement));
  await assertCount(alert.locator("a"), 2);
  await assertSound(page, "missing");
  await alert.locator("a").first().click();
  assert.equal(await focused(page), "r09");
  await page.keyboard.press("2");
  await assertCount(alert.locator("a"), 1);
  await page.keyboard.press("2");
  await assertCount(alert, 0);
});

test("going back in the browser shows what was given", async () => {
  const page = await begun();
  for (let row = 1; row <= 10; row += 1) await page.locator(`#r${String(row).padStart(2, "0")}-5`).check();
  await page.locator("button[value=next]").click();
  await page.waitForURL("**/questions/2");
  await page.goBack();
  await assertCount(page.locator("input[value='5']:checked"), 10);
  await page.locator("#r01-1").check();
  await saved(page);
});

test("every target is at least 44 pixels high and wide", async () => {
  const page = await begun({ size: "phone" });
  for (const box of await page.locator("label.dot, button:visible, .top a").all()) {
    const size = await box.boundingBox();
    assert.ok(size.height >= 43.9 && size.width >= 43.9, `${await box.innerText()}: ${size.width} × ${size.height}`);
  }
});
