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
  // What has come in pieces is one text again, so that words are found where pieces met.
  const textsOf = (item) => {
    for (const piece of item.querySelectorAll("[data-piece]")) piece.replaceWith(...piece.childNodes);
    item.normalize();
    const walker = document.createTreeWalker(item.querySelector("[data-text]") || item, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) {
      if (!walker.currentNode.parentElement.closest("button, a")) texts.push(walker.currentNode);
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
  const restOf = () => document.querySelector(".turns [data-rest] a[href]");

  // Turns that are not here yet are asked for, and texts that go on; once they are here, they stay. True for all.
  let coming = null;
  const all = async () => {
    for (let link = restOf(); link; link = restOf()) {
      const how = { source: link, target: link.closest("[data-rest]"), swap: "outerHTML" };
      await htmx.ajax("GET", link.href, how);
      if (link.isConnected) return false;
    }
    return true;
  };
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    // What is no part of the transcript does not take the place of one, so that it can be asked for again.
    if (coming && detail.xhr.status !== 200 && detail.target.matches("[data-rest]")) detail.shouldSwap = false;
  });
  const search = async () => {
    const wanted = find.value;
    let whole = true;
    if (wanted.trim() && restOf()) {
      if (found) found.textContent = found.dataset.labelLoading || "";
      coming = coming || all().catch(() => false).finally(() => (coming = null));
      whole = await coming;
      if (find.value !== wanted) return;
    }
    const parents = new Set(hits.map((mark) => mark.parentNode));
    for (const mark of hits) mark.replaceWith(mark.textContent);
    for (const parent of parents) parent.normalize();
    hits = [];
    const needle = folded(wanted.trim()).letters;
    if (needle) {
      for (const item of document.querySelectorAll("[data-turn]")) {
        for (const node of textsOf(item)) markIn(node, needle);
      }
    }
    showHit(0);
    if (!whole && found) found.append(` ${found.dataset.labelPart || ""}`);
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
