// A page worked through without a mouse. What a key does is marked on the page, and everything works without it:
//   data-rows         a list: j and k go along its lines, x chooses one
//                     and a opens one where there is nothing to choose
//   data-key="a"      a link or button is pressed, a field gets the focus; "1" to "9" choose one answer
//   #keys             the list of them: ?
(function () {
  "use strict";

  const list = document.querySelector("[data-rows]");
  const rows = list ? Array.from(list.querySelectorAll("tbody tr, .item")).filter(function (row) { return row.querySelector("a"); }) : [];

  function at() { return rows.findIndex(function (row) { return row.contains(document.activeElement); }); }
  function box(row) { return row ? row.querySelector("input[type=checkbox]") : null; }

  // The way into a line: marked with data-open where it has several.
  function linksOf(row) {
    if (!row) { return []; }
    const marked = row.querySelectorAll("a[data-open]");
    return marked.length ? marked : row.querySelectorAll("a");
  }

  function go(step) {
    if (!rows.length) { return; }
    const place = Math.min(Math.max(at() + step, 0), rows.length - 1);
    linksOf(rows[place])[0].focus();
  }

  function choose() {
    const here = box(rows[at()]);
    if (here) { here.checked = !here.checked; }
  }

  // A deed of a list is for the chosen lines, or for the one that has the focus.
  function chosen(target) {
    if (!list || !list.contains(target) || target.tagName !== "BUTTON") { return true; }
    if (rows.some(function (row) { return box(row) && box(row).checked; })) { return true; }
    if (!box(rows[at()])) { return false; }
    box(rows[at()]).checked = true;
    return true;
  }

  function press(target) {
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) { fold.open = true; }
    if (target.matches("a, button")) {
      if (chosen(target)) { target.click(); }
      return;
    }
    if (target.matches("summary")) { target.parentElement.open = true; }
    if (target.matches("input[type=radio]")) { target.checked = true; }
    target.focus();
  }

  function help() {
    const keys = document.getElementById("keys");
    keys.open = !keys.open;
    if (keys.open) { keys.querySelector("summary").focus(); }
  }

  const moves = { j: function () { go(1); }, k: function () { go(-1); }, x: choose, "?": help };

  function deed(key) {
    if (key in moves && (key === "?" || rows.length)) { return moves[key]; }
    const links = linksOf(rows[at()]);
    if (key === "a" && rows.length && !document.querySelector("[data-key=a]")) { return links[0] ? function () { links[0].click(); } : null; }
    const target = document.querySelector('[data-key="' + CSS.escape(key) + '"]:not(:disabled)');
    return target ? function () { press(target); } : null;
  }

  // What is typed into a field is text; with Ctrl, Alt or Meta it belongs to the browser.
  function typing(element) {
    return element.isContentEditable || element.matches("input:not([type=checkbox]):not([type=radio]), select, textarea");
  }

  document.addEventListener("keydown", function (event) {
    if (event.key.length > 1 || event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) { return; }
    const found = deed(event.key);
    if (!found) { return; }
    event.preventDefault();
    found();
  });
})();
