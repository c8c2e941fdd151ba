// Words and states that every part of the page shows in the same way.

// The words of the first language the browser asks for that the page speaks; English where there is none.
function pickWords(languages) {
  const code = navigator.languages.map((one) => one.split("-")[0]).find((one) => languages[one]);
  return { ...languages.en, ...(languages[code] || {}) };
}

// The text of each element that names a word, its tip and what a screen reader calls it.
function fillWords(root, words) {
  for (const node of root.querySelectorAll("[data-word]")) node.textContent = words[node.dataset.word];
  for (const node of root.querySelectorAll("[data-tip]")) node.title = words[node.dataset.tip];
  for (const node of root.querySelectorAll("[data-label]")) node.setAttribute("aria-label", words[node.dataset.label]);
}

function isPressed(button) {
  return button.getAttribute("aria-pressed") === "true";
}

function setPressed(button, on) {
  button.setAttribute("aria-pressed", String(on));
}

// A value that gradio sends for nothing is "" or null.
function valueOf(props) {
  return props.value && typeof props.value === "object" ? props.value : null;
}
