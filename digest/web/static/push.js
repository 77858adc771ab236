// Switches notifications on and off, on the page at /push and, as <digest-push>, on pages of another
// site of the newsroom's, which hosts a worker of one line. Permission is asked for on a press alone.
"use strict";
(() => {
  const at = document.currentScript?.src;
  if (!at) return;
  const home = new URL(at).origin;
  const STATES = ["unsupported", "install", "denied", "off", "on"];

  // `box` holds the parts. `service` is where it asks, `worker` the script's address and its scope.
  function run(box, { service, worker, scope, language }) {
    const part = (name) => box.querySelector(`[data-part="${name}"]`);
    const trouble = part("trouble");
    let registration = null, subscription = null;

    function show(state) {
      for (const each of STATES) part(each).hidden = each !== state;
      part("wait").hidden = true;
    }

    function say(words) {
      trouble.textContent = words;
      trouble.hidden = !words;
    }

    async function ask(path, told) {
      // What is wrong is said in the language of the page.
      const answer = await fetch(`${service}${path}?lang=${language}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(told),
        credentials: "omit",
      });
      const said = await answer.json().catch(() => ({}));
      if (!answer.ok) throw Object.assign(new Error(said.error || box.dataset.sayWrong), { status: answer.status });
      return said;
    }

    const mine = () => {
      const { endpoint, keys } = subscription.toJSON();
      return { endpoint, auth: keys.auth };
    };

    const bytesOf = (key) => Uint8Array.from(
      atob(key.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

    function usesOurKey(known) {
      const raw = known.options?.applicationServerKey;
      if (!raw) return true;
      const theirs = new Uint8Array(raw), ours = bytesOf(box.dataset.key);
      return theirs.length === ours.length && theirs.every((byte, at) => byte === ours[at]);
    }

    async function start() {
      const onPhone = /iPad|iPhone|iPod/.test(navigator.userAgent);
      const installed = matchMedia("(display-mode: standalone)").matches || navigator.standalone;
      if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) {
        show(onPhone && !installed ? "install" : "unsupported");
        return;
      }
      registration = await navigator.serviceWorker.register(worker, { scope });
      await active(registration);
      subscription = await registration.pushManager.getSubscription();
      if (Notification.permission === "denied") return show("denied");
      if (!subscription) return show("off");
      try {
        settle(await ask("/push/own", mine()));
      } catch (error) {
        if (error.status !== 404) throw error;
        show("off");
      }
    }

    function settle(said) {
      if (!said.gets) return show("off");
      part("own").href = new URL(said.own, service || location.origin).href;
      part("paused").hidden = !said.paused;
      show("on");
    }

    async function turnOn() {
      const picked = (name) => [...box.querySelectorAll(`input[name="${name}"]:checked`)].map((each) => each.value);
      const alerts = picked("alerts").length > 0, newsletters = picked("newsletters");
      if (!alerts && !newsletters.length) return say(box.dataset.sayNone);
      const permission = await Notification.requestPermission();
      if (permission === "denied") return show("denied");
      if (permission !== "granted") return say(box.dataset.sayUnasked);
      // A browser that holds a subscription of an older key keeps it: our older keys still serve it.
      subscription = await registration.pushManager.getSubscription();
      if (subscription && !usesOurKey(subscription)) {
        await subscription.unsubscribe();
        subscription = null;
      }
      subscription ??= await registration.pushManager.subscribe({
        userVisibleOnly: true, applicationServerKey: bytesOf(box.dataset.key),
      });
      const { endpoint, keys } = subscription.toJSON();
      settle(await ask("/push/subscribe", {
        endpoint, keys, ours: box.dataset.key, alerts, newsletters, language,
        zone: Intl.DateTimeFormat().resolvedOptions().timeZone, page: location.href,
      }));
      part("state").focus();
    }

    async function turnOff() {
      await ask("/push/leave", mine());
      await subscription.unsubscribe();
      subscription = null;
      show("off");
      part("turn-on").focus();
    }

    function pressed(button, act) {
      button.addEventListener("click", async () => {
        say("");
        button.disabled = true;
        try {
          await act();
        } catch (error) {
          say(error.message);
        } finally {
          button.disabled = false;
        }
      });
    }

    pressed(part("turn-on"), turnOn);
    pressed(part("turn-off"), turnOff);
    start().catch((error) => { show("off"); say(error.message); });
  }

  // Not navigator.serviceWorker.ready: a site's page lies outside the scope of its push worker.
  function active(registration) {
    const worker = registration.installing ?? registration.waiting ?? registration.active;
    return new Promise((resolve, reject) => {
      const look = () => {
        if (worker.state === "activated") resolve();
        if (worker.state === "redundant") reject(new Error("The worker could not start."));
      };
      worker.addEventListener("statechange", look);
      look();
    });
  }

  const page = document.querySelector("#push");
  if (page) run(page, { service: "", worker: page.dataset.worker, scope: "/", language: document.documentElement.lang });

  const make = (tag, attributes, ...inside) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...inside);
    return made;
  };
  const part = (name, tag, attributes, ...inside) =>
    make(tag, { ...attributes, "data-part": name, ...(name === "wait" ? {} : { hidden: "" }) }, ...inside);
  const away = (href, words, attributes = {}) =>
    make("a", { href: new URL(href, home).href, target: "_blank", rel: "noopener", ...attributes }, words);

  // A page may require Trusted Types: the worker's address is the one thing that needs one here, and
  // it must be the page's own (the browser takes no other).
  let trust = null;
  function trusted(address) {
    const url = new URL(address, location.href);
    if (url.origin !== location.origin) throw new TypeError(`${url} is not of this site.`);
    trust ??= window.trustedTypes?.createPolicy("digest-push", { createScriptURL: (given) => given });
    return trust ? trust.createScriptURL(url.href) : url.href;
  }

  const STYLE = `
    :host { display: block; margin: 24px 0; color-scheme: light dark;
      --ink: var(--digest-ink, light-dark(#16181d, #eceef2)); --soft: var(--digest-soft, light-dark(#585f6b, #a6adb9));
      --line: var(--digest-line, light-dark(#dfe2e8, #343842)); --edge: var(--digest-edge, light-dark(#858c99, #767d8b));
      --tint: var(--digest-tint, light-dark(#f6f7f9, #1b1e24)); --wrong: light-dark(#a8231b, #ff9d94);
      --accent: var(--digest-accent, light-dark(#0b6b50, #5bd0a8)); --on: var(--digest-on-accent, light-dark(#fff, #06251b));
      color: var(--ink); font: 16px/1.5 var(--digest-font, -apple-system, "Segoe UI", Roboto, Arial, sans-serif); }
    :host([hidden]), [hidden] { display: none !important; }
    * { box-sizing: border-box; }
    .box { padding: 16px; border: 1px solid var(--line); border-radius: var(--digest-radius, 12px); background: var(--tint); overflow-wrap: anywhere; }
    fieldset { margin: 0 0 12px; padding: 0; border: 0; min-width: 0; }
    legend { padding: 0; font: 700 18px/1.25 var(--digest-heading-font, Georgia, serif); }
    label { display: flex; gap: 10px; align-items: flex-start; padding: 10px 0; min-height: 44px; }
    input { flex: none; width: 20px; height: 20px; margin: 2px 0 0; accent-color: var(--accent); }
    label span { display: block; color: var(--soft); font-size: 14px; }
    button { min-height: 44px; padding: 11px 14px; font: inherit; font-size: 15px; line-height: 20px; font-weight: 600; cursor: pointer;
      color: var(--on); background: var(--accent); border: 1px solid var(--accent); border-radius: 8px; }
    button.quiet { color: var(--ink); background: transparent; border-color: var(--edge); }
    p { margin: 0 0 12px; }
    .fine { margin: 12px 0 0; color: var(--soft); font-size: 12.5px; line-height: 1.45; }
    .trouble { color: var(--wrong); font-weight: 600; }
    a { color: inherit; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }`;

  const choice = (each) => make("label", {},
    make("input", { type: "checkbox", name: each.name, value: each.value, ...(each.checked ? { checked: "" } : {}) }),
    // A name may be in another language than the page, and read the other way.
    make("div", {}, make("b", {}, make("bdi", {}, each.label)), make("span", {}, make("bdi", {}, each.about || ""))));

  function drawn(told) {
    const words = told.words;
    const box = make("div", { class: "box", lang: told.language, dir: told.direction },
      part("trouble", "p", { class: "trouble", role: "alert" }),
      part("wait", "p", {}, "…"),
      // On iPhones a site must be an app on the Home Screen first: our page is one, and says how.
      part("unsupported", "p", {}, words.unsupported, away(told.other, words.other), words["unsupported-end"]),
      part("install", "p", {}, away(told.page, words["turn-on"])),
      part("denied", "p", {}, words.denied),
      part("off", "div", {},
        make("fieldset", {}, make("legend", {}, words.heading), ...told.offered.map(choice)),
        part("turn-on", "button", { type: "button" }, words["turn-on"]),
        make("p", { class: "fine" }, told.consent)),
      part("on", "div", {},
        part("state", "p", { role: "status", tabindex: "-1" }, words.state, part("paused", "span", {}, ` ${words.paused}`)),
        make("p", {}, away(told.other, words.own, { "data-part": "own" })),
        part("turn-off", "button", { type: "button", class: "quiet" }, words["turn-off"])));
    for (const name of ["turn-on", "turn-off", "state"]) box.querySelector(`[data-part="${name}"]`).hidden = false;
    Object.assign(box.dataset, {
      key: told.key, sayNone: words["say-none"], sayUnasked: words["say-unasked"], sayWrong: words["say-wrong"],
    });
    return box;
  }

  class DigestPush extends HTMLElement {
    // What stands inside the element stays in sight until the button is there, and when it cannot be.
    async connectedCallback() {
      if (this.shadowRoot) return;
      try {
        const asked = new URL("/push/here.json", home);
        const wanted = this.closest("[lang]")?.lang;
        if (wanted) asked.searchParams.set("lang", wanted);
        const answer = await fetch(asked, { credentials: "omit" });
        if (!answer.ok) throw new Error(String(answer.status));
        const told = await answer.json();
        const worker = trusted(this.getAttribute("worker") || "/digest-worker.js");
        const box = drawn(told), sheet = new CSSStyleSheet();
        sheet.replaceSync(STYLE);
        const root = this.attachShadow({ mode: "open" });
        root.adoptedStyleSheets = [sheet];
        root.append(box);
        // A scope of its own, where no page lies: the site's own worker, if it has one, stays.
        run(box, { service: home, worker, scope: this.getAttribute("scope") || "/digest-push/", language: told.language });
      } catch (error) {
        console.warn("digest-push:", error);
      }
    }
  }
  if (!customElements.get("digest-push")) customElements.define("digest-push", DigestPush);
})();
