// Animations. A motion is a function of the current time that moves something and returns whether it has ended.

const PULL_MS = 350;
const SWEEP_MS = 4200; // near to far and back
const RING_MS = 1100;

function reducedMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

// Returns a function that runs `paint` in the next animation frame, once however often it is called.
function onceAFrame(paint) {
  let scheduled = false;
  return () => {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame((now) => {
      scheduled = false;
      paint(now);
    });
  };
}

// An eased motion: `set` gets the remaining fraction of the way, 1 to 0.
function pullMotion(set) {
  const duration = reducedMotion() ? 0 : PULL_MS;
  let start = null;
  return (now) => {
    // Start one frame ago, so that the first frame shows movement.
    if (start === null) start = now - 16;
    const left = Math.max(1 - (now - start) / duration, 0);
    set(left ** 3);
    return left === 0;
  };
}

// Near to far and back without end, from the current position: `set` gets the position, 0 to 1.
function sweepMotion(share, set) {
  const phase = Math.acos(1 - 2 * share);
  let start = null;
  return (now) => {
    if (start === null) start = now;
    set((1 - Math.cos(phase + ((now - start) / SWEEP_MS) * 2 * Math.PI)) / 2);
    return false;
  };
}

// Animates a ring at a place in the picture, [0, 1] from its top left.
function showRing(ring, u, v) {
  ring.style.left = `${u * 100}%`;
  ring.style.top = `${v * 100}%`;
  const size = (factor) => `translate(-50%, -50%) scale(calc(${factor} / var(--fv-zoom, 1)))`;
  ring.getAnimations().forEach((animation) => animation.cancel());
  ring.animate([
    { opacity: 1, transform: size(reducedMotion() ? 1 : 1.5), easing: "ease-out" },
    { opacity: 1, transform: size(1), offset: 0.22 },
    { opacity: 1, transform: size(1), offset: 0.75 },
    { opacity: 0, transform: size(1) },
  ], RING_MS);
}
