// The pages of administrators about accounts: every flow with and without script, wide and on a phone.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  OTHER, PASSWORD, TWO_WAYS, address, administrator, fill, headed, leave, logIn, press, refused, told,
} from "./people.mjs";
import { assertCount, assertSound, browser, eventually, follow, setUp, site, visit } from "./site.mjs";

/** More accounts and more rows of the audit log than two pages show, in the order of their names and numbers. */
function crowd() {
  const numbers = "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 219)";
  const email = "'crowd-' || i || '@example.org'";
  site.alter(`INSERT INTO accounts (random_id, email, email_key, password, role, created_at) ${numbers}
    SELECT 'crowd' || i, ${email}, ${email}, 'none', 'visitor', datetime('now') FROM n`);
  site.alter(`INSERT INTO audit_log (at, act, actor, subject) ${numbers}
    SELECT datetime('now', '-1 day'), 'export', 'somebody', 'number ' || i FROM n`);
}

setUp({}, crowd);

const firstColumn = (page) => page.locator("tbody th").allInnerTexts();
const nextPage = (page) => page.getByRole("link", { name: "Next page" });

for (const way of TWO_WAYS) {
  test(`accounts are searched, invited, disabled, recovered and removed, ${way.how}`, async () => {
    const guest = address("guest", way);
    const page = await administrator(address("boss", way), way, "/admin/users");
    await page.goto(`${site.address}/admin`);
    await headed(page, "Accounts");

    // Page by page.
    await fill(page, "Email address or a part of it", "CROWD-");
    await press(page, "Search");
    const seen = [];
    for (const left of [true, true, false]) {
      seen.push(...await firstColumn(page));
      await assertCount(nextPage(page), left ? 1 : 0);
      if (!left) break;
      if (seen.length === 50) await assertSound(page, "the first page of accounts");
      await follow(page, nextPage(page));
    }
    assert.deepEqual(seen, Array.from({ length: 120 }, (_, i) => `crowd-${100 + i}@example.org`));
    await fill(page, "Email address or a part of it", "nobody%");
    await press(page, "Search");
    await page.locator("main", { hasText: "No address contains “nobody%”." }).waitFor();
    await assertSound(page, "no such account");

    await follow(page, page.getByRole("link", { name: "Invite somebody" }));
    await assertSound(page, "invite");
    await fill(page, "Email address", "guest");
    await page.getByLabel("Role").selectOption("administrator");
    await press(page, "Make the invitation");
    await page.locator("#email-fault").waitFor();
    assert.equal(await page.getByLabel("Email address").inputValue(), "guest");
    assert.equal(await page.getByLabel("Role").inputValue(), "administrator");
    await assertSound(page, "a wrong invitation");
    await fill(page, "Email address", `second-${guest}`);
    await press(page, "Make the invitation");
    await headed(page, "An invitation");
    await follow(page, page.getByRole("link", { name: "Back to the account" }));
    const figure = (name) => page.locator("dl.figures > div", { hasText: name }).locator("dd").innerText();
    assert.deepEqual([await figure("Role"), await figure("State")], ["administrator", "has no password yet"]);
    assert.equal(await figure("Second factor"), "not yet");
    await assertSound(page, "an invited administrator");

    await page.goto(`${site.address}/admin/invite`);
    await fill(page, "Email address", guest);
    await press(page, "Make the invitation");
    const invitation = await page.locator("#link").innerText();
    await assertSound(page, "an invitation");
    const invited = await visit(browser, way);
    await invited.goto(invitation);
    await fill(invited, "New password", PASSWORD);
    await press(invited, "Set my password");
    await invited.goto(`${site.address}/account`);
    await headed(invited, "Your account");
    await page.goto(`${site.address}/admin/invite`);
    await fill(page, "Email address", guest);
    await press(page, "Make the invitation");
    await page.locator("#email-fault", { hasText: "There is an account with this address already." }).waitFor();

    await page.goto(`${site.address}/admin/users`);
    await fill(page, "Email address or a part of it", guest.slice(1, -3));
    await press(page, "Search");
    await follow(page, page.getByRole("link", { name: guest, exact: true }));
    assert.deepEqual([await figure("Role"), await figure("State"), await figure("Sessions")], ["visitor", "can log in", "1"]);
    await assertSound(page, "an account");
    await press(page, "Disable this account");
    await told(page, "The account is disabled");
    assert.equal(await figure("Sessions"), "0");
    await invited.reload();
    await headed(invited, "Log in");
    await fill(invited, "Email address", guest);
    await fill(invited, "Password", PASSWORD);
    await press(invited, "Log in");
    await refused(invited, "do not belong together");
    await press(page, "Make a recovery link");
    await refused(page, "Enable it first");
    await assertSound(page, "a refused link");
    await press(page, "Enable this account");
    await told(page, "The account is enabled");
    await press(page, "Make a recovery link");
    const link = await page.locator("#link").innerText();
    await assertSound(page, "a recovery link");
    await invited.goto(link);
    await fill(invited, "New password", OTHER);
    await press(invited, "Set my password");
    await headed(invited, "Your account");
    await logIn(invited, guest, OTHER);

    await follow(page, page.getByRole("link", { name: "Back to the account" }));
    await follow(page, page.getByRole("link", { name: "Remove this account" }));
    await assertSound(page, "remove an account");
    await press(page, "Remove the account");
    await page.locator("#email-fault", { hasText: `expected ${guest}` }).waitFor();
    await assertSound(page, "an account is not removed");
    await fill(page, "Type the email address of the account", guest);
    await press(page, "Remove the account");
    await told(page, "is removed");
    await invited.reload();
    await headed(invited, "Log in");

    // One's own account.
    await fill(page, "Email address or a part of it", address("boss", way));
    await press(page, "Search");
    await page.locator("tbody th", { hasText: "(you)" }).waitFor();
    await follow(page, page.getByRole("link", { name: address("boss", way) }));
    await page.locator("main", { hasText: "This is your own account." }).waitFor();
    await assertCount(page.getByRole("button"), 0);
    await assertSound(page, "one's own account");
    await leave(page, invited);
  });

  test(`the audit log is read page by page and downloaded, ${way.how}`, async () => {
    const page = await administrator(address("auditor", way), way, "/admin/audit");
    await assertCount(page.locator("tbody tr"), 50);
    await page.getByLabel("Act").selectOption("export");
    await press(page, "Show");
    const subjects = () => page.locator("tbody td:last-child").allInnerTexts();
    const plain = (text) => text.replace(/^To:?\s*/, "");
    const seen = [];
    for (;;) {
      seen.push(...(await subjects()).map(plain).filter((text) => text.startsWith("number ")));
      if (await nextPage(page).count() === 0) break;
      await follow(page, nextPage(page));
    }
    assert.deepEqual(seen, Array.from({ length: 120 }, (_, i) => `number ${219 - i}`));
    await assertSound(page, "the last page of an act");

    await page.goto(`${site.address}/admin/audit`);
    await page.getByLabel("Act").selectOption("export");
    await press(page, "Show");
    await page.locator("main", { hasText: "Every row of the act “export”." }).waitFor();
    const download = async (name) => {
      const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name, exact: true }).click()]);
      return [file.suggestedFilename(), readFileSync(await file.path(), "utf8").trimEnd().split("\n")];
    };
    const [csv, rows] = await download("Download as CSV");
    assert.equal(csv, "calling-audit-log.csv");
    assert.equal(rows[0].trim(), "at,act,actor,subject");
    assert.ok(rows.slice(1).every((row) => row.split(",")[1] === "export") && rows.length > 121, `${rows.length} rows`);
    const [jsonl, lines] = await download("Download as JSON lines");
    assert.equal(jsonl, "calling-audit-log.jsonl");
    assert.equal(lines.length, rows.length, "a row for the first download, and no header");
    assert.deepEqual(JSON.parse(lines.at(-1)).subject, "number 100");
    assert.ok(![...rows, ...lines].some((line) => line.includes("@")), "no address");
    await page.reload();
    await eventually(async () => (await subjects()).slice(0, 2).map(plain), ["audit log as jsonl", "audit log as csv"]);
    await leave(page);
  });
}
