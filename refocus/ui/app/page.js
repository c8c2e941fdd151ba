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

// gradio's button that enlarges a picture has no accessible name.
document.addEventListener("load", (event) => {
  const name = event.target.closest?.(".block")?.querySelector("[data-testid=block-label]")?.textContent;
  if (name) event.target.closest("button")?.setAttribute("aria-label", name.trim());
}, true);

// gradio labels its drop areas with another text than they show, so voice control cannot find them by that text.
new MutationObserver(() => {
  for (const button of document.querySelectorAll("[aria-dropeffect]")) button.removeAttribute("aria-label");
}).observe(document, { childList: true, subtree: true });
