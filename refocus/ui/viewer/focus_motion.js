// Where the focus is, and its animations. `on` has last() (the last frame), leave() (the user moves the focus), changed()
// and playing(on).

function makeFocus(on) {
  let position = 0;
  let motion = null;

  function clamp(value) {
    return Math.min(Math.max(value, 0), on.last());
  }

  function stop() {
    on.playing(false);
    motion = null;
  }

  function glide(to) {
    const from = position;
    motion = pullMotion((left) => { position = to + (from - to) * left; });
    on.changed();
  }

  function moveTo(value) {
    stop();
    on.leave();
    position = clamp(value);
    on.changed();
  }

  function pullTo(value) {
    stop();
    on.leave();
    glide(clamp(value));
  }

  // Near to far and back; returns whether it moves now.
  function toggleSweep(wasPlaying) {
    stop();
    if (wasPlaying) return false;
    on.leave();
    on.playing(true);
    motion = sweepMotion(position / on.last(), (share) => { position = clamp(share * on.last()); });
    on.changed();
    return true;
  }

  // One step of the animation; whether it goes on.
  function step(now) {
    if (motion && motion(now)) motion = null;
    return motion !== null;
  }

  return { at: () => position, put: (value) => { position = clamp(value); }, clamp, stop, glide, moveTo, pullTo, toggleSweep, step };
}

const REPORT_REST_MS = 300;

// What the page is told of the focus: `send` gets x, y (of a tap) and position. The one before is noted for focus pulls.
function makeReports(root, send) {
  let reported = 0;
  let timer = null;

  function note(position) {
    clearTimeout(timer);
    root.dataset.before = reported.toFixed(3);
    reported = position;
  }

  function tell(x, y, position) {
    note(position);
    send({ x, y, position: Number(position.toFixed(3)) });
  }

  function tellAtRest(position) {
    clearTimeout(timer);
    timer = setTimeout(() => tell(null, null, position()), REPORT_REST_MS);
  }

  return { note, tell, tellAtRest, put: (position) => { reported = position; } };
}
