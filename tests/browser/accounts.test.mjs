// Accounts: every flow with and without script, wide and on a phone.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  OTHER, PASSWORD, WAYS, address, codeOf, created, fill, headed, leave, logIn, logOut, press, refused, register, send, told,
} from "./people.mjs";
import { assertCount, assertSound, awaitResult, browser, follow, setUp, site, visit } from "./site.mjs";

setUp();

for (const way of WAYS) {
  const { script, how } = way;
  const email = address("jo", way);

  test(`an account is made, used and deleted, ${how}`, async () => {
    const answer = await fetch(`${site.address}/get_career_recommendations`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ text: "I like long walks." }),
    });
    const result = new URL(answer.headers.get("location"), site.address).href;
    const page = await visit(browser, way);
    await page.goto(result);
    await awaitResult(page);
    await follow(page, page.getByRole("link", { name: "keep it in an account" }));
    await assertSound(page, "log in");
    await follow(page, page.getByRole("link", { name: "Make an account" }));
    await assertSound(page, "register");
    await fill(page, "Email address", email);
    await fill(page, "New password", "password1234");
    await press(page, "Make my account");
    await page.locator("#new-fault").waitFor();
    await assertSound(page, "a common password");
    assert.equal(await page.getByLabel("Email address").inputValue(), email);
    await fill(page, "New password", PASSWORD);
    if (script) {
      await page.getByLabel("Show what I type").check();
      assert.equal(await page.locator("#new").getAttribute("type"), "text");
    }
    await press(page, "Check the new password");
    await page.locator("[data-strength]", { hasText: "strong: 4 of 4" }).waitFor();
    await press(page, "Make my account");
    await page.locator("#codes li").nth(7).waitFor();
    await assertSound(page, "recovery codes");
    const code = await page.locator("#codes li").first().innerText();

    await page.goto(`${result}/keep`);
    await assertSound(page, "keep");
    await press(page, "Keep it in my account");
    await told(page, "Kept in your account.");
    await page.locator("summary", { hasText: "Change" }).click();
    await fill(page, "A name of your own", "After the move");
    await assertSound(page, "account");
    await press(page, "Save the name");
    await follow(page, page.getByRole("link", { name: "After the move" }));
    await awaitResult(page);
    await assertSound(page, "a kept result");
    await page.goto(`${site.address}/account`);

    await follow(page, page.getByRole("link", { name: "Change your email address" }));
    await assertSound(page, "another address");
    await fill(page, "New email address", `new-${email}`);
    await fill(page, "Password", PASSWORD);
    await press(page, "Change my address");
    await told(page, "Your email address is changed");
    await follow(page, page.getByRole("link", { name: "Change your password" }));
    await assertSound(page, "another password");
    await fill(page, "Present password", PASSWORD);
    await fill(page, "New password", OTHER);
    await press(page, "Change my password");
    await told(page, "Your password is changed");
    await logOut(page);

    await page.goto(`${site.address}/recover`);
    await assertSound(page, "recover");
    await fill(page, "Email address", `new-${email}`);
    await fill(page, "Recovery code", code);
    await fill(page, "New password", PASSWORD);
    await press(page, "Set my new password");
    await page.locator("main", { hasText: "You have 7 of 8 left" }).waitFor();
    await logOut(page);
    await page.goto(`${site.address}/login`);
    await fill(page, "Email address", `new-${email}`);
    await fill(page, "Password", OTHER);
    await press(page, "Log in");
    await refused(page, "do not belong together");
    await assertSound(page, "a wrong password");
    await fill(page, "Password", PASSWORD);
    await press(page, "Log in");
    await follow(page, page.getByRole("link", { name: "Delete your account" }));
    await assertSound(page, "delete");
    await fill(page, "Password", PASSWORD);
    await press(page, "Delete my account");
    await headed(page, "Your account is deleted");
    assert.equal((await fetch(result)).status, 404);
    await leave(page);
  });

  test(`a questionnaire follows the account to another device, ${how}`, async () => {
    const traveler = `traveler-${email}`;
    const answered = (page) => page.locator("input[type=radio]:checked").evaluateAll((all) => all.map(({ id }) => id));
    const begin = async (page, answers) => {
      await page.goto(`${site.address}/begin`);
      await page.getByLabel(/or older/).check();
      await press(page, "Start with the first page");
      await page.waitForURL("**/questions/1");
      for (const answer of answers) await page.locator(`#${answer}`).check();
      if (script) await page.locator("[data-saved]", { hasText: "Saved." }).waitFor();
      await send(page, page.locator("button[value=next]"));
    };
    const first = await visit(browser, way);
    await register(first, traveler);
    await begin(first, ["r01-5", "r02-4"]);
    await first.goto(`${site.address}/account`);
    await first.locator("main", { hasText: "You have begun a questionnaire: 2 of 86 answered." }).waitFor();
    await assertSound(first, "an account with a questionnaire");

    // Another device has begun one of its own. The answer that was given last stays.
    const second = await visit(browser, way);
    await begin(second, ["r02-1", "r03-3"]);
    await logIn(second, traveler);
    await second.locator("main", { hasText: "You have begun a questionnaire: 3 of 86 answered." }).waitFor();
    await assertSound(second, "an account with two questionnaires in one");
    for (const page of [first, second]) {
      await page.goto(`${site.address}/questions/1`);
      assert.deepEqual(await answered(page), ["r01-5", "r02-1", "r03-3"]);
    }

    // Whoever logs out leaves nothing of it on the device.
    await second.goto(`${site.address}/account`);
    await logOut(second);
    await second.goto(`${site.address}/questions/1`);
    assert.deepEqual(await answered(second), []);
    await assertCount(second.getByRole("link", { name: "Continue where you left off" }), 0);
    await first.goto(`${site.address}/account`);
    await follow(first, first.getByRole("link", { name: "Delete these answers" }));
    await assertSound(first, "delete the answers");
    await leave(first, second);
  });

  test(`an administrator sets up a second factor, ${how}`, async () => {
    const boss = `boss-${email}`;
    const page = await visit(browser, way);
    await page.goto(created(boss));
    await assertSound(page, "a link");
    await fill(page, "New password", PASSWORD);
    await press(page, "Set my password");
    await follow(page, page.getByRole("link", { name: "I have noted them" }));
    await assertSound(page, "second factor");
    const secret = (await page.locator("#secret").innerText()).replaceAll(" ", "");
    await fill(page, "Code", "000000 1");
    await press(page, "Confirm the code");
    await page.locator("#code-fault").waitFor();
    await assertSound(page, "a wrong code");
    const now = Date.now() / 1000;
    await fill(page, "Code", codeOf(secret, now));
    await press(page, "Confirm the code");
    await headed(page, "Your account");
    await assertSound(page, "an administrator's account");
    await logOut(page);
    await page.goto(`${site.address}/login`);
    await fill(page, "Email address", boss);
    await fill(page, "Password", PASSWORD);
    await press(page, "Log in");
    await headed(page, "Enter the code");
    await assertSound(page, "the code");
    await fill(page, "Code", codeOf(secret, now + 30));
    await press(page, "Continue");
    await headed(page, "Your account");
    await leave(page);
  });
}
