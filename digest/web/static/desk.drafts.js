/* Words in a field survive everything: each unsaved one is kept in this browser, per editor and
   page, brought back when the page opens, and marked until it is saved. */
"use strict";

window.Desk = window.Desk || {};

(() => {
  const DAYS = 14;
  const root = () => document.getElementById("desk");
  const prefix = () => `digest-draft|${document.body.dataset.member}|${location.pathname}|`;
  /* An hour, a day and a number are typed like words: words that come back without the hour they were
     meant for would stand at once. All but what nobody types, or what no browser should keep. */
  const NOT_TYPED = ["hidden", "password", "file", "checkbox", "radio", "submit", "button", "image", "reset"].map((type) => `[type=${type}]`);
  const isText = (field) => field.matches(`textarea, select, input:not(${NOT_TYPED.join(", ")})`);
  /* Ticks are kept where a form says so: elsewhere they choose what an act is done to. */
  const isBox = (field) => field.matches("input[type=checkbox], input[type=radio]");
  const isKept = (field) => Boolean(
    field.name && field.form && field.form.method === "post" &&
    (isText(field) || (isBox(field) && field.form.hasAttribute("data-keeps-ticks"))) &&
    root().contains(field) && !field.closest("[data-plain]"));

  /* What is stored on the server as far as this page knows. A field that a refused change gave back
     says it in data-stands, because its own value is what the editor typed. */
  const stands = (field) => {
    if (field.dataset.stands !== undefined) return field.dataset.stands;
    if (isBox(field)) return field.defaultChecked ? "ticked" : "not ticked";
    if (!field.matches("select")) return field.defaultValue;
    const chosen = [...field.options].find((each) => each.defaultSelected) || field.options[0];
    return chosen ? chosen.value : "";
  };
  const plain = (text) => text.replace(/\r\n/g, "\n");
  const said = (field) => (isBox(field) ? (field.checked ? "ticked" : "not ticked") : field.value);
  const put = (field, words) => { if (isBox(field)) field.checked = words === "ticked"; else field.value = words; };
  const isDirty = (field) => isKept(field) && plain(said(field)) !== plain(stands(field));
  const fieldsOf = (form) => [...form.elements].filter(isKept);
  /* A key that begins with "?" is of something that the address names behind its question mark: it comes
     back where that is shown, and is missed nowhere else. */
  const formKey = (form) => form.dataset.draft || new URL(form.action, location.href).pathname;
  /* Several messages of one form have a subject each: these are told apart by their place. */
  const placeOf = (field) => {
    const same = [...field.form.elements].filter((each) => each.name === field.name && !isBox(each));
    return same.length > 1 ? `#${same.indexOf(field)}` : "";
  };
  const keyOf = (field) =>
    `${prefix()}${formKey(field.form)}|${field.name}${isBox(field) ? `=${field.value}` : placeOf(field)}`;
  const forms = () => [...root().querySelectorAll("form[method=post]")];
  const dirtyForms = () => forms().filter((form) => fieldsOf(form).some(isDirty));

  const read = (key) => {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  };
  const write = (key, draft) => {
    try {
      if (draft) localStorage.setItem(key, JSON.stringify(draft)); else localStorage.removeItem(key);
    } catch { /* A full or forbidden store: the words are still in the field. */ }
  };
  const mine = () => {
    const found = [];
    try {
      for (let at = 0; at < localStorage.length; at += 1) {
        const key = localStorage.key(at);
        if (key.startsWith(prefix())) found.push(key);
      }
    } catch { /* No store, no drafts. */ }
    return found;
  };
  const baseOf = (field) => field.form.querySelector(`[name="base_${CSS.escape(field.name)}"]`);

  const keep = (field) => {
    if (!isKept(field)) return;
    if (!isDirty(field)) { write(keyOf(field), null); return; }
    const base = baseOf(field);
    write(keyOf(field), { words: said(field), stands: base ? base.value : stands(field), at: Date.now() });
  };

  /* Says beside a form whether it holds words that are not saved. */
  const markForm = (form) => {
    const fields = fieldsOf(form);
    const dirty = fields.filter(isDirty);
    for (const field of fields) field.classList.toggle("unsaved", dirty.includes(field));
    let note = form.querySelector(":scope > .unsaved-note");
    if (dirty.length && !note) {
      note = document.createElement("p");
      note.className = "unsaved-note";
      note.textContent = "Not saved yet. Your words are kept in this browser.";
      form.append(note);
    } else if (!dirty.length && note) note.remove();
    const panel = form.closest("details.words");
    if (panel) panel.classList.toggle("unsaved", panel.querySelector("form .unsaved") !== null);
  };
  /* Beside all of them; beside `one` alone at each letter that is typed into it, for a sheet has eighty. */
  const mark = (one = null) => {
    for (const form of one ? [one] : forms()) markForm(form);
    const any = root().querySelector("form > .unsaved-note") !== null;
    for (const told of root().querySelectorAll("[data-shows-saved]")) told.hidden = !any;
    const back = document.getElementById("restored");
    if (back && !any) back.hidden = true;
  };

  const label = (field) => {
    const row = field.closest("[data-row]");
    const named = field.labels && field.labels[0];
    // Before it stands its box, or nothing but a line's end.
    const words = named && [...named.childNodes].map((each) => each.textContent.trim()).find(Boolean);
    const own = words ? words.replace(/\s+/g, " ") : field.name;
    const title = row && row.querySelector("h3");
    return title ? `${own} of “${title.textContent.trim()}”` : own;
  };

  const open = (field) => {
    for (let each = field.closest("details"); each; each = each.parentElement.closest("details")) each.open = true;
  };

  /* A place for words whose field is gone: the item was taken out, or the edition was approved. */
  const showOrphans = (keys) => {
    const box = document.getElementById("orphans");
    if (!box) return;
    box.replaceChildren();
    box.hidden = !keys.length;
    if (!keys.length) return;
    const title = document.createElement("b");
    title.textContent = "Words of yours that were never saved, and have no field here any more";
    box.append(title);
    for (const key of keys) {
      const words = document.createElement("textarea");
      words.readOnly = true;
      words.value = read(key).words;
      words.setAttribute("aria-label", "Your words");
      const drop = document.createElement("button");
      drop.type = "button";
      drop.className = "btn small";
      drop.textContent = "I do not need them";
      drop.addEventListener("click", () => { write(key, null); restore(); });
      box.append(words, drop);
    }
  };

  const restore = () => {
    const fields = new Map(forms().flatMap(fieldsOf).map((field) => [keyOf(field), field]));
    const orphans = [];
    const back = [];
    for (const key of mine()) {
      const draft = read(key);
      const field = fields.get(key);
      if (!draft || Date.now() - draft.at > DAYS * 86400000) { write(key, null); continue; }
      if (!field) { if (key[prefix().length] !== "?") orphans.push(key); continue; }
      if (isDirty(field)) continue; // in hand already
      if (plain(draft.words) === plain(stands(field))) { write(key, null); continue; }
      const was = stands(field);
      put(field, draft.words);
      const base = baseOf(field);
      if (base) base.value = draft.stands;
      if (plain(draft.stands) !== plain(was)) clash(field, was);
      open(field);
      back.push(field);
    }
    /* Only when all are back: the first radio to say so keeps its whole group as it stands then. */
    for (const field of back) field.dispatchEvent(new Event("input", { bubbles: true }));
    showOrphans(orphans);
    mark();
    const told = document.getElementById("restored");
    if (told && back.length) {
      // As they stand on the page; the store has an order of its own.
      back.sort((one, other) => (one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
      told.hidden = false;
      told.textContent = `Your words that were not saved are back: ${back.map(label).join("; ")}.`;
    }
  };

  /* Somebody saved other words meanwhile: both are shown, and both are kept. */
  const clash = (field, theirs) => {
    const line = document.createElement("p");
    line.className = "clash";
    const said = document.createElement("q");
    said.textContent = theirs;
    line.append("Meanwhile saved: ", said);
    const take = document.createElement("button");
    take.type = "button";
    take.className = "btn small";
    take.textContent = "Take these words";
    take.dataset.take = field.id;
    line.append(" ", take);
    (isBox(field) ? field.closest("label") || field : field).after(line);
  };

  document.addEventListener("input", (event) => {
    if (!event.target.form || !isKept(event.target)) return;
    const { form, name } = event.target;
    for (const each of event.target.type === "radio" ? form.querySelectorAll(`[name="${CSS.escape(name)}"]`) : [event.target]) keep(each);
    mark(form);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("select") && isKept(event.target)) { keep(event.target); mark(event.target.form); }
  });
  document.addEventListener("click", (event) => {
    const take = event.target.closest("[data-take]");
    const field = take && document.getElementById(take.dataset.take);
    if (!field) return;
    put(field, stands(field));
    const base = baseOf(field);
    if (base) base.value = stands(field);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    take.closest(".clash").remove();
    field.focus();
  });
  document.addEventListener("DOMContentLoaded", restore);

  const forget = (form) => { for (const field of fieldsOf(form)) write(keyOf(field), null); };
  /* What is stored, by field; and, after a refusal, said of the fields that give back what was typed. */
  const stood = () => new Map(forms().flatMap(fieldsOf).map((field) => [keyOf(field), stands(field)]));
  const unsaved = (before) => {
    for (const field of forms().flatMap(fieldsOf)) {
      const was = before.get(keyOf(field));
      if (was !== undefined && field.dataset.stands === undefined) field.dataset.stands = was;
    }
  };
  window.Desk.drafts = { dirtyForms, fieldsOf, forget, isDirty, keep, keyOf, label, mark, open, restore, said, stood, unsaved };
})();
