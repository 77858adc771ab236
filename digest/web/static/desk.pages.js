/* Forms answer in place, and a page that changed elsewhere is brought up to date: in both cases the
   new page is fitted into the one on the screen, around whatever is open, focused or half typed. */
"use strict";

(() => {
  const drafts = window.Desk.drafts;
  const root = () => document.getElementById("desk");
  const NOTICES = ["unreached", "signed-out", "not-done"];
  const notice = (id, shown) => { const box = document.getElementById(id); if (box) box.hidden = !shown; };
  const sayOnly = (id) => { for (const each of NOTICES) notice(each, each === id); };
  /* A line that broke on the way back says nothing of what became of the way there. */
  const sayUnreached = (mayBeDone) => {
    const [nothing, unknown] = document.querySelectorAll("#unreached > span");
    nothing.hidden = mayBeDone;
    unknown.hidden = !mayBeDone;
    sayOnly("unreached");
  };

  const isTyped = (node, but = null) => node.nodeType === 1 &&
    [node, ...node.querySelectorAll("input, textarea, select")].some((each) => each.form && each.form !== but && drafts.isDirty(each));
  const isInHand = (node) => node.nodeType === 1 && (
    node.matches("details.more[open], dialog[open], [data-still]") ||
    (node.matches("form, details.words") && node.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")));
  const holdsHand = (node) => node.nodeType === 1 && (
    isInHand(node) || isTyped(node) || node.querySelector("details.more[open], dialog[open], [data-still]") !== null ||
    (node.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")));

  /* Where the focus is, in words that hold after the page was fitted in. */
  const place = () => {
    const at = document.activeElement;
    if (!at || at === document.body || !root().contains(at)) return null;
    const row = at.closest("[data-row]");
    return { at, row: row && row.dataset.row, key: at.dataset.key, name: at.getAttribute("aria-label") || at.name, text: at.textContent };
  };
  const focus = (was) => {
    if (!was || (document.activeElement && document.activeElement !== document.body)) return;
    const go = (node) => { if (node) node.focus({ preventScroll: true }); return document.activeElement === node; };
    if (was.at.isConnected && !was.at.disabled && go(was.at)) return;
    const row = was.row && root().querySelector(`[data-row="${CSS.escape(was.row)}"]`);
    const pick = was.key && `[data-key="${CSS.escape(was.key)}"]:not(:disabled)`;
    if (row && pick && go(row.querySelector(pick))) return;
    if (row && go(row.querySelector("summary, button:not(:disabled), a[href]"))) return;
    if (pick && go(root().querySelector(pick))) return;
    const summary = was.at.closest && was.at.closest("details") && was.at.closest("details").querySelector("summary");
    if (summary && summary.isConnected && go(summary)) return;
    go(root());
  };

  /* Whether the last news left something out because it was in hand. */
  let skipped = false;

  /* Fit `next` (a whole document) into the page. `form` was just answered: it takes the server's
     word. Without one this is news from elsewhere, and what is in hand stays as it is. `stood` says
     what each field's stored words were, where a form was refused and gives back what was typed. */
  const fit = (next, form = null, held = () => false, stood = null) => {
    skipped = false;
    const fresh = next.getElementById("desk");
    const was = place();
    const typed = new Map([...root().querySelectorAll("input, textarea, select")].map((each) => [each, each.value]));
    const stays = (node) => {
      if (form && (node === form || node.contains(form) || form.contains(node))) return false;
      if (node.nodeType !== 1) return false;
      if (node.matches("form") && isTyped(node)) return true;
      if (form || held(node) || !isInHand(node)) return !form && held(node);
      skipped = true;
      return true;
    };
    Idiomorph.morph(root(), fresh, {
      morphStyle: "outerHTML",
      callbacks: {
        beforeNodeMorphed: (old) => !stays(old),
        beforeNodeRemoved: (node) => {
          if (node.nodeType !== 1) return true;
          if (isTyped(node, stood ? null : form)) return false; // what was just stored holds nothing back
          return form ? true : !holdsHand(node);
        },
        beforeAttributeUpdated: (name, node) => {
          if (name === "open" && node.matches("details")) return false;
          return !(name === "checked" && !form && node.matches("input"));
        },
      },
    });
    for (const [field, value] of typed) {
      // A field that is in nobody's form yet (a search box) keeps what is in it.
      if (field.isConnected && field.form && field.form.method === "get") field.value = value;
    }
    document.title = next.title;
    const nav = next.querySelector(".top nav");
    if (nav) document.querySelector(".top nav").replaceChildren(...nav.childNodes);
    focus(was);
    if (stood) drafts.unsaved(stood);
    drafts.restore();
    document.dispatchEvent(new CustomEvent("desk:fitted"));
  };

  const parse = (text) => new DOMParser().parseFromString(text, "text/html");

  /* Send a form as it is on the screen. Resolves to what became of it:
     "done", "refused" (the page says why), "gone" (another page opens) or "lost" (no answer). */
  const send = async (form, button) => {
    sending = form;
    const body = new FormData(form, button);
    const sent = new Map(drafts.fieldsOf(form).map((field) => [field, drafts.said(field)]));
    const action = (button && button.getAttribute("formaction")) || form.getAttribute("action") || location.href;
    let answer;
    let text;
    const wasOnline = navigator.onLine;
    try {
      answer = await fetch(action, { method: "POST", body, headers: { "X-Desk": location.pathname + location.search } });
      text = await answer.text();
    } catch {
      sayUnreached(wasOnline);
      return "lost";
    }
    sayOnly("");
    const to = answer.headers.get("X-Desk-To");
    if (to) {
      const done = !answer.headers.has("X-Desk-Not-Done");
      if (done) drafts.forget(form);
      // A page that leads on once its form was sent would lead on whoever comes back to it, too.
      if (done && form.dataset.once !== undefined) location.replace(to);
      else location.assign(to);
      return "gone";
    }
    const next = parse(text);
    if (!next.getElementById("desk")) {
      if (answer.status === 403) sayOnly("signed-out");
      else sayUnreached([502, 504].includes(answer.status)); // what stands between gave up waiting
      return "lost";
    }
    // Another page in this one's place (a right that was taken, a thing that is gone) has no fields.
    const apart = next.querySelector("#desk [data-apart]");
    if (apart) {
      const said = [...apart.querySelectorAll("h1, h1 + p")].map((each) => each.textContent.trim().replace(/\s+/g, " "));
      document.getElementById("not-done").textContent = `Not saved. ${said.join(". ")} Your words are still here.`;
      sayOnly("not-done");
      return "lost";
    }
    const stood = drafts.stood();
    const unchanged = [...sent].every(([field, value]) => drafts.said(field) === value);
    for (const more of document.querySelectorAll("details.more[open]")) {
      if (answer.ok && more.contains(form)) more.open = false;
    }
    if (answer.ok && unchanged) {
      drafts.forget(form);
      // What was saved is what stands now: the form is no longer in hand.
      const panel = form.closest("details.words");
      if (panel && form.dataset.draft) panel.open = false;
    }
    fit(next, unchanged ? form : null, () => false, answer.ok ? null : stood);
    for (const field of drafts.fieldsOf(form)) if (field.isConnected) drafts.keep(field);
    drafts.mark();
    return answer.ok ? "done" : "refused";
  };

  /* One change at a time: each carries the version that the one before it made. What is pressed
     meanwhile waits its turn, so that somebody quick is never told of being late to themselves. */
  let busy = false;
  let sending = null;
  const waiting = [];
  const run = async (work) => {
    busy = true;
    root().setAttribute("aria-busy", "true");
    const became = await work();
    root().removeAttribute("aria-busy");
    busy = false;
    if (became === "lost" || became === "gone") waiting.length = 0;
    // A step that was meant to follow a refused one would hide why, and be a step from elsewhere.
    if (became === "refused") waiting.splice(0, waiting.length, ...waiting.filter((each) => !each.isStep));
    const next = waiting.shift();
    if (next) next();
  };

  /* What was pressed while another change was on its way, pressed once that has made its page: the same
     key of the same row, or the same button of the same form. */
  const inTurn = (form, button) => {
    const row = form.closest("[data-row]");
    const key = button && button.dataset.key;
    if (key) return Object.assign(() => window.Desk.press(key, row && row.dataset.row), { isStep: true });
    const action = form.getAttribute("action");
    const told = button && button.textContent;
    return () => {
      const within = (row && root().querySelector(`[data-row="${CSS.escape(row.dataset.row)}"]`)) || root();
      const same = form.isConnected ? form
        : [...within.querySelectorAll("form[method=post]")].find((each) => each.getAttribute("action") === action);
      const pressed = same && [...same.elements].find((each) => each === button || (each.matches("button") && each.textContent === told));
      if (pressed && !pressed.disabled) same.requestSubmit(pressed);
    };
  };

  /* An action that sends or approves carries what is on the screen, or is not done. */
  const refuse = (form, button, dirty) => {
    const box = document.getElementById("carries");
    const fields = dirty.flatMap((each) => drafts.fieldsOf(each).filter(drafts.isDirty));
    const name = (button ? button.textContent : "").trim() || "do it";
    box.querySelector("p").textContent =
      `“${name}” was not done: it would go without words that you have not saved (${fields.map(drafts.label).join("; ")}).`;
    const [saves, without, shows] = box.querySelectorAll("button");
    saves.textContent = `Save them, then: ${name}`;
    without.textContent = `Without them: ${name}`;
    saves.onclick = () => { box.hidden = true; run(() => saveAll(dirty, form, button)); };
    without.onclick = () => { box.hidden = true; run(() => send(form, button)); };
    shows.onclick = () => { box.hidden = true; drafts.open(fields[0]); fields[0].focus(); };
    box.hidden = false;
    box.scrollIntoView({ block: "nearest" });
    saves.focus();
  };
  const saveAll = async (dirty, form, button) => {
    for (const each of dirty) {
      if (!each.isConnected) return "refused";
      const became = await send(each, each.querySelector("button:not([name=clear])"));
      if (became !== "done") return became;
    }
    // The page was fitted in anew: the form of the same action stands for the one that was pressed.
    const again = form.isConnected ? form
      : [...root().querySelectorAll("form[method=post]")].find((each) => each.getAttribute("action") === form.getAttribute("action"));
    const pressed = again && (again.contains(button) ? button : again.querySelector("button:not([name=clear])"));
    if (!pressed || pressed.disabled) return "refused";
    return send(again, pressed);
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.closest("[data-plain]") || !root().contains(form)) return;
    event.preventDefault();
    const button = event.submitter;
    if (busy) {
      // Pressed twice is meant once, but for keys, of which each is a step, and words typed since.
      const twice = form === sending && !(button && button.dataset.key) && !drafts.fieldsOf(form).length;
      if (!twice && waiting.length < 20) waiting.push(inTurn(form, button));
      return;
    }
    const asks = (button && button.dataset.sends !== undefined) || form.dataset.sends !== undefined;
    const dirty = asks ? drafts.dirtyForms().filter((each) => each !== form) : [];
    if (dirty.length) refuse(form, button, dirty);
    else run(() => send(form, button));
  });

  /* Another view of the same page (a preview, say): its own address, without leaving the page. */
  const show = async (url, push) => {
    let next;
    try {
      const answer = await fetch(url, { headers: { "X-Desk": "view" } });
      if (answer.redirected || !answer.ok) throw new Error("another page");
      next = parse(await answer.text());
    } catch { location.assign(url); return; }
    if (push) history.pushState({ within: true }, "", url);
    fit(next);
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-within]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    if (!history.state) history.replaceState({ within: true }, "");
    show(link.href, true);
  });
  window.addEventListener("popstate", (event) => { if (event.state && event.state.within) show(location.href, false); });

  Object.assign(window.Desk, { fit, notice, parse, isBusy: () => busy, leftOut: () => skipped });
})();
