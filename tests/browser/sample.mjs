// Makes datasets/sample.json, which the page /sample shows: sends the fictional answers in it to a running server that has
// the bundled models, and stores what that server exports.
//
//     node sample.mjs http://127.0.0.1:8080
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";

const site = process.argv[2];
const file = new URL("../../datasets/sample.json", import.meta.url);
const { ratings, answers } = JSON.parse(readFileSync(file, "utf8"));
let cookie;
const post = (path, fields) => fetch(site + path, {
  method: "POST", redirect: "manual", body: new URLSearchParams(fields), headers: cookie ? { cookie } : {},
});
cookie = (await post("/begin", { agree: "1" })).headers.get("set-cookie").split(";")[0];
// Written over days, not in the moment that this takes.
const shown = Date.now() - 24 * 60 * 60 * 1000;
assert.equal((await post("/answers", { ...ratings, ...answers, shown })).status, 200);
const result = (await post("/questions/check", { go: "send" })).headers.get("location");
for (;;) {
  const exported = await (await fetch(`${site}${result}/export.json`)).json();
  assert.notEqual(exported.status, "failed");
  if (exported.status === "done") {
    // The page shows neither the text nor where each answer is in it.
    const { composed_text, spans, ...shown } = exported;
    writeFileSync(file, `${JSON.stringify(shown, null, 1)}\n`);
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
}
