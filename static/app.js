// Makes pages handier; every page works without it. Loaded with `defer`, no inline handlers, no eval.
(function () {
  "use strict";

  // Typed and not sent: ask before the page is left. A form asks for it with data-guard.
  function guard(form) {
    let typed = form.dataset.guard === "typed"; // the server sent back what was typed
    // Such a page answers a POST: gone back to, it would be an error of the browser. By its address it can be asked for again;
    // after somebody's no it is another, because the draft of the old one is gone.
    if (typed) { window.history.replaceState(window.history.state, "", form.dataset.address || window.location.href); }
    document.addEventListener("input", function (event) { if (event.target.form === form) { typed = true; } }); // a box may stand outside
    document.addEventListener("submit", function (event) { if (event.target === form && !event.defaultPrevented) { typed = false; } });
    // Kept as a draft in between, nothing is lost any more; what is typed meanwhile is typed anew.
    form.addEventListener("htmx:beforeRequest", function (event) { if (isDraft(event)) { typed = false; } });
    form.addEventListener("htmx:afterRequest", function (event) {
      if (isDraft(event) && !/<time /.test(event.detail.xhr.responseText)) { typed = true; }
    });
    window.addEventListener("beforeunload", function (event) {
      if (!typed || document.documentElement.classList.contains("left")) { return; } // who leaves quickly is not held up
      event.preventDefault();
      // Who stays may send again: another form of the page was on its way. Who leaves is gone before this runs.
      window.setTimeout(function () { document.querySelectorAll("form[data-sent]").forEach(mayAgain); }, 500);
    });
  }

  function isDraft(event) { return event.detail.elt.classList.contains("state"); }

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

  // A bad line: what is sent into it would be lost with the page. Ask for a sign of life first, then send.
  function alive() {
    const late = new AbortController();
    const clock = window.setTimeout(function () { late.abort(); }, 15000);
    return fetch("/healthz", { cache: "no-store", signal: late.signal }).then(
      function (answer) { window.clearTimeout(clock); return answer.ok; },
      function () { window.clearTimeout(clock); return false; }
    );
  }

  function sendIfAlive(event) {
    const form = event.target, button = event.submitter, line = document.getElementById("no-line");
    if (event.defaultPrevented || !line || !("guard" in form.dataset)) { return; }
    if (form.dataset.alive) { delete form.dataset.alive; return; }
    event.preventDefault();
    if (form.dataset.asking) { return; }
    form.dataset.asking = "yes";
    if (button) { button.setAttribute("aria-busy", "true"); }
    alive().then(function (yes) {
      delete form.dataset.asking;
      if (button) { button.removeAttribute("aria-busy"); }
      line.hidden = yes;
      if (!yes) { return; }
      form.dataset.alive = "yes";
      form.requestSubmit(button);
    });
  }

  // Several forms on one page: what is typed in the others goes along, so that a page with problems has it still.
  function bringAlong(event) {
    const form = event.target;
    if (event.defaultPrevented || !("along" in form.dataset)) { return; }
    form.querySelectorAll("input[data-brought]").forEach(function (field) { field.remove(); });
    document.querySelectorAll("form[data-along]").forEach(function (other) {
      if (other === form) { return; }
      other.querySelectorAll("textarea, select, input[type=date]").forEach(function (field) {
        if (!field.value || field.name === "act" || form.elements[field.name]) { return; } // `act` is of each form its own
        const brought = document.createElement("input");
        brought.type = "hidden";
        brought.name = field.name;
        brought.value = field.value;
        brought.dataset.brought = "yes";
        form.append(brought);
      });
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

  // One more, one less: an empty count becomes one, and nothing goes below zero.
  function step(button) {
    const field = document.getElementById(button.dataset.for);
    const now = Number.parseInt(field.value, 10) || 0;
    field.value = String(Math.max(0, now + Number(button.dataset.step)));
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // A time as the server keeps it, said in the reader's own.
  function localTimes() {
    document.querySelectorAll("time[datetime*=T]").forEach(function (time) {
      const at = new Date(time.dateTime);
      const hours = { hour: "2-digit", minute: "2-digit" };
      time.textContent = at.toLocaleTimeString(document.documentElement.lang, hours);
    });
  }

  // A slow line: what was typed or chosen while the scripts were still on their way is told to them once they are there.
  function doneBefore() {
    document.querySelectorAll("select, input, textarea").forEach(function (field) {
      if (!changed(field) || field.type === "hidden") { return; }
      ["input", "change"].forEach(function (kind) { field.dispatchEvent(new Event(kind, { bubbles: true })); }); // as by a hand: drafts go by the first
    });
  }

  function changed(field) { // since the server sent it
    if (field.tagName !== "SELECT") { return field.value !== field.defaultValue || field.checked !== field.defaultChecked; }
    const options = Array.from(field.options);
    return options.some(function (option) { return option.defaultSelected; })
      ? options.some(function (option) { return option.selected !== option.defaultSelected; })
      : field.selectedIndex > 0;
  }

  // The answer to one form takes the place of a page with several: what was said in the others and not sent yet stays said, in the
  // same field of the same form alone. Where two are called alike, as in a list with a form a line, nobody guesses which it was.
  let unsent = [];
  function called(field) {
    const deed = field.form && field.form.elements.namedItem("deed");
    const box = /^(radio|checkbox)$/.test(field.type) ? field.value : "";
    return JSON.stringify([field.form && field.form.getAttribute("action"), deed && deed.value, field.type, field.name, box]);
  }

  function fieldsOf(page) { // by what they are called; none that are called alike
    const found = new Map();
    page.querySelectorAll("select, input, textarea").forEach(function (field) {
      const name = called(field);
      found.set(name, found.has(name) || /^(hidden|password|file)$/.test(field.type) ? null : field);
    });
    return found;
  }

  function unsending(event) {
    const page = event.detail.target, sent = event.detail.requestConfig.elt;
    unsent = Array.from(page.matches("main") ? fieldsOf(page) : []).filter(function (each) {
      return each[1] && each[1].form !== sent && changed(each[1]);
    });
  }

  function unsentAgain() {
    const fields = unsent.length ? fieldsOf(document.querySelector("main")) : null;
    unsent.forEach(function (each) {
      const here = fields.get(each[0]);
      if (!here) { return; }
      const now = here.value;
      here.checked = each[1].checked;
      here.value = each[1].value;
      if (here.value !== each[1].value) { here.value = now; } // a choice that is offered no more
      if (here.closest("details")) { here.closest("details").open = true; }
    });
    unsent = [];
  }

  // A part of the page is changed under somebody's hands: what they stood on goes with it. The focus goes to what is wrong, to the same
  // thing in the new part, to the first one there, or to the part itself, so that the next key does not begin the page anew.
  let stood = null, parts = [];
  function standing(event) {
    const here = document.activeElement;
    stood = here && event.detail.target.contains(here) ? { name: here.name, value: here.value } : null;
    parts = [];
  }

  function renewed(event) {
    if (!stood) { return; }
    if (!parts.length) { queueMicrotask(standAgain); } // an answer may be of several parts: the last one may hold what is looked for
    parts.push(event.detail.elt);
  }

  function same(field) {
    const one = /^(submit|button|radio|checkbox)$/.test(field.type); // of several of one name
    return field.name === stood.name && (!one || field.value === stood.value);
  }

  function standAgain() {
    const lost = !document.activeElement || document.activeElement === document.body;
    const there = lost ? parts.filter(function (part) { return part.isConnected; }) : [];
    if (there.length) {
      const fields = there.flatMap(function (part) {
        return Array.from(part.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary"));
      }).filter(function (field) { return field.checkVisibility ? field.checkVisibility() : true; });
      const wrong = document.getElementById("problems");
      const next = (wrong && there.some(function (part) { return part.contains(wrong); }) && wrong) || (stood.name && fields.find(same)) || fields[0] || there[0];
      if (next === there[0]) { next.tabIndex = -1; }
      next.focus();
    }
    stood = null;
  }

  // A state brings its municipalities, on a slow line late: one that was chosen meanwhile stays chosen.
  let meanwhile = null;
  function choosing(event) {
    const list = event.detail.target.matches(".municipality") && event.detail.target.querySelector("select");
    meanwhile = list && list.value ? { id: list.id, value: list.value } : null;
  }

  function chosen() {
    const list = meanwhile && document.getElementById(meanwhile.id), value = meanwhile && meanwhile.value;
    if (list && Array.from(list.options).some(function (option) { return option.value === value; })) { list.value = value; }
    meanwhile = null;
  }

  // A list that did not come says so where it was asked for, with a button that asks again.
  function lacking(event) { return event.target.querySelector ? event.target.querySelector(":scope > [data-again]") : null; }

  function failed(event) {
    const part = lacking(event);
    if (part) { part.hidden = false; }
    return Boolean(part);
  }

  function came(event) {
    const part = lacking(event);
    if (!part || !event.detail.successful || part.hidden) { return; }
    const asked = part.contains(document.activeElement); // a button that goes takes nobody's place along
    part.hidden = true;
    if (asked) { part.parentElement.querySelector("select").focus(); }
  }

  function notInstead(event) { // an error is no list: what stands there stays
    if (event.detail.isError && event.detail.requestConfig.elt.querySelector(":scope > [data-again]")) { event.detail.shouldSwap = false; }
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("button");
    if (!button) { return; }
    if ("ask" in button.dataset) { window.htmx.trigger(button.closest("[data-again]").parentElement, "change"); }
    if (button.dataset.copy) { copy(button); }
    if (button.dataset.show) { show(button); }
    if (button.dataset.step) { step(button); }
    if ("print" in button.dataset) { window.print(); }
  });
  document.addEventListener("submit", sendIfAlive); // before sendOnce: what is held back was not sent
  document.addEventListener("submit", bringAlong);
  document.addEventListener("submit", sendOnce);
  document.addEventListener("htmx:beforeSwap", standing);
  document.addEventListener("htmx:beforeSwap", choosing);
  document.addEventListener("htmx:beforeSwap", unsending);
  document.addEventListener("htmx:beforeSwap", notInstead);
  document.addEventListener("htmx:timeout", failed);
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:afterRequest", came);
  document.addEventListener("htmx:load", renewed);
  document.addEventListener("htmx:load", chosen);
  document.addEventListener("htmx:load", unsentAgain);
  document.addEventListener("htmx:sendError", function (event) {
    if (failed(event)) { return; }
    const line = document.getElementById("no-line");
    if (line) { line.hidden = false; }
  });
  document.addEventListener("htmx:afterOnLoad", function (event) {
    const line = document.getElementById("no-line"), out = document.getElementById("signed-out");
    if (line) { line.hidden = true; }
    if (out) { out.hidden = event.detail.xhr.status !== 401; }
    localTimes();
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    const form = event.target.closest("form");
    if (form) { mayAgain(form); }
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) { document.querySelectorAll("form").forEach(mayAgain); }
  });
  document.querySelectorAll("form[data-guard]").forEach(guard);
  const answer = document.querySelector("form[data-address]:not([data-guard])"); // the page answers a POST, as above
  if (answer) { window.history.replaceState(window.history.state, "", answer.dataset.address); }
  document.querySelectorAll("[data-with-script]").forEach(function (part) {
    part.hidden = Boolean(part.dataset.copy) && !navigator.clipboard; // the clipboard needs TLS or localhost
  });
  // A link to what is folded shows it. Without a script it stands in sight, and a press unfolds it.
  function unfold() {
    const named = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    if (named && named.matches("details")) { named.open = true; }
  }
  document.addEventListener("click", function (event) { if (event.target.closest("a[href^='#']")) { window.setTimeout(unfold); } }); // pressed again, too
  window.addEventListener("hashchange", unfold);
  unfold();
  localTimes();
  document.addEventListener("DOMContentLoaded", doneBefore); // after htmx, which waits for the same
  const summary = document.getElementById("problems");
  if (summary) { summary.focus(); }
})();
