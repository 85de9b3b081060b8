// The page for programs: read with and without script, and tried.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertSound, browser, setUp, site, visit } from "./site.mjs";

setUp();

const open = (page, id) => page.locator(`section:has(#${id}) summary`, { hasText: "Try it" }).click();

for (const [size, scheme, script] of [["wide", "light", true], ["phone", "dark", true], ["narrow", "light", false]]) {
  test(`the page is sound, ${size}, ${script ? "with" : "without"} script`, async () => {
    const page = await visit(browser, { size, scheme, script });
    await page.goto(`${site.address}/api`);
    await open(page, "careers");
    await open(page, "classify_mbti");
    await assertSound(page, "for programs");
    await page.context().close();
  });
}

test("a text is sent and its answer shown", async () => {
  const page = await visit(browser, { size: "wide", scheme: "light", script: true });
  await page.goto(`${site.address}/api`);
  await open(page, "classify_mbti");
  const form = page.locator("form[data-try='/classify_mbti']");
  await form.getByRole("button", { name: "Send" }).click();
  await form.locator("pre:not([hidden])").waitFor();
  assert.match(await form.locator("[role=status]").innerText(), /^Status 200; content-type: application\/json; server-timing: /);
  assert.equal(Object.keys(JSON.parse(await form.locator("pre").innerText())).length, 16);
  await form.locator("textarea").fill("{}");
  await form.getByRole("button", { name: "Send" }).click();
  await form.locator("[role=status]", { hasText: "Status 400" }).waitFor();
  assert.match(await form.locator("pre").innerText(), /found no text/);
  await page.context().close();
});

test("what stands in an address is filled in", async () => {
  const page = await visit(browser, { size: "wide", scheme: "light", script: true });
  await page.goto(`${site.address}/api`);
  await open(page, "career");
  const form = page.locator("form[data-try='/api/v1/careers/{soc}']");
  await form.getByLabel("soc").fill("29-1141");
  await form.getByRole("button", { name: "Send" }).click();
  await form.locator("pre", { hasText: "Registered Nurses" }).waitFor();
  await page.context().close();
});

test("without script a list is asked for by its form, and what needs script says so", async () => {
  const page = await visit(browser, { size: "wide", scheme: "light", script: false });
  await page.goto(`${site.address}/api`);
  await open(page, "classify_mbti");
  assert.ok(await page.locator("form[data-try='/classify_mbti'] .no-script").isVisible());
  assert.ok(await page.locator("form[data-try='/classify_mbti'] button").isHidden());
  await open(page, "careers");
  const form = page.locator("form[data-try='/api/v1/careers']");
  await form.getByLabel("q", { exact: true }).fill("nurse");
  await form.getByRole("button", { name: "Send" }).click();
  await page.waitForURL(/\/api\/v1\/careers\?q=nurse/);
  assert.ok(JSON.parse(await page.locator("body").innerText()).total > 0);
  await page.context().close();
});
