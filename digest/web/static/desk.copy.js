/* Copies the words of a post. Without a clipboard they are selected, to be copied by hand. */
"use strict";

(() => {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = before; }, 2000);
    } catch {
      field.focus();
      field.select();
      button.textContent = "Selected: press Ctrl C";
    }
  });
})();
