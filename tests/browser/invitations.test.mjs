// Sites on which only invited people have an account, or nobody: with and without script, wide and on a phone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PASSWORD, TWO_WAYS, address, administrator, answer, fill, headed, leave, logIn, logOut, press } from "./people.mjs";
import { assertCount, assertSound, browser, follow, setUp, site, startSite, visit } from "./site.mjs";

setUp({ more: ["--accounts", "invite"] });

let without;
before(async () => {
  without = await startSite({ more: ["--accounts", "off"] });
});
after(() => without?.stop());

/** What a server answers to a form. */
async function posted(server, path, fields) {
  const body = new URLSearchParams(fields);
  return (await fetch(server.address + path, { method: "POST", redirect: "manual", body })).status;
}

const form = { email: "jo@example.org", new: PASSWORD, password: PASSWORD };

async function assertNotFound(page, server, path) {
  assert.equal((await page.goto(server.address + path)).status(), 404, path);
  await headed(page, "Not found");
}

for (const way of TWO_WAYS) {
  test(`only an invitation makes an account, ${way.how}`, async () => {
    const guest = address("guest", way);
    const page = await visit(browser, way);
    await page.goto(site.address);
    await follow(page, page.getByRole("link", { name: "An account", exact: true }));
    await headed(page, "Log in");
    await assertCount(page.getByRole("link", { name: "Make an account" }), 0);
    await assertSound(page, "log in");
    await assertNotFound(page, site, "/register");
    await assertSound(page, "no registration");
    assert.equal(await posted(site, "/register", form), 404);

    const boss = await administrator(address("boss", way), way, "/admin/invite");
    await fill(boss, "Email address", guest);
    await press(boss, "Make the invitation");
    const link = await boss.locator("#link").innerText();
    await page.goto(link);
    await headed(page, "Choose a password");
    await assertSound(page, "an invitation");
    await fill(page, "New password", "guest");
    await press(page, "Set my password");
    await page.locator("#new-fault").waitFor();
    await assertSound(page, "a short password");
    await fill(page, "New password", PASSWORD);
    await press(page, "Set my password");
    await page.locator("#codes li").nth(7).waitFor();
    await assertNotFound(page, site, new URL(link).pathname);
    await page.goto(`${site.address}/account`);
    await logOut(page);
    await logIn(page, guest);
    await page.locator(".lede", { hasText: guest }).waitFor();
    assert.equal((await page.goto(`${site.address}/admin/users`)).status(), 404, "the pages of administrators");
    await leave(page, boss);
  });

  test(`a site without accounts has none of their pages, and results nevertheless, ${way.how}`, async () => {
    const page = await visit(browser, way);
    await page.goto(without.address);
    await assertCount(page.getByRole("link", { name: "account" }), 0);
    await assertSound(page, "home without accounts");
    await page.goto(`${without.address}/privacy`);
    await assertCount(page.locator("#account"), 0);
    await assertSound(page, "privacy without accounts");
    for (const path of ["/login", "/register", "/recover", "/account", "/account/email", "/admin", "/admin/data", "/manager"]) {
      await assertNotFound(page, without, path);
    }
    await assertSound(page, "no account");
    for (const path of ["/login", "/register", "/recover", "/logout"]) assert.equal(await posted(without, path, form), 404, path);
    const result = await answer(page, without);
    await page.goto(result);
    await page.locator("#keep").waitFor();
    await assertCount(page.getByRole("link", { name: "keep it in an account" }), 0);
    await assertSound(page, "a result without accounts");
    await assertNotFound(page, without, `${new URL(result).pathname}/keep`);
    await leave(page);
  });
}
