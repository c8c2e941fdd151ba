// The ruler below the picture: a histogram of the scene's depth, a tick for each frame, and the current focus.

function makeRuler(root, slider) {
  const part = (name) => root.querySelector("." + name);
  root.style.setProperty("--fv-depths", depthGradient());

  function frameText(position, last) {
    if (!last) return "";
    return `Frame ${Number((position + 1).toFixed(1))} of ${last + 1}`;
  }

  function third(fraction) {
    if (fraction <= 0) return "nearest";
    if (fraction >= 1) return "farthest";
    return fraction < 1 / 3 ? "nearer third" : fraction <= 2 / 3 ? "middle third" : "farther third";
  }

  function paint(position, last) {
    const fraction = last ? position / last : 0;
    if (Math.abs(slider.valueAsNumber - position) > 0.005) slider.value = position;
    root.style.setProperty("--fv-at", fraction);
    root.style.setProperty("--fv-half-plane", last ? 0.5 / last : 0);
    const said = frameText(position, last);
    part("readout").textContent = said;
    const spoken = said && `${said}, ${third(fraction)}`;
    if (slider.getAttribute("aria-valuetext") !== spoken) slider.setAttribute("aria-valuetext", spoken);
  }

  // A tick is faint until its frame is there.
  function setFrames(count) {
    slider.max = Math.max(count - 1, 0);
    const ticks = Array.from({ length: count }, (_, i) => {
      const tick = document.createElement("i");
      tick.style.left = `${(i / (count - 1)) * 100}%`;
      return tick;
    });
    part("ticks").replaceChildren(...ticks);
  }

  // `heights` are shares of the picture, near to far, 0 to 1; none clears the ruler.
  function setContent(heights) {
    const top = (height) => (100 - 96 * height).toFixed(1);
    const points = heights.map((height, i) => `${(((i + 0.5) / heights.length) * 100).toFixed(2)},${top(height)}`);
    const hill = points.length && `M0,100 L0,${top(heights[0])} L${points.join(" ")} L100,${top(heights.at(-1))} L100,100 Z`;
    for (const path of root.querySelectorAll(".content path")) path.setAttribute("d", hill || "");
  }

  // What the photo opened on, where it is: `word` is "" for nothing to show.
  function setSubject(word, fraction) {
    part("subject").textContent = word;
    root.style.setProperty("--fv-subject", fraction);
  }

  // For another scene; no frames clear it.
  function open(count, word, position) {
    const last = Math.max(count - 1, 0);
    setFrames(count);
    setContent([]);
    setSubject(word, last ? position / last : 0);
    paint(position, last);
  }

  function setPlaying(on) {
    part("play").setAttribute("aria-label", on ? "Pause" : "Play");
    root.dataset.playing = String(on);
  }

  const markLoaded = (i) => part("ticks").children[i].classList.add("loaded");
  return { paint, open, setFrames, setContent, setSubject, setPlaying, markLoaded, isPlaying: () => root.dataset.playing === "true" };
}
