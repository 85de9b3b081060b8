// Refreshes the numbers of the manager. Without this script, reloading the page does.
(() => {
  "use strict";
  const live = document.getElementById("live");
  if (!live) return;
  const every = 30000;
  // Nobody is there any more: asking on would keep a forgotten session alive.
  const rest = 15 * 60000;
  let touched = Date.now();
  for (const sign of ["pointerdown", "keydown", "scroll"]) {
    addEventListener(sign, () => { touched = Date.now(); }, { passive: true });
  }
  const say = (text) => live.querySelectorAll("[data-refreshed]").forEach((place) => { place.textContent = text; });

  async function refresh() {
    if (document.hidden) return;
    if (Date.now() - touched > rest) {
      say("Not refreshed while nobody is here; reload the page.");
      return;
    }
    // Whoever reads a table keeps it.
    if (live.contains(document.activeElement)) return;
    try {
      const answer = await fetch(location.href, { cache: "no-store", redirect: "error", headers: { accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.getElementById("live");
      if (!answer.ok || !next) throw new Error("no page");
      live.querySelectorAll("details[open]").forEach((open) => {
        const same = page.getElementById(open.id);
        if (same) same.open = true;
      });
      live.replaceChildren(...next.childNodes);
    } catch {
      say("The server did not answer the last time.");
    }
  }
  say("Refreshed every half a minute.");
  setInterval(refresh, every);
})();
