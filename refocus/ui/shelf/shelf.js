// The session's finished stacks; event "pick" carries the index of the one to show again.

const strip = element.querySelector(".strip");

function show() {
  const items = refocus.valueOf(props)?.items || [];
  strip.replaceChildren(...items.map((item, index) => {
    const button = refocus.pictureButton(item.thumbnail.url, `Show ${item.name} again`, () => trigger("pick", { index }));
    button.title = item.name;
    refocus.setPressed(button, index === props.value.shown);
    return button;
  }));
}

show();
watch("value", show);
