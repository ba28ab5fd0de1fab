// How loud a recording is, drawn where the player has its place in it. The player does as well without a picture.
(async () => {
  "use strict";
  const place = document.querySelector("[data-wave][data-src]");
  const audio = document.querySelector("[data-audio]");
  if (!place || !audio) return;

  // A browser says of some files without any sound that they go on for ever, until it has played one. What is no sound
  // for the server may be one for a browser, so only that is tried, where nobody hears it.
  const tryIt = () => {
    const tried = new Audio(audio.src);
    tried.muted = true;
    const end = () => {
      tried.pause();
      tried.removeAttribute("src");
    };
    tried.addEventListener("timeupdate", () => tried.currentTime > 0 && end());
    tried.addEventListener("durationchange", () => {
      if (tried.duration !== 0) return;
      end();
      audio.dispatchEvent(new Event("calldex:silent"));
    });
    tried.play().catch(() => {});
  };

  try {
    const answer = await fetch(place.dataset.src, { credentials: "same-origin" });
    if (answer.status === 204) tryIt();
    // What is no picture is not parsed: what a browser writes about that has styles that our policy forbids.
    const kind = answer.headers.get("content-type") || "";
    if (answer.status !== 200 || !kind.startsWith("image/svg+xml")) return;
    const svg = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
    if (svg.localName !== "svg") return;
    place.replaceChildren(document.importNode(svg, true));
    document.dispatchEvent(new Event("calldex:drawn"));
  } catch {
    // Then there is none.
  }
})();
