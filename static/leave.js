// Quick leave: the button at the top, or Shift three times. What is on the screen goes at once; then comes another site, in the place
// of this page. A line may be slow: nothing of it waits for an answer. What was typed into a draft is kept first, and then the session ends.
// Whoever goes elsewhere in the program within seconds of typing loses nothing either.
(function () {
  "use strict";

  const form = document.querySelector("form[data-leave]");
  if (!form) { return; }
  const BEHIND = 60000; // browsers send 64 KB behind a page that is left, and no more
  let gone = false, ended = false, pressed = [];

  function end() {
    if (ended) { return; }
    ended = true;
    navigator.sendBeacon(form.action, new URLSearchParams({ quiet: "yes" }));
  }

  // The page keeps its draft with a form of its own: the same words, to the same place, without waiting for four seconds of rest.
  function kept() {
    return Array.from(document.querySelectorAll(".state[hx-post][hx-include]")).map(function (state) {
      const draft = document.querySelector(state.getAttribute("hx-include"));
      const typed = draft ? new FormData(draft) : new FormData();
      Array.from(typed.entries()).forEach(function (pair) { if (pair[1] instanceof File) { typed.delete(pair[0]); } });
      const words = new URLSearchParams(typed).toString(), behind = words.length < BEHIND;
      const headers = { "HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8" };
      return { behind: behind, sent: fetch(state.getAttribute("hx-post"), { method: "POST", body: words, headers: headers, keepalive: behind }) };
    });
  }

  function leave() {
    if (gone) { return; }
    gone = true;
    document.documentElement.classList.add("left");
    document.title = "…";
    const words = document.querySelector("form[data-typed]") ? kept() : [];
    const late = new Promise(function (now) { window.setTimeout(now, 1000); });
    const done = Promise.race([Promise.allSettled(words.map(function (each) { return each.sent; })), late]).then(end);
    window.addEventListener("pagehide", end);
    function go() { window.location.replace(form.dataset.leave); }
    // A long account is waited for behind the empty screen, a second at most.
    if (words.every(function (each) { return each.behind; })) { go(); } else { done.then(go); }
  }

  // A link pressed before the four seconds were over: the words go along behind it.
  window.addEventListener("pagehide", function () {
    if (!gone && document.querySelector("form[data-typed]:not([data-sent])")) { kept(); }
  });
  form.addEventListener("submit", function (event) { event.preventDefault(); leave(); });
  document.addEventListener("input", function (event) { if (event.target.form) { event.target.form.dataset.typed = "yes"; } });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Shift") { pressed = []; return; }
    if (event.repeat) { return; }
    pressed = pressed.filter(function (at) { return event.timeStamp - at < 2000; }).concat(event.timeStamp);
    if (pressed.length === 3) { leave(); }
  });
})();
