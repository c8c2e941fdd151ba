// Finished work of the session as thumbnails; event "pick" carries the index of the one to show again.

const part = (name) => element.querySelector(name);
let made = ""; // what a prompt made that the focus viewer shows now

function show() {
  const { items = [], shown } = refocus.valueOf(props) || {};
  const isShown = (item, index) => (props.of_prompts ? Boolean(made) && item.key === made : index === shown);
  part(".shelf").hidden = props.of_prompts && !items.length;
  part(".heading").textContent = props.of_prompts ? "Made from prompts" : "In this session";
  part(".strip").replaceChildren(...items.map((item, index) => {
    const button = refocus.pictureButton(item.thumbnail.url, `Show ${item.name} again`, () => trigger("pick", { index }));
    button.title = item.name;
    button.classList.toggle("video", item.video);
    refocus.setPressed(button, isShown(item, index));
    return button;
  }));
  const current = props.of_prompts && items.find(isShown);
  part(".about").textContent = current ? current.notes.join("\n") : ""; // its name is on the picture
}

show();
watch("value", show);
if (props.of_prompts) {
  refocus.hearMade((name) => {
    made = name;
    show();
  });
}
