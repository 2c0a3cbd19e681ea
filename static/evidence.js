// Sends a file piece by piece and goes on after a broken line. Without it a form sends the file in one.
(function () {
  "use strict";

  const WAITS = [1, 2, 5, 10, 20, 30]; // seconds before the line is tried again; the last one is kept to
  const TRIES = 60;

  function later(seconds) {
    return new Promise(function (done) { window.setTimeout(done, seconds * 1000); });
  }

  function sign(form) {
    const box = form.querySelector("#sending"), line = box.querySelector("p"), bar = box.querySelector("progress");
    box.hidden = false;
    return {
      at: function (have, size) {
        const percent = size ? Math.floor(100 * have / size) : 100;
        bar.value = percent;
        line.textContent = box.dataset.sending.replace("#", String(percent));
      },
      say: function (what) { line.textContent = box.dataset[what]; }
    };
  }

  function hex(buffer) {
    return Array.from(new Uint8Array(buffer), function (byte) { return byte.toString(16).padStart(2, "0"); }).join("");
  }

  // The hash goes with each piece where the browser can make one: what was damaged on the way is thrown away there.
  async function post(url, at, piece) {
    const data = await piece.arrayBuffer();
    const hash = window.crypto && window.crypto.subtle ? hex(await window.crypto.subtle.digest("SHA-256", data)) : "";
    return fetch(url + "/segments?at=" + at + (hash ? "&sha256=" + hash : ""), {
      method: "POST", body: data, headers: { "Content-Type": "application/octet-stream" }, redirect: "error"
    });
  }

  async function asked(url) {
    const answer = await fetch(url + "/have", { cache: "no-store" });
    if (!answer.ok) { throw new Error(String(answer.status)); }
    return (await answer.json()).have;
  }

  async function send(url, file, step, says) {
    let have = -1, tries = 0;
    while (have < file.size) {
      try {
        if (have < 0) { have = await asked(url); }
        says.at(have, file.size);
        if (have >= file.size) { break; }
        const answer = await post(url, have, file.slice(have, have + step));
        if (answer.status === 401 || answer.status === 403 || answer.status === 404) { return false; }
        if (!answer.ok) { throw new Error(String(answer.status)); }
        have = (await answer.json()).have;
        tries = 0;
      } catch (broken) {
        if (tries >= TRIES) { return false; }
        says.say("broken");
        await later(WAITS[Math.min(tries, WAITS.length - 1)]);
        tries += 1;
        have = -1;
      }
    }
    says.at(have, file.size);
    return true;
  }

  // By a form of its own: where it leads, and what is said there, is for the page.
  function finish(url, says) {
    says.say("looking");
    const form = document.createElement("form"), deed = document.createElement("input");
    form.method = "post";
    form.action = url;
    deed.type = "hidden";
    deed.name = "deed";
    deed.value = "finish";
    form.append(deed);
    document.body.append(form);
    form.submit();
  }

  // What is known of it goes first; the server says where the pieces go, or what is wrong.
  async function announce(form, file) {
    const said = new FormData(form);
    said.delete("file");
    said.set("name", file.name);
    said.set("size", String(file.size));
    const answer = await fetch(form.action, { method: "POST", body: said });
    if (answer.redirected) { return new URL(answer.url).pathname; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.getElementById("main").replaceWith(page.getElementById("main"));
    const problems = document.getElementById("problems");
    if (problems) { problems.focus(); }
    return null;
  }

  async function run(form) {
    const file = form.elements.namedItem("file").files[0], step = Number(form.dataset.segment);
    const button = form.querySelector("button[type=submit]");
    if (form.dataset.running) { return; }
    form.dataset.running = "yes";
    button.setAttribute("aria-disabled", "true"); // not disabled, or the focus of whoever pressed it would be lost
    try {
      const says = sign(form);
      let url = form.dataset.evidenceOn;
      if (url && file.size !== Number(form.dataset.size)) { says.say("other"); return; }
      if (!url) {
        says.at(0, file.size);
        url = await announce(form, file);
        if (!url) { return; }
      }
      if (await send(url, file, step, says)) { finish(url, says); } else { says.say("stopped"); }
    } catch (broken) {
      sign(form).say("stopped");
    } finally {
      delete form.dataset.running;
      button.removeAttribute("aria-disabled");
    }
  }

  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (!("evidence" in form.dataset || "evidenceOn" in form.dataset)) { return; }
    event.preventDefault();
    run(form);
  }, true); // before the others: what is sent here is not sent by them
}());
