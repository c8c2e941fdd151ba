// Several stacks driven by one slider, tap and zoom: side by side, flickering, or split.
// gradio provides `element`, `props`, `trigger` and `watch`.

const FLICKER_MS = 700;
const LOADS_AT_ONCE = 3;
const BINS = 64;

const {
  inParallel, isPressed, listenToGestures, listenToSliderKeys, makeBitmaps, makeOverlay, makePicture, makeRuler,
  makeZoom, modified, onceAFrame, outward, pullMotion, reducedMotion, setPressed, showRing, sweepMotion, valueOf,
  zoomFactor,
} = refocus;
const root = element.querySelector(".comparing");
const part = (name) => root.querySelector("." + name);
const slider = part("slider");
const bitmaps = makeBitmaps();
const ruler = makeRuler(root, slider);
const schedule = onceAFrame(paint);

let value = null;
let cells = [];
let lead = null; // the cell whose frames the slider shows
let motion = null; // the running animation of the focus
let flicker = null;
let loading = new AbortController();
let lastPlace = [0.5, 0.5];
let zoomState = { scale: 1, x: 0, y: 0 };

const shown = () => cells.filter((cell) => cell.view);
const stacked = () => root.dataset.mode !== "side";
const pressed = (name) => isPressed(part(name));

// --- showing ---------------------------------------------------------------------------------------

function paint(now) {
  if (!root.isConnected) return loading.abort();
  if (!lead) return;
  if (motion && motion(now)) motion = null;
  for (const cell of shown()) paintCell(cell);
  ruler.paint(lead.share * lead.last, lead.last);
  root.dataset.share = lead.share.toFixed(3);
  if (motion) schedule();
}

function paintCell(cell) {
  const position = cell.share * cell.last;
  cell.picture.draw(position);
  const depth = pressed("depth") && cell.overlay.hasMap();
  cell.node.querySelector(".overlay").hidden = !depth;
  if (depth) cell.overlay.drawDepth(position);
  cell.node.dataset.position = position.toFixed(3);
}

// --- moving the focus ------------------------------------------------------------------------------

function interrupt() {
  motion = null;
  ruler.setPlaying(false);
}

function moveTo(share) {
  interrupt();
  for (const cell of shown()) cell.share = Math.min(Math.max(share, 0), 1);
  schedule();
}

// Each stack moves to its own frame for that place, so that all show the same object sharp.
function tapped(cell, u, v) {
  lastPlace = [u, v];
  slider.focus({ preventScroll: true });
  const tappedMap = [cell, ...shown()].find((one) => one.overlay.hasMap());
  if (!tappedMap) return;
  const common = tappedMap.overlay.positionAt(u, v) / tappedMap.last;
  interrupt();
  const cells = shown();
  const from = cells.map((one) => one.share);
  const to = cells.map((one) => (one.overlay.hasMap() ? one.overlay.positionAt(u, v) / one.last : common));
  motion = pullMotion((left) => cells.forEach((one, i) => { one.share = to[i] + (from[i] - to[i]) * left; }));
  for (const one of cells) showRing(one.node.querySelector(".ring"), u, v);
  schedule();
}

function togglePlay() {
  const wasPlaying = ruler.isPlaying();
  interrupt();
  if (wasPlaying || !lead) return;
  ruler.setPlaying(true);
  motion = sweepMotion(lead.share, (share) => { for (const cell of shown()) cell.share = share; });
  schedule();
}

// --- side by side, flickering, split ---------------------------------------------------------------

function setMode(mode) {
  root.dataset.mode = mode;
  for (const button of root.querySelectorAll(".mode")) {
    setPressed(button, button.dataset.mode === mode);
  }
  clearInterval(flicker);
  root.dataset.front = "a";
  if (mode === "flicker" && !reducedMotion()) flicker = setInterval(flip, FLICKER_MS);
  requestAnimationFrame(sync);
}

function flip() {
  if (!root.isConnected) return clearInterval(flicker);
  root.dataset.front = root.dataset.front === "a" ? "b" : "a";
}

// When flickering, show the other one and hold it; when split, exchange the sides.
function swap() {
  if (root.dataset.mode === "flicker") {
    clearInterval(flicker);
    return flip();
  }
  choose(Number(part("second").value), Number(part("first").value));
}

function choose(first, second) {
  part("first").value = first;
  part("second").value = second;
  cells.forEach((cell, i) => {
    cell.node.classList.toggle("a", i === first);
    cell.node.classList.toggle("b", i === second && i !== first);
  });
  requestAnimationFrame(sync);
}

function cut(share) {
  root.style.setProperty("--cut", `${share}%`);
}

// --- zoom ------------------------------------------------------------------------------------------

// A hidden scene has no size to zoom; it follows when it becomes visible.
const visible = () => shown().filter((cell) => cell.node.querySelector(".scene").offsetWidth > 0);

function sync() {
  for (const cell of visible()) cell.zoom.follow(zoomState);
}

function zoomChanged(leader, scale) {
  zoomState = leader.zoom.state();
  for (const cell of visible()) if (cell !== leader) cell.zoom.follow(zoomState);
  part("zoom").textContent = scale > 1 ? "Fit" : "Zoom";
  setPressed(part("zoom"), scale > 1);
  root.dataset.zoom = scale.toFixed(2);
}

function zoomTo(scale) {
  const [cell] = visible();
  if (!cell) return;
  if (scale <= 1) cell.zoom.reset();
  else cell.zoom.zoomAtPlace(...lastPlace, scale);
}

// --- a new value -----------------------------------------------------------------------------------

function node(tag, name, text = "") {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}

function canvas(name) {
  const made = node("canvas", name);
  made.width = 3;
  made.height = 2;
  return made;
}

function buildCell(entry) {
  const figure = node("figure", "cell");
  const caption = node("figcaption", "quiet");
  caption.append(node("strong", "", entry.label), ...entry.caption.map((line) => node("span", "", line)));
  const cell = { node: figure, view: entry.view, share: 0.5, last: 1 };
  if (!entry.view) {
    figure.append(node("p", "why", entry.why), caption);
    return cell;
  }
  const stage = node("div", "stage");
  const scene = node("div", "scene");
  const picture = canvas("picture layer");
  const overlay = canvas("overlay layer");
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", [entry.label, ...entry.caption].join(". "));
  overlay.hidden = true;
  scene.append(picture, overlay, node("span", "ring"));
  scene.style.setProperty("--fv-ratio", entry.view.width / entry.view.height);
  stage.append(scene);
  figure.append(stage, caption);
  cell.last = Math.max(entry.view.frames.length - 1, 1);
  cell.picture = makePicture(picture);
  cell.picture.reset(entry.view.width, entry.view.height, entry.view.frames.length);
  cell.overlay = makeOverlay(overlay);
  cell.zoom = makeZoom(stage, scene, (scale) => zoomChanged(cell, scale));
  listenToGestures(stage, scene, cell.zoom, { tap: (u, v) => tapped(cell, u, v), hold() {}, active: () => true });
  return cell;
}

function options(name, texts) {
  part(name).replaceChildren(...texts.map((text, i) => new Option(text, i)));
}

function show(next) {
  value = next && next.photos.length ? next : null;
  const names = value ? value.photos.map((photo) => photo.name) : [];
  options("which", names);
  part("photos").hidden = names.length < 2;
  showPhoto(0);
}

function showPhoto(index) {
  const entries = value ? value.photos[index].entries : [];
  const share = lead ? lead.share : 0.5;
  const pair = ["first", "second"].map((name, i) => Number(part(name).value || i));
  loading.abort();
  loading = new AbortController();
  interrupt();
  cells = entries.map(buildCell);
  lead = shown()[0] || null;
  for (const cell of shown()) cell.share = share;
  zoomState = { scale: 1, x: 0, y: 0 };
  part("cells").replaceChildren(...cells.map((cell) => cell.node));
  root.dataset.state = value ? "loading" : "empty";
  root.dataset.ready = "false";
  if (!value) return bitmaps.keepOnly(new Set());
  for (const cell of cells) cell.node.style.setProperty("--fv-ratio", value.photos[index].ratio);
  for (const name of ["first", "second"]) options(name, entries.map((entry) => entry.label));
  choose(...pair.map((one) => Math.min(one, cells.length - 1)));
  ruler.setFrames(lead ? lead.last + 1 : 0);
  ruler.setContent([]);
  const signal = loading.signal;
  Promise.all(shown().map((cell) => load(cell, signal))).then(() => {
    const urls = shown().flatMap((cell) => [...cell.view.frames, cell.view.sharpest]).filter(Boolean);
    bitmaps.keepOnly(new Set(urls.map((file) => file.url)));
    root.dataset.state = "ready";
    root.dataset.ready = "true";
    schedule();
  }).catch((error) => {
    if (error.name !== "AbortError") root.dataset.state = "failed";
  });
  schedule();
}

async function load(cell, signal) {
  const { frames, sharpest } = cell.view;
  if (sharpest) {
    cell.overlay.setMap(await bitmaps.get(sharpest.url, signal), cell.last);
    if (cell === lead) ruler.setContent(cell.overlay.histogram(BINS));
  }
  await inParallel(outward(frames.length, cell.share * cell.last), LOADS_AT_ONCE, async (i) => {
    cell.picture.setFrame(i, await bitmaps.get(frames[i].url, signal));
    if (cell === lead) ruler.markLoaded(i);
    schedule();
  });
}

// --- start -----------------------------------------------------------------------------------------

function onKey(event) {
  if (!lead || modified(event) || event.target.tagName === "SELECT") return;
  const factor = zoomFactor(event);
  if (factor !== undefined) zoomTo(zoomState.scale * factor);
  if (event.key === "x" && stacked()) swap();
}

function listen() {
  slider.addEventListener("input", () => lead && moveTo(slider.valueAsNumber / lead.last));
  listenToSliderKeys(slider, {
    at: () => lead.share * lead.last,
    last: () => lead.last,
    play: togglePlay,
    moveTo: (position) => moveTo(position / lead.last),
  });
  root.addEventListener("keydown", onKey);
  part("play").addEventListener("click", togglePlay);
  for (const button of root.querySelectorAll(".mode")) button.addEventListener("click", () => setMode(button.dataset.mode));
  for (const name of ["first", "second"]) {
    part(name).addEventListener("change", () => choose(Number(part("first").value), Number(part("second").value)));
  }
  part("which").addEventListener("change", () => showPhoto(part("which").value));
  part("swap").addEventListener("click", swap);
  part("divider").addEventListener("input", () => cut(part("divider").valueAsNumber));
  part("zoom").addEventListener("click", () => visible()[0]?.zoom.toggleAt(...lastPlace));
  part("depth").addEventListener("click", () => {
    setPressed(part("depth"), !pressed("depth"));
    root.classList.toggle("shows-depth", pressed("depth"));
    schedule();
  });
  new ResizeObserver(sync).observe(part("cells"));
  watch("value", () => {
    show(valueOf(props));
    root.scrollIntoView({ block: "nearest", behavior: reducedMotion() ? "auto" : "smooth" });
  });
}

root.dataset.front = "a";
listen();
show(valueOf(props));
