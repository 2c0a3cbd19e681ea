// Quick leave: the button at the top, or Shift three times. What is on the screen goes at once; then comes another site, in the place
// of this page, a second later at most. What was typed into a draft is kept first, and then the session ends.
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
  function drafts() {
    return Array.from(document.querySelectorAll(".state[hx-post][hx-include]")).map(function (state) {
      const draft = document.querySelector(state.getAttribute("hx-include"));
      const typed = draft ? new FormData(draft) : new FormData();
      Array.from(typed.entries()).forEach(function (pair) { if (pair[1] instanceof File) { typed.delete(pair[0]); } });
      const words = new URLSearchParams(typed).toString();
      return { to: state.getAttribute("hx-post"), words: words, typed: Boolean(draft && (draft.dataset.typed || draft.dataset.guard === "typed")) };
    });
  }

  function keep(draft, leaving) {
    const headers = { "HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8" };
    if (leaving) { headers["Amparo-Leaving"] = "yes"; }
    return fetch(draft.to, { method: "POST", body: draft.words, headers: headers, keepalive: isShort(draft) });
  }

  function isShort(draft) { return draft.words.length < BEHIND; }

  // The last draft goes with the word that the session ends: one request, so that the one cannot overtake the other. Others go first.
  // An answer that is none of the program's, of a server before it for example, ended nothing: then that word goes by itself.
  function sendAll(typed) {
    const last = typed[typed.length - 1];
    let sent = null;
    function close() {
      if (sent) { return sent; }
      ended = isShort(last); // it goes on behind a page that is left
      sent = keep(last, true).then(function (answer) { ended = answer.ok; end(); }, function () { ended = false; end(); });
      return sent;
    }
    const others = typed.slice(0, -1).map(function (each) { return keep(each, false); });
    return { done: others.length ? Promise.allSettled(others).then(close) : close(), close: close };
  }

  function leave() {
    if (gone) { return; }
    gone = true;
    document.documentElement.classList.add("left");
    document.title = "…";
    function go() { window.location.replace(form.dataset.leave); }
    window.addEventListener("pagehide", end);
    const typed = drafts().filter(function (each) { return each.typed; });
    if (!typed.length) { end(); go(); return; }
    const sending = sendAll(typed);
    // Waited for behind the empty screen, a second at most; what was not sent by then is sent.
    const late = new Promise(function (now) { window.setTimeout(function () { sending.close(); now(); }, 1000); });
    Promise.race([sending.done, late]).then(go);
  }

  // A link pressed before the four seconds were over: the words go along behind it.
  window.addEventListener("pagehide", function () {
    if (!gone && document.querySelector("form[data-typed]:not([data-sent])")) { drafts().forEach(function (each) { keep(each, false); }); }
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
