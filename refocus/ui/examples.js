const words = refocus.pickWords(props.words);
refocus.fillWords(element, words);
for (const button of element.querySelectorAll("button[data-index]")) {
  button.title = words[button.dataset.name];
  button.setAttribute("aria-label", button.title);
}
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-index]");
  if (button) trigger("pick", { index: Number(button.dataset.index) });
});
