// Switches notifications on and off on the page at /push. Permission is asked for on a press alone.
"use strict";
(() => {
  const box = document.querySelector("#push");
  if (!box) return;
  const part = (name) => box.querySelector(`[data-part="${name}"]`);
  const trouble = part("trouble");
  let subscription = null;

  const states = ["unsupported", "install", "denied", "off", "on"];
  function show(state) {
    for (const each of states) part(each).hidden = each !== state;
    part("wait").hidden = true;
  }

  function say(words) {
    trouble.textContent = words;
    trouble.hidden = !words;
  }

  async function ask(path, told) {
    // What is wrong is said in the language of the page.
    const answer = await fetch(`${path}?lang=${document.documentElement.lang}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(told),
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
    const worker = await navigator.serviceWorker.register(box.dataset.worker, { scope: "/" });
    await navigator.serviceWorker.ready;
    subscription = await worker.pushManager.getSubscription();
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
    part("own").href = said.own;
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
    const worker = await navigator.serviceWorker.ready;
    // A browser that holds a subscription of an older key keeps it: our older keys still serve it.
    subscription = await worker.pushManager.getSubscription();
    if (subscription && !usesOurKey(subscription)) {
      await subscription.unsubscribe();
      subscription = null;
    }
    subscription ??= await worker.pushManager.subscribe({
      userVisibleOnly: true, applicationServerKey: bytesOf(box.dataset.key),
    });
    const { endpoint, keys } = subscription.toJSON();
    settle(await ask("/push/subscribe", {
      endpoint, keys, ours: box.dataset.key, alerts, newsletters,
      language: document.documentElement.lang, zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
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
})();
