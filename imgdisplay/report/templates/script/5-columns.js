// Which columns are shown.

class ShownColumns {
  constructor(section, columns, changed) {
    Object.assign(this, { section, columns, changed });
    this.hidden = new Set(); // by their places
    this.style = make("style");
    section.append(this.style);
  }

  get size() {
    return this.hidden.size;
  }

  fields() {
    const boxes = this.columns.map(({ place, name }) => {
      const box = make("input", { type: "checkbox", checked: true });
      box.addEventListener("change", () => {
        if (box.checked) this.hidden.delete(place);
        else this.hidden.add(place);
        this.apply();
        this.changed();
      });
      return make("label", {}, box, ` ${name}`);
    });
    const legend = make("legend", {}, "Shown columns");
    return [make("fieldset", {}, legend, make("div", { class: "choices" }, ...boxes))];
  }

  apply() {
    const { id } = this.section;
    const rule = (place) => `#${id} .sheet tr > :nth-child(${place + 1}) { display: none }`;
    this.style.textContent = [...this.hidden].map(rule).join("\n");
    const shown = this.columns.filter(({ place }) => !this.hidden.has(place));
    const tracks = shown.map(({ place }) => `var(--track-${place + 1})`).join(" ");
    if (this.hidden.size) this.section.style.setProperty("--tracks", tracks);
    else this.section.style.removeProperty("--tracks");
  }
}
