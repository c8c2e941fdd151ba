// The viewer itself: what is shown, the slider, the buttons and the keys.
// gradio gives `element`, `props`, `trigger` and `watch`. The position lives here: dragging asks nobody.

const PULL_MS = 350;
const SWEEP_MS = 4200; // near to far and back
const REST_MS = 300;
const HISTOGRAM_BINS = 64;
const LOADS_AT_ONCE = 3;

const root = element.querySelector(".focus-viewer");
const part = (name) => root.querySelector("." + name);
const slider = part("slider");
const picture = makePicture(part("picture"));
const overlay = makeOverlay(part("overlay"));
const bitmaps = makeBitmaps();
const zoom = makeZoom(part("stage"), part("scene"), showZoom);
const words = pickWords(props.words);
const ruler = makeRuler(root, slider, words);

let view = null;
let position = 0;
let motion = null; // a function of time to { position, done }, while the focus moves by itself
let playing = false;
let held = false; // the picture is pressed: the original shows
let lastPlace = [0.5, 0.5];
let scheduled = false;
let restTimer = null;
let loading = new AbortController();
let told = 0; // where the focus rested last
let rendering = false; // a still at full size is being made

function lastFrame() {
  return view ? Math.max(view.frames.length - 1, 0) : 0;
}

function pressed(name) {
  return part(name).getAttribute("aria-pressed") === "true";
}

// --- showing ---------------------------------------------------------------------------------------

function schedule() {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(paint);
}

function paint(now) {
  scheduled = false;
  if (!root.isConnected) return leave();
  if (!view) return; // taken away since this was scheduled, its pictures with it
  if (motion) {
    const step = motion(now);
    position = step.position;
    if (step.done) motion = null;
  }
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
  part("zoom").textContent = zoomed ? words.fit : words.zoom;
  part("zoom").setAttribute("aria-pressed", String(zoomed));
}

// --- moving the focus ------------------------------------------------------------------------------

function clampPosition(value) {
  return Math.min(Math.max(value, 0), lastFrame());
}

// A person moves the focus: whatever moved it before stops, and the original gives way.
function take() {
  setPlaying(false);
  motion = null;
  if (pressed("original")) press("original", false);
}

function moveTo(value) {
  take();
  position = clampPosition(value);
  schedule();
}

function pullTo(value) {
  take();
  const from = position;
  const to = clampPosition(value);
  const duration = reducedMotion() ? 0 : PULL_MS;
  let start = null;
  motion = (now) => {
    // Counting from one frame ago lets the very first frame show movement.
    if (start === null) start = now - 16;
    const done = now - start >= duration;
    const left = done ? 0 : 1 - (now - start) / duration;
    return { position: to + (from - to) * left ** 3, done };
  };
  schedule();
}

function sweep() {
  const last = lastFrame();
  // The sweep is a cosine; it starts from where the slider stands.
  const phase = Math.acos(1 - (2 * position) / last);
  let start = null;
  motion = (now) => {
    if (start === null) start = now;
    const angle = phase + ((now - start) / SWEEP_MS) * 2 * Math.PI;
    return { position: clampPosition((last * (1 - Math.cos(angle))) / 2), done: false };
  };
  schedule();
}

function setPlaying(on) {
  playing = on;
  part("play").setAttribute("aria-label", on ? words.pause : words.play);
  root.dataset.playing = String(on);
}

function togglePlay() {
  if (playing) {
    take();
    tell(null, null, position);
    return;
  }
  take();
  setPlaying(true);
  sweep();
}

function tell(x, y, where) {
  clearTimeout(restTimer);
  root.dataset.before = told.toFixed(3);
  told = where;
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
  showRing(u, v);
  tell(u, v, wanted);
}

function showRing(u, v) {
  const ring = part("ring");
  ring.style.left = `${u * 100}%`;
  ring.style.top = `${v * 100}%`;
  const size = (factor) => `translate(-50%, -50%) scale(calc(${factor} / var(--fv-zoom, 1)))`;
  const start = reducedMotion() ? 1 : 1.5;
  ring.getAnimations().forEach((animation) => animation.cancel());
  ring.animate([
    { opacity: 1, transform: size(start), easing: "ease-out" },
    { opacity: 1, transform: size(1), offset: 0.22 },
    { opacity: 1, transform: size(1), offset: 0.75 },
    { opacity: 0, transform: size(1) },
  ], { duration: 1100 });
}

// --- buttons and keys ------------------------------------------------------------------------------

function press(name, on) {
  part(name).setAttribute("aria-pressed", String(on));
  if (name === "original") showBadge();
  if (name === "depth") root.classList.toggle("shows-depth", on);
}

function toggle(name) {
  const on = !pressed(name);
  press(name, on);
  // Two pictures over each other are none: depth and peaking take turns.
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

function toggleZoom() {
  if (zoom.scale() > 1) zoom.reset();
  else zoom.zoomAtPlace(...lastPlace, DOUBLE_TAP_ZOOM);
}

function showBadge() {
  const state = root.dataset.state;
  const message = rendering ? words.rendering : { waiting: words.wait, failed: words.failed }[state];
  part("badge").textContent = held || pressed("original") ? words.original : message || "";
}

// --- one picture at full size ----------------------------------------------------------------------

function askForStill() {
  take();
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

const SLIDER_KEYS = {
  ArrowRight: (fine) => stepFrom(1, fine),
  ArrowUp: (fine) => stepFrom(1, fine),
  ArrowLeft: (fine) => stepFrom(-1, fine),
  ArrowDown: (fine) => stepFrom(-1, fine),
  PageUp: () => stepFrom(1, false),
  PageDown: () => stepFrom(-1, false),
  Home: () => 0,
  End: () => lastFrame(),
  " ": null,
};

// Whole planes, or tenths with Shift; from between two, to the next one.
function stepFrom(direction, fine) {
  const unit = fine ? 0.1 : 1;
  const at = position / unit;
  const next = direction > 0 ? Math.floor(at + 1.001) : Math.ceil(at - 1.001);
  return next * unit;
}

function onSliderKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in SLIDER_KEYS)) return;
  event.preventDefault();
  const next = SLIDER_KEYS[event.key];
  if (!next) return togglePlay();
  moveTo(next(event.shiftKey));
  tellWhenAtRest();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !view) return;
  const factor = { "+": 1.25, "=": 1.25, "-": 0.8 }[event.key];
  if (factor) zoom.zoomAtPlace(...lastPlace, zoom.scale() * factor);
  if (event.key === "0" || event.key === "Escape") zoom.reset();
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
  enableFull();
  showBadge();
}

function sameFrames(next) {
  return view && next && view.frames.length > 0 && view.frames.length === next.frames.length
    && next.frames.every((file, i) => file.url === view.frames[i].url);
}

function show(next) {
  const value = next && typeof next === "object" ? next : null; // gradio sends "" for nothing
  const onlyDetails = sameFrames(value);
  view = value;
  setStill();
  if (onlyDetails) return schedule();
  drawOutline(part("outline"), "");
  loading.abort();
  loading = new AbortController();
  take();
  held = false;
  for (const name of ["original", "depth", "peaking"]) if (!view) press(name, false);
  lastPlace = [0.5, 0.5];
  if (!view) return clear();
  position = told = clampPosition(view.position);
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
  part("picture").setAttribute("aria-label", view.description || words.picture);
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

// The page took the viewer away.
function leave() {
  loading.abort();
  bitmaps.keepOnly(new Set());
}

// --- start -----------------------------------------------------------------------------------------

function label() {
  root.setAttribute("aria-label", words.viewer);
  slider.setAttribute("aria-label", words.focus);
  for (const node of root.querySelectorAll("[data-word]")) node.textContent = words[node.dataset.word];
  for (const node of root.querySelectorAll("[data-tip]")) node.title = words[node.dataset.tip];
  root.style.setProperty("--fv-depths", depthGradient());
  setPlaying(false);
}

function listen() {
  slider.addEventListener("input", () => moveTo(slider.valueAsNumber));
  slider.addEventListener("change", () => tell(null, null, position));
  slider.addEventListener("keydown", onSliderKey);
  root.addEventListener("keydown", onKey);
  part("play").addEventListener("click", togglePlay);
  for (const name of ["original", "depth", "peaking"]) part(name).addEventListener("click", () => toggle(name));
  part("zoom").addEventListener("click", toggleZoom);
  part("full").addEventListener("click", askForStill);
  listenToGestures(part("stage"), part("scene"), zoom, { tap: tapped, hold, active: () => view !== null });
  new ResizeObserver(zoom.refit).observe(part("stage"));
  watch("value", () => {
    show(props.value);
    trigger("shown", { frames: view ? view.frames.length : 0 });
  });
  watch("rendered", stillArrived);
  watch("outline", () => drawOutline(part("outline"), props.outline));
  watch("pull", () => { if (props.pull && lastFrame()) pullTo(props.pull.position); });
}

label();
listen();
show(props.value);
