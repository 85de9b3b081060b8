// The results in an account, with and without script, wide and on a phone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { OTHER, PASSWORD, TWO_WAYS, address, answer, fill, headed, leave, logIn, press, register, told } from "./people.mjs";
import { assertCount, assertSound, awaitResult, browser, follow, setUp, site, visit } from "./site.mjs";

setUp();

const status = async (url) => (await fetch(url)).status;

for (const way of TWO_WAYS) {
  test(`a result is kept, named, moved, taken out and deleted with its account, ${way.how}`, async () => {
    const email = address("jo", way);
    const page = await visit(browser, way);
    const former = await answer(page);
    await page.goto(former);
    await press(page, "Create a share link");
    const shared = (await page.locator("#shared").innerText()).trim();
    await register(page, email);
    await page.goto(`${site.address}/account`);
    const results = page.locator("#results + ul > li");
    await assertCount(results, 0);
    await assertSound(page, "an account without results");
    await press(page, "Keep it in my account");
    await told(page, "Kept in your account.");
    await assertCount(results, 1);

    await results.locator("summary").click();
    const name = page.getByLabel("A name of your own");
    // As from a browser that does not know the attribute.
    await name.evaluate((field) => field.removeAttribute("maxlength"));
    await name.fill("x".repeat(81));
    await press(page, "Save the name");
    await page.locator(".flag", { hasText: "at most 80 characters, and this one has 81" }).waitFor();
    assert.equal(await name.inputValue(), "x".repeat(81));
    await assertSound(page, "a name that is too long");
    await name.fill("Before the move");
    await press(page, "Save the name");
    await told(page, "The name is changed.");
    await page.getByRole("link", { name: "Before the move" }).waitFor();

    await results.locator("summary").click();
    await assertSound(page, "a result is changed");
    assert.deepEqual([await status(former), await status(shared)], [200, 200]);
    await press(page, "Give it a new private address");
    await page.waitForURL("**/results/*#keep");
    const result = (await page.locator("#address").innerText()).trim();
    assert.notEqual(result, former);
    assert.equal(page.url(), `${result}#keep`);
    assert.deepEqual([await status(former), await status(shared)], [404, 404]);
    await assertSound(page, "a new private address");

    // Another device has no private address, and opens the result through the account.
    const other = await visit(browser, way);
    await logIn(other, email);
    await follow(other, other.getByRole("link", { name: "Before the move" }));
    await awaitResult(other);
    await other.locator("#keep", { hasText: "Your account opens this result." }).waitFor();
    assert.ok(!(await other.content()).includes(result));
    await assertSound(other, "a result on another device");

    await page.goto(`${site.address}/account`);
    await results.locator("summary").click();
    await press(page, "Take it out of my account");
    await told(page, "The result is no longer in your account.");
    await assertCount(results, 0);
    assert.equal(await status(result), 200);
    assert.equal((await other.reload()).status(), 404);
    await assertSound(other, "a result that was taken out");

    await page.goto(result);
    await press(page, "Keep it in my account");
    await told(page, "Kept in your account.");
    await follow(page, page.getByRole("link", { name: "Delete your account" }));
    await fill(page, "Password", OTHER);
    await press(page, "Delete my account");
    await page.locator("#password-fault").waitFor();
    await assertSound(page, "an account is not deleted");
    await fill(page, "Password", PASSWORD);
    await press(page, "Delete my account");
    await headed(page, "Your account is deleted");
    await assertSound(page, "an account is deleted");
    assert.equal(await status(result), 404);
    await other.goto(`${site.address}/account`);
    await headed(other, "Log in");
    await leave(page, other);
  });
}
