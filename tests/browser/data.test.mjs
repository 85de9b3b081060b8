// What administrators see and do with the data of a site: with and without script, wide and on a phone.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { OTHER, OTHER_TWO_WAYS, PASSWORD, address, administrator, fill, headed, leave, press, register, send, told } from "./people.mjs";
import { assertCount, assertSound, awaitResult, browser, follow, setUp, site, visit } from "./site.mjs";

setUp();

const TEXT = "I like long walks.";

/** Sends a text as a program does, and returns the address of its result. */
async function sendText() {
  const answer = await fetch(`${site.address}/get_career_recommendations`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ text: TEXT }),
  });
  return new URL(answer.headers.get("location"), site.address).href;
}

for (const [place, way] of OTHER_TWO_WAYS.entries()) {
  test(`failed submissions are read again, and everything is exported and deleted, ${way.how}`, async () => {
    const boss = address("chief", way), guest = address("guest", way);
    const page = await administrator(boss, way, "/admin/users");
    const visitor = await visit(browser, way);
    await register(visitor, guest);
    const results = [await sendText(), await sendText()];
    for (const result of results) {
      await visitor.goto(result);
      await awaitResult(visitor);
    }
    site.alter("UPDATE personality_records SET status = 'failed', failure = ?", "the model gave no numbers");
    await visitor.reload();
    await headed(visitor, "We could not read your words");
    await assertSound(visitor, "a failed submission");

    // Counted anew, also where counting takes long.
    await page.goto(`${site.address}/admin/data?done=something`);
    await assertSound(page, "data");
    await follow(page, page.getByRole("link", { name: "Failed submissions, and why" }));
    const rows = page.locator("tbody tr");
    await assertCount(rows, 2);
    await assertSound(page, "failed submissions");
    const again = page.getByRole("button", { name: /^Try again submission/ });
    await send(page, again.first());
    await told(page, "The submission is in the queue again.");
    await assertCount(rows, 1);
    site.alter("DELETE FROM personality_records WHERE status = 'failed'");
    await send(page, again.first());
    await told(page, "had not failed, or was deleted meanwhile");
    await page.locator("main", { hasText: "There are none." }).waitFor();
    await assertSound(page, "no failed submissions");
    await visitor.goto(results[1]);
    await awaitResult(visitor);

    await follow(page, page.getByRole("link", { name: "Back to the data" }));
    await follow(page, page.getByRole("link", { name: "Export everything" }));
    await assertSound(page, "export");
    await fill(page, "Password", OTHER);
    await press(page, "Download the file");
    await page.locator("#password-fault").waitFor();
    await assertSound(page, "export with a wrong password");
    await fill(page, "Password", PASSWORD);
    const button = page.getByRole("button", { name: "Download the file" });
    const [file] = await Promise.all([page.waitForEvent("download"), button.click()]);
    assert.equal(file.suggestedFilename(), "calling-export.jsonl");
    const exported = readFileSync(await file.path(), "utf8");
    assert.ok(exported.trimEnd().split("\n").every((line) => typeof JSON.parse(line) === "object"));
    assert.ok(exported.includes(guest) && !exported.includes(TEXT), "addresses, and no texts");

    await page.goto(`${site.address}/admin/data`);
    await follow(page, page.getByRole("link", { name: "Delete all data" }));
    await assertSound(page, "delete all data");
    const words = "Type what is to be done";
    await fill(page, words, "all of it");
    await press(page, "Delete it permanently");
    await page.locator("#typed-fault", { hasText: "It is “all of it”" }).waitFor();
    assert.equal(await page.getByLabel(words).inputValue(), "all of it");
    await assertSound(page, "a wrong confirmation");
    await fill(page, words, "delete all data");
    await fill(page, "Password", OTHER);
    await press(page, "Delete it permanently");
    await page.locator("#password-fault").waitFor();
    assert.equal(await page.getByLabel(words).inputValue(), "delete all data");
    assert.equal((await fetch(results[1])).status, 200, "nothing is deleted yet");

    // On every second way with the accounts.
    const accounts = place % 2 === 1;
    await fill(page, words, accounts ? "delete all data and accounts" : "delete all data");
    await fill(page, "Password", PASSWORD);
    await press(page, "Delete it permanently");
    await told(page, "All data is deleted.");
    await assertSound(page, "no data");
    assert.equal((await fetch(results[1])).status, 404);
    await visitor.goto(`${site.address}/account`);
    await headed(visitor, accounts ? "Log in" : "Your account");

    await follow(page, page.getByRole("link", { name: "Audit log", exact: true }));
    await page.getByLabel("Act").selectOption("delete all data");
    await press(page, "Show");
    await assertCount(rows, place + 1, "of this way and those before");
    await assertCount(rows.filter({ hasText: "delete all data" }), place + 1);
    await assertSound(page, "the audit log stays");
    await leave(page, visitor);
  });
}
