// The people of the tests: visitors with accounts and results, and administrators.
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { browser, eventually, site, visit } from "./site.mjs";

export const PASSWORD = "kelp orbit marzipan nine";
export const OTHER = "lamp ferry quince eleven";

/** Wide and on a phone, with and without script, and each of the four in one of the color schemes. */
export const WAYS = [["wide", true, "dark"], ["wide", false, "light"], ["phone", true, "light"], ["phone", false, "dark"]]
  .map(([size, script, scheme]) => ({ size, script, scheme, how: `${size}, ${script ? "with" : "without"} script` }));

/**
 * Two of them, which have both sizes and both a page with script and one without. Long flows take these, so that all tests stay
 * within their time; with CALLING_TEST_WAYS=all they take the four.
 */
const all = process.env.CALLING_TEST_WAYS === "all";
export const TWO_WAYS = all ? WAYS : [WAYS[0], WAYS[3]];
/** The other two. */
export const OTHER_TWO_WAYS = all ? WAYS : [WAYS[1], WAYS[2]];

/** A visitor of one of these ways, as an email address. */
export const address = (name, { size, script }) => `${name}-${size}-${script ? "script" : "plain"}@example.org`;

/** The fictional questionnaire of the page /sample, and what the bundled models make of it. */
export const sample = JSON.parse(readFileSync(new URL("../../datasets/sample.json", import.meta.url), "utf8"));

/** Presses a button that sends a form, and waits until the answer is loaded, also if it has the address of the page before. */
export const send = (page, button) => Promise.all([page.waitForEvent("load"), button.click()]);
export const press = (page, name) => send(page, page.getByRole("button", { name, exact: true }));
export const fill = (page, label, text) => page.getByLabel(label, { exact: true }).fill(text);
/** Waits for a heading, for what the page says was done, and for what it does not accept. */
export const headed = (page, name) => page.getByRole("heading", { name, exact: true }).waitFor();
export const told = (page, text) => page.locator("[role=status]", { hasText: text }).waitFor();
export const refused = (page, text) => page.locator("[role=alert]", { hasText: text }).waitFor();

/** Closes the windows of visitors. */
export const leave = (...pages) => Promise.all(pages.map((page) => page.context().close()));

/** The code of six digits that an app shows for a secret in base32 (RFC 6238). */
export function codeOf(secret, seconds = Date.now() / 1000) {
  const bits = [...secret].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(seconds / 30)));
  const hash = createHmac("sha1", key).update(counter).digest();
  const at = hash[19] & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Makes an account, and returns its recovery codes. */
export async function register(page, email) {
  await page.goto(`${site.address}/register`);
  await fill(page, "Email address", email);
  await fill(page, "New password", PASSWORD);
  await press(page, "Make my account");
  await page.locator("#codes li").nth(7).waitFor();
  return page.locator("#codes li").allInnerTexts();
}

export async function logIn(page, email, password = PASSWORD) {
  await page.goto(`${site.address}/login`);
  await fill(page, "Email address", email);
  await fill(page, "Password", password);
  await press(page, "Log in");
  await headed(page, "Your account");
}

export async function logOut(page) {
  await press(page, "Log out");
  await headed(page, "You are logged out");
}

/** Makes an administrator on the command line, and returns the one-time link. */
export function created(email) {
  const env = { ...process.env, DATABASE_URL: site.database };
  const printed = execFileSync(site.program, ["admin", "create", email], { env });
  return site.address + printed.toString().trim().split("\n").at(-1);
}

/** A window in which an administrator is logged in, on this page. */
export async function administrator(email, way, path) {
  const page = await visit(browser, way);
  await page.goto(created(email));
  await fill(page, "New password", PASSWORD);
  await press(page, "Set my password");
  await page.locator("#codes li").nth(7).waitFor();
  await page.goto(`${site.address}/account/second-factor?next=${encodeURIComponent(path)}`);
  await fill(page, "Code", codeOf((await page.locator("#secret").innerText()).replaceAll(" ", "")));
  await press(page, "Confirm the code");
  await page.waitForURL(site.address + path);
  return page;
}

/** Answers and sends the questionnaire in this window, and returns the address of the result once it is read. */
export async function answer(page, server = site) {
  const post = (path, form) => page.request.post(server.address + path, { form, maxRedirects: 0 });
  await post("/begin", { agree: "1" });
  await post("/answers", { ...sample.ratings, ...sample.answers });
  const result = server.address + (await post("/questions/check", { go: "send" })).headers().location;
  await eventually(async () => (await (await page.request.get(`${result}/export.json`)).json()).status, "done", "read", 60_000);
  return result;
}
