// Looking for words in the transcript of a call. player.js brings what is found into view.
(() => {
  "use strict";
  const find = document.querySelector("[data-find]");
  const found = document.querySelector("[data-found]");
  if (!find) return;
  let hits = [];
  let hit = -1;

  // Letters without case and accents, each with its place in the text; one place more for the end.
  const folded = (text) => {
    let letters = "";
    const places = [];
    let place = 0;
    for (const letter of text) {
      const plain = letter.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
      for (let count = 0; count < plain.length; count += 1) places.push(place);
      letters += plain;
      place += letter.length;
    }
    places.push(text.length);
    return { letters, places };
  };
  const textsOf = (item) => {
    const walker = document.createTreeWalker(item.querySelector("[data-text]") || item, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) {
      if (!walker.currentNode.parentElement.closest("button")) texts.push(walker.currentNode);
    }
    return texts;
  };
  const markIn = (node, needle) => {
    const { letters, places } = folded(node.data);
    const pieces = [];
    let done = 0;
    for (let at = letters.indexOf(needle); at >= 0; at = letters.indexOf(needle, at + needle.length)) {
      const start = places[at];
      const end = places[at + needle.length];
      if (start < done || end <= start) continue;
      const mark = document.createElement("mark");
      mark.textContent = node.data.slice(start, end);
      pieces.push(node.data.slice(done, start), mark);
      hits.push(mark);
      done = end;
    }
    if (pieces.length) node.replaceWith(...pieces, node.data.slice(done));
  };
  const showHit = (to) => {
    if (hits[hit]) hits[hit].classList.remove("is-current");
    hit = hits.length ? (to + hits.length) % hits.length : -1;
    if (found) {
      const text = hits.length ? found.dataset.labelFound : find.value.trim() && found.dataset.labelNone;
      found.textContent = (text || "").replace("{number}", hit + 1).replace("{count}", hits.length);
    }
    if (hit < 0) return;
    hits[hit].classList.add("is-current");
    hits[hit].dispatchEvent(new CustomEvent("calldex:show", { bubbles: true }));
  };
  const search = () => {
    const parents = new Set(hits.map((mark) => mark.parentNode));
    for (const mark of hits) mark.replaceWith(mark.textContent);
    for (const parent of parents) parent.normalize();
    hits = [];
    const needle = folded(find.value.trim()).letters;
    if (needle) {
      for (const item of document.querySelectorAll("[data-turn]")) {
        for (const node of textsOf(item)) markIn(node, needle);
      }
    }
    showHit(0);
  };
  let soon = 0;
  find.addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(search, 120);
  });
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    showHit(hit + (event.shiftKey ? -1 : 1));
  });
  if (find.value) search();
})();
