// Quick leave: the button at the top, or Shift three times. What is on the screen goes at once; then comes another site, in the place
// of this page. A line may be slow: nothing of it waits for an answer. What was typed into a draft is kept first, and then the session ends.
(function () {
  "use strict";

  const form = document.querySelector("form[data-leave]");
  if (!form) { return; }
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
      return fetch(state.getAttribute("hx-post"), { method: "POST", body: new URLSearchParams(typed), headers: { "HX-Request": "true" }, keepalive: true });
    });
  }

  function leave() {
    if (gone) { return; }
    gone = true;
    document.documentElement.classList.add("left");
    document.title = "…";
    const words = document.querySelector("form[data-typed]") ? kept() : [];
    const late = new Promise(function (now) { window.setTimeout(now, 1000); });
    Promise.race([Promise.allSettled(words), late]).then(end);
    window.addEventListener("pagehide", end);
    window.location.replace(form.dataset.leave);
  }

  form.addEventListener("submit", function (event) { event.preventDefault(); leave(); });
  document.addEventListener("input", function (event) { if (event.target.form) { event.target.form.dataset.typed = "yes"; } });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Shift") { pressed = []; return; }
    if (event.repeat) { return; }
    pressed = pressed.filter(function (at) { return event.timeStamp - at < 2000; }).concat(event.timeStamp);
    if (pressed.length === 3) { leave(); }
  });
})();
