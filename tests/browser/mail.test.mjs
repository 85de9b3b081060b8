// Mail: an account that is confirmed by a link, and recovered by one, with and without script, wide and on a phone.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
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

const PASSWORD = "kelp orbit marzipan nine";
const OTHER = "lamp ferry quince eleven";
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const fill = (page, label, text) => page.getByLabel(label, { exact: true }).fill(text);

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

for (const [size, script, scheme] of [["wide", true, "dark"], ["phone", false, "light"], ["phone", true, "light"]]) {
  const how = `${size}, ${script ? "with" : "without"} script`;
  const email = `jo-${size}-${script}@example.org`;

  test(`an account is confirmed and recovered by mail, ${how}`, async () => {
    const page = await visit(browser, { size, script, scheme });
    await page.goto(`${site.address}/register`);
    await fill(page, "Email address", email);
    await fill(page, "New password", PASSWORD);
    await press(page, "Make my account");
    await page.getByRole("heading", { name: "Check your mail" }).waitFor();
    await page.locator("main", { hasText: email }).waitFor();
    await page.goto(link(await mail(email, "Confirm your email address")));
    await page.getByRole("heading", { name: "Confirm your email address" }).waitFor();
    await assertSound(page, "confirm");
    await fill(page, "Password", OTHER);
    await press(page, "Make my account");
    await page.locator("#password-fault").waitFor();
    await fill(page, "Password", PASSWORD);
    await press(page, "Make my account");
    await page.locator("#codes li").nth(7).waitFor();
    await page.goto(`${site.address}/account`);
    await press(page, "Log out");
    await page.getByRole("heading", { name: "You are logged out" }).waitFor();

    await page.goto(`${site.address}/login`);
    await follow(page, page.getByRole("link", { name: "I forgot my password" }));
    await assertSound(page, "recover by mail");
    await page.getByRole("link", { name: "I have a recovery code" }).waitFor();
    await fill(page, "Email address", "jo");
    await press(page, "Send me a link");
    await page.locator("#email-fault").waitFor();
    await fill(page, "Email address", email);
    await press(page, "Send me a link");
    await page.getByRole("heading", { name: "Check your mail" }).waitFor();
    if (script) await assertSound(page, "check your mail");
    await page.goto(link(await mail(email, "Set a new password")));
    await fill(page, "New password", OTHER);
    await press(page, "Set my password");
    await page.getByRole("heading", { name: "Your account", exact: true }).waitFor();
    const told = await mail(email, "Your password was changed");
    assert.ok(!told.text.includes("/link/"));
    await page.context().close();
  });
}
