// A button that copies the text of a field.
"use strict";
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.focus();
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    // Without TLS a browser offers no clipboard; the text is marked, and the old way may do.
    if (!document.execCommand("copy")) return;
  }
  const shown = button.querySelector("[aria-hidden]");
  button.dataset.word ??= shown.textContent;
  shown.textContent = button.dataset.done;
  document.getElementById("said").textContent = button.dataset.done;
  setTimeout(() => { shown.textContent = button.dataset.word; }, 2000);
});
