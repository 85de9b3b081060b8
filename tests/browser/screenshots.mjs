// Takes the README's screenshots anew from a running server, into docs/images:
//
//     node screenshots.mjs http://127.0.0.1:8080
import { fileURLToPath } from "node:url";
import { startBrowser, visit } from "./site.mjs";

const site = process.argv[2];
const image = (name) => fileURLToPath(new URL(`../../docs/images/${name}.png`, import.meta.url));
const browser = await startBrowser();

const rating = await visit(browser, { size: "phone", scheme: "dark" });
await rating.goto(site);
await rating.getByRole("button", { name: "Agree and begin" }).click();
await rating.waitForURL("**/questions/1");
await rating.screenshot({ path: image("rating-phone") });
await rating.goto(`${site}/discard`);
await rating.getByRole("button", { name: "Discard my answers" }).click();

// What a sample result says in words, and the five traits.
const sample = await visit(browser);
await sample.goto(`${site}/sample`);
const box = (selector) => sample.locator(selector).boundingBox();
const [words, levels] = [await box("#words"), await box(".levels")];
const [border, top] = [24, words.y + 2];
await sample.screenshot({
  path: image("result"), fullPage: true,
  clip: { x: words.x - border, y: top, width: levels.width + 2 * border, height: levels.y + levels.height - top },
});
await browser.close();
