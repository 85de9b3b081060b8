// Sessions and recovery codes of an account, with and without script, wide and on a phone.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  OTHER, PASSWORD, WAYS, address, fill, headed, leave, logIn, logOut, press, refused, register, send, told,
} from "./people.mjs";
import { assertCount, assertSound, browser, follow, setUp, site, visit } from "./site.mjs";

setUp();

/** Logs in as a program does. Tells how its session is answered: 200, or 303 once it has ended. */
async function session(email) {
  const body = new URLSearchParams({ email, password: PASSWORD });
  const answer = await fetch(`${site.address}/login`, { method: "POST", redirect: "manual", body });
  const cookie = answer.headers.getSetCookie().map((set) => set.split(";")[0]).join("; ");
  return async () => (await fetch(`${site.address}/account`, { redirect: "manual", headers: { cookie } })).status;
}

for (const way of WAYS) {
  test(`one session is ended, then all others, ${way.how}`, async () => {
    const email = address("jo", way);
    const [page, other] = await Promise.all([visit(browser, way), visit(browser, way)]);
    await register(page, email);
    await logIn(other, email);
    const programs = [await session(email), await session(email)];
    await page.goto(`${site.address}/account`);
    const rows = page.locator("#sessions + table tbody tr");
    await assertCount(rows, 4);
    await assertCount(rows.filter({ hasText: "(this one)" }), 1);
    await assertSound(page, "four sessions");
    const browsers = rows.filter({ hasText: "Chrome" }).filter({ hasNotText: "(this one)" });
    await send(page, browsers.getByRole("button", { name: /^End the session of Chrome on .* since / }));
    await told(page, "The session has ended.");
    await assertCount(rows, 3);
    await other.reload();
    await headed(other, "Log in");
    assert.deepEqual(await Promise.all(programs.map((status) => status())), [200, 200]);

    await press(page, "End all others");
    await assertCount(rows, 1);
    await assertCount(page.getByRole("button", { name: "End all others" }), 0);
    await assertSound(page, "one session");
    assert.deepEqual(await Promise.all(programs.map((status) => status())), [303, 303]);
    await leave(page, other);
  });

  test(`new recovery codes end the former ones, and another password other sessions, ${way.how}`, async () => {
    const email = address("kim", way);
    const page = await visit(browser, way);
    const former = await register(page, email);
    await page.goto(`${site.address}/account`);
    await follow(page, page.getByRole("link", { name: "Make new codes" }));
    await assertSound(page, "new codes?");
    await fill(page, "Password", OTHER);
    await press(page, "Make new codes");
    await page.locator("#password-fault").waitFor();
    await assertSound(page, "a wrong password");
    await fill(page, "Password", PASSWORD);
    await press(page, "Make new codes");
    await headed(page, "Your new recovery codes");
    await assertCount(page.locator("#codes li"), 8);
    await assertSound(page, "new codes");
    const codes = await page.locator("#codes li").allInnerTexts();

    const program = await session(email);
    await page.goto(`${site.address}/account/password`);
    await fill(page, "Present password", OTHER);
    await fill(page, "New password", OTHER);
    await press(page, "Change my password");
    await page.locator("#password-fault").waitFor();
    await assertSound(page, "a wrong present password");
    await fill(page, "Present password", PASSWORD);
    await fill(page, "New password", "password1234");
    await press(page, "Change my password");
    await page.locator("#new-fault").waitFor();
    assert.equal(await program(), 200);
    await fill(page, "Present password", PASSWORD);
    await fill(page, "New password", OTHER);
    await press(page, "Change my password");
    await told(page, "Your password is changed");
    assert.equal(await program(), 303);
    await logOut(page);

    await page.goto(`${site.address}/recover`);
    await fill(page, "Email address", email);
    await fill(page, "Recovery code", former[0]);
    await fill(page, "New password", PASSWORD);
    await press(page, "Set my new password");
    await refused(page, "do not belong together, or the code was used before");
    await assertSound(page, "a code of before");
    await fill(page, "Recovery code", codes[0]);
    await fill(page, "New password", PASSWORD);
    await press(page, "Set my new password");
    await page.locator("main", { hasText: "You have 7 of 8 left" }).waitFor();
    await page.locator(".lede", { hasText: email }).waitFor();
    await leave(page);
  });
}
