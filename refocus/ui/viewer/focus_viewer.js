// The focus viewer: pictures, slider, buttons and keys.
// gradio provides `element`, `props`, `trigger` and `watch`. Dragging the slider needs no server.

const REST_MS = 300;
const HISTOGRAM_BINS = 64;
const LOADS_AT_ONCE = 3;
const MOST_PX = 1_500_000; // of a photo that was just chosen, as of a view
const MESSAGES = {
  draft: "Draft",
  failed: "The pictures could not be loaded. Reload the page to try again.",
};

const {
  drawOutline, hearLook, inParallel, isPressed, listenToGestures, listenToSliderKeys, makeBitmaps, makeOverlay, makePicture,
  linePath, makePreviews, makeRuler, makeZoom, onceAFrame, outward, pullMotion, setPressed, showRing, sweepMotion, valueOf, zoomFactor,
} = refocus;
const root = element.querySelector(".focus-viewer");
const part = (name) => root.querySelector("." + name);
const slider = part("slider");
const picture = makePicture(part("picture"));
const overlay = makeOverlay(part("overlay"));
const bitmaps = makeBitmaps();
const zoom = makeZoom(part("stage"), part("scene"), showZoom);
const ruler = makeRuler(root, slider);
const previews = makePreviews(part("preview"), props.apertures, () => schedule());
const schedule = onceAFrame(paint);

let view = null;
let position = 0;
let motion = null; // the running animation of the focus
let held = false; // the picture is pressed and shows the original
let lastPlace = [0.5, 0.5];
let restTimer = null;
let loading = new AbortController();
let reported = 0; // the last position that was reported
let controlsLook = {}; // the look that the page's controls ask for; what is missing is as in the frames
let rendering = false; // a picture at full size is being rendered

function lastFrame() {
  return view ? Math.max((view.frames.length || view.frames_to_come || 0) - 1, 0) : 0;
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
  paintPreview();
  paintOverlay();
  ruler.paint(position, lastFrame());
  root.dataset.position = position.toFixed(3);
  root.dataset.look = isOutdated() ? JSON.stringify(wantedLook()) : "";
  if (motion) schedule();
}

// The look that the controls ask for.
function wantedLook() {
  return { blur: controlsLook.blur ?? view.blur, aperture: controlsLook.aperture ?? view.aperture };
}

// Whether the frames have another look, or there are none yet.
function isOutdated() {
  if (!view || !view.blur_span || !lastFrame()) return false;
  const { blur, aperture } = wantedLook();
  return !view.frames.length || Math.abs(blur - view.blur) > 0.0005 || aperture !== view.aperture;
}

function paintPreview() {
  const shown = isOutdated() && !held && !pressed("original");
  if (shown) previews.show({ position: Number(position.toFixed(2)), span: view.blur_span, ...wantedLook() });
  part("preview").hidden = !shown || !previews.hasPicture();
  showBadge();
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
  if (!view?.still || Math.abs(position - view.still_position) > 0.005) return false;
  const { blur, aperture } = wantedLook();
  return Math.abs(blur - view.still_blur) < 0.0005 && aperture === view.still_aperture;
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
  const message = rendering ? "Rendering at full size…" : MESSAGES[state] || (isOutdated() ? "Preview" : "");
  const text = held || pressed("original") ? "Original" : message;
  if (part("badge").textContent !== text) part("badge").textContent = text;
}

// --- one picture at full size ----------------------------------------------------------------------

function askForStill() {
  interrupt();
  rendering = true;
  enableFull();
  showBadge();
  trigger("still", { position: Number(position.toFixed(3)), ...otherLook() });
}

// The look that is shown when it is not that of the frames; null for that of the frames.
function otherLook() {
  return isOutdated() ? wantedLook() : { blur: null, aperture: null };
}

function stillArrived() {
  rendering = false;
  enableFull();
  showBadge();
}

function enableFull() {
  part("full").hidden = Boolean(props.offline);
  part("full").disabled = rendering || !view || !view.frames.length;
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
  slider.disabled = part("play").disabled = !usable;
  part("peaking").disabled = !view || !view.frames.length;
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
  // Another view of the scene, or the first one of a photo, replaces this one once it is loaded.
  const inPlace = view && next && (showsPhotoOnly() ? next.frames_to_come : next.scene && next.scene === view.scene);
  loading.abort();
  loading = new AbortController();
  if (inPlace && !onlyDetails) return run(replaceWith(next, loading.signal));
  view = next;
  setStill();
  if (onlyDetails) return schedule();
  drawOutline(part("outline"), "");
  interrupt();
  held = false;
  for (const name of ["original", "depth", "peaking"]) if (!view || view.own) press(name, false);
  lastPlace = [0.5, 0.5];
  setMarking(false);
  previews.clear();
  if (!view) return clear();
  position = reported = clampPosition(view.position);
  root.dataset.before = "0";
  layOut();
  setState(view.frames.length ? "loading" : "waiting");
  run(load(view, loading.signal));
}

function showsPhotoOnly() {
  return !view.frames.length && !view.scene;
}

function run(work) {
  work.catch((error) => {
    // A photo in a format that browsers do not show: the server sends it in another.
    if (error.name !== "AbortError" && !view?.own) setState("failed");
  });
}

function clear() {
  overlay.setMap(null, 0);
  paintOverlay();
  ruler.setFrames(0);
  ruler.setContent([]);
  ruler.setSubject("", 0);
  ruler.paint(0, 0);
  bitmaps.keepOnly(new Set());
  zoom.reset();
  setState("empty");
}

function layOut() {
  part("scene").style.setProperty("--fv-ratio", (view.width || 3) / (view.height || 2));
  part("picture").setAttribute("aria-label", describe(view));
  picture.reset(view.width || 3, view.height || 2, view.frames.length);
  overlay.setMap(null, 0);
  ruler.setFrames(lastFrame() ? lastFrame() + 1 : 0);
  ruler.setContent([]);
  ruler.setSubject(lastFrame() ? view.subject : "", position / lastFrame());
  ruler.paint(position, lastFrame());
  zoom.reset();
  paintOverlay();
}

function describe(wanted) {
  return wanted.description || "The photo, focused at the slider's position. Tap to focus.";
}

function setStill() {
  const still = part("still");
  if (view && view.still) still.src = view.still.url;
  else still.removeAttribute("src");
}

async function load(wanted, signal) {
  if (wanted.own) return loadOwn(wanted, signal);
  const frames = inParallel(outward(wanted.frames.length, position), LOADS_AT_ONCE, async (i) => {
    picture.setFrame(i, await bitmaps.get(wanted.frames[i].url, signal));
    ruler.markLoaded(i);
    schedule();
  });
  await Promise.all([loadMap(wanted, signal), frames]);
  if (wanted.photo) picture.setPhoto(await bitmaps.get(wanted.photo.url, signal));
  loaded(wanted);
  await preparePreviews(wanted, signal);
}

// The photo itself, at no more than the pixels of a view.
async function loadOwn(wanted, signal) {
  const photo = await bitmaps.get(wanted.photo.url, signal, "default");
  const scale = Math.min(1, Math.sqrt(MOST_PX / (photo.width * photo.height)));
  wanted.width = Math.round(photo.width * scale);
  wanted.height = Math.round(photo.height * scale);
  layOut();
  picture.setPhoto(photo);
  loaded(wanted);
}

// Everything of another view of the scene is loaded first, then shown in place of this one.
async function replaceWith(next, signal) {
  root.dataset.ready = "false";
  await Promise.all(filesOf(next).map((file) => bitmaps.get(file.url, signal)));
  const moved = !showsPhotoOnly() && Math.abs(position - clampPosition(view.position)) > 0.005;
  const share = lastFrame() ? position / lastFrame() : 0;
  const bitmap = (file) => bitmaps.get(file.url, signal);
  view = next;
  setStill();
  position = moved ? share * lastFrame() : position;
  picture.reset(view.width, view.height, view.frames.length);
  part("scene").style.setProperty("--fv-ratio", view.width / view.height);
  part("picture").setAttribute("aria-label", describe(view));
  ruler.setFrames(lastFrame() + 1);
  await loadMap(view, signal);
  for (const [i, file] of view.frames.entries()) {
    picture.setFrame(i, await bitmap(file));
    ruler.markLoaded(i);
  }
  picture.setPhoto(await bitmap(view.photo));
  ruler.setSubject(view.subject, view.position / lastFrame());
  loaded(view);
  if (!moved) moveToStart();
  await preparePreviews(view, signal);
}

// To where a view opens: at once where nothing was in focus before.
function moveToStart() {
  const start = clampPosition(view.position);
  const from = position;
  reported = start;
  motion = pullMotion((left) => { position = start + (from - start) * left; });
  schedule();
}

function filesOf(wanted) {
  return [...wanted.frames, wanted.photo, wanted.sharpest].filter(Boolean);
}

function loaded(wanted) {
  bitmaps.keepOnly(new Set([...filesOf(wanted), wanted.all_in_focus].filter(Boolean).map((file) => file.url)));
  setState(wanted.frames.length ? "ready" : wanted.frames_to_come ? "draft" : "waiting");
  if (pressed("peaking") && wanted.frames.length) findEdges();
  schedule();
}

async function preparePreviews(wanted, signal) {
  if (!wanted.blur_span || !wanted.sharpest) return;
  const sharp = await bitmaps.get((wanted.all_in_focus || wanted.photo).url, signal);
  previews.setScene(sharp, await bitmaps.get(wanted.sharpest.url, signal), lastFrame());
  schedule();
}

async function loadMap(wanted, signal) {
  if (!wanted.sharpest) return;
  overlay.setMap(await bitmaps.get(wanted.sharpest.url, signal), lastFrame());
  ruler.setContent(overlay.histogram(HISTOGRAM_BINS));
  schedule();
}

// The viewer was removed from the page.
function leave() {
  loading.abort();
  bitmaps.keepOnly(new Set());
  previews.close();
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
  part("halt").addEventListener("click", () => trigger("halt", {}));
  part("progress").addEventListener("pointerdown", (event) => event.stopPropagation());
  listenToGestures(part("stage"), part("scene"), zoom, {
    tap: tapped, hold, line: marked, active: () => view !== null, marks: () => pressed("mark"),
  });
  new ResizeObserver(zoom.refit).observe(part("stage"));
  watch("value", () => show(valueOf(props)));
  watch("rendered", stillArrived);
  hearLook((look) => {
    controlsLook = look;
    schedule();
  });
  watch("outline", () => drawOutline(part("outline"), props.outline));
  watch("pull", () => { if (props.pull && lastFrame()) pullTo(props.pull.position); });
}

listen();
show(valueOf(props));
