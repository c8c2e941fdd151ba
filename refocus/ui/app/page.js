// What gradio's own controls lack. Runs once, before the page is built.

// A photo dropped or pasted anywhere on the page goes to the photo control, instead of replacing the page.
const photo = () => document.querySelector("#photo");

const waitFor = (find, tries = 40) => new Promise((resolve) => {
  const look = () => {
    const found = find();
    if (found || tries-- === 0) resolve(found);
    else setTimeout(look, 50);
  };
  look();
});

// The control has no file input while it shows a photo, so the old photo is removed first.
const fileInput = async () => {
  const find = () => photo().querySelector("input[type=file]");
  if (!find()) photo().querySelector('button[aria-label="Remove Image"]')?.click();
  return waitFor(find);
};

const openFiles = async (files) => {
  const input = await fileInput();
  if (!input) return;
  input.files = files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
};

const hasFiles = (data) => data && [...data.types].includes("Files");
const elsewhere = (event) => !event.target.closest?.("#photo, input, textarea, .file-preview, #depth-file");

document.addEventListener("dragover", (event) => {
  if (hasFiles(event.dataTransfer) && elsewhere(event)) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  if (!hasFiles(event.dataTransfer) || !elsewhere(event)) return;
  event.preventDefault();
  openFiles(event.dataTransfer.files);
});
document.addEventListener("paste", (event) => {
  if (!hasFiles(event.clipboardData) || !elsewhere(event)) return;
  event.preventDefault();
  openFiles(event.clipboardData.files);
});

// gradio names a refused file in a toast, which is HTML, so file names lose the characters that begin an element.
const MARKUP = /[<>&]/g;
const isHostile = (file) => file.name.search(MARKUP) >= 0;
const renamed = (files) => {
  const data = new DataTransfer();
  for (const file of files) {
    data.items.add(isHostile(file) ? new File([file], file.name.replace(MARKUP, "_"), { type: file.type }) : file);
  }
  return data;
};
document.addEventListener("change", ({ target }) => {
  if (target.type === "file" && [...target.files].some(isHostile)) target.files = renamed(target.files).files;
}, true);
document.addEventListener("drop", (event) => {
  const files = [...(event.dataTransfer?.files ?? [])];
  if (!files.some(isHostile)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const again = { dataTransfer: renamed(files), bubbles: true, cancelable: true };
  event.target.dispatchEvent(new DragEvent("drop", again));
}, true);

// Releasing the slider starts a run; so do its keys and the number beside it, after a pause.
const PAUSE_MS = 400;
let timer = null;
const release = (event) => {
  const slider = event.target.closest?.("#blur")?.querySelector("input[type=range]");
  if (!slider) return;
  clearTimeout(timer);
  timer = setTimeout(() => slider.dispatchEvent(new PointerEvent("pointerup", { bubbles: true })), PAUSE_MS);
};
document.addEventListener("keyup", (event) => {
  if (event.target.type === "range" && /^(Arrow|Page|Home|End)/.test(event.key)) release(event);
});
document.addEventListener("change", (event) => event.target.type === "number" && release(event));

// What the page waits for, in words on the picture. gradio tells it beside the status line: the place in the queue, or
// the stage and how much is done.
const MIN_DONE = 0.1; // from here on, the time that is left can be told
let workBegan = 0;
const NOTHING_YET = { stage: "Starting", percent: 0 };
let last = NOTHING_YET; // between two stages gradio shows none for a moment

const timeLeft = (done) => {
  const left = ((performance.now() - workBegan) / 1000) * (1 / done - 1);
  return done < MIN_DONE || left < 1 ? "" : `, about ${Math.ceil(left)} s left`;
};

const wordsFor = (tracker) => {
  const text = (name) => tracker.querySelector(name)?.textContent.trim() ?? "";
  const place = Number(/queue: (\d+)/.exec(text(".progress-text"))?.[1] ?? 0);
  if (place) [workBegan, last] = [0, NOTHING_YET];
  if (place > 1) return { words: `In line: ${place - 1} before you`, done: 0 };
  if (place === 1) return { words: "Next in line", done: 0 };
  workBegan ||= performance.now();
  const [, stage = "", percent = "0"] = /^(.*?)[\s-]*([\d.]+)%$/s.exec(text(".progress-level-inner")) ?? [];
  if (stage.trim()) last = { stage: stage.trim(), percent: Number(percent) };
  return { words: `${last.stage}${timeLeft(last.percent / 100)}`, done: last.percent };
};

// The sweep video plays in a loop: only while it can be seen, and not while the page waits for other work.
const seenVideos = new WeakSet();
const settleVideo = (video) => {
  const rests = !seenVideos.has(video) || document.documentElement.classList.contains("refocus-works");
  if (rests && !video.paused) {
    video.dataset.rests = "";
    video.pause();
  } else if (!rests && "rests" in video.dataset) {
    delete video.dataset.rests;
    video.play().catch(() => {}); // it was replaced by another
  }
};
const inView = new IntersectionObserver((changes) => {
  for (const { target, isIntersecting } of changes) {
    seenVideos[isIntersecting ? "add" : "delete"](target);
    settleVideo(target);
  }
});
document.addEventListener("play", ({ target }) => target.closest?.("#video") && inView.observe(target), true);

const showProgress = () => {
  const tracker = document.querySelector("#status .wrap");
  const line = document.querySelector("#viewer .progress");
  const waits = Boolean(tracker) && !tracker.classList.contains("hide") && !tracker.querySelector(".error");
  document.documentElement.classList.toggle("refocus-works", waits); // Stop is shown in place of Refocus
  document.querySelectorAll("#video video").forEach(settleVideo);
  if (!line) return;
  line.hidden = !waits;
  if (!waits) {
    [workBegan, last] = [0, NOTHING_YET];
    return;
  }
  const { words, done } = wordsFor(tracker);
  const doing = line.querySelector(".doing");
  if (doing.textContent !== words) doing.textContent = words;
  line.style.setProperty("--fv-done", `${done}%`);
};

// gradio's button that enlarges a picture has no accessible name.
document.addEventListener("load", (event) => {
  const name = event.target.closest?.(".block")?.querySelector("[data-testid=block-label]")?.textContent;
  if (name) event.target.closest("button")?.setAttribute("aria-label", name.trim());
}, true);

// gradio gives every radio button a name of its own, so that each is a tab stop and arrow keys do nothing.
const groupRadios = () => {
  for (const group of document.querySelectorAll("fieldset")) {
    const radios = group.querySelectorAll("input[type=radio]");
    for (const radio of radios) if (radio.name !== radios[0].name) radio.name = radios[0].name;
  }
};

// gradio labels its drop areas with another text than they show, so voice control cannot find them by that text.
new MutationObserver(() => {
  for (const button of document.querySelectorAll("[aria-dropeffect]")) button.removeAttribute("aria-label");
  groupRadios();
}).observe(document, { childList: true, subtree: true });
const whenBuilt = async () => {
  const status = await waitFor(() => document.querySelector("#status"), 600);
  if (status) new MutationObserver(showProgress).observe(status, { attributes: true, characterData: true, childList: true, subtree: true });
};
whenBuilt();
