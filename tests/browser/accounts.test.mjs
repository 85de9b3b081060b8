// Accounts: every flow with and without script, wide and on a phone.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { assertCount, assertSound, awaitResult, browser, follow, setUp, site, visit } from "./site.mjs";

setUp();

const PASSWORD = "kelp orbit marzipan nine";
const OTHER = "lamp ferry quince eleven";

/** The code of six digits that an app shows for a secret in base32 (RFC 6238). */
function codeOf(secret, seconds = Date.now() / 1000) {
  const bits = [...secret].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(seconds / 30)));
  const hash = createHmac("sha1", key).update(counter).digest();
  const at = hash[19] & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const fill = (page, label, text) => page.getByLabel(label, { exact: true }).fill(text);
const logOut = async (page) => {
  await press(page, "Log out");
  await page.getByRole("heading", { name: "You are logged out" }).waitFor();
};

for (const [size, script, scheme] of [["wide", true, "dark"], ["phone", false, "light"], ["phone", true, "light"]]) {
  const how = `${size}, ${script ? "with" : "without"} script`;
  const email = `jo-${size}-${script}@example.org`;

  test(`an account is made, used and deleted, ${how}`, async () => {
    const answer = await fetch(`${site.address}/get_career_recommendations`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ text: "I like long walks." }),
    });
    const result = new URL(answer.headers.get("location"), site.address).href;
    const page = await visit(browser, { size, script, scheme });
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
    await page.locator("main", { hasText: "Kept in your account." }).waitFor();
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
    await page.locator("[role=status]", { hasText: "Your email address is changed" }).waitFor();
    await follow(page, page.getByRole("link", { name: "Change your password" }));
    await assertSound(page, "another password");
    await fill(page, "Present password", PASSWORD);
    await fill(page, "New password", OTHER);
    await press(page, "Change my password");
    await page.locator("[role=status]", { hasText: "Your password is changed" }).waitFor();
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
    await page.locator("[role=alert]").waitFor();
    await assertSound(page, "a wrong password");
    await fill(page, "Password", PASSWORD);
    await press(page, "Log in");
    await follow(page, page.getByRole("link", { name: "Delete your account" }));
    await assertSound(page, "delete");
    await fill(page, "Password", PASSWORD);
    await press(page, "Delete my account");
    await page.getByRole("heading", { name: "Your account is deleted" }).waitFor();
    assert.equal((await fetch(result)).status, 404);
    await page.context().close();
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
      await page.locator("button[value=next]").click();
      await page.waitForURL("**/questions/*");
    };
    const first = await visit(browser, { size, script, scheme });
    await first.goto(`${site.address}/register`);
    await fill(first, "Email address", traveler);
    await fill(first, "New password", PASSWORD);
    await press(first, "Make my account");
    await first.locator("#codes li").nth(7).waitFor();
    await begin(first, ["r01-5", "r02-4"]);
    await first.goto(`${site.address}/account`);
    await first.locator("main", { hasText: "You have begun a questionnaire: 2 of 86 answered." }).waitFor();
    await assertSound(first, "an account with a questionnaire");

    // Another device has begun one of its own. The answer that was given last stays.
    const second = await visit(browser, { size, script, scheme });
    await begin(second, ["r02-1", "r03-3"]);
    await second.goto(`${site.address}/login`);
    await fill(second, "Email address", traveler);
    await fill(second, "Password", PASSWORD);
    await press(second, "Log in");
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
    await Promise.all([first.context().close(), second.context().close()]);
  });

  test(`an administrator sets up a second factor, ${how}`, async () => {
    const boss = `boss-${email}`;
    const printed = execFileSync(site.program, ["admin", "create", boss], { env: { ...process.env, DATABASE_URL: site.database } });
    const page = await visit(browser, { size, script, scheme });
    await page.goto(site.address + printed.toString().trim().split("\n").at(-1));
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
    await page.getByRole("heading", { name: "Your account", exact: true }).waitFor();
    await assertSound(page, "an administrator's account");
    await logOut(page);
    await page.goto(`${site.address}/login`);
    await fill(page, "Email address", boss);
    await fill(page, "Password", PASSWORD);
    await press(page, "Log in");
    await page.getByRole("heading", { name: "Enter the code" }).waitFor();
    await assertSound(page, "the code");
    await fill(page, "Code", codeOf(secret, now + 30));
    await press(page, "Continue");
    await page.getByRole("heading", { name: "Your account", exact: true }).waitFor();
    await page.context().close();
  });

  test(`accounts and data are managed, ${how}`, async () => {
    const boss = `chief-${email}`, guest = `guest-${email}`;
    const printed = execFileSync(site.program, ["admin", "create", boss], { env: { ...process.env, DATABASE_URL: site.database } });
    const page = await visit(browser, { size, script, scheme });
    await page.goto(site.address + printed.toString().trim().split("\n").at(-1));
    await fill(page, "New password", PASSWORD);
    await press(page, "Set my password");
    await page.goto(`${site.address}/account/second-factor?next=%2Fadmin%2Finvite`);
    await fill(page, "Code", codeOf((await page.locator("#secret").innerText()).replaceAll(" ", "")));
    await press(page, "Confirm the code");

    await page.getByRole("heading", { name: "Invite somebody" }).waitFor();
    await fill(page, "Email address", "guest");
    await press(page, "Make the invitation");
    await page.locator("#email-fault").waitFor();
    assert.equal(await page.getByLabel("Email address").inputValue(), "guest");
    await assertSound(page, "a wrong invitation");
    await fill(page, "Email address", guest);
    await press(page, "Make the invitation");
    const link = await page.locator("#link").innerText();
    await assertSound(page, "an invitation");
    const invited = await visit(browser, { size, script, scheme });
    await invited.goto(link);
    await fill(invited, "New password", PASSWORD);
    await press(invited, "Set my password");
    await invited.locator("#codes li").nth(7).waitFor();
    await invited.context().close();

    await follow(page, page.getByRole("link", { name: "Accounts", exact: true }));
    await fill(page, "Email address or a part of it", guest.slice(1, -3));
    await press(page, "Search");
    await assertSound(page, "accounts");
    await follow(page, page.getByRole("link", { name: guest }));
    await assertSound(page, "an account");
    await press(page, "Make a recovery link");
    await page.locator("#link").waitFor();
    await assertSound(page, "a recovery link");
    await follow(page, page.getByRole("link", { name: "Back to the account" }));
    await press(page, "Disable this account");
    await page.locator("[role=status]", { hasText: "The account is disabled" }).waitFor();
    await press(page, "Make a recovery link");
    await page.locator("[role=alert]", { hasText: "Enable it first" }).waitFor();
    await assertSound(page, "a refused link");
    await press(page, "Enable this account");
    await page.locator("[role=status]", { hasText: "The account is enabled" }).waitFor();
    await follow(page, page.getByRole("link", { name: "Remove this account" }));
    await assertSound(page, "remove an account");
    await press(page, "Remove the account");
    await page.locator("#email-fault", { hasText: `expected ${guest}` }).waitFor();
    await fill(page, "Type the email address of the account", guest);
    await press(page, "Remove the account");
    await page.locator("[role=status]", { hasText: "is removed" }).waitFor();

    await fetch(`${site.address}/get_career_recommendations`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ text: "I like long walks." }),
    });
    site.alter("UPDATE personality_records SET status = 'failed', failure = ?", "the model gave no numbers");
    await follow(page, page.getByRole("link", { name: "Data", exact: true }));
    await assertSound(page, "data");
    await follow(page, page.getByRole("link", { name: "Failed submissions, and why" }));
    await assertSound(page, "failed submissions");
    await page.getByRole("button", { name: /^Try again/ }).first().click();
    await page.locator("[role=status]", { hasText: "in the queue again" }).waitFor();
    await follow(page, page.getByRole("link", { name: "Back to the data" }));
    await follow(page, page.getByRole("link", { name: "Export everything" }));
    await assertSound(page, "export");
    await fill(page, "Password", PASSWORD);
    const [file] = await Promise.all([page.waitForEvent("download"), press(page, "Download the file")]);
    assert.equal(file.suggestedFilename(), "calling-export.jsonl");
    await page.goto(`${site.address}/admin/erase`);
    await assertSound(page, "delete all data");
    await fill(page, "Type what is to be done", "all of it");
    await press(page, "Delete it permanently");
    await page.locator("#typed-fault", { hasText: "It is “all of it”" }).waitFor();
    await fill(page, "Type what is to be done", "delete all data");
    await fill(page, "Password", PASSWORD);
    await press(page, "Delete it permanently");
    await page.locator("[role=status]", { hasText: "All data is deleted." }).waitFor();
    await assertSound(page, "no data");

    await follow(page, page.getByRole("link", { name: "Audit log", exact: true }));
    await assertSound(page, "audit log");
    await page.getByLabel("Act").selectOption("delete all data");
    await press(page, "Show");
    assert.deepEqual([...new Set(await page.locator("tbody td:nth-child(2)").allInnerTexts())].map((text) => text.replace(/^Act: /, "")), ["delete all data"]);
    await page.context().close();
  });
}
