// Mail: an account that is confirmed by a link, and recovered by one, with and without script, wide and on a phone.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { OTHER, OTHER_TWO_WAYS, PASSWORD, address, fill, headed, leave, logIn, logOut, press, refused } from "./people.mjs";
import { assertSound, browser, follow, setUp, site, visit } from "./site.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const folder = mkdtempSync(join(tmpdir(), "calling-mail-"));
// The site's address for visitors is not the one at which it is tested, since that is not known before the start.
const PUBLIC = "http://calling.example.org";

/** Python's packages are where test.sh puts them, or on PYTHONPATH. Without them the tests fail. */
const packages = [join(root, "target", "tools"), process.env.PYTHONPATH].filter(Boolean).join(delimiter);
const server = spawn("python3", [join(root, "tests", "it", "mail_server.py"), folder, "plain", "0"], {
  env: { ...process.env, PYTHONPATH: packages }, stdio: ["pipe", "pipe", "inherit"],
});
const port = await new Promise((resolve, reject) => {
  server.stdout.once("data", (line) => resolve(String(line).trim()));
  server.once("exit", (code) => reject(new Error(`mail_server.py ended with ${code}`)));
});
after(() => {
  server.removeAllListeners("exit");
  server.kill();
  rmSync(folder, { recursive: true, force: true });
});

setUp({ more: [
  "--public-url", PUBLIC, "--mail-server", `127.0.0.1:${port}`, "--mail-security", "none", "--mail-from", "calling@example.org",
] });

/** Waits for a mail to this address with this subject. */
async function mail(to, subject) {
  for (let tries = 0; tries < 600; tries += 1) {
    for (let number = 0; existsSync(join(folder, `${number}.json`)); number += 1) {
      const found = JSON.parse(readFileSync(join(folder, `${number}.json`)));
      if (found.to[0] === to && found.headers.subject === subject) return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return assert.fail(`no mail "${subject}" to ${to}`);
}

/** Where its link leads, at the address of the test. */
const link = (mail) => site.address + mail.text.match(new RegExp(`^${PUBLIC}(/link/\\S+)$`, "m"))[1];

/** Makes an account as a program does. */
async function confirmed(email) {
  const post = (url, fields) => fetch(url, { method: "POST", body: new URLSearchParams(fields) });
  await post(`${site.address}/register`, { email, new: PASSWORD });
  assert.equal((await post(link(await mail(email, "Confirm your email address")), { password: PASSWORD })).status, 200);
}

for (const way of OTHER_TWO_WAYS) {
  const { how } = way;
  const email = address("jo", way), next = address("new", way), taken = address("taken", way);

  test(`an account is confirmed, recovered and moved to another address by mail, ${how}`, async () => {
    const page = await visit(browser, way);
    await page.goto(`${site.address}/register`);
    await fill(page, "Email address", email);
    await fill(page, "New password", PASSWORD);
    await press(page, "Make my account");
    await headed(page, "Check your mail");
    await page.locator("main", { hasText: email }).waitFor();
    await page.goto(link(await mail(email, "Confirm your email address")));
    await headed(page, "Confirm your email address");
    await assertSound(page, "confirm");
    await fill(page, "Password", OTHER);
    await press(page, "Make my account");
    await page.locator("#password-fault").waitFor();
    await fill(page, "Password", PASSWORD);
    await press(page, "Make my account");
    await page.locator("#codes li").nth(7).waitFor();
    await page.goto(`${site.address}/account`);
    await logOut(page);

    await page.goto(`${site.address}/login`);
    await follow(page, page.getByRole("link", { name: "I forgot my password" }));
    await assertSound(page, "recover by mail");
    await page.getByRole("link", { name: "I have a recovery code" }).waitFor();
    await fill(page, "Email address", "jo");
    await press(page, "Send me a link");
    await page.locator("#email-fault").waitFor();
    await fill(page, "Email address", email);
    await press(page, "Send me a link");
    await headed(page, "Check your mail");
    await assertSound(page, "check your mail");
    await page.goto(link(await mail(email, "Set a new password")));
    await fill(page, "New password", OTHER);
    await press(page, "Set my password");
    await headed(page, "Your account");
    const notice = await mail(email, "Your password was changed");
    assert.ok(!notice.text.includes("/link/"));

    // A new address counts once it is confirmed. Nothing tells whether another one has an account.
    const ask = async (wanted, password) => {
      await page.goto(`${site.address}/account/email`);
      await fill(page, "New email address", wanted);
      await fill(page, "Password", password);
      await press(page, "Change my address");
    };
    await ask("jo", OTHER);
    await page.locator("#email-fault").waitFor();
    await assertSound(page, "no address");
    await ask(next, PASSWORD);
    await page.locator("#password-fault").waitFor();
    assert.equal(await page.getByLabel("New email address").inputValue(), next);
    await assertSound(page, "a wrong password");
    await confirmed(taken);
    await ask(taken, OTHER);
    await headed(page, "Check your mail");
    assert.ok(!(await mail(taken, "This address has an account")).text.includes("/link/"));
    await ask(next, OTHER);
    await headed(page, "Check your mail");
    await page.locator("main", { hasText: "Until then you log in with the present one." }).waitFor();
    await assertSound(page, "check the mail at the new address");
    await page.goto(`${site.address}/account`);
    await page.locator(".lede", { hasText: email }).waitFor();
    await page.goto(link(await mail(next, "Confirm your new email address")));
    await headed(page, "Confirm your new email address");
    await assertSound(page, "confirm the new address");
    await press(page, "Confirm");
    await headed(page, "Log in");
    await mail(email, "Your email address was changed");
    await fill(page, "Email address", email);
    await fill(page, "Password", OTHER);
    await press(page, "Log in");
    await refused(page, "do not belong together");
    await logIn(page, next, OTHER);
    await page.locator(".lede", { hasText: next }).waitFor();
    await leave(page);
  });
}
