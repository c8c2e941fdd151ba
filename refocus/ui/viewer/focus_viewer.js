// The focus viewer: pictures, slider, buttons and keys.
// gradio provides `element`, `props`, `trigger` and `watch`. Dragging the slider needs no server.

const REST_MS = 300;
const HISTOGRAM_BINS = 64;
const LOADS_AT_ONCE = 3;
const MESSAGES = {
  waiting: "Estimating the focus…",
  failed: "The pictures could not be loaded. Reload the page to try again.",
};

const {
  drawOutline, inParallel, isPressed, listenToGestures, listenToSliderKeys, makeBitmaps, makeOverlay, makePicture,
  linePath, makeRuler, makeZoom, onceAFrame, outward, pullMotion, setPressed, showRing, sweepMotion, valueOf, zoomFactor,
} = refocus;
const root = element.querySelector(".focus-viewer");
const part = (name) => root.querySelector("." + name);
const slider = part("slider");
const picture = makePicture(part("picture"));
const overlay = makeOverlay(part("overlay"));
const bitmaps = makeBitmaps();
const zoom = makeZoom(part("stage"), part("scene"), showZoom);
const ruler = makeRuler(root, slider);
const schedule = onceAFrame(paint);

let view = null;
let position = 0;
let motion = null; // the running animation of the focus
let held = false; // the picture is pressed and shows the original
let lastPlace = [0.5, 0.5];
let restTimer = null;
let loading = new AbortController();
let reported = 0; // the last position that was reported
let rendering = false; // a picture at full size is being rendered

function lastFrame() {
  return view ? Math.max(view.frames.length - 1, 0) : 0;
}

function pressed(name) {
  return isPressed(part(name));
}

// --- showing ---------------------------------------------------------------------------------------

function paint(now) {
  if (!root.isConnected) return leave();
  if (!view) return; // the photo was removed since this was scheduled
  if (motion && motion(now)) motion = null;
  if (held || pressed("original")) picture.drawPhoto();
  else picture.draw(position);
  paintOverlay();
  ruler.paint(position, lastFrame());
  root.dataset.position = position.toFixed(3);
  if (motion) schedule();
}

function paintOverlay() {
  const peaking = pressed("peaking") && overlay.hasEdges();
  const shown = !held && !pressed("original") && overlay.hasMap() && (peaking || pressed("depth"));
  part("overlay").hidden = !shown;
  if (shown && pressed("depth")) overlay.drawDepth(position);
  else if (shown) overlay.drawPeaking(position);
  part("still").hidden = held || pressed("original") || !showsStill();
}

function showsStill() {
  return Boolean(view && view.still && Math.abs(position - view.still_position) < 0.005);
}

function showZoom(scale) {
  const zoomed = scale > 1;
  part("zoom").textContent = zoomed ? "Fit" : "Zoom";
  setPressed(part("zoom"), zoomed);
}

// --- moving the focus ------------------------------------------------------------------------------

function clampPosition(value) {
  return Math.min(Math.max(value, 0), lastFrame());
}

// The user moves the focus: stop animations, and stop showing the original.
function interrupt() {
  ruler.setPlaying(false);
  motion = null;
  if (pressed("original")) press("original", false);
}

function moveTo(value) {
  interrupt();
  position = clampPosition(value);
  schedule();
}

function pullTo(value) {
  interrupt();
  const from = position;
  const to = clampPosition(value);
  motion = pullMotion((left) => { position = to + (from - to) * left; });
  schedule();
}

function togglePlay() {
  const wasPlaying = ruler.isPlaying();
  interrupt();
  if (wasPlaying) return tell(null, null, position);
  ruler.setPlaying(true);
  motion = sweepMotion(position / lastFrame(), (share) => { position = clampPosition(share * lastFrame()); });
  schedule();
}

function tell(x, y, where) {
  clearTimeout(restTimer);
  root.dataset.before = reported.toFixed(3);
  reported = where;
  trigger("focus", { x, y, position: Number(where.toFixed(3)) });
}

function tellWhenAtRest() {
  clearTimeout(restTimer);
  restTimer = setTimeout(() => tell(null, null, position), REST_MS);
}

function tapped(u, v) {
  lastPlace = [u, v];
  slider.focus({ preventScroll: true });
  if (!overlay.hasMap() || !lastFrame()) return;
  const wanted = overlay.positionAt(u, v);
  pullTo(wanted);
  showRing(part("ring"), u, v);
  tell(u, v, wanted);
}

// A line around what should be sharp is being drawn, or was: the focus moves to the median distance within it.
function marked(points, closed) {
  drawOutline(part("outline"), linePath(points, closed));
  if (!closed) return;
  setMarking(false);
  const wanted = points.length > 2 ? overlay.positionWithin(points) : null;
  if (wanted === null) return drawOutline(part("outline"), props.outline);
  pullTo(wanted);
  reported = wanted;
  trigger("mark", { points, position: Number(wanted.toFixed(3)) });
}

function setMarking(on) {
  setPressed(part("mark"), on);
  root.classList.toggle("marks", on);
  if (on && pressed("original")) press("original", false);
}

// --- buttons and keys ------------------------------------------------------------------------------

function press(name, on) {
  setPressed(part(name), on);
  if (name === "original") showBadge();
  if (name === "depth") root.classList.toggle("shows-depth", on);
}

function toggle(name) {
  const on = !pressed(name);
  press(name, on);
  // Depth and peaking are not shown at once.
  if (on && name === "depth") press("peaking", false);
  if (on && name === "peaking") press("depth", false);
  if (on && name === "peaking") findEdges();
  schedule();
}

async function findEdges() {
  if (root.dataset.ready !== "true" || !overlay.hasMap()) return;
  await overlay.findEdges(picture.frames());
  schedule();
}

function showBadge() {
  const state = root.dataset.state;
  const message = rendering ? "Rendering at full size…" : MESSAGES[state];
  part("badge").textContent = held || pressed("original") ? "Original" : message || "";
}

// --- one picture at full size ----------------------------------------------------------------------

function askForStill() {
  interrupt();
  rendering = true;
  enableFull();
  showBadge();
  trigger("still", { position: Number(position.toFixed(3)) });
}

function stillArrived() {
  rendering = false;
  enableFull();
  showBadge();
}

function enableFull() {
  part("full").hidden = Boolean(props.offline);
  part("full").disabled = rendering || !view || !lastFrame();
}

function hold(on) {
  if (on && !picture.hasPhoto()) return;
  held = on;
  showBadge();
  schedule();
}

function onKey(event) {
  const factor = view ? zoomFactor(event) : undefined;
  if (factor) zoom.zoomAtPlace(...lastPlace, zoom.scale() * factor);
  if (factor === 0) zoom.reset();
}

// --- a new value -----------------------------------------------------------------------------------

function setState(state) {
  root.dataset.state = state;
  root.dataset.ready = String(state === "ready");
  const usable = view !== null && lastFrame() > 0;
  slider.disabled = part("play").disabled = part("peaking").disabled = !usable;
  part("original").disabled = !view || !view.photo;
  part("depth").disabled = !view || !view.sharpest;
  part("zoom").disabled = !view;
  part("mark").disabled = !usable || !view.sharpest;
  enableFull();
  showBadge();
}

function sameFrames(next) {
  return view && next && view.frames.length > 0 && view.frames.length === next.frames.length
    && next.frames.every((file, i) => file.url === view.frames[i].url);
}

function show(next) {
  const onlyDetails = sameFrames(next);
  view = next;
  setStill();
  if (onlyDetails) return schedule();
  drawOutline(part("outline"), "");
  loading.abort();
  loading = new AbortController();
  interrupt();
  held = false;
  for (const name of ["original", "depth", "peaking"]) if (!view) press(name, false);
  lastPlace = [0.5, 0.5];
  setMarking(false);
  if (!view) return clear();
  position = reported = clampPosition(view.position);
  root.dataset.before = "0";
  layOut();
  setState(view.frames.length ? "loading" : "waiting");
  load(view, loading.signal).catch((error) => {
    if (error.name !== "AbortError") setState("failed");
  });
}

function clear() {
  overlay.setMap(null, 0);
  paintOverlay();
  ruler.setFrames(0);
  ruler.setContent([]);
  ruler.paint(0, 0);
  bitmaps.keepOnly(new Set());
  zoom.reset();
  setState("empty");
}

function layOut() {
  part("scene").style.setProperty("--fv-ratio", view.width / view.height);
  part("picture").setAttribute("aria-label", view.description || "The photo, focused at the slider's position. Tap to focus.");
  picture.reset(view.width, view.height, view.frames.length);
  overlay.setMap(null, 0);
  ruler.setFrames(view.frames.length);
  ruler.setContent([]);
  ruler.paint(position, lastFrame());
  zoom.reset();
  paintOverlay();
}

function setStill() {
  const still = part("still");
  if (view && view.still) still.src = view.still.url;
  else still.removeAttribute("src");
}

async function load(wanted, signal) {
  const files = [...wanted.frames, wanted.photo, wanted.sharpest].filter(Boolean);
  const urls = new Set(files.map((file) => file.url));
  const frames = inParallel(outward(wanted.frames.length, position), LOADS_AT_ONCE, async (i) => {
    picture.setFrame(i, await bitmaps.get(wanted.frames[i].url, signal));
    ruler.markLoaded(i);
    schedule();
  });
  await Promise.all([loadMap(wanted, signal), frames]);
  if (wanted.photo) picture.setPhoto(await bitmaps.get(wanted.photo.url, signal));
  bitmaps.keepOnly(urls);
  setState(wanted.frames.length ? "ready" : "waiting");
  if (pressed("peaking")) findEdges();
  schedule();
}

async function loadMap(wanted, signal) {
  if (!wanted.sharpest) return;
  overlay.setMap(await bitmaps.get(wanted.sharpest.url, signal), Math.max(wanted.frames.length - 1, 0));
  ruler.setContent(overlay.histogram(HISTOGRAM_BINS));
  schedule();
}

// The viewer was removed from the page.
function leave() {
  loading.abort();
  bitmaps.keepOnly(new Set());
}

// --- start -----------------------------------------------------------------------------------------

function listen() {
  slider.addEventListener("input", () => moveTo(slider.valueAsNumber));
  slider.addEventListener("change", () => tell(null, null, position));
  listenToSliderKeys(slider, {
    at: () => position,
    last: lastFrame,
    play: togglePlay,
    moveTo(value) {
      moveTo(value);
      tellWhenAtRest();
    },
  });
  root.addEventListener("keydown", onKey);
  part("play").addEventListener("click", togglePlay);
  for (const name of ["original", "depth", "peaking"]) part(name).addEventListener("click", () => toggle(name));
  part("zoom").addEventListener("click", () => zoom.toggleAt(...lastPlace));
  part("mark").addEventListener("click", () => setMarking(!pressed("mark")));
  part("full").addEventListener("click", askForStill);
  listenToGestures(part("stage"), part("scene"), zoom, {
    tap: tapped, hold, line: marked, active: () => view !== null, marks: () => pressed("mark"),
  });
  new ResizeObserver(zoom.refit).observe(part("stage"));
  watch("value", () => show(valueOf(props)));
  watch("rendered", stillArrived);
  watch("outline", () => drawOutline(part("outline"), props.outline));
  watch("pull", () => { if (props.pull && lastFrame()) pullTo(props.pull.position); });
}

listen();
show(valueOf(props));
