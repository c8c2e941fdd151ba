const root = element.querySelector(".shelf");

function show() {
  const items = refocus.valueOf(props)?.items || [];
  root.querySelector(".strip").replaceChildren(...items.map((item, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.title = item.name;
    button.setAttribute("aria-label", `Show ${item.name} again`);
    refocus.setPressed(button, index === props.value.shown);
    const picture = new Image();
    picture.alt = "";
    picture.src = item.thumbnail.url;
    button.append(picture);
    button.addEventListener("click", () => trigger("pick", { index }));
    return button;
  }));
}

show();
watch("value", show);
