/* Keys, dragging and counters on the desk. Every page works without this file: a key presses the
   button that is on the page, and dragging fills in a form that is on the page. */
"use strict";

window.Desk = window.Desk || {};

(() => {
  const desk = () => document.getElementById("desk");
  const rows = () => [...desk().querySelectorAll("[data-row]")];
  let chosen = null; // the data-row of the row in hand; survives a swap of the page
  let place = -1; // where among the rows it stands

  const choose = (row, reveal = true) => {
    for (const each of rows()) each.classList.toggle("on", each === row);
    chosen = row ? row.dataset.row : null;
    place = row ? rows().indexOf(row) : -1;
    if (row && reveal) row.scrollIntoView({ block: "nearest" });
  };
  const current = () => rows().find((row) => row.dataset.row === chosen) || null;
  const step = (by) => {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(current());
    choose(all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))]);
  };
  const press = (key) => {
    const row = current();
    const pick = `[data-key="${CSS.escape(key)}"]`;
    const button = (row && row.querySelector(pick)) ||
      [...document.querySelectorAll(pick)].find((each) => !each.closest("[data-row]"));
    if (!button || button.disabled) return false;
    if (button.matches("input, textarea")) button.focus();
    else button.click();
    if (button.matches("summary")) {
      const field = button.parentElement.open && button.parentElement.querySelector("input:not([type=hidden]), textarea, select");
      if (field) { field.focus(); if (field.select) field.select(); }
      else if (button.parentElement.open) {
        // What a key has opened may stand above the window: it comes into view, and Tab leads into it.
        button.focus();
        (button.parentElement.querySelector(":scope > .consequence") || button).scrollIntoView({ block: "nearest" });
      }
    }
    return true;
  };

  /* Where each row is settled and goes, the next one comes into the hand. */
  new MutationObserver(() => {
    if (chosen === null || current() || !document.querySelector("[data-onwards]")) return;
    const all = rows();
    choose(all[Math.min(place, all.length - 1)] || null);
  }).observe(document.body, { childList: true, subtree: true });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const field = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "Escape") {
      const open = field && field.closest("details[open]");
      const menu = document.querySelector("#menu[open]");
      if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
      else if (open) { open.open = false; open.querySelector("summary").focus(); }
      else {
        for (const each of document.querySelectorAll("details.more[open]")) each.open = false;
        choose(null);
      }
      return;
    }
    if (field || document.querySelector("dialog[open]")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "j" || key === "k") { step(key === "j" ? 1 : -1); event.preventDefault(); return; }
    if ((key === "ArrowUp" || key === "ArrowDown") && !current()) return;
    if (key === "?") {
      const dialog = document.getElementById("keys");
      if (dialog) { dialog.showModal(); event.preventDefault(); }
      return;
    }
    if (key === "Enter" && (event.target === document.body || event.target === desk()) && current()) {
      const link = current().querySelector("b a[href], h3 a[href]");
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    if (key.length === 1 || key.startsWith("Arrow")) if (press(key)) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-row]");
    if (row && desk().contains(row)) choose(row, false);
    if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  });

  /* A headline is one line, however many it takes on the screen: Enter saves it, as in any such field. The keyboards of
     phones do not all name the key, but all say that they are about to break the line. */
  const isLine = (event) => event.target.matches("textarea[data-one-line]");
  const save = (event) => {
    event.preventDefault();
    const button = event.target.form.querySelector("button:not([type=button]):not([name=clear]):not(:disabled)");
    if (button) event.target.form.requestSubmit(button);
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing && isLine(event)) save(event);
  });
  document.addEventListener("beforeinput", (event) => {
    if (isLine(event) && ["insertLineBreak", "insertParagraph"].includes(event.inputType)) save(event);
  });
  /* Lines that are pasted become one, and the caret stays behind them. */
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!isLine(event) || event.isComposing || !/[\r\n]/.test(field.value)) return;
    const joined = (text) => text.replace(/\s*[\r\n]+\s*/g, " ");
    const caret = joined(field.value.slice(0, field.selectionEnd)).length;
    field.value = joined(field.value);
    field.setSelectionRange(caret, caret);
  }, true);

  /* Dragging: the row's new place goes into the form that moves it. */
  let dragged = null;
  const unmark = () => { for (const row of rows()) row.classList.remove("over", "under", "dragged"); };
  document.addEventListener("dragstart", (event) => {
    const row = event.target.closest && event.target.closest("[data-place]");
    if (!row) return;
    dragged = row;
    row.classList.add("dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", row.dataset.row);
  });
  const target = (event) => {
    const row = dragged && event.target.closest && event.target.closest("[data-place]");
    if (!row || row === dragged) return null;
    const box = row.getBoundingClientRect();
    return { row, below: event.clientY > box.top + box.height / 2 };
  };
  /* A hand near the upper or lower edge turns the page under it, the faster the nearer. */
  const EDGE = 96;
  const turn = (event) => {
    const below = window.innerHeight - event.clientY;
    const by = event.clientY < EDGE ? event.clientY - EDGE : below < EDGE ? EDGE - below : 0;
    if (dragged && by) window.scrollBy({ top: by / 3, behavior: "instant" });
  };
  document.addEventListener("dragover", (event) => {
    turn(event);
    const at = target(event);
    if (!at) return;
    event.preventDefault();
    for (const row of rows()) row.classList.remove("over", "under");
    at.row.classList.add(at.below ? "under" : "over");
  });
  document.addEventListener("drop", (event) => {
    const at = target(event);
    if (at) {
      event.preventDefault();
      const from = Number(dragged.dataset.place);
      let to = Number(at.row.dataset.place) + (at.below ? 1 : 0);
      if (to > from) to -= 1;
      const form = document.getElementById("drag");
      if (form && to !== from) {
        // Not form.elements.item: that is the collection's own method.
        form.querySelector("[name=item]").value = dragged.dataset.row;
        form.querySelector("[name=by]").value = to - from;
        chosen = dragged.dataset.row;
        form.requestSubmit();
      }
    }
    unmark();
    dragged = null;
  });
  document.addEventListener("dragend", () => { unmark(); dragged = null; });

  /* A slot of the calendar is dropped on another day: its own form says so, and is sent. */
  let slot = null;
  const dayUnder = (event) => slot && event.target.closest && event.target.closest("[data-day]");
  const unmarkDays = () => { for (const day of desk().querySelectorAll("[data-day]")) day.classList.remove("over"); };
  document.addEventListener("dragstart", (event) => {
    slot = event.target.closest && event.target.closest("[data-slot]");
    if (!slot) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", slot.dataset.row);
  });
  document.addEventListener("dragover", (event) => {
    const day = dayUnder(event);
    unmarkDays();
    if (!day || day.contains(slot)) return;
    event.preventDefault();
    day.classList.add("over");
  });
  document.addEventListener("drop", (event) => {
    const day = dayUnder(event);
    if (day && !day.contains(slot)) {
      event.preventDefault();
      const form = slot.querySelector("form");
      form.querySelector("[name=to]").value = day.dataset.day;
      form.requestSubmit();
    }
    unmarkDays();
    slot = null;
  });
  document.addEventListener("dragend", () => { unmarkDays(); slot = null; });

  /* How many characters are left. */
  const count = (field) => {
    const left = document.getElementById(field.dataset.count);
    if (!left) return;
    const limit = Number(field.dataset.limit || field.maxLength);
    const used = [...field.value].length;
    left.textContent = `${used} of ${limit} characters`;
    left.classList.toggle("over", used > limit);
  };
  document.addEventListener("input", (event) => { if (event.target.dataset.count) count(event.target); });

  const ready = () => {
    for (const row of desk().querySelectorAll("[data-place]")) row.draggable = !desk().querySelector("[data-frozen]");
    for (const field of desk().querySelectorAll("[data-count]")) count(field);
    const row = current();
    if (row) row.classList.add("on");
  };
  window.Desk.press = (key, row) => {
    if (row) choose(rows().find((each) => each.dataset.row === row) || null, false);
    press(key);
  };
  document.addEventListener("DOMContentLoaded", ready);
  document.addEventListener("desk:fitted", ready);
  /* The one thing htmx fetches is a trial; an answer without one (signed out) is not fitted in. */
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!/id="trial"/.test(event.detail.xhr.responseText)) event.detail.shouldSwap = false;
  });
})();
