// Keyboard shortcuts of all viewers.

const STEPS = { ArrowRight: 1, ArrowUp: 1, PageUp: 1, ArrowLeft: -1, ArrowDown: -1, PageDown: -1 };

function modified(event) {
  return event.ctrlKey || event.metaKey || event.altKey;
}

// The next whole frame, or tenth of a frame with Shift.
function step(direction, fine, at) {
  const unit = fine ? 0.1 : 1;
  return unit * (direction > 0 ? Math.floor(at / unit + 1.001) : Math.ceil(at / unit - 1.001));
}

// `on` has at() and last() in frames, moveTo(position) and play().
function listenToSliderKeys(slider, on) {
  slider.addEventListener("keydown", (event) => {
    if (modified(event)) return;
    if (event.key === " ") on.play();
    else if (event.key === "Home") on.moveTo(0);
    else if (event.key === "End") on.moveTo(on.last());
    else if (event.key in STEPS) on.moveTo(step(STEPS[event.key], event.shiftKey, on.at()));
    else return;
    event.preventDefault();
  });
}

// The factor a key multiplies the zoom by, 0 for the whole picture; undefined for other keys.
function zoomFactor(event) {
  return modified(event) ? undefined : { "+": 1.25, "=": 1.25, "-": 0.8, 0: 0, Escape: 0 }[event.key];
}
