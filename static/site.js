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
  // saving.js stands before this script. Without it, posting the page saves.
  const changed = globalThis.saving?.changed ?? (() => {});

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
    // Filled by saving.js.
    area.addEventListener("filled", () => { grow(); tell(); });
    area.addEventListener("input", () => {
      changed(area.name, area.value);
      if (skip && skip.checked && area.value.trim()) { skip.checked = false; changed(skip.name, ""); }
      if (area.value.trim()) answered(area.closest(".open"));
      grow(); tell();
    });
    grow(); tell();
  });
})();
