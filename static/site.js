// The forms work without this script; it only adds convenience.
(() => {
  "use strict";
  document.documentElement.classList.add("js");

  const summary = document.querySelector("[data-summary]");
  // An address that names a field leads there.
  if (summary && !location.hash) summary.focus();

  // Copying an address that is a key.
  document.querySelectorAll("[data-copy]").forEach((button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const said = document.getElementById(button.dataset.said);
      try {
        await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
        said.textContent = "Copied.";
      } catch {
        said.textContent = "Your browser did not allow copying. Please select the address and copy it.";
      }
    });
  });
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });

  const form = document.querySelector("form[data-save]");
  if (!form) return;
  const said = document.querySelector("[data-saved]");
  const bar = document.querySelector("progress");
  const count = document.querySelector("[data-count]");

  // --- Saving. Only changes are sent. A change stays in `waiting` until the server confirms that it is stored.
  const waiting = new Map(), refused = new Set();
  let timer = 0, sending = false, tries = 0, over = false, leaving = false, reached = false;

  const say = (text, bad) => {
    if (said.textContent !== text) said.textContent = text;
    said.classList.toggle("bad", !!bad);
  };
  // The hidden mark says which value the server has; a page that is posted later changes only what differs from it.
  const mark = (name, was) => { form.elements[`${name}-was`].value = was; };
  const done = (name, value) => waiting.get(name) === value && waiting.delete(name);
  const later = (delay) => { clearTimeout(timer); timer = setTimeout(send, delay); };
  const changed = (name, value) => {
    if (over) return;
    leaving = false;
    refused.delete(name);
    mark(name, "?");
    waiting.set(name, value);
    later(700);
  };

  async function send() {
    if (sending || over || leaving || !waiting.size) return;
    sending = true;
    const batch = new Map(waiting);
    try {
      const answer = await fetch(form.dataset.save, {
        method: "POST", body: new URLSearchParams([...batch]),
        headers: { Accept: "application/json" }, signal: AbortSignal.timeout(10000),
      });
      if ([409, 410].includes(answer.status)) {
        over = true;
        const told = await answer.json().catch(() => ({}));
        say(`${told.message || "These answers can no longer be changed."} Reload the page to continue.`, true);
        return;
      }
      if ([400, 413, 422].includes(answer.status)) {
        const told = await answer.json().catch(() => ({}));
        batch.forEach((v, k) => { if ((told.field || k) === k && done(k, v)) refused.add(k); });
        say(`Not saved. ${told.message || "The server could not store this answer."} It is still on this page.`, true);
        return;
      }
      if (!answer.ok) throw new Error();
      const kept = await answer.json();
      batch.forEach((v, k) => { if (done(k, v)) mark(k, kept.marks?.[k]); });
      tries = 0;
      if (!waiting.size && !refused.size) say("Saved.");
      bar.value = count.textContent = kept.answered;
    } catch {
      tries += 1;
      say("Not saved yet. Your answers are still on this page. Trying again.", true);
    } finally {
      sending = false;
      if (waiting.size && !over) later(tries ? Math.min(30000, 1500 * 2 ** tries) : 700);
    }
  }
  addEventListener("online", () => { tries = 0; later(0); });
  const last = () => {
    if (waiting.size && !over && !leaving) navigator.sendBeacon(form.dataset.save, new URLSearchParams([...waiting]));
  };
  addEventListener("pagehide", last);
  document.addEventListener("visibilitychange", () => { if (document.hidden) last(); });
  // Posting the page saves everything. If the visitor goes on typing, the post was canceled.
  form.addEventListener("submit", (event) => {
    if (navigator.onLine || reached) { leaving = true; reached = false; return; }
    // The browser would replace this page with an error page, unless the server runs on this machine.
    event.preventDefault();
    fetch("/health").then(() => { reached = true; form.requestSubmit(event.submitter); }, () =>
      say("You seem to be offline. Everything is still on this page. Press the button again when you are connected.", true));
  });
  addEventListener("pageshow", (event) => { if (event.persisted) over = leaving = sending = false; });

  // --- Ratings: a tap or a digit answers and moves on; an arrow key only selects.
  const rows = [...form.querySelectorAll("fieldset.rate")];
  let pointed = 0;
  document.addEventListener("pointerup", () => { pointed = Date.now(); });

  function moveOn(row) {
    const next = rows[rows.indexOf(row) + 1];
    const target = next ? next.querySelector("input:checked") || next.querySelector("input")
      : form.querySelector("button[name=go]");
    if (!target) return;
    target.focus({ preventScroll: true });
    const box = (next || target).getBoundingClientRect();
    if (box.top < 110 || box.bottom > innerHeight - 20) (next || target).scrollIntoView({ block: "center" });
  }
  function answered(row) {
    row.classList.remove("missing");
    const flag = row.querySelector(".flag");
    if (flag) flag.remove();
    const field = row.querySelector("input, textarea");
    const link = field && document.querySelector(`[data-summary] a[href="#${field.id}"]`);
    if (field) field.removeAttribute("aria-invalid");
    if (link) link.parentElement.remove();
    if (summary && !summary.querySelector("li")) summary.remove();
  }

  form.addEventListener("change", (event) => {
    const field = event.target;
    if (field.type === "radio") {
      changed(field.name, field.value);
      const row = field.closest("fieldset");
      answered(row);
      if (form.hasAttribute("data-pace") && Date.now() - pointed < 600) moveOn(row);
    } else if (field.type === "checkbox") {
      changed(field.name, field.checked ? "1" : "");
      answered(field.closest(".open"));
    }
  });

  document.addEventListener("keydown", (event) => {
    if (!rows.length || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const at = document.activeElement;
    if (at && at.matches("textarea, input:not([type=radio])")) return;
    if (!/^[1-5]$/.test(event.key)) return;
    const row = (at && at.closest("fieldset.rate")) || rows.find((r) => !r.querySelector("input:checked"));
    if (!row) return;
    const radio = row.querySelector(`input[value="${event.key}"]`);
    pointed = 0;
    radio.checked = true;
    changed(radio.name, radio.value);
    answered(row);
    moveOn(row);
    event.preventDefault();
  });
  // Enter on a rating presses the form's first button, which is the browser's default: Next, or Save on the check page.

  // --- Open questions: the field grows, and words are counted.
  form.querySelectorAll("textarea").forEach((area) => {
    const words = document.getElementById(`${area.id}-words`);
    const skip = form.elements[`${area.name}-skip`];
    const grow = () => {
      if (CSS.supports("field-sizing", "content")) return;
      area.rows = Math.max(4, Math.min(24, area.value.split("\n").reduce((n, l) => n + 1 + Math.floor(l.length / 60), 1)));
    };
    const tell = () => {
      const n = (area.value.match(/\S+/g) || []).length;
      const beyond = [...area.value].length - area.dataset.room;
      if (words) words.textContent = beyond > 0 ? `Too long by ${beyond.toLocaleString("en-US")} characters.` : n === 0 ? "Two or three sentences help most."
        : n < 15 ? `${n} ${n === 1 ? "word" : "words"} so far; two or three sentences help most.` : `${n} words`;
    };
    area.addEventListener("input", () => {
      changed(area.name, area.value);
      if (skip && skip.checked && area.value.trim()) { skip.checked = false; changed(skip.name, ""); }
      if (area.value.trim()) answered(area.closest(".open"));
      grow(); tell();
    });
    grow(); tell();
  });
})();
