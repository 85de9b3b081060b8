// Servers that the manager is to show, and a program that scales them.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { site } from "./site.mjs";

/** Adds a server. That it was last seen tomorrow keeps it from falling silent. */
export function addServer(id, name, state = "ready", seen = "+1 day") {
  const time = (shift) => `strftime('%Y-%m-%d %H:%M:%f', 'now', ${shift})`;
  site.alter(`INSERT INTO fleet_servers (id, name, role, version, state, started_at, seen_at)
    VALUES (?, ?, 'web', '0.1.0', ?, ${time("'-1 hour'")}, ${time("?")})`, id, name, state, seen);
}

/** Adds its figures of the last 40 minutes, of which some are missing. */
export function addMinutes(id) {
  site.alter(`INSERT INTO fleet_minutes
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
    SELECT ?, strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || i || ' minutes'), .1 + i * .02, 60 + i, 1e6, 2e6, 1.5e8, i % 4, 1
    FROM n WHERE i NOT BETWEEN 10 AND 14`, id);
}

/** A program for --scale-program, and the numbers that it got. */
export function scaler() {
  const folder = mkdtempSync(join(tmpdir(), "calling-scale-"));
  const program = join(folder, "scale"), got = join(folder, "got");
  writeFileSync(program, `#!/bin/sh\necho "$1" >>${got}\n`);
  chmodSync(program, 0o755);
  after(() => rmSync(folder, { recursive: true, force: true }));
  return { program, numbers: () => (existsSync(got) ? readFileSync(got, "utf8").trim().split("\n") : []) };
}

/** Makes the database refuse what the manager and sessions need, or no longer. */
export function setAway(away) {
  for (const table of ["fleet_servers", "account_sessions"]) {
    const [from, to] = away ? [table, `${table}_away`] : [`${table}_away`, table];
    site.alter(`ALTER TABLE ${from} RENAME TO ${to}`);
  }
}
