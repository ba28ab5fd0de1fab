// Hearing a call and reading it: the player, the transcript that follows it, and links to a moment.
// Each works without the others, and all texts come from data attributes of the page.
(() => {
  "use strict";
  const HAND_MS = 5000;
  const SPEED = "calldex.speed";
  const one = (name) => document.querySelector(`[data-${name}]`);
  const on = (element, kinds, run) => {
    for (const kind of kinds.split(" ")) if (element) element.addEventListener(kind, run, { passive: kind === "wheel" });
  };
  const clock = (time) => `${Math.floor(time / 60)}:${String(Math.floor(time % 60)).padStart(2, "0")}`;

  // Turns that have a time, in its order; some may come later.
  const items = [...document.querySelectorAll("[data-turn]")];
  let turns = [];
  const collect = () => {
    turns = [...document.querySelectorAll("[data-turn][data-start]")]
      .map((item) => ({ item, start: Number(item.dataset.start) / 1000 }))
      .sort((a, b) => a.start - b.start);
  };
  collect();
  on(document, "htmx:afterSettle", collect);
  let spoken = null;
  let handled = -HAND_MS;

  const scrolls = (element) => /auto|scroll/.test(getComputedStyle(element).overflowY);
  const scrollerOf = (element) => {
    let above = element.parentElement;
    while (above && above !== document.body && !scrolls(above)) above = above.parentElement;
    return above && above !== document.body ? above : document.scrollingElement;
  };

  // Only what the transcript scrolls in moves; the page around it stays where it is.
  const show = (element) => {
    const scroller = scrollerOf(element);
    const page = scroller === document.scrollingElement;
    const box = page ? { top: 0, bottom: innerHeight } : scroller.getBoundingClientRect();
    const rect = element.getBoundingClientRect();
    if (rect.top >= box.top + 8 && rect.bottom <= box.bottom - 8) return;
    const top = scroller.scrollTop + rect.top - box.top - (box.bottom - box.top) / 3;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    scroller.scrollTo({ top, behavior: still ? "auto" : "smooth" });
  };

  // In a pause the turn before it stays marked.
  const turnAt = (seconds) => {
    let low = 0;
    let high = turns.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (turns[middle].start <= seconds + 0.001) low = middle + 1;
      else high = middle;
    }
    return low ? turns[low - 1].item : null;
  };

  const mark = (item, forced) => {
    if (item === spoken && !forced) return;
    if (spoken) {
      spoken.classList.remove("is-spoken");
      spoken.removeAttribute("aria-current");
    }
    spoken = item;
    if (item) {
      item.classList.add("is-spoken");
      item.setAttribute("aria-current", "true");
    }
    const follow = one("follow");
    const follows = follow && follow.checked && performance.now() - handled > HAND_MS;
    if (item && (forced || follows)) show(item);
  };

  if (items.length) {
    const scroller = scrollerOf(items[0]);
    const byHand = () => (handled = performance.now());
    const target = scroller === document.scrollingElement ? window : scroller;
    on(target, "wheel touchmove", byHand);
    // A press on the scroller itself, and not on what is in it, is one on its bar.
    on(target, "pointerdown", (event) => event.target === scroller && byHand());
    on(target, "keydown", (event) => {
      if (/^(Arrow(Up|Down)|Page(Up|Down)|Home|End)$/.test(event.key)) byHand();
    });
    // Whoever looks for words moves the transcript too.
    on(document, "calldex:show", (event) => {
      byHand();
      show(event.target);
    });
  }

  // The player.
  const audio = one("audio");
  const root = one("player");
  const seek = one("seek");
  const speed = one("speed");
  let wanted = null;
  let played = null;

  const length = () => {
    const known = root ? Number(root.dataset.durationMs) / 1000 : 0;
    return Number.isFinite(audio.duration) ? audio.duration : known || 0;
  };
  const now = () => (wanted === null ? audio.currentTime : wanted);
  const put = (element, text) => element && (element.textContent = text);

  const draw = () => {
    const at = now();
    const end = length();
    put(one("now"), clock(at));
    put(one("length"), clock(end));
    if (seek) {
      seek.max = String(end || 1);
      seek.value = String(at);
      const said = (seek.dataset.labelTime || "").replace("{now}", clock(at)).replace("{length}", clock(end));
      if (seek.ariaValueText !== said) seek.ariaValueText = said;
    }
    if (played) {
      const width = played.ownerSVGElement.viewBox.baseVal.width;
      played.setAttribute("width", end ? Math.min(1, at / end) * width : 0);
    }
  };

  const goTo = (seconds, forced) => {
    if (audio) {
      const to = Math.max(0, Math.min(seconds, length() || seconds));
      // Before anything is known of the sound, a place in it has to wait.
      if (audio.readyState === 0) wanted = to;
      else audio.currentTime = to;
      draw();
    }
    mark(turnAt(seconds), forced);
  };

  const fail = () => {
    const shown = one("audio-error");
    if (shown) shown.hidden = false;
    for (const control of [one("play"), one("back"), one("ahead"), seek, speed]) {
      if (control) control.disabled = true;
    }
  };
  const toggle = () => {
    // What cannot be played is told by an event of its own.
    if (audio.paused) audio.play().catch(() => {});
    else audio.pause();
  };
  const setSpeed = () => {
    audio.defaultPlaybackRate = audio.playbackRate = Number(speed.value) || 1;
  };
  const chooseSpeed = () => {
    setSpeed();
    try {
      localStorage.setItem(SPEED, speed.value);
    } catch {
      // A browser may be told to keep nothing.
    }
  };
  const stepSpeed = (by) => {
    if (!speed || speed.disabled) return;
    speed.selectedIndex = Math.max(0, Math.min(speed.options.length - 1, speed.selectedIndex + by));
    chooseSpeed();
  };

  const drawWave = async (place) => {
    try {
      const answer = await fetch(place.dataset.src, { credentials: "same-origin" });
      const text = answer.ok ? await answer.text() : "";
      const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
      if (svg.localName !== "svg") return;
      place.replaceChildren(document.importNode(svg, true));
      played = place.querySelector("[data-played]");
      draw();
    } catch {
      // The player does as well without a picture.
    }
  };

  if (audio) {
    const play = one("play");
    const showPlay = () => {
      if (!play) return;
      play.ariaPressed = String(!audio.paused);
      play.ariaLabel = audio.paused ? play.dataset.labelPlay : play.dataset.labelPause;
    };
    const follow = () => {
      draw();
      if (!audio.paused || audio.currentTime > 0) mark(turnAt(now()), false);
    };
    const ready = () => {
      if (wanted !== null) audio.currentTime = wanted;
      wanted = null;
      draw();
    };
    on(audio, "play pause ended", showPlay);
    on(audio, "timeupdate", follow);
    on(audio, "durationchange", draw);
    on(audio, "loadedmetadata", ready);
    on(audio, "error", fail);
    on(play, "click", toggle);
    on(one("back"), "click", () => goTo(now() - 10, false));
    on(one("ahead"), "click", () => goTo(now() + 10, false));
    if (seek) {
      seek.min = "0";
      seek.step = "any";
      on(seek, "input", () => goTo(Number(seek.value), true));
      on(seek, "keydown", (event) => {
        const by = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -30, PageUp: 30 }[event.key];
        if (!by) return;
        event.preventDefault();
        goTo(now() + by, true);
      });
    }
    if (speed) {
      let kept = null;
      try {
        kept = localStorage.getItem(SPEED);
      } catch {
        // Then it is as the page says.
      }
      if ([...speed.options].some((option) => option.value === kept)) speed.value = kept;
      on(speed, "change", chooseSpeed);
      setSpeed();
    }
    const wave = one("wave");
    if (wave && wave.dataset.src) drawWave(wave);
    // Either may have happened before this script came.
    if (audio.error || audio.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) fail();
    if (audio.readyState > 0) ready();
    showPlay();
    draw();
  }

  on(document, "keydown", (event) => {
    const at = event.target;
    if (!audio || audio.error || event.defaultPrevented || event.metaKey) return;
    if (at.closest("input, textarea, select, [contenteditable], dialog, [role=dialog]")) return;
    // Some keyboards write brackets with Alt or Ctrl.
    if (event.key === "[") return stepSpeed(-1);
    if (event.key === "]") return stepSpeed(1);
    if (event.ctrlKey || event.altKey || event.shiftKey) return;
    if (event.key === " " && !at.closest("button, a, summary")) toggle();
    else if (event.key === "ArrowLeft") goTo(now() - 5, false);
    else if (event.key === "ArrowRight") goTo(now() + 5, false);
    else return;
    event.preventDefault();
  });

  // Links to a moment.
  const copy = async (link) => {
    const said = one("said");
    try {
      await navigator.clipboard.writeText(link);
      put(said, said && said.dataset.labelCopied);
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
  on(document, "click", (event) => {
    const button = event.target.closest("[data-jump], [data-copy-link]");
    const item = button && button.closest("[data-turn]");
    if (!item) return;
    const start = item.dataset.start;
    if ("copyLink" in button.dataset) {
      const page = location.origin + location.pathname;
      copy(start ? `${page}?t=${Number(start) / 1000}` : `${page}#${item.id}`);
    } else if (start) {
      handled = -HAND_MS;
      goTo(Number(start) / 1000, false);
    }
  });
  const asked = new URLSearchParams(location.search).get("t");
  if (asked && Number(asked) >= 0 && Number.isFinite(Number(asked))) goTo(Number(asked), true);
})();
