// The example photos; event "pick" carries the index of the one to open.

element.querySelector(".strip").replaceChildren(...props.examples.map((example, index) => {
  const button = refocus.pictureButton(example.thumbnail, example.title, () => trigger("pick", { index }));
  button.dataset.name = example.name;
  return button;
}));
