// The focus viewer: pictures, slider, buttons and keys.
// gradio provides `element`, `props`, `trigger` and `watch`. Dragging the slider needs no server.

const MESSAGES = {
  draft: "Draft",
  failed: "The pictures could not be loaded. Reload the page to try again.",
};

const {
  drawOutline, hearLook, linePath, listenToGestures, listenToSliderKeys, makeBitmaps, makeFocus, makeOverlay, makePicture, makePreviews,
  makeReports, makeRuler, makeStill, makeTools, makeViews, makeZoom, onceAFrame, reducedMotion, setPressed, showRing, tellMade, valueOf,
  zoomFactor,
} = refocus;
const root = element.querySelector(".focus-viewer");
const part = (name) => root.querySelector("." + name);
const slider = part("slider");
const schedule = onceAFrame(paint);
const tools = makeTools(root, schedule);
const { pressed } = tools;
const picture = makePicture(part("picture"));
const overlay = makeOverlay(part("overlay"));
const bitmaps = makeBitmaps();
const zoom = makeZoom(part("stage"), part("scene"), showZoom);
const ruler = makeRuler(root, slider);
const previews = makePreviews(part("preview"), props.apertures, schedule);
const still = makeStill(part("still"), part("film"), stillArrived);
const focus = makeFocus({ last: lastFrame, leave: leaveShown, changed: schedule, playing: ruler.setPlaying });
const views = makeViews({ bitmaps, picture, overlay, ruler, previews, still, focus, zoom }, {
  opened, changed, placed, state: setState, paint: schedule,
});

const reports = makeReports(root, (told) => trigger("focus", told));
let held = false; // the picture is pressed and shows the original
let lastPlace = [0.5, 0.5];
let controlsLook = {}; // the look that the page's controls ask for; what is missing is as in the frames
let correcting = null; // the look of a made picture that is being made again, focused elsewhere
let outline = {}; // of what a prompt or a tap found
let latestAsked = 0; // number of the latest question that was answered
let rendering = false; // a picture at full size is being rendered

function lastFrame() {
  return views.last();
}

// --- showing ---------------------------------------------------------------------------------------

function paint(now) {
  if (!root.isConnected) return leave();
  const view = views.current();
  if (!view) return noteMade(""); // the photo was removed
  const moves = focus.step(now);
  const original = held || pressed("original");
  original ? picture.drawPhoto() : picture.draw(focus.at());
  still.paint(focus.at(), wantedLook(), original);
  const outdated = isOutdated() && !still.made();
  if (outdated && !original) previews.show({ position: Number(focus.at().toFixed(2)), span: view.blur_span, ...wantedLook() });
  part("preview").hidden = !outdated || original || !previews.hasPicture();
  paintOverlay(original);
  ruler.paint(focus.at(), lastFrame());
  root.classList.toggle("made", Boolean(still.made()) && !original);
  root.classList.toggle("covered", original);
  root.dataset.position = focus.at().toFixed(3);
  root.dataset.look = outdated ? JSON.stringify(wantedLook()) : "";
  noteMade(still.made()?.made || "");
  showBadge();
  if (moves) schedule();
}

function noteMade(name) {
  if (root.dataset.made !== name) tellMade(name);
  root.dataset.made = name;
}

// The look that the user wants to see.
function wantedLook() {
  const view = views.current();
  const { blur, aperture } = correcting || controlsLook;
  return { blur: blur ?? view.blur, aperture: aperture ?? view.aperture };
}

// Whether the frames have another look, or there are none yet.
function isOutdated() {
  const view = views.current();
  if (!view || !view.blur_span || !lastFrame()) return false;
  const { blur, aperture } = wantedLook();
  return !view.frames.length || Math.abs(blur - view.blur) > 0.0005 || aperture !== view.aperture;
}

function paintOverlay(original) {
  const peaking = pressed("peaking") && overlay.hasEdges();
  const shown = !original && overlay.hasMap() && (peaking || pressed("depth"));
  part("overlay").hidden = !shown;
  if (shown && pressed("depth")) overlay.drawDepth(focus.at());
  else if (shown) overlay.drawPeaking(focus.at());
}

function showBadge() {
  const state = MESSAGES[root.dataset.state] || still.made()?.title || (isOutdated() ? "Preview" : "");
  const text = held || pressed("original") ? "Original" : rendering ? "Rendering at full size…" : state;
  if (part("badge").textContent !== text) part("badge").textContent = text;
}

function showZoom(scale) {
  part("zoom").textContent = scale > 1 ? "Fit" : "Zoom";
  setPressed(part("zoom"), scale > 1);
}

// Answers to a prompt may come in another order than their questions; an older one is left out.
function isLate({ asked = latestAsked }) {
  if (asked < latestAsked) return true;
  latestAsked = asked;
  return false;
}

function outlineCame() {
  if (isLate(props.outline || {})) return;
  outline = props.outline || {};
  showOutline();
}

// An outline belongs to the scene that it was found in.
function showOutline() {
  const { path, scene, fades } = outline;
  drawOutline(part("outline"), scene && scene === views.current()?.scene ? path : "", fades);
}

// --- moving the focus ------------------------------------------------------------------------------

// The user moves the focus: the original, and what a prompt made, are left.
function leaveShown() {
  if (pressed("original")) tools.press("original", false);
  still.close();
  correcting = null;
}

function togglePlay() {
  if (still.made()?.video) return ruler.setPlaying(still.togglePlay());
  if (!focus.toggleSweep(ruler.isPlaying())) reports.tell(null, null, focus.at());
}

// A tap on a made picture makes it again, focused there; until it comes, a preview of it is shown.
function tapped(u, v) {
  lastPlace = [u, v];
  slider.focus({ preventScroll: true });
  if (!overlay.hasMap() || !lastFrame()) return;
  const wanted = overlay.positionAt(u, v);
  const made = still.made();
  focus.pullTo(wanted);
  showRing(part("ring"), u, v);
  if (!made || made.video) return reports.tell(u, v, wanted);
  correcting = { blur: made.blur, aperture: made.aperture };
  reports.note(wanted);
  trigger("correct", { x: u, y: v, made: made.made });
}

// A line around what should be sharp is being drawn, or was: the focus moves to the median distance within it.
function marked(points, closed) {
  drawOutline(part("outline"), linePath(points, closed));
  if (!closed) return;
  setMarking(false);
  const wanted = points.length > 2 ? overlay.positionWithin(points) : null;
  if (wanted === null) return showOutline();
  focus.pullTo(wanted);
  reports.put(wanted);
  trigger("mark", { points, position: Number(wanted.toFixed(3)) });
}

function setMarking(on) {
  setPressed(part("mark"), on);
  root.classList.toggle("marks", on);
  if (on) leaveShown();
  schedule();
}

// --- buttons and keys ------------------------------------------------------------------------------

async function findEdges() {
  if (root.dataset.ready !== "true" || !overlay.hasMap()) return;
  await overlay.findEdges(picture.frames());
  schedule();
}

function askForStill() {
  focus.stop();
  setRendering(true);
  const look = isOutdated() ? wantedLook() : { blur: null, aperture: null }; // null: as in the frames
  trigger("still", { position: Number(focus.at().toFixed(3)), made: root.dataset.made, ...look });
}

function setRendering(on) {
  rendering = on;
  part("full").hidden = Boolean(props.offline);
  part("full").disabled = rendering || !views.current()?.frames.length;
  showBadge();
}

function hold(on) {
  if (on && !picture.hasPhoto()) return;
  held = on;
  schedule();
}

function onKey(event) {
  const factor = views.current() ? zoomFactor(event) : undefined;
  if (factor) zoom.zoomAtPlace(...lastPlace, zoom.scale() * factor);
  if (factor === 0) zoom.reset();
}

// --- a new value -----------------------------------------------------------------------------------

// While a view is replaced, the old one stays usable.
function setState(state) {
  if (state !== "replacing") root.dataset.state = state;
  root.dataset.ready = String(state === "ready");
  slider.disabled = !tools.enable(views.current(), lastFrame());
  setRendering(rendering);
  if (state === "ready" && pressed("peaking")) findEdges();
}

// Another scene, another photo or none is shown now.
function opened(place) {
  held = false;
  correcting = null;
  const view = views.current();
  if (!view || view.own) tools.release();
  lastPlace = [0.5, 0.5];
  setMarking(false);
  reports.put(place);
  root.dataset.before = "0";
  showOutline();
}

// What is shown of the same scene is another view now.
function changed() {
  const { width, height, description } = views.current();
  part("scene").style.setProperty("--fv-ratio", width / height || 1.5);
  part("picture").setAttribute("aria-label", description || "The photo, focused at the slider's position. Tap to focus.");
  correcting = null;
  showOutline();
}

// To where a view opens.
function placed(place) {
  reports.put(place);
  focus.glide(place);
}

// What a prompt made is shown from now on, with the focus where it is sharp; or a finer picture has come.
function stillArrived(fresh) {
  const made = still.made();
  if (made && fresh) {
    focus.stop();
    if (pressed("original")) tools.press("original", false);
    if (made.position !== null) focus.put(made.position);
    reports.put(focus.at());
    if (made.video) ruler.setPlaying(true);
    root.scrollIntoView({ block: "nearest", behavior: reducedMotion() ? "auto" : "smooth" });
  }
  schedule();
}

// The viewer was removed from the page.
function leave() {
  views.abort();
  bitmaps.keepOnly(new Set());
  previews.close();
}

// --- start -----------------------------------------------------------------------------------------

function listen() {
  slider.addEventListener("input", () => focus.moveTo(slider.valueAsNumber));
  slider.addEventListener("change", () => reports.tell(null, null, focus.at()));
  listenToSliderKeys(slider, {
    at: focus.at,
    last: lastFrame,
    play: togglePlay,
    moveTo(value) {
      focus.moveTo(value);
      reports.tellAtRest(focus.at);
    },
  });
  root.addEventListener("keydown", onKey);
  part("play").addEventListener("click", togglePlay);
  part("peaking").addEventListener("click", () => { if (pressed("peaking")) findEdges(); });
  part("zoom").addEventListener("click", () => zoom.toggleAt(...lastPlace));
  part("mark").addEventListener("click", () => setMarking(!pressed("mark")));
  part("full").addEventListener("click", askForStill);
  part("halt").addEventListener("click", () => trigger("halt", {}));
  part("progress").addEventListener("pointerdown", (event) => event.stopPropagation());
  listenToGestures(part("stage"), part("scene"), zoom, {
    tap: tapped, hold, line: marked, active: () => views.current() !== null, marks: () => pressed("mark"),
  });
  new ResizeObserver(zoom.refit).observe(part("stage"));
  watch("value", () => views.show(valueOf(props)));
  watch("rendered", () => setRendering(false));
  hearLook((look) => {
    controlsLook = look;
    correcting = null;
    if (isOutdated()) still.close();
    schedule();
  });
  watch("outline", outlineCame);
  watch("pull", pullFromPage);
}

function pullFromPage() {
  if (isLate(props.pull || {})) return;
  const { scene, position } = props.pull || {};
  if (scene !== views.current()?.scene || !lastFrame() || Math.abs(position - focus.at()) < 0.02) return;
  focus.pullTo(position);
}

listen();
views.show(valueOf(props));
