// Servers are added and removed, and a policy is set, in the manager: with and without script, wide and on a phone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { addServer, scaler } from "./fleet.mjs";
import { TWO_WAYS, address, administrator, fill, headed, leave, press, refused, send } from "./people.mjs";
import { assertCount, assertSound, eventually, follow, setUp, site, startSite } from "./site.mjs";

const { program, numbers } = scaler();
const fleet = ["--scale-program", program, "--drain-notice", "1"];
setUp({ more: [...fleet, "--server-name", "server own"] }, () => addServer("s1", "server one"));

const last = () => numbers().at(-1);
const desired = (page, text) => page.locator(".lede", { hasText: `The desired number is ${text} now.` }).waitFor();

for (const way of TWO_WAYS) {
  test(`the number of servers is set, and all are stopped, ${way.how}`, async () => {
    site.alter("INSERT OR REPLACE INTO fleet_settings (id, desired, policy) VALUES (1, 2, NULL)");
    const page = await administrator(address("boss", way), way, "/manager");
    await page.locator("main", { hasText: "is changed by the program of --scale-program. It does not scale" }).waitFor();
    await assertSound(page, "home with an engine");
    await press(page, "Add one, to 3");
    await headed(page, "Number of servers");
    await desired(page, "3 servers");
    assert.equal(last(), "3");
    await assertSound(page, "number");
    for (const wrong of ["lots", "", "1001"]) {
      await fill(page, "Number of servers", wrong);
      await press(page, "Set the number");
      await page.locator("#fault", { hasText: "expected a whole number from 1 to 1000" }).waitFor();
      assert.equal(await page.getByLabel("Number of servers", { exact: true }).inputValue(), wrong);
    }
    await assertSound(page, "a wrong number");
    assert.equal(last(), "3");
    await fill(page, "Number of servers", "12");
    await press(page, "Set the number");
    await desired(page, "12 servers");
    assert.equal(last(), "12");
    await press(page, "Remove one, to 11");
    await desired(page, "11 servers");
    assert.equal(last(), "11");

    await follow(page, page.getByRole("link", { name: "Stop all servers" }));
    await assertSound(page, "stop, the first question");
    await press(page, "Stop all servers");
    await headed(page, "Are you sure that all servers are to stop?");
    await assertSound(page, "stop, the second question");
    await follow(page, page.getByRole("link", { name: "Keep them" }));
    await headed(page, "Manager");
    await page.goto(`${site.address}/manager/stop`);
    await press(page, "Stop all servers");
    for (const [typed, fault] of [["", "The confirmation is empty"], ["stop some", "The confirmation is \"stop some\""]]) {
      await fill(page, "Type “stop all servers”", typed);
      await press(page, "Stop all servers");
      await page.locator("#fault", { hasText: fault }).waitFor();
      assert.equal(await page.locator("#typed").inputValue(), typed);
    }
    await assertSound(page, "stop, not confirmed");
    assert.equal(last(), "11");
    await fill(page, "Type “stop all servers”", "Stop all servers");
    await press(page, "Stop all servers");
    await desired(page, "0 servers");
    assert.equal(last(), "0");
    await assertSound(page, "all are stopped");
    await leave(page);
  });

  test(`a policy is simulated, refused if it would swing, and applied, ${way.how}`, async () => {
    site.alter("INSERT OR REPLACE INTO fleet_settings (id, desired, policy) VALUES (1, 2, NULL)");
    const victim = `victim ${way.how}`;
    addServer(`v-${way.size}-${way.script}`, victim);
    const page = await administrator(address("planner", way), way, "/manager/policy");
    const charts = page.locator("section .chart svg");
    const fields = {
      grow: "Grow above", shrink: "Shrink below", expand: "Expand ratio", ratio: "Shrink ratio",
      least: "Fewest servers", most: "Most servers",
    };
    const type = async (policy) => {
      for (const [name, value] of Object.entries(policy)) await fill(page, fields[name], value);
    };
    await page.locator("main", { hasText: "This policy is not in force." }).waitFor();
    await assertCount(charts, 6);
    await assertSound(page, "the proposed policy");

    await type({ shrink: "90", most: "many" });
    await press(page, "Apply it");
    await refused(page, "Most servers is many; expected a whole number from 1 to 1000");
    assert.equal(await page.getByLabel("Shrink below").inputValue(), "90");
    await assertSound(page, "a wrong policy");
    await type({ grow: "60", shrink: "30", expand: "3", ratio: "0.1", least: "1", most: "20" });
    for (const button of ["Simulate it", "Apply it"]) {
      await press(page, button);
      await refused(page, "Expand ratio is 3; expected");
      await refused(page, "leaves 20% for each");
      await assertCount(charts, 0);
    }
    assert.equal(await page.getByLabel("Expand ratio").inputValue(), "3");
    await assertSound(page, "a policy that would swing");

    await type({ grow: "50", expand: "1.2" });
    await press(page, "Simulate it");
    await page.locator("[role=status]", { hasText: "this server may be added and removed again and again" }).waitFor();
    await type({ grow: "65", shrink: "25", expand: "2", least: "3", most: "5" });
    await press(page, "Simulate it");
    await page.locator("main", { hasText: "This policy is not in force." }).waitFor();
    await assertCount(charts, 6);
    for (const load of ["Steady load", "Rising load", "Falling load"]) await headed(page, load);
    await assertSound(page, "a policy is simulated");
    await press(page, "Apply it");
    await page.locator("main", { hasText: "This is the policy in force." }).waitFor();
    await assertCount(charts, 6);
    assert.equal(last(), "3", "the desired number is now within the policy");

    // Its bounds count for numbers that are set by hand, and for removing a server.
    await follow(page, page.getByRole("link", { name: "Number", exact: true }));
    await fill(page, "Number of servers", "6");
    await press(page, "Set the number");
    await page.locator("#fault", { hasText: "expected a whole number from 3 to 5" }).waitFor();
    await follow(page, page.getByRole("link", { name: "Servers", exact: true }));
    await follow(page, page.getByRole("link", { name: victim }));
    await follow(page, page.getByRole("link", { name: "Remove this server" }));
    await refused(page, "The policy requires at least 3 servers, and that is the desired number now.");
    await assertSound(page, "a server is not removed");
    await page.goto(`${site.address}/manager/size`);
    await press(page, "Add one, to 4");
    await desired(page, "4 servers");
    await page.goto(`${site.address}/manager/servers`);
    await follow(page, page.getByRole("link", { name: victim }));
    await follow(page, page.getByRole("link", { name: "Remove this server" }));
    await assertSound(page, "remove?");
    await follow(page, page.getByRole("link", { name: "Keep it" }));
    await headed(page, victim);
    await follow(page, page.getByRole("link", { name: "Remove this server" }));
    await press(page, "Remove this server");
    await page.getByLabel("State").selectOption("draining");
    await press(page, "Show");
    await page.locator(".list tbody th", { hasText: victim }).waitFor();
    await follow(page, page.getByRole("link", { name: victim }));
    await assertCount(page.getByRole("link", { name: "Remove this server" }), 0);
    await assertSound(page, "a server that drains");
    await leave(page);
  });
}

test("a removed server stops, and then the engine gets the new number", { timeout: 240_000 }, async () => {
  site.alter("INSERT OR REPLACE INTO fleet_settings (id, desired, policy) VALUES (1, 2, NULL)");
  const two = await startSite({ database: site.database, more: [...fleet, "--server-name", "server two"] });
  try {
    const page = await administrator("remover@example.org", {}, "/manager/servers");
    const row = page.locator(".list tbody tr", { hasText: "server two" });
    await eventually(async () => {
      await page.reload();
      return row.filter({ hasText: "ready" }).count();
    }, 1, "a second server that is ready", 60_000);
    await follow(page, row.getByRole("link"));
    await follow(page, page.getByRole("link", { name: "Remove this server" }));
    const before = numbers().length;
    await send(page, page.getByRole("button", { name: "Remove this server" }));
    await row.filter({ hasText: "draining" }).waitFor();
    assert.equal(numbers().length, before, "not before it has stopped");
    assert.equal(await two.ended, 0);
    await eventually(() => numbers().slice(before), ["1"], "the new number", 60_000);
    await page.reload();
    await assertCount(row, 0);
    await leave(page);
  } finally {
    await two.stop();
  }
});
