// What visitors give to research, with and without script and account, wide and on a phone.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { OTHER_TWO_WAYS, address, administrator, answer, leave, press, register } from "./people.mjs";
import { assertSound, browser, eventually, setUp, site, visit } from "./site.mjs";

const folder = mkdtempSync(join(tmpdir(), "calling-research-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const datasets = fileURLToPath(new URL("../../datasets", import.meta.url));
const BOSS = "boss@example.org";
setUp({}, async () => leave(await administrator(BOSS, {}, "/admin/data")));

/** How many ratings and written answers are exported. */
let exports = 0;
function exported() {
  exports += 1;
  const path = join(folder, String(exports));
  const env = { ...process.env, DATABASE_URL: site.database };
  execFileSync(site.program, ["research", "export", "--datasets", datasets, "--by", BOSS, path], { env, stdio: "pipe" });
  return ["ratings", "answers"].map((file) => readFileSync(join(path, `${file}.jsonl`), "utf8").split("\n").length - 1);
}

for (const way of OTHER_TWO_WAYS) {
  const member = way.script === (way.size === "phone");

  test(`ratings and answers are given and taken back, ${way.how}, ${member ? "with" : "without"} an account`, async () => {
    const page = await visit(browser, way);
    if (member) await register(page, address("jo", way));
    const result = await answer(page);
    let opened = result;
    if (member) {
      await page.goto(`${result}/keep`);
      await press(page, "Keep it in my account");
      await page.locator("#results + ul a").first().waitFor();
      opened = new URL(await page.locator("#results + ul a").first().getAttribute("href"), site.address).href;
    }
    await page.goto(opened);
    const boxes = page.locator("#research + form input[type=checkbox]");
    const ticked = () => boxes.evaluateAll((all) => all.filter((box) => box.checked).map((box) => box.name));
    const save = () => press(page, "Save my choice");
    await eventually(() => boxes.count(), 2);
    assert.deepEqual(await ticked(), [], "nothing is ticked beforehand");
    await assertSound(page, "two boxes");
    await page.getByLabel("My ratings, and the levels that follow from them").check();
    await page.getByLabel("My written answers").check();
    await save();
    await eventually(ticked, ["ratings", "answers"]);
    await assertSound(page, "two ticked boxes");
    assert.deepEqual(exported(), [1, 1]);
    await page.getByLabel("My written answers").uncheck();
    await save();
    await eventually(ticked, ["ratings"]);
    assert.deepEqual(exported(), [1, 0]);
    await page.getByLabel("My ratings, and the levels that follow from them").uncheck();
    await save();
    await eventually(ticked, []);
    assert.deepEqual(exported(), [0, 0]);

    // What is deleted is exported no longer, too.
    await page.getByLabel("My written answers").check();
    await save();
    await eventually(ticked, ["answers"]);
    assert.deepEqual(exported(), [0, 1]);
    await page.goto(`${result}/delete`);
    await press(page, "Delete it permanently");
    await page.waitForURL("**/deleted");
    assert.deepEqual(exported(), [0, 0]);
    await leave(page);
  });
}
