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
  const startOf = (item) => Number(item.dataset.start) / 1000;
  const items = [...document.querySelectorAll("[data-turn]")];
  let turns = [];
  const collect = () => {
    turns = [...document.querySelectorAll("[data-turn][data-start]")]
      .map((item) => ({ item, start: startOf(item) }))
      .sort((a, b) => a.start - b.start);
  };
  collect();
  let spoken = null;
  let ahead = null;
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

  // How many turns have begun before.
  const begun = (seconds) => {
    let low = 0;
    let high = turns.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (turns[middle].start < seconds) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  // In a pause the turn before it stays marked. Of several that begin at once it is the first, or the one that is.
  const turnAt = (seconds) => {
    const last = turns[begun(seconds + 0.001) - 1];
    if (!last) return null;
    if (spoken && spoken.isConnected && startOf(spoken) === last.start) return spoken;
    return turns[begun(last.start)].item;
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

  // The turn that is spoken may be among those that are not here yet.
  const reach = (seconds, forced) => {
    const here = turns[begun(seconds + 0.001) - 1];
    for (const rest of document.querySelectorAll("[data-rest][data-first]")) {
      const [first, last] = [Number(rest.dataset.first) / 1000, Number(rest.dataset.last) / 1000];
      if (first > seconds || (here && last <= here.start)) continue;
      const link = rest.querySelector("a");
      if (!ahead) htmx.ajax("GET", link.href, { source: link, target: rest, swap: "outerHTML" }).catch(() => {});
      ahead = { forced: forced || Boolean(ahead && ahead.forced) };
      return;
    }
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
    const played = one("played");
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
    if (audio) reach(seconds, forced);
  };
  on(document, "htmx:afterSettle", () => {
    collect();
    if (!ahead) return;
    const { forced } = ahead;
    ahead = null;
    mark(turnAt(now()), forced);
    reach(now(), forced);
  });

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

  if (audio) {
    const play = one("play");
    const showPlay = () => {
      if (!play) return;
      play.ariaPressed = String(!audio.paused);
      play.ariaLabel = audio.paused ? play.dataset.labelPlay : play.dataset.labelPause;
    };
    const follow = () => {
      draw();
      if (audio.paused && audio.currentTime === 0) return;
      mark(turnAt(now()), false);
      reach(now(), false);
    };
    const ready = () => {
      if (audio.duration === 0) fail();
      if (wanted !== null) audio.currentTime = wanted;
      wanted = null;
      draw();
    };
    on(audio, "play pause ended", showPlay);
    on(audio, "timeupdate", follow);
    on(audio, "durationchange", draw);
    on(audio, "loadedmetadata", ready);
    on(audio, "error calldex:silent", fail);
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
    on(document, "calldex:drawn", draw);
    // Either may have happened before this script came. Whether there is a source is not told yet.
    if (audio.error) fail();
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

  on(document, "click", (event) => {
    const button = event.target.closest("[data-jump]");
    const item = button && button.closest("[data-start]");
    if (!item) return;
    handled = -HAND_MS;
    mark(item, false);
    goTo(startOf(item), false);
  });
  on(document, "calldex:open", ({ detail: { item, seconds } }) => {
    if (item) mark(item, true);
    if (seconds !== null) goTo(seconds, true);
  });
})();
