// Strokes on the picture. This script holds them; Python computes the corrected depth ("draw", with all strokes each
// time) and renders the stack ("finish"). "begin" requests the picture when the panel is opened.

const INK = { nearer: "#f5ae35", farther: "#3b82f6", same: "#34d399" };
const LONG_SIDE_PX = 1024; // of the canvas the strokes are drawn on
const STEP = 0.004; // of the long side: points closer than this are left out

const root = element.querySelector(".touch");
const part = (name) => root.querySelector(name);
const picture = part("canvas.picture");
const ink = part("canvas.ink");
const scene = part(".scene");
let strokes = [];
let current = null; // the stroke being drawn
let hover = null; // where the brush hovers
let images = null; // { photo, depth }
let number = 0; // of the last request
let answered = 0;
let busy = false;

const tool = () => part("[name=tool]:checked").value;
const radius = () => part(".size input").valueAsNumber / 100;
const isOpen = () => !part(".panel").hidden;

function refresh() {
  part(".open").disabled = !props.stack;
  part(".count").textContent = `Strokes: ${strokes.length}`;
  part(".undo").disabled = busy || !strokes.length;
  part(".reset").disabled = busy || !strokes.length;
  part(".apply").disabled = busy || !images;
  part(".apply").textContent = busy ? "Rendering…" : "Apply";
  part(".busy").classList.toggle("on", isOpen() && (answered < number || !images));
  root.dataset.answered = answered === number;
  root.dataset.strokes = strokes.length;
}

function drawPicture() {
  if (!images) return;
  const context = picture.getContext("2d");
  context.globalAlpha = 1;
  context.drawImage(images.photo, 0, 0, picture.width, picture.height);
  context.globalAlpha = part(".show input").valueAsNumber / 100;
  context.drawImage(images.depth, 0, 0, picture.width, picture.height);
}

function line(context, stroke, alpha) {
  const longSide = Math.max(ink.width, ink.height);
  context.globalAlpha = alpha;
  context.strokeStyle = context.fillStyle = INK[stroke.kind];
  context.lineWidth = 2 * stroke.radius * longSide;
  context.lineCap = context.lineJoin = "round";
  context.beginPath();
  stroke.points.forEach(([x, y], index) => {
    if (index) context.lineTo(x * ink.width, y * ink.height);
    else context.moveTo(x * ink.width, y * ink.height);
  });
  if (stroke.points.length === 1) context.lineTo(stroke.points[0][0] * ink.width + 0.01, stroke.points[0][1] * ink.height);
  context.stroke();
}

function drawInk() {
  const context = ink.getContext("2d");
  context.globalAlpha = 1;
  context.clearRect(0, 0, ink.width, ink.height);
  const waiting = answered < number ? strokes.slice(-1) : [];
  for (const stroke of current ? [...waiting, current] : waiting) line(context, stroke, 0.65);
  if (!hover) return;
  const [x, y] = [hover[0] * ink.width, hover[1] * ink.height];
  const size = radius() * Math.max(ink.width, ink.height);
  context.globalAlpha = 1;
  for (const [width, colour] of [[4, "rgb(0 0 0 / 60%)"], [2, INK[tool()]]]) {
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.beginPath();
    context.arc(x, y, size, 0, 2 * Math.PI);
    context.stroke();
  }
}

function place(event) {
  const box = ink.getBoundingClientRect();
  const clamp = (value) => Math.min(1, Math.max(0, value));
  return [clamp((event.clientX - box.left) / box.width), clamp((event.clientY - box.top) / box.height)];
}

function ask() {
  number += 1;
  refresh();
  trigger("draw", { strokes, number });
}

function begin(event) {
  if (!images || busy || current || event.button > 0) return;
  event.preventDefault();
  scene.setPointerCapture(event.pointerId);
  const strength = part(".strength input").valueAsNumber / 100;
  const kind = tool();
  current = { kind, points: [place(event)], radius: radius(), strength: kind === "same" ? 1 : strength };
  hover = place(event);
  drawInk();
}

function move(event) {
  hover = place(event);
  if (current) {
    const [x, y] = current.points.at(-1);
    if (Math.hypot(hover[0] - x, hover[1] - y) > STEP) current.points.push(hover);
  }
  drawInk();
}

function end(event) {
  if (!current) return;
  if (event.type !== "pointercancel") {
    strokes = [...strokes, current];
    current = null;
    if (event.pointerType !== "mouse") hover = null;
    ask();
  }
  current = null;
  drawInk();
}

function undo() {
  if (!strokes.length || busy) return;
  strokes = strokes.slice(0, -1);
  ask();
}

function open(wanted) {
  part(".panel").hidden = !wanted;
  part(".open").setAttribute("aria-expanded", String(wanted));
  if (wanted) {
    images = null;
    strokes = [];
    number = answered = 0;
    trigger("begin", {});
  }
  refresh();
}

function loaded(url) {
  const image = new Image();
  image.src = url;
  return image.decode().then(() => image);
}

async function show() {
  const view = refocus.valueOf(props);
  if (!view || view.stack !== props.stack || !isOpen()) return;
  const [photo, depth] = await Promise.all([loaded(view.picture.url), loaded(view.depth.url)]);
  if (view.number < answered) return; // a later answer was shown already
  const first = !images;
  images = { photo, depth };
  answered = view.number;
  if (first) {
    strokes = view.strokes;
    const scale = LONG_SIDE_PX / Math.max(view.width, view.height);
    for (const canvas of [picture, ink]) {
      canvas.width = Math.round(view.width * scale);
      canvas.height = Math.round(view.height * scale);
    }
    root.style.setProperty("--ratio", view.width / view.height);
  }
  drawPicture();
  drawInk();
  refresh();
}

function listen() {
  part(".open").addEventListener("click", () => open(!isOpen()));
  scene.addEventListener("pointerdown", begin);
  scene.addEventListener("pointermove", move);
  scene.addEventListener("pointerup", end);
  scene.addEventListener("pointercancel", end);
  scene.addEventListener("pointerleave", () => { hover = null; drawInk(); });
  part(".show input").addEventListener("input", drawPicture);
  part(".undo").addEventListener("click", undo);
  part(".reset").addEventListener("click", () => { strokes = []; ask(); });
  part(".apply").addEventListener("click", () => {
    busy = true;
    refresh();
    trigger("finish", { strokes, number });
  });
  root.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "z") { event.preventDefault(); undo(); }
  });
}

listen();
refresh();
watch("value", show);
watch("stack", () => {
  if (isOpen() && !busy) open(false);
  refresh();
});
watch("ended", () => {
  busy = false;
  open(false);
});
