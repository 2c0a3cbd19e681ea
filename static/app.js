// Makes pages handier; every page works without it. Loaded with `defer`, no inline handlers, no eval.
(function () {
  "use strict";

  // Typed and not sent: ask before the page is left. A form asks for it with data-guard.
  function guard(form) {
    let typed = form.dataset.guard === "typed"; // the server sent back what was typed
    form.addEventListener("input", function () { typed = true; });
    form.addEventListener("submit", function () { typed = false; });
    window.addEventListener("beforeunload", function (event) {
      if (typed) { event.preventDefault(); }
    });
  }

  // A second click sends nothing. The button is not disabled, or its name would be missing from what is sent.
  function sendOnce(event) {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") { return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.hasAttribute("data-download")) { return; }
    form.dataset.sent = "yes";
    form.querySelectorAll("button[type=submit], button:not([type])").forEach(function (button) {
      button.setAttribute("aria-disabled", "true");
    });
  }

  function mayAgain(form) {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-disabled]").forEach(function (button) { button.removeAttribute("aria-disabled"); });
  }

  function copy(button) {
    const source = document.getElementById(button.dataset.copy);
    navigator.clipboard.writeText(source.dataset.text || source.textContent.trim()).then(function () {
      const before = button.textContent;
      button.textContent = button.dataset.done;
      window.setTimeout(function () { button.textContent = before; }, 2000);
    });
  }

  function show(button) {
    const field = document.getElementById(button.dataset.show);
    const hidden = field.type === "password";
    field.type = hidden ? "text" : "password";
    button.setAttribute("aria-pressed", String(hidden));
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("button");
    if (!button) { return; }
    if (button.dataset.copy) { copy(button); }
    if (button.dataset.show) { show(button); }
    if ("print" in button.dataset) { window.print(); }
  });
  document.addEventListener("submit", sendOnce);
  document.addEventListener("htmx:afterRequest", function (event) {
    const form = event.target.closest("form");
    if (form) { mayAgain(form); }
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) { document.querySelectorAll("form").forEach(mayAgain); }
  });
  document.querySelectorAll("form[data-guard]").forEach(guard);
  document.querySelectorAll("[data-with-script]").forEach(function (part) {
    part.hidden = Boolean(part.dataset.copy) && !navigator.clipboard; // the clipboard needs TLS or localhost
  });
  const summary = document.getElementById("problems");
  if (summary) { summary.focus(); }
})();
