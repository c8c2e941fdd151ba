// Before and after in one frame, divided by a line that is moved with the slider or in the picture. A tap corrects the
// focus: event "correct" with x and y in [0, 1] and the index of the picture. A focus pull is shown as a video instead.
// Below are the thumbnails of the session's pictures: event "chosen" with the index of the one to show again.

const TAP_PX = 8;

const root = element.querySelector(".compare");
const part = (name) => root.querySelector(name);
const frame = part(".frame");
const slider = part("input");

function wipeTo(share) {
  const at = Math.min(Math.max(share, 0), 1);
  slider.value = Math.round(at * 100);
  root.style.setProperty("--at", at);
  slider.setAttribute("aria-valuetext", `${Math.round(at * 100)}% before`);
}

function place(event) {
  const box = frame.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
}

function listen() {
  slider.addEventListener("input", () => wipeTo(slider.valueAsNumber / 100));
  let start = null;
  const handle = part(".handle");
  handle.addEventListener("pointerdown", (event) => {
    event.stopPropagation();
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointermove", (event) => {
    if (handle.hasPointerCapture(event.pointerId)) wipeTo(place(event)[0]);
  });
  frame.addEventListener("pointerdown", (event) => { start = [event.clientX, event.clientY]; });
  frame.addEventListener("click", (event) => {
    const moved = start && Math.hypot(event.clientX - start[0], event.clientY - start[1]) > TAP_PX;
    if (moved || event.target === handle || handle.contains(event.target) || !props.value || props.value.video) return;
    const [x, y] = place(event);
    refocus.showRing(part(".ring"), x, y);
    trigger("correct", { x, y, index: props.value.shown });
  });
}

function show() {
  const view = refocus.valueOf(props);
  root.hidden = !view;
  if (!view) return;
  const isVideo = Boolean(view.video);
  root.style.setProperty("--ratio", view.width / view.height);
  part(".after").src = view.after.url;
  part(".after").alt = view.description;
  part(".before").src = view.before.url;
  for (const name of [".before-side", ".handle", ".wipe", ".tag.left", ".tag.right"]) part(name).hidden = isVideo;
  const video = part(".pull");
  video.hidden = !isVideo;
  frame.classList.toggle("video", isVideo);
  if (isVideo) {
    video.src = view.video.url;
    video.setAttribute("aria-label", view.description);
    video.play().catch(() => {}); // a browser that blocks autoplay shows its play button
  } else {
    video.removeAttribute("src");
  }
  const link = part(".download");
  link.href = view.download.url;
  link.download = view.download.orig_name;
  link.textContent = isVideo ? "Download (MP4)" : "Download (PNG)";
  showHistory(view);
  const title = document.createElement("b");
  title.textContent = view.title;
  part("figcaption").replaceChildren(title, document.createTextNode(view.notes.map((note) => `\n${note}`).join("")));
}

function showHistory(view) {
  const title = document.createElement("p");
  title.className = "quiet";
  title.textContent = "Made in this session";
  const buttons = view.history.map((item, index) => {
    const button = refocus.pictureButton(item.thumbnail.url, item.title, () => trigger("chosen", { index }));
    button.setAttribute("aria-current", String(index === view.shown));
    button.classList.toggle("video", item.is_video);
    return button;
  });
  part(".history").hidden = view.history.length < 2; // a single one is shown already
  part(".history").replaceChildren(title, ...buttons);
}

wipeTo(0);
listen();
show();
watch("value", () => {
  const wasHidden = root.hidden;
  show();
  if (!root.hidden) {
    const behavior = refocus.reducedMotion() ? "auto" : "smooth";
    root.scrollIntoView({ block: wasHidden ? "center" : "nearest", behavior });
  }
});
