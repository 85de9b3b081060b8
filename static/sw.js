// Keeps the site's files and empty pages of the questionnaire on the device, so that a visitor can go on without a network.
// No answer ever gets into a cache: all that is kept is fetched once, at installation, and without cookies. The server writes
// above these lines what to keep: BUILD, with a version, `files`, the page `offline` and the `shells` of pages 1, 2, ….
"use strict";
const CACHE = `calling-${BUILD.version}`;
// A connection without an answer for so long, in milliseconds, counts as none. A page usually takes a few.
const PATIENCE = 10_000;

addEventListener("install", (event) => event.waitUntil(keep().then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(dropAll((name) => name !== CACHE).then(() => clients.claim())));
addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  if (BUILD.files.includes(pathname)) event.respondWith(file(request));
  else if (request.mode === "navigate") event.respondWith(page(request, pathname));
});

// "Forget this device": what is kept goes, and this worker with it.
addEventListener("message", (event) => {
  if (event.data === "forget") event.waitUntil(dropAll(() => true).then(() => registration.unregister()));
});

async function keep() {
  const cache = await caches.open(CACHE);
  const fresh = (path) => new Request(path, { credentials: "omit", cache: "no-cache" });
  await cache.addAll([...BUILD.files, BUILD.offline, ...BUILD.shells].map(fresh));
}

async function dropAll(which) {
  const names = await caches.keys();
  await Promise.all(names.filter(which).map((name) => caches.delete(name)));
}

// Vary names Accept-Encoding, which says nothing about what is kept.
const kept = (path) => caches.match(path, { cacheName: CACHE, ignoreVary: true });
const file = async (request) => (await kept(request.url)) ?? fetch(request);

/** A page comes from the network. Only where there is none, from what is kept. */
async function page(request, pathname) {
  const number = Number(/^\/questions\/(\d+)$/.exec(pathname)?.[1] ?? 0);
  const posted = number && request.method === "POST" ? request.clone() : null;
  try {
    return await (number ? patiently(fetch(request)) : fetch(request));
  } catch {
    if (posted) return onward(number, await posted.formData());
    // Asking for the page again then shows whether the answers were sent.
    if (request.method === "POST" && pathname === "/questions/check") return Response.redirect(pathname, 303);
    return (await kept(BUILD.shells[number - 1] ?? BUILD.offline)) ?? Response.error();
  }
}

function patiently(answer) {
  const late = new Promise((_, fail) => setTimeout(() => fail(new Error("no answer")), PATIENCE));
  return Promise.race([answer, late]);
}

/** Where the button of a page leads that could not be posted. */
function onward(number, form) {
  // Unless the page's script has kept what was given, only going back in the browser still shows it.
  if (!form.has("kept")) return Response.error();
  const next = number < BUILD.shells.length ? number + 1 : "check";
  const to = { back: number - 1 || "/", stay: number, check: "check", skip: "check", first: "first" }[form.get("go")] ?? next;
  return Response.redirect(to === "/" ? to : `/questions/${to}`, 303);
}
