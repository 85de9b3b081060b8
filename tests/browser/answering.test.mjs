// What the script adds: keys, saving on the way, honest words when saving fails.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertSound, startBrowser, startSite, visit } from "./site.mjs";

let site, browser;
before(async () => {
  site = await startSite();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await site?.stop();
});

async function begun(options) {
  const page = await visit(browser, options);
  await page.goto(`${site.address}/begin`);
  await page.getByLabel(/or older/).check();
  await page.getByRole("button", { name: "Begin with the first page" }).click();
  await page.waitForURL("**/questions/1");
  return page;
}

const focused = (page) => page.evaluate(() => document.activeElement.name);
const saved = (page) => page.locator("[data-saved]", { hasText: "Saved." }).waitFor();

test("a digit answers and moves on, an arrow key only chooses, Enter opens the next page", async () => {
  const page = await begun();
  await page.locator("#r01-1").focus();
  await page.keyboard.press("4");
  assert.ok(await page.locator("#r01-4").isChecked());
  assert.equal(await focused(page), "r02");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.equal(await focused(page), "r02");
  assert.equal(await page.locator("input[name=r02]:checked").count(), 1);
  assert.equal(await page.locator("input[name=r03]:checked").count(), 0);
  for (let row = 2; row <= 10; row += 1) await page.keyboard.press("3");
  assert.equal(await page.locator("input:checked").count(), 10);
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

test("a save that fails is said, tried again, and said when it is done", async () => {
  const page = await begun();
  await page.route("**/answers", (route) => route.abort());
  await page.locator("#r03-4").check();
  await page.locator("[data-saved].bad", { hasText: "Not saved yet" }).waitFor();
  await page.unroute("**/answers");
  await saved(page);
  assert.equal(await page.locator("[data-saved].bad").count(), 0);
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

test("what is missing takes the focus, and its links shrink with every answer", async () => {
  const page = await begun();
  for (let row = 1; row <= 8; row += 1) await page.locator(`#r0${row}-3`).check();
  await page.locator("button[value=next]").click();
  await page.waitForURL("**/questions/1?missing");
  const alert = page.locator("[role=alert]");
  assert.ok(await alert.evaluate((element) => element === document.activeElement));
  assert.equal(await alert.locator("a").count(), 2);
  await assertSound(page, "missing");
  await alert.locator("a").first().click();
  assert.equal(await focused(page), "r09");
  await page.keyboard.press("2");
  assert.equal(await alert.locator("a").count(), 1);
  await page.keyboard.press("2");
  assert.equal(await alert.count(), 0);
});

test("going back in the browser shows what was given", async () => {
  const page = await begun();
  for (let row = 1; row <= 10; row += 1) await page.locator(`#r${String(row).padStart(2, "0")}-5`).check();
  await page.locator("button[value=next]").click();
  await page.waitForURL("**/questions/2");
  await page.goBack();
  assert.equal(await page.locator("input[value='5']:checked").count(), 10);
  await page.locator("#r01-1").check();
  await saved(page);
});

test("every target is at least 44 pixels high and wide", async () => {
  const page = await begun({ size: "phone" });
  for (const box of await page.locator("label.dot, button, .top a").all()) {
    const size = await box.boundingBox();
    assert.ok(size.height >= 43.9 && size.width >= 43.9, `${await box.innerText()}: ${size.width} × ${size.height}`);
  }
});
