// The forms of accounts work without this script. It lets a password be seen while it is typed.
(() => {
  "use strict";
  document.querySelectorAll("input[type=password]").forEach((field) => {
    const label = document.createElement("label");
    const box = document.createElement("input");
    label.className = "tick";
    box.type = "checkbox";
    label.append(box, ` Show what I type${field.name === "new" ? "" : " here"}`);
    box.addEventListener("change", () => { field.type = box.checked ? "text" : "password"; });
    field.after(label);
    // A password manager should store a password, and not a text.
    field.form.addEventListener("submit", () => { field.type = "password"; });
  });
})();
