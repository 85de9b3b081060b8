// Interests, the shortlist and the comparison, with and without script, in both color schemes and all sizes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertCount, assertSound, awaitResult, browser, eventually, setUp, site, visit } from "./site.mjs";

setUp();

/** The address of the result of a text. */
async function result() {
  const answer = await fetch(`${site.address}/get_career_recommendations`, {
    method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: "I like long walks, and I paint what I see on them." }),
  });
  return new URL(answer.headers.get("location"), site.address).href;
}

const heading = (page) => page.locator("h1").innerText();

for (const script of [true, false]) {
  for (const [size, scheme] of [["wide", "dark"], ["phone", "light"], ["narrow", "light"]]) {
    test(`interests are answered, shown, counted, shared and deleted, ${size}, ${script ? "with" : "without"} script`, async () => {
      const address = await result();
      const page = await visit(browser, { size, scheme, script });
      await page.goto(address);
      await awaitResult(page);
      await assertSound(page, "result without interests");
      await page.getByRole("link", { name: "Add what you like to do" }).first().click();
      await assertSound(page, "questions");
      await page.locator("input[name=R1][value='2']").check();
      await page.getByRole("button", { name: "Save and see your interests" }).click();
      await page.locator("main", { hasText: "A few more answers are needed" }).waitFor();
      assert.ok(await page.locator("input[name=R1][value='2']").isChecked());
      for (let n = 1; n <= 8; n += 1) {
        for (const interest of "RIASEC") {
          const value = interest === "A" ? 5 : interest === "S" ? 4 : 2;
          await page.locator(`input[name=${interest}${n}][value='${value}']`).check();
        }
      }
      await page.getByRole("button", { name: "Save and see your interests" }).click();
      await page.locator("figure svg .shape").waitFor();
      assert.match(await page.locator(".lede").innerText(), /creative expression and helping others more than the rest/);
      await assertSound(page, "scores");
      await page.goto(`${address}/careers`);
      assert.match(await page.locator(".lede").innerText(), /interests/);
      await page.locator("summary", { hasText: "Your interests" }).click();
      await assertSound(page, "ranking with interests");

      await page.goto(address);
      await page.getByRole("button", { name: "Create a share link" }).click();
      const link = (await page.locator("#shared").innerText()).trim();
      await page.goto(`${address}/interests`);
      assert.ok(!(await page.getByLabel(/Show the six scores/).isChecked()), "not ticked beforehand");
      assert.equal((await page.goto(`${link}/interests`)).status(), 404);
      await page.goto(`${address}/interests`);
      await page.getByLabel(/Show the six scores/).check();
      await page.getByRole("button", { name: "Save this choice" }).click();
      await assertSound(page, "scores, shared");
      await page.goto(`${link}/interests`);
      await assertSound(page, "scores behind the share link");

      await page.goto(`${address}/interests`);
      await page.getByRole("link", { name: "Delete your interests" }).click();
      await assertSound(page, "delete interests");
      await page.getByRole("button", { name: "Delete them permanently" }).click();
      await page.waitForURL(/#careers$/);
      assert.ok(await page.getByRole("link", { name: "Add what you like to do" }).count());
      await page.context().close();
    });

    test(`careers are kept and compared, ${size}, ${script ? "with" : "without"} script`, async () => {
      const address = await result();
      const page = await visit(browser, { size, scheme, script });
      await page.goto(`${site.address}/shortlist`);
      await assertSound(page, "empty shortlist");
      for (const soc of ["29-1141", "15-1252", "43-1011"]) {
        await page.goto(`${site.address}/careers/${soc}`);
        await assertSound(page, soc);
        await page.getByRole("button", { name: "Keep on your shortlist" }).click();
        await page.waitForURL("**/shortlist");
      }
      await assertCount(page.locator("tbody tr"), 3);
      await assertSound(page, "shortlist");
      await page.getByRole("button", { name: "Compare" }).click();
      await eventually(() => heading(page), "Careers side by side");
      await assertCount(page.locator(".hexes svg"), 3);
      await assertSound(page, "comparison");

      await page.goto(`${address}/careers`);
      await page.locator("tbody summary").first().click();
      await page.locator("tbody details[open] input[name=keep]").first().check();
      await assertSound(page, "ranking with similar work in sight");
      await page.getByRole("button", { name: "Keep what is ticked" }).click();
      await page.getByRole("button", { name: "Add 3 from this device" }).click();
      await assertCount(page.locator("tbody tr"), 4);
      await assertSound(page, "shortlist of a result");
      await page.getByRole("button", { name: "Compare" }).click();
      await assertCount(page.locator(".hexes svg"), 4);
      await assertSound(page, "comparison with a result");
      await page.goto(`${address}/shortlist`);
      await page.getByRole("button", { name: "Remove Registered nurse" }).click();
      await assertCount(page.locator("tbody tr"), 3);
      await page.goto(`${address}/careers/29-1141`);
      await assertSound(page, "a career for a result");
      await page.context().close();
    });
  }
}
