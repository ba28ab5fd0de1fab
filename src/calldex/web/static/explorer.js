// What all pages share: keys, the filters' form, what drops down, and calls that arrive while a list is open.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("is-scripted");
  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));
  const one = (selector, within = document) => within.querySelector(selector);

  // The time zone of whoever signs in.
  for (const form of all("[data-zone-field]")) {
    form.elements.zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  }
  const zones = one("[data-zones]");
  zones?.addEventListener("focus", async () => {
    const names = await (await fetch(zones.dataset.zones)).json();
    zones.list.replaceChildren(...names.map((name) => Object.assign(document.createElement("option"), { value: name })));
  }, { once: true });

  // What drops down closes when something else is used, and with Escape.
  document.addEventListener("click", (event) => {
    for (const drop of all(".drop[open]")) if (!drop.contains(event.target)) drop.open = false;
  });
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.(".drop") || !event.target.open) return;
    for (const drop of all(".drop[open]")) if (drop !== event.target) drop.open = false;
  }, true);

  // A form for filters: fields that are empty do not clutter the address, and some fields exclude others.
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.target.closest?.("[data-filters]")) return;
    const said = event.detail.parameters;
    for (const name of [...said.keys()]) {
      const kept = said.getAll(name).filter((value) => value !== "");
      said.delete(name);
      for (const value of kept) said.append(name, value);
    }
    if (event.target.matches("[data-filters]")) said.delete("name");
    if (!said.has("since") && !said.has("until")) said.delete("zone");
  });
  document.addEventListener("change", (event) => {
    for (const name of (event.target.dataset?.clears ?? "").split(" ").filter(Boolean)) {
      if (event.target.value) event.target.form.elements[name].value = "";
    }
    const filter = event.target.closest?.(".filter");
    if (filter) count(filter);
  }, true);
  function count(filter) {
    const number = all("input[type=checkbox]:checked", filter).length;
    one("summary .count", filter)?.remove();
    if (!number) return;
    const shown = Object.assign(document.createElement("span"), { className: "count", textContent: number });
    one("summary", filter).append(" ", shown);
  }
  document.addEventListener("htmx:load", () => {
    // A total that came after its page is the one that later calls are counted from.
    const total = one("#results #total[data-total]");
    if (total) one("#results").dataset.total = total.dataset.total;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "results" && event.target.id !== "results") return;
    const results = one("#results");
    for (const field of all("input[data-query]")) field.value = results.dataset.query ?? "";
    chosen = -1;
    listen();
  });

  // Keys: what is written into a field is nobody's command.
  let chosen = -1;
  const isTyping = (target) => target.matches?.("input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Escape") {
      const drop = all(".drop[open]").pop();
      if (drop) { drop.open = false; one("summary", drop).focus(); }
      else if (isTyping(event.target)) event.target.blur();
      return;
    }
    if (isTyping(event.target) || one("dialog[open]")) return;
    if (event.key === "?") { one("#help").showModal(); event.preventDefault(); }
    else if (event.key === "/") {
      const search = one("[data-search], [data-find]");
      if (search) { search.focus(); search.select(); event.preventDefault(); }
    } else if (event.key === "j" || event.key === "k") choose(event.key === "j" ? 1 : -1);
    else if (event.key === "Enter" && event.target === document.body && chosen >= 0) rows()[chosen]?.querySelector("a.open")?.click();
  });
  const rows = () => all("[data-rows] tbody tr");
  function choose(step) {
    const found = rows();
    if (!found.length) return;
    chosen = Math.min(found.length - 1, Math.max(0, chosen + step));
    found.forEach((row, place) => row.classList.toggle("is-chosen", place === chosen));
    const link = one("a.open", found[chosen]);
    link.focus({ preventScroll: true });
    found[chosen].scrollIntoView({ block: "nearest" });
  }

  // Whoever sent a form that is gone goes on in the part of the page that took its place.
  document.addEventListener("htmx:afterSettle", (event) => {
    const part = event.target.closest?.("[data-part]");
    if (part && document.activeElement === document.body) part.focus({ preventScroll: true });
  });

  // What was typed outlives an answer that takes its form away, as when the sign-in has ended: the same person finds it
  // again on the page of the same call. A refusal (409, 422) comes with the form and what was typed.
  const person = root.dataset.person, place = `typed ${location.pathname}`;
  const kept = () => { try { return JSON.parse(sessionStorage.getItem(place)) ?? {}; } catch { return {}; } };
  function keep(said) {
    try {
      if (Object.keys(said).length) sessionStorage.setItem(place, JSON.stringify({ ...said, person }));
      else sessionStorage.removeItem(place);
    } catch { /* A browser that stores nothing. */ }
  }
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const form = event.detail.elt.closest?.("form.act"), status = event.detail.xhr.status;
    if (!form || status < 400 || status === 409 || status === 422) return;
    const { person: _, ...said } = kept();
    for (const field of all("textarea[id]", form)) if (field.value.trim()) said[field.id] = field.value;
    keep(said);
  });
  if (person) {
    const { person: whose, ...said } = kept();
    keep({});
    for (const [id, value] of whose === person ? Object.entries(said) : []) {
      const field = document.getElementById(id);
      if (field?.matches("form.act textarea") && !field.value) {
        field.value = value;
        for (let up = field.closest("details"); up; up = up.parentElement.closest("details")) up.open = true;
      }
    }
  }
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-leaving]")) try { sessionStorage.clear(); } catch { /* As above. */ }
  });

  // A row is a way to its call for a mouse too; what stands in it can still be marked and followed.
  document.addEventListener("click", (event) => {
    const row = event.target.closest?.("[data-rows] tbody tr");
    if (!row || event.target.closest("a, button, input, summary") || String(getSelection())) return;
    one("a.open", row)?.click();
  });

  // Calls that arrive: the server says that something changed, and the list asks what that is for its view.
  let stream = null, waiting = 0, silent = 0, again = 0, isLive = true;
  function listen() {
    const results = one("#results[data-live-from]");
    say(isLive);
    if (!results || document.hidden) { hush(); return; }
    if (stream || again) return;
    stream = new EventSource(results.dataset.liveFrom);
    stream.addEventListener("open", () => { clearTimeout(silent); silent = 0; say(true); });
    // The browser itself tries again when a stream breaks off, but not when the server refuses one.
    stream.addEventListener("error", () => {
      if (stream.readyState !== EventSource.CLOSED) { silent ||= setTimeout(say, 10_000, false); return; }
      hush();
      say(false);
      again = setTimeout(() => { again = 0; listen(); }, 60_000 * (1 + Math.random() / 2));
    });
    // The stream first says where it begins: what came since the page was made is asked for too.
    stream.addEventListener("calls", (event) => {
      if (event.data === one("#results")?.dataset.version) return;
      clearTimeout(waiting);
      waiting = setTimeout(ask, 150);
    });
  }
  function hush() {
    stream?.close();
    clearTimeout(silent);
    clearTimeout(again);
    stream = null; silent = 0; again = 0;
  }
  function say(live) {
    isLive = live;
    for (const shown of all("[data-not-live]")) shown.hidden = live;
  }
  function ask() {
    const results = one("#results[data-fresh-from]");
    if (!results || !one("#news", results)) return;
    const said = new URLSearchParams(results.dataset.query);
    if (results.dataset.page !== "1") said.set("page", results.dataset.page);
    said.set("total", results.dataset.total);
    said.set("seen", all("[data-call]", results).map((row) => `${row.dataset.call}:${row.dataset.revision}`).join(","));
    window.htmx.ajax("GET", `${results.dataset.freshFrom}?${said}`, { target: "#news", swap: "innerHTML" });
  }
  document.addEventListener("visibilitychange", listen);
  window.addEventListener("pagehide", hush);
  window.addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
  listen();

  // What is meant to be copied; where there is no clipboard, it is marked for the hand.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    const shown = one(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(shown.value ?? shown.textContent);
      one("#said").textContent = button.dataset.labelCopied;
      button.classList.add("is-copied");
      setTimeout(() => button.classList.remove("is-copied"), 2000);
    } catch {
      if (shown.select) shown.select();
      else getSelection().selectAllChildren(shown);
    }
  });

  // What was done is said to those who do not see it.
  document.addEventListener("calldex:said", (event) => { one("#said").textContent = event.detail.value ?? event.detail; });
})();
