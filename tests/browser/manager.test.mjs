// The manager: every page with and without script, wide and on a phone.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { assertCount, assertSound, browser, follow, setUp, site, visit } from "./site.mjs";

const folder = mkdtempSync(join(tmpdir(), "calling-scale-"));
const scale = join(folder, "scale"), told = join(folder, "told");
writeFileSync(scale, `#!/bin/sh\necho "$1" >>${told}\n`);
chmodSync(scale, 0o755);
after(() => rmSync(folder, { recursive: true, force: true }));
const numbers = () => (existsSync(told) ? readFileSync(told, "utf8").trim().split("\n") : []);

/** Two servers that were seen for the last 40 minutes, with a gap of the first. */
async function twoServers() {
  for (const [id, name] of [["s1", "server one"], ["s2", "server two"]]) {
    const now = "strftime('%Y-%m-%d %H:%M:%f', 'now')";
    site.alter(`INSERT INTO fleet_servers (id, name, role, version, state, started_at, seen_at)
      VALUES (?, ?, 'site', '0.1.0', 'ready', ${now}, ${now})`, id, name);
    site.alter(`INSERT INTO fleet_minutes
      WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
      SELECT ?, strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || i || ' minutes'), .1 + i * .02, 60 + i, 1e6, 2e6, 1.5e8, i % 4, 1
      FROM n WHERE i NOT BETWEEN 10 AND 14`, id);
  }
}

setUp({ more: ["--scale-program", scale] }, twoServers);

/** The code of six digits that an app shows for a secret in base32 (RFC 6238). */
function codeOf(secret) {
  const bits = [...secret].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const hash = createHmac("sha1", key).update(counter).digest();
  return String((hash.readUInt32BE(hash[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const fill = (page, label, text) => page.getByLabel(label, { exact: true }).fill(text);

/** A window in which an administrator is logged in. */
async function administrator(email, how) {
  const env = { ...process.env, DATABASE_URL: site.database };
  const printed = execFileSync(site.program, ["admin", "create", email], { env });
  const page = await visit(browser, how);
  await page.goto(site.address + printed.toString().trim().split("\n").at(-1));
  await fill(page, "New password", "kelp orbit marzipan nine");
  await press(page, "Set my password");
  await page.locator("#codes li").nth(7).waitFor();
  await page.goto(`${site.address}/account/second-factor?next=%2Fmanager`);
  await fill(page, "Code", codeOf((await page.locator("#secret").innerText()).replaceAll(" ", "")));
  await press(page, "Confirm the code");
  await page.getByRole("heading", { name: "Manager", exact: true }).waitFor();
  return page;
}

for (const [size, script, scheme] of [["wide", true, "dark"], ["phone", false, "light"], ["narrow", true, "light"]]) {
  const how = `${size}, ${script ? "with" : "without"} script`;

  test(`servers are looked at, added and removed, and a policy is set, ${how}`, async () => {
    const page = await administrator(`boss-${size}@example.org`, { size, script, scheme });
    await assertSound(page, "home");
    await assertCount(page.locator(".chart svg"), 4);
    await page.locator("summary", { hasText: "The numbers: Mean CPU" }).click();
    await assertSound(page, "a chart's table");
    const before = numbers().length;
    await page.getByRole("button", { name: /^Add one, to / }).click();
    await page.getByRole("heading", { name: "Number of servers" }).waitFor();
    assert.equal(numbers().length, before + 1);
    await assertSound(page, "number");
    await fill(page, "Number of servers", "lots");
    await press(page, "Set the number");
    await page.locator("#fault", { hasText: "Number of servers is lots; expected a whole number" }).waitFor();
    assert.equal(await page.getByLabel("Number of servers", { exact: true }).inputValue(), "lots");
    await assertSound(page, "a wrong number");

    await follow(page, page.getByRole("link", { name: "Servers", exact: true }));
    await assertSound(page, "list");
    await fill(page, "Name, role or version", "ONE");
    await press(page, "Show");
    assert.deepEqual(await page.locator(".list tbody th").allInnerTexts(), ["server one"]);
    await follow(page, page.getByRole("link", { name: "server one" }));
    await page.getByRole("heading", { name: "server one" }).waitFor();
    assert.ok(await page.locator(".chart .line").count() >= 8, "each of four lines is broken by the gap");
    await assertSound(page, "server");
    await follow(page, page.getByRole("link", { name: "The last 48 hours" }));
    await assertSound(page, "48 hours");
    await follow(page, page.getByRole("link", { name: "Remove this server" }));
    await assertSound(page, "remove");

    await follow(page, page.getByRole("link", { name: "Policy", exact: true }));
    await assertSound(page, "policy");
    await fill(page, "Shrink below", "90");
    await press(page, "Apply it");
    await page.locator("[role=alert] a", { hasText: "Shrink below is 90; expected" }).waitFor();
    assert.equal(await page.getByLabel("Shrink below", { exact: true }).inputValue(), "90");
    await assertSound(page, "a wrong policy");
    await fill(page, "Shrink below", "25");
    await fill(page, "Most servers", "9");
    await press(page, "Simulate it");
    await page.locator("main", { hasText: "This policy is not in force." }).waitFor();
    await assertCount(page.locator("section .chart"), 6);
    await fill(page, "Most servers", size === "wide" ? "20" : "19");
    await press(page, "Apply it");
    await page.locator("main", { hasText: "This is the policy in force." }).waitFor();

    await follow(page, page.getByRole("link", { name: "Number", exact: true }));
    await follow(page, page.getByRole("link", { name: "Stop all servers" }));
    await assertSound(page, "stop, the first question");
    await press(page, "Stop all servers");
    await assertSound(page, "stop, the second question");
    await press(page, "Stop all servers");
    await page.locator("#fault", { hasText: "The confirmation is empty" }).waitFor();
    await assertSound(page, "stop, not confirmed");
    assert.ok(!numbers().includes("0"));
    await page.context().close();
  });
}

test("the numbers refresh by themselves, and an open table stays open", async () => {
  const page = await administrator("boss-refresh@example.org", { size: "wide", script: true, scheme: "light" });
  await page.clock.install();
  await page.reload();
  await page.locator("summary", { hasText: "The numbers: Servers" }).click();
  await page.locator("h1").click();
  await page.evaluate(() => document.activeElement?.blur());
  site.alter("UPDATE fleet_servers SET state = 'draining' WHERE id = 's2'");
  await page.clock.fastForward(31_000);
  await page.locator("#live", { hasText: "1 draining" }).waitFor();
  assert.ok(await page.locator("#servers-d").getAttribute("open") !== null);
  site.alter("UPDATE fleet_servers SET state = 'ready' WHERE id = 's2'");
  await page.context().close();
});
