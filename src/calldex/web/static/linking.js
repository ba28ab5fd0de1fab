// Links to a moment of a call: what an address leads to, and the address of each turn to copy. player.js goes there.
(() => {
  "use strict";
  const said = document.querySelector("[data-said]");
  const copy = async (link) => {
    try {
      await navigator.clipboard.writeText(link);
      if (said) said.textContent = said.dataset.labelCopied;
    } catch {
      // Without TLS there is no clipboard: the link is shown, selected, ready to be copied by hand.
      if (!said) return;
      said.textContent = said.dataset.labelCopy;
      const text = document.createElement("span");
      text.textContent = link;
      said.append(" ", text);
      getSelection().selectAllChildren(text);
    }
  };

  // By its moment where the first turn of that moment is meant, else by its number.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy-link]");
    const item = button && button.closest("[data-turn]");
    if (!item) return;
    const query = item.id.startsWith("t-") ? `t=${Number(item.dataset.start) / 1000}` : `turn=${item.dataset.turn}`;
    copy(`${location.origin}${location.pathname}?${query}`);
  });

  const open = (item, moment) => {
    const given = item && item.dataset.start ? Number(item.dataset.start) / 1000 : moment;
    const seconds = given !== null && given >= 0 && Number.isFinite(given) ? given : null;
    document.dispatchEvent(new CustomEvent("calldex:open", { detail: { item, seconds } }));
  };
  const openEnd = () => {
    const [end, kind, number] = /^#(t|turn)-([0-9]{1,12})$/.exec(location.hash) || [];
    const item = end && document.getElementById(end.slice(1));
    if (item) {
      open(item, null);
      return true;
    }
    // A server is not told how an address ends: a turn that is not here is asked for in the other way.
    if (!end || !document.querySelector(".turns [data-rest]")) return false;
    location.replace(kind === "t" ? `?t=${Number(number) / 1000}` : `?turn=${number}`);
    return true;
  };
  window.addEventListener("hashchange", openEnd);
  const query = new URLSearchParams(location.search);
  const items = [...document.querySelectorAll("[data-turn]")];
  if (openEnd()) return;
  open(
    items.find((item) => item.dataset.turn === query.get("turn")) || null,
    query.get("t") ? Number(query.get("t")) : null,
  );
})();
