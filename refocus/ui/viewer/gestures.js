// Touch and mouse input on the picture: tap, press and hold, zoom and pan, and a line around a region.

const HOLD_MS = 350;
const DOUBLE_TAP_MS = 320;
const TAP_SLOP_PX = 8;
const DOUBLE_TAP_SLOP_PX = 30;
const CLOSE = 2.5;
const MAX_ZOOM = 8;
const LINE_STEP = 0.004; // of the picture: points of a line closer than this are left out

// Zoom is a CSS transform of the scene, so the scene's rectangle still maps screen coordinates to pixels.
function makeZoom(stage, scene, changed) {
  let scale = 1;
  let x = 0;
  let y = 0;

  function clampAxis(offset, start, size, room) {
    if (size * scale <= room) return (size - size * scale) / 2;
    return Math.min(Math.max(offset, room - start - size * scale), -start);
  }

  function apply(gliding, silent = false) {
    x = clampAxis(x, scene.offsetLeft, scene.offsetWidth, stage.clientWidth);
    y = clampAxis(y, scene.offsetTop, scene.offsetHeight, stage.clientHeight);
    scene.classList.toggle("gliding", gliding && !reducedMotion());
    scene.style.transform = scale === 1 ? "" : `translate(${x}px, ${y}px) scale(${scale})`;
    scene.style.setProperty("--fv-zoom", scale);
    stage.classList.toggle("zoomed", scale > 1);
    if (!silent) changed(scale);
  }

  // Scale and offset as fractions of the scene. `follow` copies them from another zoom without an event.
  function state() {
    return { scale, x: x / Math.max(scene.offsetWidth, 1), y: y / Math.max(scene.offsetHeight, 1) };
  }

  function follow(other) {
    scale = other.scale;
    x = other.x * scene.offsetWidth;
    y = other.y * scene.offsetHeight;
    apply(false, true);
  }

  // The pixel at (clientX, clientY) stays under the finger.
  function zoomAt(clientX, clientY, wanted, gliding = false) {
    const next = Math.min(Math.max(wanted, 1), MAX_ZOOM);
    const box = stage.getBoundingClientRect();
    const left = clientX - box.left - scene.offsetLeft;
    const top = clientY - box.top - scene.offsetTop;
    x = left - ((left - x) / scale) * next;
    y = top - ((top - y) / scale) * next;
    scale = next;
    apply(gliding);
  }

  function zoomAtPlace(u, v, wanted) {
    const box = scene.getBoundingClientRect();
    zoomAt(box.left + u * box.width, box.top + v * box.height, wanted, true);
  }

  // Zoom in on a place, or out to the whole picture.
  function toggleAt(u, v) {
    if (scale > 1) reset();
    else zoomAtPlace(u, v, CLOSE);
  }

  function panBy(dx, dy) {
    x += dx;
    y += dy;
    apply(false);
  }

  function reset() {
    scale = 1;
    apply(true);
  }

  return { zoomAt, zoomAtPlace, toggleAt, panBy, reset, state, follow, refit: () => apply(false), scale: () => scale };
}

// Calls `on.tap(u, v)` with a place in the picture, [0, 1] from its top left, and `on.hold(true or false)`. While
// `on.marks()`, a drag is a line: `on.line(points, closed)`.
function listenToGestures(stage, scene, zoom, on) {
  const pointers = new Map();
  let holdTimer = null;
  let holding = false;
  let moved = false;
  let line = null; // the line being drawn
  let lastTap = { time: 0, x: 0, y: 0 };

  function endHold() {
    clearTimeout(holdTimer);
    if (holding) on.hold(false);
    holding = false;
  }

  function spread() {
    const [a, b] = [...pointers.values()];
    return { size: Math.hypot(a.x - b.x, a.y - b.y), x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  }

  function placeOf(event) {
    const box = scene.getBoundingClientRect();
    const u = (event.clientX - box.left) / box.width;
    const v = (event.clientY - box.top) / box.height;
    return u >= 0 && u < 1 && v >= 0 && v < 1 ? [u, v] : null;
  }

  function clampedPlace(event) {
    const box = scene.getBoundingClientRect();
    const clamp = (value) => Math.min(Math.max(value, 0), 1);
    return [clamp((event.clientX - box.left) / box.width), clamp((event.clientY - box.top) / box.height)];
  }

  function extendLine(event) {
    const place = clampedPlace(event);
    const [u, v] = line.points.at(-1);
    if (Math.hypot(place[0] - u, place[1] - v) > LINE_STEP) line.points.push(place);
    on.line(line.points, false);
  }

  function down(event) {
    if (event.button !== 0 || !on.active() || line) return;
    if (on.marks?.()) {
      event.preventDefault();
      stage.setPointerCapture(event.pointerId);
      line = { pointer: event.pointerId, points: [clampedPlace(event)] };
      return;
    }
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY, startX: event.clientX, startY: event.clientY });
    stage.setPointerCapture(event.pointerId);
    moved = pointers.size > 1;
    endHold();
    if (moved) return;
    holdTimer = setTimeout(() => {
      holding = true;
      on.hold(true);
    }, HOLD_MS);
  }

  function move(event) {
    if (line) return event.pointerId === line.pointer ? extendLine(event) : undefined;
    const pointer = pointers.get(event.pointerId);
    if (!pointer) return;
    const before = pointers.size === 2 ? spread() : null;
    const dx = event.clientX - pointer.x;
    const dy = event.clientY - pointer.y;
    pointer.x = event.clientX;
    pointer.y = event.clientY;
    if (Math.hypot(pointer.x - pointer.startX, pointer.y - pointer.startY) > TAP_SLOP_PX && !holding) {
      moved = true;
      clearTimeout(holdTimer);
    }
    if (before) {
      const after = spread();
      zoom.zoomAt(after.x, after.y, (zoom.scale() * after.size) / Math.max(before.size, 1));
      zoom.panBy(after.x - before.x, after.y - before.y);
    } else if (moved && zoom.scale() > 1) {
      zoom.panBy(dx, dy);
    }
  }

  function up(event) {
    if (line?.pointer === event.pointerId) {
      const { points } = line;
      line = null;
      return on.line(event.type === "pointerup" ? points : [], true);
    }
    if (!pointers.delete(event.pointerId)) return;
    const isTap = !moved && !holding && event.type === "pointerup";
    endHold();
    const place = isTap && placeOf(event);
    if (place) tap(event, place);
  }

  function tap(event, place) {
    const near = Math.hypot(event.clientX - lastTap.x, event.clientY - lastTap.y) < DOUBLE_TAP_SLOP_PX;
    if (near && event.timeStamp - lastTap.time < DOUBLE_TAP_MS) {
      lastTap.time = 0;
      return zoom.toggleAt(...place);
    }
    lastTap = { time: event.timeStamp, x: event.clientX, y: event.clientY };
    on.tap(...place);
  }

  // The wheel scrolls the page until the picture is zoomed; with Ctrl (or a trackpad pinch) it zooms.
  function wheel(event) {
    if (!on.active() || (!event.ctrlKey && !event.metaKey && zoom.scale() === 1)) return;
    event.preventDefault();
    zoom.zoomAt(event.clientX, event.clientY, zoom.scale() * Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)));
  }

  stage.addEventListener("pointerdown", down);
  stage.addEventListener("pointermove", move);
  stage.addEventListener("pointerup", up);
  stage.addEventListener("pointercancel", up);
  stage.addEventListener("wheel", wheel, { passive: false });
  // A long press on a touch screen means "show the original", not "open a menu".
  stage.addEventListener("contextmenu", (event) => pointers.size && event.preventDefault());
}
