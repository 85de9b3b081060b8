// An account and the manager by keyboard alone, with the focus in sight at each step.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addMinutes, addServer, scaler } from "./fleet.mjs";
import { PASSWORD, WAYS, address, administrator, headed, leave } from "./people.mjs";
import { assertCount, browser, eventually, setUp, site, visit } from "./site.mjs";

const { program, numbers } = scaler();
setUp({ more: ["--scale-program", program, "--server-name", "server own"] }, () => {
  addServer("s1", "server one");
  addMinutes("s1");
});

/** What has the focus: how it is drawn, and whether all of it or its beginning is in the window. */
const focused = (page) => page.evaluate(() => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const { top, left, height, width } = element.getBoundingClientRect();
  return {
    html: element.outerHTML.slice(0, 120),
    ring: outlineStyle === "none" ? 0 : parseFloat(outlineWidth),
    inSight: height > 0 && width > 0 && top >= 0 && left >= 0 && top < innerHeight && left < innerWidth,
  };
});

/** Presses Tab until this has the focus. Everything on the way shows that it has it. */
async function tabTo(page, locator) {
  await locator.waitFor();
  const target = await locator.elementHandle();
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    const now = await focused(page);
    if (now === null) continue;
    assert.ok(now.ring >= 2 && now.inSight, `the focus is not seen: ${JSON.stringify(now)}`);
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  assert.fail(`Tab does not reach ${locator}`);
}

/** Presses a key that leaves the page, and waits for the next one. */
const leaveBy = (page, key) => Promise.all([page.waitForEvent("load"), page.keyboard.press(key)]);

async function pressLink(page, name) {
  await tabTo(page, page.getByRole("link", { name, exact: true }));
  await leaveBy(page, "Enter");
}

async function pressButton(page, name, key = "Enter") {
  await tabTo(page, page.getByRole("button", { name, exact: true }));
  await leaveBy(page, key);
}

/** What was not accepted has the focus. */
const assertAlerted = (page) => eventually(() => page.evaluate(() => document.activeElement.getAttribute("role")), "alert");

async function type(page, label, text) {
  await tabTo(page, page.getByLabel(label, { exact: true }));
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(text);
}

for (const way of [WAYS[0], WAYS[3]]) {
  test(`an account is made, left and opened again by keyboard, ${way.how}`, async () => {
    const email = address("keys", way);
    const page = await visit(browser, way);
    await page.goto(site.address);
    // The first Tab leads past the navigation.
    await tabTo(page, page.getByRole("link", { name: "Skip to the content" }));
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    assert.ok(await page.evaluate(() => document.querySelector("main").contains(document.activeElement)));
    await pressLink(page, "An account");
    await pressLink(page, "Make an account");
    await type(page, "Email address", email);
    await type(page, "New password", "short");
    await leaveBy(page, "Enter");
    // What is wrong has the focus, and leads to its field.
    await assertAlerted(page);
    await tabTo(page, page.locator("[role=alert] a"));
    await page.keyboard.press("Enter");
    await eventually(() => page.evaluate(() => document.activeElement.id), "new");
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type(PASSWORD);
    if (way.script) {
      await tabTo(page, page.getByLabel("Show what I type"));
      await page.keyboard.press("Space");
      assert.equal(await page.locator("#new").getAttribute("type"), "text");
    }
    await pressButton(page, "Make my account");
    await headed(page, "Your account is ready");
    await pressLink(page, "I have noted them");
    await pressButton(page, "Log out", "Space");
    await headed(page, "You are logged out");
    await page.goto(`${site.address}/login`);
    await type(page, "Email address", email);
    await type(page, "Password", PASSWORD);
    await leaveBy(page, "Enter");
    await headed(page, "Your account");
    await leave(page);
  });

  test(`a server is found and the number of servers set by keyboard, ${way.how}`, async () => {
    const page = await administrator(address("boss", way), way, "/manager");
    await tabTo(page, page.locator("summary", { hasText: "The numbers: Servers" }));
    await page.keyboard.press("Space");
    await page.locator("#servers-d table").waitFor();
    await pressLink(page, "Set the number");
    await type(page, "Number of servers", "none");
    await leaveBy(page, "Enter");
    await page.locator("#fault", { hasText: "Number of servers is none" }).waitFor();
    await assertAlerted(page);
    await type(page, "Number of servers", "4");
    await pressButton(page, "Set the number", "Space");
    await page.locator(".lede", { hasText: "The desired number is 4 servers now." }).waitFor();
    assert.equal(numbers().at(-1), "4");

    await pressLink(page, "Policy");
    await type(page, "Shrink below", "90");
    await pressButton(page, "Apply it");
    await assertAlerted(page);
    await tabTo(page, page.locator("[role=alert] a"));
    await page.keyboard.press("Enter");
    await eventually(() => page.evaluate(() => document.activeElement.id), "shrink");

    await pressLink(page, "Servers");
    await type(page, "Name, role or version", "one");
    await tabTo(page, page.getByLabel("State"));
    await page.keyboard.type("ready");
    assert.equal(await page.getByLabel("State").inputValue(), "ready");
    await pressButton(page, "Show");
    await assertCount(page.locator(".list tbody tr"), 1);
    await pressLink(page, "server one");
    await pressLink(page, "Remove this server");
    await pressLink(page, "Keep it");
    await headed(page, "server one");
    await leave(page);
  });
}
