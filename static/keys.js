// A list worked through without a mouse: j k x a Enter / ?. Everything on the page works without it.
(function () {
  "use strict";

  const form = document.querySelector("form[data-keys]");
  if (!form) { return; }
  const links = Array.from(form.querySelectorAll("tbody a"));
  const boxes = Array.from(form.querySelectorAll("tbody input[type=checkbox]"));

  function at() {
    const row = document.activeElement ? document.activeElement.closest("tbody tr") : null;
    return row ? Array.from(row.parentElement.children).indexOf(row) : -1;
  }

  function go(step) {
    const place = Math.min(Math.max(at() + step, 0), links.length - 1);
    links[place].focus();
  }

  function take() {
    if (!boxes.some(function (box) { return box.checked; })) {
      if (at() < 0) { return; }
      boxes[at()].checked = true;
    }
    form.requestSubmit(form.querySelector("[data-key=a]"));
  }

  const deeds = {
    j: function () { go(1); },
    k: function () { go(-1); },
    x: function () { if (at() >= 0) { boxes[at()].checked = !boxes[at()].checked; } },
    a: take,
    "/": function () { document.getElementById("state").focus(); },
    "?": function () { const keys = document.getElementById("keys"); keys.open = !keys.open; keys.scrollIntoView(); }
  };

  // What is typed into a field is text; with Ctrl, Alt or Meta it belongs to the browser.
  function typing(element) { return element.matches("input:not([type=checkbox]), select, textarea"); }

  document.addEventListener("keydown", function (event) {
    const deed = deeds[event.key];
    if (!deed || event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) { return; }
    event.preventDefault();
    deed();
  });
})();
