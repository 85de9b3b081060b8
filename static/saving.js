// Saves answers on the way. Those that the server does not have yet are kept on this device, so that neither a tunnel nor a
// closed tab costs one. Only pages of a draft, and those on which it ends, load this; the form works without it.
(() => {
  "use strict";
  const part = (name, root = document) => root.querySelector(`[data-${name}]`);
  const form = part("save"), page = part("draft"), said = part("saved"), count = part("count");
  const bar = document.querySelector("progress");

  // The draft's name tells drafts apart and opens nothing. An empty page that is kept for times without a network has none.
  let draft = page?.dataset.draft ?? "", empty = page?.dataset.draft === "";
  // Changes that the server has not confirmed, and fields that it refused.
  const waiting = new Map(), refused = new Set();
  let answered = bar?.value, timer = 0, sending = null, tries = 0, over = false, leaving = false;
  // How many posts the server has confirmed.
  let confirmed = 0;
  // Whether this device keeps answers, and how many changes are on their way into its store.
  let keeps = true, writing = 0;

  const say = (text, bad) => {
    if (!said) return;
    if (said.textContent !== text) said.textContent = text;
    said.classList.toggle("bad", !!bad);
  };
  const tally = (answered) => { if (bar) bar.value = count.textContent = answered; };

  // --- The store: one entry for each answer that is not saved yet, and one without a field that names the open draft.
  const database = () => opened ??= new Promise((done, failed) => {
    const asked = indexedDB.open("calling", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("unsaved", { keyPath: ["draft", "field"] });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = failed;
  });
  let opened;
  async function inStore(mode, work) {
    const change = (await database()).transaction("unsaved", mode);
    return new Promise((done, failed) => {
      const asked = work(change.objectStore("unsaved"));
      change.oncomplete = () => done(asked?.result);
      change.onabort = failed;
    });
  }
  // Changes reach the store in their order. Where there is no store, pages work as they do without one.
  const write = (work) => {
    writing++;
    written = written.then(() => inStore("readwrite", work)).catch(() => { keeps = false; }).finally(() => writing--);
    return written;
  };
  const entry = (field, value) => ({ draft, field, value, until: Date.now() + page.dataset.days * 864e5 });
  const confirm = (changes) => write((store) => {
    if (page) store.put(entry("", answered));
    changes.forEach((value, field) => {
      const asked = store.get([draft, field]);
      // Another tab may have kept a newer one.
      asked.onsuccess = () => { if (asked.result?.value === value) store.delete([draft, field]); };
    });
  });

  /** Takes up what this device has kept for the draft, and erases what has expired or belongs to a draft that it has left. */
  async function takeUp() {
    for (const { draft: name, field, value, until } of await inStore("readonly", (store) => store.getAll())) {
      if (until < Date.now() || (page && !empty && name !== draft)) write((store) => store.delete([name, field]));
      // The entry without a field comes first.
      else if (!field) [draft, answered] = [draft || name, value];
      else if (name === draft && !waiting.has(field)) {
        fill(field, value, "?");
        waiting.set(field, value);
      }
    }
  }
  async function begin() {
    // A page that has no answers makes no store.
    if (!page && !(await indexedDB.databases?.())?.some(({ name }) => name === "calling")) return;
    await takeUp();
    if (empty) showEmpty();
    else if (page) confirm([]);
    if (waiting.size || (!page && draft)) later(0);
  }

  // --- The page.
  // The hidden mark says which value the server has; a page that is posted later changes only what differs from it.
  const mark = (field, was) => {
    const hidden = form?.elements[`${field}-was`];
    if (hidden) hidden.value = was;
  };
  function fill(field, value, was) {
    const input = form?.elements[field];
    if (!input) return;
    if (input.type === "checkbox") input.checked = value === "1";
    else input.value = value;
    mark(field, was);
    input.dispatchEvent?.(new Event("filled"));
  }
  function showEmpty() {
    part("left").textContent = "offline";
    tally(answered);
    if (draft) return;
    form.hidden = true;
    say("No answers were begun on this device.", true);
  }
  /** An empty page lacks what the server has. Once the server can be reached, the page is filled where it stands. */
  async function complete() {
    const before = confirmed;
    const type = "text/html", answer = await fetch(location.href, { headers: { Accept: type } });
    const served = new DOMParser().parseFromString(await answer.text(), type);
    const theirs = part("save", served);
    // What was stored meanwhile may be missing on that page; `stored` asks for it again.
    if (!empty || before !== confirmed || !theirs || part("draft", served).dataset.draft !== draft) return;
    empty = false;
    for (const { name, value } of theirs.querySelectorAll("[name$='-was']")) {
      const field = name.slice(0, -4), input = theirs.elements[field];
      if (waiting.has(field) || form.elements[name].value === value) continue;
      fill(field, input.type !== "checkbox" ? input.value : input.checked ? "1" : "", value);
    }
    part("offline").remove();
    part("left").textContent = part("left", served).textContent;
  }

  // --- Saving. Only changes are sent. A change stays in `waiting` until the server confirms that it is stored.
  const soon = () => AbortSignal.timeout(10_000);
  const done = (field, value) => waiting.get(field) === value && waiting.delete(field);
  const later = (delay) => { clearTimeout(timer); timer = setTimeout(send, delay); };
  function changed(field, value) {
    if (over) return;
    leaving = false;
    refused.delete(field);
    mark(field, "?");
    waiting.set(field, value);
    write((store) => draft && store.put(entry(field, value)));
    later(700);
  }
  const body = (changes) => new URLSearchParams([["draft", draft], ...changes]);

  function send() {
    if (sending || over || leaving || !(waiting.size || (!page && draft))) return sending;
    return sending = post(new Map(waiting)).finally(() => {
      sending = null;
      if (waiting.size && !over) later(tries ? Math.min(30_000, 1500 * 2 ** tries) : 700);
    });
  }
  async function post(changes) {
    try {
      const answer = await fetch("/answers", {
        method: "POST", body: body(changes), headers: { Accept: "application/json" }, signal: soon(),
      });
      const told = await answer.json().catch(() => ({}));
      if (told.marks) stored(changes, told);
      else if ([409, 410].includes(answer.status)) ended(told);
      else if ([400, 413, 422].includes(answer.status)) refuse(changes, told);
      else throw answer;
    } catch {
      tries++;
      sayUnsaved();
    }
  }
  function stored(changes, told) {
    changes.forEach((value, field) => { if (done(field, value)) mark(field, told.marks[field]); });
    tries = 0;
    confirmed++;
    tally(answered = told.answered);
    confirm(changes);
    if (!waiting.size && !refused.size) say("Saved.");
    if (empty) complete().catch(() => {});
  }
  function ended(told) {
    over = true;
    write((store) => store.delete(IDBKeyRange.bound([draft], [draft, []])));
    say(`${told.message || "These answers can no longer be changed."} Reload the page to continue.`, true);
  }
  function refuse(changes, told) {
    changes.forEach((value, field) => { if ((told.field || field) === field && done(field, value)) refused.add(field); });
    say(`Not saved. ${told.message || "The server could not store this answer."} Until then it is only on this device.`, true);
  }
  function sayUnsaved() {
    if (!keeps) return say("Not saved yet. Your answers are still on this page. Trying again.", true);
    say(`Kept on this device. It will be saved when ${navigator.onLine ? "the server can be reached" : "you are online"}.`);
  }

  // --- Leaving the page.
  const reached = () => fetch("/health", { signal: soon() }).then(() => true, () => false);
  // A service worker opens the next page without a network, and this device keeps what is on this one.
  const canGoOn = () => keeps && draft && navigator.serviceWorker?.controller;
  async function mayPost() {
    await written;
    if (canGoOn() || navigator.onLine || await reached()) return true;
    say("You seem to be offline. Everything is still on this page. Press again when you are connected.", true);
    return false;
  }
  /** Everything is saved before it is sent, other tabs' answers too, so that nothing of a sent draft stays on this device. */
  async function maySend() {
    leaving = false;
    await written;
    if (keeps) await takeUp();
    do { await send(); } while (waiting.size && !tries && !over);
    if (over || (!waiting.size && !refused.size && await reached())) return true;
    if (!refused.size) say("Sending needs a connection. Nothing is lost: send when you are online.", true);
    return false;
  }
  async function mayErase(all) {
    over = true;
    await write((store) => store.clear());
    // The service worker leaves too, with all that it has kept.
    if (all) navigator.serviceWorker?.controller?.postMessage("forget");
    return true;
  }

  /** Holds a form back until `may` allows it, and presses the same button then. */
  let through = false;
  async function gate(event, may) {
    event.preventDefault();
    if (!await may()) return;
    through = true;
    event.target.requestSubmit(event.submitter);
    through = false;
  }
  addEventListener("submit", (event) => {
    const { target, submitter } = event;
    if (through) leaving = true;
    else if ("erases" in target.dataset) gate(event, () => mayErase(target.dataset.erases));
    else if (["send", "skip"].includes(submitter?.value)) gate(event, maySend);
    else if (target !== form) return;
    else if (writing || !(canGoOn() || navigator.onLine)) gate(event, mayPost);
    // Posting the page saves everything. If the visitor goes on typing, the post was canceled.
    else leaving = true;
  });
  // Tells the service worker that it may open the next page where this one could not be posted.
  form?.addEventListener("formdata", ({ formData }) => { if (canGoOn() && !writing) formData.set("kept", "1"); });

  const last = () => {
    if (waiting.size && !over && !leaving) navigator.sendBeacon("/answers", body(waiting));
  };
  addEventListener("pagehide", last);
  addEventListener("visibilitychange", () => document.hidden && last());
  addEventListener("pageshow", (event) => { if (event.persisted) over = leaving = false; });
  addEventListener("online", () => { tries = 0; if (empty) complete().catch(() => {}); later(0); });

  let written = begin().catch(() => { keeps = false; });
  globalThis.saving = { changed };
  // Without a service worker everything works as long as there is a network.
  if (page) addEventListener("load", () => navigator.serviceWorker?.register("/sw.js").catch(() => {}));
})();
