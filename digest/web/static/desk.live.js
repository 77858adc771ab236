/* The page keeps up: it asks every few seconds, by one small question, whether anything that it
   shows has changed, and only then fetches itself and fits the news in. */
"use strict";

(() => {
  const Desk = window.Desk;
  const root = () => document.getElementById("desk");
  const EVERY = 3000;
  const SLOWEST = 30000;
  let wait = EVERY;
  let timer = 0;
  let asking = false;
  let isOut = false;
  let asked = 0;

  /* A list that somebody is reading or choosing from does not move under the hand. */
  let pointed = 0;
  let waits = null;
  document.addEventListener("pointermove", (event) => {
    if (event.target.closest && event.target.closest("[data-holds]")) pointed = Date.now();
  });
  const isHeld = () => Date.now() - pointed < 4000 || window.scrollY > 160 || document.querySelector("[data-holds] .on") !== null;
  const rowsOf = (page) => [...page.querySelectorAll("[data-holds] [data-row]")].map((each) => each.dataset.row);

  const news = document.getElementById("news");
  const fitNews = () => {
    const next = waits;
    waits = null;
    news.hidden = true;
    if (next) Desk.fit(next);
  };
  if (news) news.addEventListener("click", () => { fitNews(); window.scrollTo({ top: 0 }); });

  const take = (next) => {
    const list = document.querySelector("[data-holds]");
    const seen = new Set(rowsOf(document));
    const fresh = rowsOf(next).filter((row) => !seen.has(row)).length;
    const moved = rowsOf(next).join() !== rowsOf(document).join();
    if (list && moved && isHeld()) {
      waits = next;
      news.hidden = false;
      news.textContent = fresh ? `${fresh} new ${fresh === 1 ? "story" : "stories"}. Show` : "The order has changed. Show";
      Desk.fit(next, null, (node) => node.matches("[data-holds]"));
      return;
    }
    waits = null;
    if (news) news.hidden = true;
    Desk.fit(next);
  };

  const ask = async () => {
    const page = root();
    const watch = page.dataset.watch;
    if (!watch || asking || Desk.isBusy() || document.visibilityState === "hidden") return;
    asking = true;
    try {
      const answered = await fetch(`/desk/live?watch=${encodeURIComponent(watch)}`, { headers: { "If-None-Match": `"${page.dataset.stamp}"` } });
      if (answered.redirected || answered.status === 403) { Desk.notice("signed-out", true); isOut = true; wait = SLOWEST; return; }
      if (answered.status !== 304 && !answered.ok) throw new Error(`answer ${answered.status}`);
      // What a form was told stands until something is sent: its words are not saved by our asking.
      if (isOut) Desk.notice("signed-out", false);
      isOut = false;
      Desk.notice("not-live", false);
      wait = EVERY;
      if (answered.status === 304) return;
      const answer = await fetch(location.href, { headers: { "X-Desk": "live" } });
      if (answer.redirected || !answer.ok) return;
      const next = Desk.parse(await answer.text());
      // A form that was sent meanwhile has brought a newer page than this one.
      if (!Desk.isBusy() && next.getElementById("desk")) take(next);
    } catch {
      Desk.notice("not-live", true);
      wait = Math.min(SLOWEST, wait * 2);
    } finally {
      asked += 1;
      asking = false;
    }
  };
  const turn = async () => {
    await ask();
    clearTimeout(timer);
    timer = setTimeout(turn, wait);
  };
  Desk.asked = () => asked;
  document.addEventListener("DOMContentLoaded", () => { if (root()) timer = setTimeout(turn, EVERY); });
  /* What was left out of the news because it was in hand comes as soon as it is let go. */
  const letGo = () => { if (Desk.leftOut() && root()) root().dataset.stamp = ""; };
  document.addEventListener("toggle", (event) => { if (!event.target.open) letGo(); }, true);
  document.addEventListener("focusout", letGo);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") { wait = EVERY; clearTimeout(timer); turn(); }
  });
})();
