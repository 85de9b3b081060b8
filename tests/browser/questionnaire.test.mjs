// The whole questionnaire, from the first page to the result: with script and without, on a wide screen and on a phone,
// with axe on every page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCount, assertSound, awaitResult, browser, setUp, site, startSite, visit } from "./site.mjs";

setUp();

async function begin(page) {
  await page.goto(`${site.address}/`);
  await assertSound(page, "home");
  await page.getByRole("link", { name: "what happens to them" }).click();
  await assertSound(page, "facts");
  await page.getByLabel(/or older/).check();
  await page.getByRole("button", { name: "Start with the first page" }).click();
  await page.waitForURL("**/questions/1");
}

const heading = (page) => page.locator("h1").innerText();
const next = (page) => page.locator("button[value=next]");

for (const size of ["wide", "phone"]) {
  for (const script of [true, false]) {
    test(`everything is answered and sent, ${size}, ${script ? "with" : "without"} script`, { timeout: 180_000 }, async () => {
      const page = await visit(browser, { size, script, scheme: script ? "light" : "dark" });
      await begin(page);
      for (let number = 1; number <= 6; number += 1) {
        const rows = page.locator("fieldset.rate");
        await assertCount(rows, 10);
        if (script && size === "wide") {
          await rows.first().locator("input").first().focus();
          for (let row = 0; row < 10; row += 1) await page.keyboard.press(String(1 + ((number + row) % 5)));
          await assertCount(page.locator("input[type=radio]:checked"), 10);
        } else {
          for (let row = 0; row < 10; row += 1) await rows.nth(row).locator("label.dot").nth((number + row) % 5).click();
        }
        await assertSound(page, `rating page ${number}`);
        await next(page).click();
        await page.waitForURL(`**/questions/${number + 1}`);
      }
      for (let number = 7; number <= 12; number += 1) {
        const areas = page.locator("textarea");
        const count = await areas.count();
        assert.ok(count === 4 || count === 5);
        for (let place = 0; place < count - 1; place += 1) await areas.nth(place).fill("I like long walks and good tea");
        await page.getByLabel("I’d rather not answer this one").nth(count - 1).check();
        await assertSound(page, `open page ${number}`);
        await next(page).click();
        await page.waitForURL(number === 12 ? "**/questions/check" : `**/questions/${number + 1}`);
      }
      await assertSound(page, "check");
      assert.match(await page.locator(".progress").innerText(), /86 of 86/);
      await assertCount(page.getByText("Skipped by you"), 6);
      await page.getByRole("button", { name: "Send my answers" }).click();
      await page.waitForURL("**/results/*");
      await awaitResult(page);
      assert.match(await heading(page), /What your answers say/);
      await assertCount(page.locator("#types tbody").first().locator("tr"), 16);
      assert.match(await page.locator("#text").innerText(), /I like long walks and good tea\./);
      await assertSound(page, "result");
      const result = page.url();
      await page.goto(`${result}/careers`);
      await assertSound(page, "careers for this result");
      await page.goto(result);

      await page.getByRole("button", { name: "Create a share link" }).click();
      const address = (await page.locator("#shared").innerText()).trim();
      await assertSound(page, "result with a share link");
      await page.goto(address);
      await assertSound(page, "shared result");
      assert.ok(!(await page.content()).includes("long walks"));
      await page.goBack();
      await page.getByRole("link", { name: "Delete this result" }).click();
      await assertSound(page, "delete");
      await page.getByRole("button", { name: "Delete it permanently" }).click();
      await page.waitForURL("**/deleted");
      await assertSound(page, "deleted");
      assert.equal((await page.goto(address)).status(), 404);
      await assertSound(page, "not found");
      await page.context().close();
    });
  }
}

/** Rates everything from the home page on, with a tap for each rating. Counts page loads and taps. */
async function rateAll(page) {
  const cost = { loads: 0, controls: 0 };
  page.on("load", () => { cost.loads += 1; });
  const tap = async (control) => { await control.click(); cost.controls += 1; };
  await page.goto(`${site.address}/`);
  await tap(page.getByRole("button", { name: "Agree and begin" }));
  for (let number = 1; number <= 6; number += 1) {
    await page.waitForURL(`**/questions/${number}`);
    const rows = page.locator("fieldset.rate");
    for (let row = 0; row < 10; row += 1) await tap(rows.nth(row).locator("label.dot").nth((number + row) % 5));
    if (number < 6) await tap(next(page));
  }
  return { cost, tap };
}

test("a first result takes at most 8 page loads and 70 controls, a full one with every question skipped 10 and 74", { timeout: 120_000 }, async () => {
  for (const [size, scheme] of [["wide", "dark"], ["phone", "light"]]) {
    const page = await visit(browser, { size, scheme });
    const { cost, tap } = await rateAll(page);
    await tap(page.getByRole("button", { name: "Look at a first result" }));
    await page.waitForURL("**/questions/first");
    await page.waitForLoadState();
    assert.match(await heading(page), /A first result/);
    assert.ok(cost.loads <= 8 && cost.controls <= 70, JSON.stringify(cost));
    console.log(`a first result: ${cost.loads} page loads, ${cost.controls} controls`);
    await assertSound(page, `first result, ${size}`);
    await page.context().close();
  }
  const page = await visit(browser);
  const { cost, tap } = await rateAll(page);
  await tap(next(page));
  await page.waitForURL("**/questions/7");
  await tap(page.getByRole("button", { name: "Skip the remaining questions and send" }));
  await page.waitForURL("**/results/*");
  await awaitResult(page);
  assert.ok(cost.loads <= 10 && cost.controls <= 74, JSON.stringify(cost));
  console.log(`a full result, every question skipped: ${cost.loads} page loads, ${cost.controls} controls`);
  await page.goto(site.address);
  await assertCount(page.locator(".mine li"), 1);
  await assertSound(page, "home with a result");
  await page.context().close();
});

test("the pages about traits and types are sound in both color schemes and all sizes", { timeout: 120_000 }, async () => {
  for (const [size, scheme] of [["wide", "dark"], ["phone", "light"], ["narrow", "light"]]) {
    const page = await visit(browser, { size, scheme });
    for (const path of ["/traits", "/traits/openness", "/traits/neuroticism", "/types", "/types/infj", "/types/estp"]) {
      await page.goto(site.address + path);
      await assertSound(page, `${path}, ${size}`);
    }
    await page.context().close();
  }
});

test("the pages beside the questionnaire are sound in both color schemes and all sizes", async () => {
  for (const [size, scheme] of [["wide", "dark"], ["phone", "light"], ["narrow", "light"]]) {
    const page = await visit(browser, { size, scheme });
    for (const path of [
      "/about", "/privacy", "/forget", "/forgotten", "/discarded", "/sample", "/questions/1", "/nowhere",
      "/offline", "/questions/1/shell", "/questions/7/shell",
      "/careers", "/careers?q=nurze&sort=salary", "/careers?q=zzzz", "/careers/29-1141",
    ]) {
      await page.goto(site.address + path);
      await assertSound(page, path);
    }
    await page.context().close();
  }
});

test("pages that ask for something, or could not take it, are sound in both color schemes and all sizes", async () => {
  for (const [size, scheme] of [["wide", "dark"], ["narrow", "light"]]) {
    const page = await visit(browser, { size, scheme });
    const said = (pattern) => page.locator("main", { hasText: pattern }).waitFor();
    await page.goto(`${site.address}/begin`);
    await page.getByRole("button", { name: "Start with the first page" }).click();
    await said(/One thing is missing/);
    await assertSound(page, "not agreed");
    await page.getByLabel(/or older/).check();
    await page.getByRole("button", { name: "Start with the first page" }).click();
    await page.waitForURL("**/questions/1");
    for (const path of ["/questions/1?missing", "/questions/7?missing", "/questions/check"]) {
      await page.goto(site.address + path);
      await said(/need attention/);
      await assertSound(page, path);
    }
    await page.goto(`${site.address}/questions/7`);
    await page.locator("#q01").fill("Tea.");
    await page.locator("#q02").fill("x".repeat(300 * 1024));
    await next(page).click();
    await said(/there is room for 5000/);
    await assertSound(page, "too long");
    await page.goto(`${site.address}/questions/7`);
    // The page sends what this device has kept. Its answer would bring the cookie back.
    await said(/Not saved/);
    await page.context().clearCookies();
    await page.locator("#q01").fill("A lighthouse.");
    await next(page).click();
    await said(/What you had typed/);
    assert.equal(await page.locator("#q01").inputValue(), "A lighthouse.");
    await assertSound(page, "no draft");
    await page.context().close();
  }
});

test("a result that is still being read, and one that could not be, say so", async () => {
  const answer = await fetch(`${site.address}/get_career_recommendations`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ text: "I like long walks." }),
  });
  const address = new URL(answer.headers.get("location"), site.address).href;
  const states = [
    ["status = 'reading', lease_owner = 'another', lease_until = strftime('%Y-%m-%d %H:%M:%f', 'now', '+10 minutes')", /being read/],
    ["status = 'failed'", /could not read/],
  ];
  for (const [change, said] of states) {
    site.alter(`UPDATE personality_records SET ${change}`);
    for (const [size, scheme] of [["wide", "dark"], ["phone", "light"]]) {
      const page = await visit(browser, { size, scheme });
      // Without the header by which the page looks again: it would do so while axe is at work.
      await page.route(address, async (route) => {
        const response = await route.fetch();
        const headers = { ...response.headers() };
        delete headers.refresh;
        await route.fulfill({ response, headers });
      });
      await page.goto(address);
      assert.match(await heading(page), said);
      await assertSound(page, change);
      await page.context().close();
    }
  }
});

test("the page of figures and a reading by interim models are sound in both sizes, with all that they can have", async () => {
  const measured = await startSite({ figures: true });
  try {
    const answer = await fetch(`${measured.address}/get_career_recommendations`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ text: "I like long walks." }),
    });
    const result = new URL(answer.headers.get("location"), measured.address).href;
    for (const size of ["wide", "phone", "narrow"]) {
      const page = await visit(browser, { size });
      await page.goto(`${measured.address}/about`);
      for (const caption of ["The five traits", "The probabilities", "The 16 types", "Compared with simpler readers", "essays.jsonl"]) {
        assert.ok(await page.locator("caption", { hasText: caption }).count(), caption);
      }
      await assertSound(page, `figures, ${size}`);
      await page.goto(result);
      await awaitResult(page);
      await page.getByText("Interim models.").waitFor();
      await assertSound(page, `interim, ${size}`);
      await page.context().close();
    }
  } finally {
    await measured.stop();
  }
});
