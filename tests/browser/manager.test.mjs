// What the manager shows, also while its database is away: with and without script, wide and on a phone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addMinutes, addServer, scaler, setAway } from "./fleet.mjs";
import { WAYS, address, administrator, fill, headed, leave, press } from "./people.mjs";
import { assertCount, assertSound, eventually, follow, setUp, site, visit } from "./site.mjs";

const { program, numbers } = scaler();
setUp({ more: ["--scale-program", program, "--server-name", "server own", "--database-timeout", "2"] }, async () => {
  addServer("s1", "server one");
  addServer("s2", "server two", "starting");
  addServer("s3", "server three", "draining");
  addServer("s4", "server four", "ready", "-10 minutes");
  site.alter("UPDATE fleet_servers SET computed_in = 'int8 on avx2' WHERE id = 's1'");
  addMinutes("s1");
  addMinutes("s2");
});

const named = (page) => page.locator(".list tbody th").allInnerTexts();

for (const way of WAYS) {
  test(`servers are listed, filtered and looked at, ${way.how}`, async () => {
    const page = await administrator(address("boss", way), way, "/manager");
    // The server itself says within seconds of its start that it is ready.
    await eventually(async () => {
      await page.reload();
      return page.locator("#live", { hasText: "2 ready, 1 starting, 1 draining, 1 silent." }).count();
    }, 1, "a server of its own that is ready", 60_000);
    await assertCount(page.locator(".chart svg"), 4);
    await assertSound(page, "home");
    await page.locator("summary", { hasText: "The numbers: Mean CPU" }).click();
    await assertSound(page, "a chart's table");
    await follow(page, page.getByRole("link", { name: "Servers", exact: true }));
    assert.deepEqual(await named(page), ["server four", "server one", "server own", "server three", "server two"]);
    const note = page.locator(".note", { hasText: "Servers compute the models in different ways" });
    await assertCount(note.getByText("int8 on avx2: 1 server"), 1);
    await assertCount(note.getByText("f32 by candle's plain operations: 1 server"), 1);
    await assertSound(page, "list");
    const states = {
      ready: ["server one", "server own"], starting: ["server two"], draining: ["server three"], silent: ["server four"],
    };
    for (const [state, names] of Object.entries(states)) {
      await page.getByLabel("State").selectOption(state);
      await press(page, "Show");
      assert.deepEqual(await named(page), names, state);
      assert.equal(await page.getByLabel("State").inputValue(), state);
    }
    await assertSound(page, "filtered by state");
    await fill(page, "Name, role or version", "ONE");
    await press(page, "Show");
    await page.locator("main", { hasText: "0 of 5 servers" }).waitFor();
    await assertCount(page.locator(".list"), 0);
    await assertSound(page, "no such server");
    await page.getByLabel("State").selectOption("");
    await press(page, "Show");
    assert.deepEqual(await named(page), ["server one"]);
    await follow(page, page.getByRole("link", { name: "server one" }));
    await headed(page, "server one");
    await assertCount(page.locator(".chart svg"), 4);
    await assertCount(page.locator(".figures", { hasText: "int8 on avx2" }), 1);
    assert.ok(await page.locator(".chart .line").count() >= 8, "each of four lines is broken by the gap");
    await assertSound(page, "server");
    await follow(page, page.getByRole("link", { name: "The last 48 hours" }));
    await headed(page, "The last 48 hours");
    await assertSound(page, "48 hours");
    await follow(page, page.getByRole("link", { name: "JSON" }));
    assert.ok(JSON.parse(await page.locator("body").innerText()));
    assert.equal((await page.goto(`${site.address}/manager/servers/s9`)).status(), 404);
    await leave(page);
  });

  test(`while the database is away, the manager says so and shows what it read last, ${way.how}`, async () => {
    const page = await administrator(address("watch", way), way, "/manager");
    const paths = ["/manager", "/manager/servers", "/manager/servers/s1", "/manager/size", "/manager/policy", "/manager/stop"];
    const away = page.getByRole("heading", { name: "The database does not answer" });
    for (const path of paths) {
      await page.goto(site.address + path);
      await assertCount(away, 0);
    }
    await page.goto(`${site.address}/manager/size`);
    const before = numbers();
    setAway(true);
    try {
      await fill(page, "Number of servers", "7");
      await press(page, "Set the number");
      await headed(page, "Not available right now");
      await assertSound(page, "a number is not set");
      for (const path of paths) {
        await page.goto(site.address + path);
        await away.waitFor();
        await assertCount(page.locator("form[method=post], [formmethod=post]"), 0, `${path} offers no change`);
        await assertSound(page, `${path} without a database`);
      }
      await page.goto(`${site.address}/manager/servers`);
      assert.deepEqual(await named(page), ["server four", "server one", "server own", "server three", "server two"]);
      await follow(page, page.getByRole("link", { name: "server one" }));
      assert.ok(await page.locator(".chart .line").count() >= 8);
      // Who has not logged in sees none of it.
      const stranger = await visit(page.context().browser(), way);
      assert.equal((await stranger.goto(`${site.address}/manager/servers`)).status() < 400, true);
      await headed(stranger, "Log in");
      await leave(stranger);
    } finally {
      setAway(false);
    }
    await eventually(async () => {
      await page.goto(`${site.address}/manager/size`);
      return away.count();
    }, 0);
    assert.deepEqual(numbers(), before, "nothing was changed meanwhile");
    await leave(page);
  });
}

test("every page of the manager is sound in a narrow window", async () => {
  const page = await administrator("narrow@example.org", { size: "narrow" }, "/manager");
  for (const path of ["", "/servers", "/servers/s1", "/servers/s1/remove", "/size", "/policy", "/stop"]) {
    await page.goto(`${site.address}/manager${path}`);
    await assertSound(page, path);
  }
  await leave(page);
});

test("the numbers refresh by themselves, and an open table stays open", async () => {
  const page = await administrator("refresh@example.org", {}, "/manager");
  await page.clock.install();
  await page.reload();
  await page.locator("summary", { hasText: "The numbers: Servers" }).click();
  await page.locator("h1").click();
  await page.evaluate(() => document.activeElement?.blur());
  site.alter("UPDATE fleet_servers SET state = 'draining' WHERE id = 's2'");
  await page.clock.fastForward(31_000);
  await page.locator("#live", { hasText: "2 draining" }).waitFor();
  assert.ok(await page.locator("#servers-d").getAttribute("open") !== null);
  setAway(true);
  try {
    await page.clock.fastForward(31_000);
    await page.locator("#live", { hasText: "The database does not answer" }).waitFor();
    assert.ok(await page.locator("#servers-d").getAttribute("open") !== null);
  } finally {
    setAway(false);
  }
  await leave(page);
});
