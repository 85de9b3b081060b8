// Two results side by side, and one result among all visitors: with and without script, wide and on a phone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { OTHER_TWO_WAYS, answer, leave, press, refused, sample } from "./people.mjs";
import { assertCount, assertSound, browser, follow, setUp, site, visit } from "./site.mjs";

/** The sample's assessment, with another level of openness. */
function assessed(percentile) {
  const assessment = structuredClone({ ...sample.assessment, shares: sample.shares });
  const openness = assessment.traits.find(({ trait }) => trait === "Openness");
  Object.assign(openness.together, { percentile, low: percentile - 9, high: percentile + 9 });
  return JSON.stringify(assessment);
}

/** 320 finished questionnaires, spread over the percentiles. They are counted a minute after the start. */
function crowd() {
  const levels = [0, 1, 2, 3, 4].map((trait) => `'$.traits[${trait}].together.percentile', i * 7 % 100 + 0.5`);
  site.alter(`INSERT INTO personality_records
    (text, source, status, owner_key_hash, created_at, finished_at, attempts, assessment)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 320)
    SELECT 'words', 'questionnaire', 'done', hex(randomblob(32)), datetime('now'), datetime('now'), 1, json_set(?, ${levels})
    FROM n`, assessed(50));
}

setUp({}, crowd);

/** A result whose openness has this percentile, in the list of this device. */
async function withOpenness(page, percentile) {
  const result = await answer(page);
  const newest = "(SELECT MAX(id) FROM personality_records)";
  site.alter(`UPDATE personality_records SET assessment = ? WHERE id = ${newest}`, assessed(percentile));
  return result;
}

async function shareLink(page, result) {
  await page.goto(result);
  await press(page, "Create a share link");
  return (await page.locator("#shared").innerText()).trim();
}

async function deleteResult(page, result) {
  await page.goto(`${result}/delete`);
  await press(page, "Delete it permanently");
  await page.waitForURL("**/deleted");
}

for (const way of OTHER_TWO_WAYS) {
  test(`two results are put side by side, ${way.how}`, async () => {
    const page = await visit(browser, way);
    const compare = `${site.address}/side-by-side`;
    await page.goto(compare);
    await page.locator("main", { hasText: "There is no finished result on this device." }).waitFor();
    await assertSound(page, "nothing to compare");

    const first = await withOpenness(page, 20);
    await page.goto(compare);
    const link = page.getByLabel("The share link of another result");
    for (const [typed, fault] of [[first, "That was the private address of a result."], ["INFJ", "That was not a share link."]]) {
      await link.fill(typed);
      await press(page, "Compare");
      await refused(page, fault);
      assert.ok(!page.url().includes(typed), page.url());
      assert.ok(!(await page.content()).includes(new URL(first).pathname.split("/").at(-1)), "no private key stays on the page");
      await assertSound(page, fault);
    }

    const second = await withOpenness(page, 80);
    await page.goto(site.address);
    await follow(page, page.getByRole("link", { name: "Put two of them side by side" }));
    await assertSound(page, "two to choose from");
    await press(page, "Compare");
    await page.locator("main li", { hasText: "Openness: higher" }).waitFor();
    await assertCount(page.locator("table tbody tr"), 9);
    await assertSound(page, "two results side by side");
    // The other way round.
    await page.getByLabel("First result").selectOption("1");
    await page.getByLabel("Second result").selectOption("2");
    await press(page, "Compare");
    await page.locator("main li", { hasText: "Openness: lower" }).waitFor();

    // A shared result of another device, until it is deleted there.
    const other = await visit(browser, way);
    const theirs = await withOpenness(other, 80);
    const shared = await shareLink(other, theirs);
    await page.goto(shared);
    await follow(page, page.getByRole("link", { name: "Put it beside a result of yours" }));
    await page.getByLabel("First result").selectOption("2");
    await press(page, "Compare");
    await page.locator("h2", { hasText: ", shared" }).waitFor();
    await page.locator("main li", { hasText: "Openness: higher" }).waitFor();
    await assertSound(page, "beside a shared result");
    await deleteResult(other, theirs);
    await page.reload();
    await refused(page, "The second result was not found. It was deleted, or is no longer shared.");
    await assertSound(page, "beside a deleted result");
    await deleteResult(page, second);
    await page.goto(`${compare}?first=1&second=2`);
    await refused(page, "The second result was not found.");
    await assertSound(page, "one's own deleted result");
    await leave(page, other);
  });
}

test("the statistics are shown from twenty people on, and a result among three hundred", { timeout: 240_000 }, async () => {
  const page = await visit(browser);
  const result = await withOpenness(page, 20);
  const pages = [[page, "wide"]];
  for (const way of OTHER_TWO_WAYS) pages.push([await visit(browser, way), way.how]);
  const counted = async () => (await (await fetch(`${site.address}/api/v1/statistics`)).json()).figures?.people ?? 0;
  while (await counted() === 0) await new Promise((resolve) => setTimeout(resolve, 500));
  for (const [page, how] of pages) {
    await page.goto(site.address);
    await follow(page, page.getByRole("link", { name: "Statistics", exact: true }));
    await page.locator("main", { hasText: "from 320 or a few more finished questionnaires" }).waitFor();
    await assertCount(page.locator("#traits + table tbody tr"), 5);
    await assertCount(page.locator("#fifths tbody tr"), 5);
    await assertSound(page, `statistics, ${how}`);
    await page.goto(result);
    await page.locator("summary", { hasText: "The same in numbers" }).click();
    await page.locator("#visitors caption", { hasText: "among 320 visitors of this site" }).waitFor();
    await assertSound(page, `among visitors, ${how}`);
  }
  site.alter("UPDATE site_statistics SET figures = json_set(figures, '$.people', 19)");
  for (const [page, how] of pages) {
    await page.goto(`${site.address}/statistics`);
    await page.locator("main", { hasText: "there are fewer than 20 finished questionnaires, so no figure is shown" }).waitFor();
    await assertCount(page.locator("table"), 0);
    await assertSound(page, `too few, ${how}`);
  }
  await leave(...pages.map(([page]) => page));
});
