// Shows what the newsroom pushes. One notification per story: an update takes the place of what it
// updates, by its tag, and by closing what still stands beside it in Safari. A site's own worker
// may import it; what it asks for and leads to is always at the service that it came from.
"use strict";

const HOME = self.digestHome;
const ICON = `${HOME}/static/digest/icon-192.png`;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// Each push must end in a shown notification, or the browser takes the permission back. Those that
// come at once, to a phone that was off, take turns: asked what is shown while it puts one up,
// Chromium forgets that one and where it leads. A slow picture holds up the next a little only.
const TURN = 5000;
let turns = Promise.resolve();
self.addEventListener("push", (event) => {
  const mine = turns.then(() => show(read(event.data)));
  turns = turns.then(() => Promise.race([mine.catch(() => {}), pause(TURN)]));
  event.waitUntil(mine);
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const data = event.notification.data ?? {};
  const wanted = data.links?.[event.action] ?? data.navigate;
  if (wanted) event.waitUntil(self.clients.openWindow(wanted));
});

// The browser renewed its subscription: what followed the old one follows the new one.
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

function read(data) {
  let told = {};
  try { told = data.json() ?? {}; } catch { /* Not ours; something must be shown all the same. */ }
  const said = told.notification ?? {};
  return { ...said, title: said.title || new URL(HOME).hostname };
}

async function show(said) {
  const shown = said.tag ? await self.registration.getNotifications({ tag: said.tag }) : [];
  const newer = shown.find((each) => (each.data?.revision ?? 0) > (said.data?.revision ?? 0));
  // A push service may bring a correction before what it corrects.
  const [title, options] = newer ? [newer.title, again(newer)] : [said.title, optionsOf(said)];
  await self.registration.showNotification(title, options);
  if (!shown.length) return;
  // Not before: Chromium closes by the tag, and late, so that a busy phone would lose the new one.
  const before = new Set(shown.map(markOf));
  const beside = await self.registration.getNotifications({ tag: said.tag });
  for (const each of beside) {
    if (before.has(markOf(each)) && beside.length > 1) each.close();
  }
}

function markOf(shown) {
  return shown.data?.mark ?? "";
}

function optionsOf(said) {
  const actions = (said.actions ?? []).filter((each) => safe(each.navigate));
  return {
    body: said.body ?? "",
    lang: said.lang ?? "",
    dir: said.dir ?? "auto",
    tag: said.tag ?? "",
    // A browser that keeps tags would replace in silence.
    renotify: Boolean(said.tag) && said.data?.kind !== "edition",
    icon: ICON,
    ...pictured(said.image),
    actions: actions.map(({ action, title }) => ({ action, title })),
    data: {
      mark: crypto.randomUUID(),
      kind: said.data?.kind ?? "",
      image: said.image ? safe(said.image) : "",
      revision: said.data?.revision ?? 0,
      navigate: safe(said.navigate),
      links: Object.fromEntries(actions.map((each) => [each.action, safe(each.navigate)])),
      actions: actions.map(({ action, title }) => ({ action, title })),
    },
  };
}

function again(shown) {
  const { body, lang, dir, tag, data: kept } = shown;
  const data = { ...kept, mark: crypto.randomUUID() };
  return {
    body, lang, dir, tag, data, ...pictured(data.image), actions: data.actions ?? [], icon: ICON,
    silent: true,
  };
}

// Chromium alone shows it; the others know no such option, and do not mind it.
function pictured(image) {
  const url = image ? safe(image) : "";
  return url ? { image: url } : {};
}

function safe(link) {
  try {
    const url = new URL(link, HOME);
    return ["https:", "http:"].includes(url.protocol) ? url.href : "";
  } catch {
    return "";
  }
}

async function renew(event) {
  const old = event.oldSubscription;
  let renewed = event.newSubscription ?? await self.registration.pushManager.getSubscription();
  const ours = await (await fetch(`${HOME}/push/key`)).json();
  if (!renewed) {
    renewed = await self.registration.pushManager.subscribe({
      userVisibleOnly: true, applicationServerKey: ours.key,
    });
  }
  if (!old) return;
  const { endpoint, keys } = renewed.toJSON();
  await fetch(`${HOME}/push/moved`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ old: old.endpoint, endpoint, keys, ours: keyOf(renewed) || ours.key }),
  });
}

function keyOf(subscription) {
  const raw = subscription.options?.applicationServerKey;
  if (!raw) return "";
  const letters = String.fromCharCode(...new Uint8Array(raw));
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
