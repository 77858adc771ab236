// <digest-boxes topics="korea trade" article="https://…">: newsletter, alerts and chat app at the end
// of an article. And frames of /embed, which grow to their content. No inline code or style, so that
// it runs under a strict Content-Security-Policy; words come from the service as text alone.
(() => {
  const at = document.currentScript && document.currentScript.src;
  if (!at) return;
  const home = new URL(at).origin;

  const make = (tag, attributes, ...inside) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...inside);
    return made;
  };
  // Only ways that lead to a page: a javascript: address is none.
  const way = (href) => {
    const url = new URL(href, home);
    return /^https?:$/.test(url.protocol) ? url.href : home;
  };
  const zone = () => {
    try { return Intl.DateTimeFormat().resolvedOptions().timeZone || ""; } catch { return ""; }
  };

  const STYLE = `
    :host { display: block; container-type: inline-size; margin: 24px 0; color-scheme: light dark;
      --ink: var(--digest-ink, light-dark(#16181d, #eceef2)); --soft: var(--digest-soft, light-dark(#585f6b, #a6adb9));
      --line: var(--digest-line, light-dark(#dfe2e8, #343842)); --edge: var(--digest-edge, light-dark(#858c99, #767d8b));
      --paper: var(--digest-paper, light-dark(#fff, #14161a)); --tint: var(--digest-tint, light-dark(#f6f7f9, #1b1e24));
      --accent: var(--digest-accent, light-dark(#0b6b50, #5bd0a8)); --on: var(--digest-on-accent, light-dark(#fff, #06251b));
      color: var(--ink); font: 16px/1.5 var(--digest-font, -apple-system, "Segoe UI", Roboto, Arial, sans-serif); }
    :host([hidden]) { display: none; }
    * { box-sizing: border-box; }
    .boxes { display: grid; gap: 12px; }
    .box { display: flex; flex-direction: column; gap: 8px; min-width: 0; margin: 0; padding: 16px;
      border: 1px solid var(--line); border-radius: var(--digest-radius, 12px); background: var(--tint); overflow-wrap: anywhere; }
    h3 { margin: 0; font: 700 18px/1.25 var(--digest-heading-font, Georgia, serif); }
    p { margin: 0; color: var(--soft); font-size: 14px; }
    .words { flex: 1; }
    .line { display: flex; flex-wrap: wrap; gap: 8px; }
    input { flex: 1 1 150px; min-width: 0; min-height: 44px; padding: 8px 12px; font: inherit; color: inherit;
      background: var(--paper); border: 1px solid var(--edge); border-radius: 8px; }
    .line input { text-align: -webkit-match-parent; text-align: match-parent; }
    input::placeholder { color: var(--soft); opacity: 1; }
    button, .go { flex: 0 1 auto; min-height: 44px; padding: 11px 14px; font: inherit; font-size: 15px; line-height: 20px; font-weight: 600; text-align: center;
      text-decoration: none; cursor: pointer; color: var(--on); background: var(--accent); border: 1px solid var(--accent); border-radius: 8px; }
    .go, .quiet { color: var(--ink); background: transparent; border-color: var(--edge); }
    .fine { margin: 8px 0 0; font-size: 12.5px; line-height: 1.45; }
    a { color: inherit; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    .extra { display: none; }
    @container (min-width: 640px) { .boxes { grid-auto-flow: column; grid-auto-columns: minmax(0, 1fr); } }`;

  const hidden = (name, value) => make("input", { type: "hidden", name, value });

  const asking = (box, action) => {
    const field = box.field;
    const trap = make("input", { name: "reference", autocomplete: "off", maxlength: "80" });
    return make(
      "form",
      { class: "box", method: "post", action: way(action), target: "_blank", rel: "noopener" },
      make("h3", {}, box.heading),
      make("p", { class: "words" }, box.words),
      make("div", { class: "line" },
        make("input", {
          name: field.name, type: field.type, dir: "ltr", placeholder: field.placeholder, required: "",
          "aria-label": `${field.label}: ${box.heading}`, autocomplete: field.autocomplete,
          maxlength: field.maxlength, autocapitalize: "none", spellcheck: "false",
        }),
        make("button", box.name === "newsletter" ? {} : { class: "quiet" }, box.button)),
      make("div", { class: "extra" }, make("label", {}, "Reference ", trap)),
      ...box.hidden.map(([name, value]) => hidden(name, value)),
      hidden("zone_guess", zone()),
    );
  };

  const leading = (box) => make(
    "div", { class: "box" },
    make("h3", {}, box.heading),
    make("p", { class: "words" }, box.words),
    make("a", { class: "go", href: way(box.href), target: "_blank", rel: "noopener" }, box.button),
  );

  const fine = (told) => {
    const links = [[told.more_words, told.more], ...told.also];
    const line = make("p", { class: "fine", lang: told.language, dir: told.direction }, told.fine, " ");
    links.forEach(([label, href], place) => line.append(
      place ? " · " : "", make("a", { href: way(href), target: "_blank", rel: "noopener" }, label)));
    return line;
  };

  class DigestBoxes extends HTMLElement {
    static observedAttributes = ["topics", "article", "lang"];

    connectedCallback() { this.show(); }

    attributeChangedCallback() { if (this.isConnected) this.show(); }

    // What stands inside the element stays in sight until the boxes are there, and when they cannot be.
    async show() {
      const asked = new URL("/boxes.json", home);
      for (const name of DigestBoxes.observedAttributes) {
        // The words are those of the page that the boxes stand on.
        const value = name === "lang" ? this.closest("[lang]")?.lang : this.getAttribute(name);
        if (value) asked.searchParams.set(name, value);
      }
      if (this.asked === asked.href) return;
      this.asked = asked.href;
      try {
        const answer = await fetch(asked, { credentials: "omit" });
        if (!answer.ok) throw new Error(String(answer.status));
        const told = await answer.json();
        if (this.asked !== asked.href || !told.boxes.length) return;
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(STYLE);
        const root = this.shadowRoot || this.attachShadow({ mode: "open" });
        root.adoptedStyleSheets = [sheet];
        root.replaceChildren(
          make("div", { class: "boxes", lang: told.language, dir: told.direction },
            ...told.boxes.map((box) => (box.field ? asking(box, told.action) : leading(box)))),
          fine(told));
      } catch (error) {
        this.asked = "";
        console.warn("digest-boxes:", error);
      }
    }
  }
  if (!customElements.get("digest-boxes")) customElements.define("digest-boxes", DigestBoxes);

  // In the frame: say how tall the page is, and again whenever that changes.
  if (document.body?.classList.contains("embed") && window.parent !== window) {
    for (const form of document.querySelectorAll(".boxes form")) form.append(hidden("zone_guess", zone()));
    const say = () => window.parent.postMessage(
      { digestBoxes: Math.ceil(document.body.getBoundingClientRect().height) }, "*");
    new ResizeObserver(say).observe(document.body);
    say();
  }
  // Around it: believe only a frame of ours, and nothing absurd.
  window.addEventListener("message", (said) => {
    const height = said.data?.digestBoxes;
    if (said.origin !== home || !Number.isInteger(height) || height < 1 || height > 10000) return;
    for (const frame of document.querySelectorAll("iframe")) {
      if (frame.contentWindow === said.source) frame.style.height = `${height}px`;
    }
  });
})();
