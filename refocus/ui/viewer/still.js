// One picture over the frames: a finer one of the same view, shown while the slider is at its place and the controls
// ask for its look; or what a prompt made, picture or video, shown until the user moves on.

// `arrived(fresh)` is called when it is loaded, `fresh` for what a prompt has just made, or what is to be shown again.
function makeStill(image, video, arrived) {
  let still = null;
  let loaded = false;
  let opened = false; // what a prompt made is being shown
  let number = ""; // of what was opened last

  function set(next) {
    const fresh = Boolean(next?.number) && next.number !== number;
    opened = fresh || (opened && Boolean(next?.made) && next.made === still?.made);
    if (fresh) number = next.number;
    still = next || null;
    loaded = false;
    if (!still) image.removeAttribute("src");
    else if (image.src !== still.picture.url) image.src = still.picture.url;
    if (still?.video) video.src = still.video.url;
    else video.removeAttribute("src");
    if (still) load(still, fresh);
  }

  async function load(wanted, fresh) {
    try {
      await image.decode();
    } catch {
      return; // replaced by another, or lost: what is below it stays
    }
    if (still !== wanted) return;
    loaded = true;
    arrived(fresh);
  }

  function made() {
    return opened && loaded ? still : null;
  }

  function fits(position, look) {
    if (!still || still.made || Math.abs(position - still.position) > 0.005) return false;
    return Math.abs(look.blur - still.blur) < 0.0005 && look.aperture === still.aperture;
  }

  // Shows it or hides it; `covered` is whether the original is shown instead.
  function paint(position, look, covered) {
    const film = made()?.video;
    const shown = !covered && loaded && (made() ? !film : fits(position, look));
    image.hidden = !shown;
    const runs = Boolean(film) && !covered;
    if (video.hidden === !runs) return;
    video.hidden = !runs;
    if (runs) play();
    else video.pause();
  }

  function play() {
    video.play().catch(() => {}); // a browser that blocks it waits for the play button
  }

  return {
    set,
    paint,
    made,
    close: () => { opened = false; },
    // The made video goes on or pauses; returns whether it is running now.
    togglePlay() {
      const starts = video.paused;
      if (starts) play();
      else video.pause();
      return starts;
    },
  };
}
