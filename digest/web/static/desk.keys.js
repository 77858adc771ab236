// Passkeys and security keys: the browser asks the key, the form brings the answer.
// The asking itself is allauth's script; here its forms are found.
(() => {
  "use strict";
  const forms = window.allauth && window.allauth.webauthn.forms;
  if (!forms || !window.PublicKeyCredential) return;
  const form = document.querySelector("[data-key-form]");
  if (!form) return;
  const told = form.querySelector(".problem[hidden]");
  form.hidden = false;
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    if (told) told.hidden = false;
  });
  const ids = { credential: "credential", data: "js_data" };
  const kind = form.dataset.keyForm;
  if (kind === "add") forms.addForm({ ids: { ...ids, add: "use-key", passwordless: "passwordless" } });
  if (kind === "authenticate") forms.authenticateForm({ ids: { ...ids, authenticate: "use-key" } });
  if (kind === "login") forms.loginForm({ ids: { ...ids, login: "use-key" } });
})();
