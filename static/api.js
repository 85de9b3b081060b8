// The page about the JSON addresses: sends a form and shows the answer under it. Reading the page needs no script.
(() => {
  "use strict";
  document.querySelectorAll("form[data-try]").forEach((form) => {
    const said = form.querySelector("[role=status]"), shown = form.querySelector("pre");
    const body = form.querySelector("textarea"), button = form.querySelector("button");
    button.parentElement.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      let path = form.dataset.try;
      const query = new URLSearchParams();
      form.querySelectorAll("[data-in]").forEach((field) => {
        const value = field.value.trim();
        if (field.dataset.in === "path") path = path.replace(`{${field.name}}`, encodeURIComponent(value));
        else if (value) query.append(field.name, value);
      });
      const headers = { Accept: "application/json" };
      if (body) headers["Content-Type"] = "application/json";
      button.disabled = true;
      shown.hidden = true;
      said.textContent = "Sent.";
      try {
        const answer = await fetch(query.size ? `${path}?${query}` : path, body ? { method: "POST", body: body.value, headers } : { headers });
        const text = await answer.text();
        const named = ["content-type", "location", "retry-after", "server-timing"].filter((name) => answer.headers.get(name));
        said.textContent = [`Status ${answer.status}`, ...named.map((name) => `${name}: ${answer.headers.get(name)}`)].join("; ");
        try {
          shown.textContent = JSON.stringify(JSON.parse(text), null, 2);
        } catch {
          shown.textContent = text;
        }
        shown.hidden = false;
      } catch {
        said.textContent = "The server did not answer. Try again in a few seconds.";
      } finally {
        button.disabled = false;
      }
    });
  });
})();
