// A table with its tools.

class Table {
  constructor(section) {
    this.section = section;
    this.rows = new Rows(section);
    this.heads = [...this.rows.table.tHead.rows[0].cells];
    this.columns = this.heads.map((head, place) => ({
      place,
      name: head.textContent,
      kind: head.classList[0],
      isNamed: !head.classList.contains("nameless"),
    }));
    this.data = new Data(section, this.columns);
    this.perLine = 1; // as the rows were written, whatever they look like
    this.order = null;
    this.filters = new Filters(this.data, this.columns, () => this.update());
    this.shown = new ShownColumns(section, this.columns, () => this.update());
    this.listen();
    this.tools = section.querySelector(".tools");
    if (this.tools) this.equip();
  }

  listen() {
    const { table } = this.rows;
    table.addEventListener("click", (event) => {
      const picture = this.pictureAt(event.target);
      if (!picture || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      viewer?.open(this, picture);
    });
    table.addEventListener("keydown", (event) => this.pressed(event));
    table.addEventListener("focusin", ({ target }) => {
      if (this.pictureAt(target) === target) this.rows.setStop(target);
    });
    addEventListener("beforeprint", () => {
      for (const body of table.querySelectorAll("tbody.waiting")) this.rows.fill(body);
    });
    new ResizeObserver(() => this.regroup()).observe(table);
  }

  pictureAt(target) {
    const cell = target.closest("td, th");
    return cell && pictures(cell).find((one) => one.contains(target));
  }

  pressed(event) {
    const picture = this.pictureAt(event.target);
    if (picture !== event.target || !picture) return;
    const row = picture.closest("tr");
    const inRow = pictures(row);
    const place = inRow.indexOf(picture);
    const position = this.rows.position(row);
    const down = this.rows.perLine;
    const next = this.rows.isGallery ? 1 : 0;
    const steps = {
      ArrowDown: [position + down, place],
      ArrowUp: [position - down, place],
      ArrowRight: next ? [position + 1, place] : [position, place + 1],
      ArrowLeft: next ? [position - 1, place] : [position, place - 1],
      Home: [0, place],
      End: [this.rows.length - 1, place],
    };
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      viewer?.open(this, picture);
    } else if (event.key in steps) {
      event.preventDefault();
      this.focus(...steps[event.key]);
    }
  }

  // Put the focus on a picture of the row at a place among those shown.
  focus(position, place) {
    if (position < 0 || position >= this.rows.length) return;
    const row = this.rows.at(position);
    const picture = pictures(row)[place] ?? pictures(row)[0];
    if (!picture) return;
    this.rows.setStop(picture);
    row.scrollIntoView({ block: "nearest" });
    picture.focus({ preventScroll: true });
  }

  // Cards of a full line in every group, however wide the window is.
  regroup() {
    const perLine = this.rows.perLine;
    if (perLine === this.perLine) return;
    this.perLine = perLine;
    if (this.rows.total > GROUP) this.update();
  }

  equip() {
    const find = (name) => this.tools.querySelector(name);
    this.search = find("input");
    this.select = find("select");
    this.count = find(".count");
    this.resetButton = find(".reset");
    const viewButton = find(".view");
    this.panels = {
      filters: this.section.querySelector(".panel.filters"),
      columns: this.section.querySelector(".panel.columns"),
    };

    this.search.addEventListener("focus", () => this.data.texts, { once: true });
    let asked = 0;
    this.search.addEventListener("input", () => {
      cancelAnimationFrame(asked);
      asked = requestAnimationFrame(() => this.update());
    });
    for (const { name, place } of this.columns) {
      for (const [mark, falling] of [["↑", ""], ["↓", "falling"]]) {
        this.select.append(make("option", { value: `${place} ${falling}` }, `${name} ${mark}`));
      }
    }
    this.select.addEventListener("change", () => {
      const [place, falling] = this.select.value.split(" ");
      this.setOrder(place ? { place: Number(place), falling: falling === "falling" } : null);
    });
    this.heads.forEach((head, place) => {
      const button = make("button", { type: "button" }, ...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => this.turn(place));
    });
    for (const [name, panel] of Object.entries(this.panels)) {
      const button = find(`.${name}`);
      button.addEventListener("click", () => this.unfold(name, button, panel));
    }
    viewButton?.addEventListener("click", () => {
      const isGallery = this.section.classList.toggle("as-gallery");
      viewButton.setAttribute("aria-pressed", isGallery);
      this.perLine = this.rows.perLine;
      if (this.rows.total > GROUP) this.update();
    });
    this.resetButton.addEventListener("click", () => this.reset());
    const under = () => this.section.style.setProperty("--under", `${this.tools.offsetHeight}px`);
    new ResizeObserver(under).observe(this.tools);
  }

  // A click on a heading: rising, falling, as given.
  turn(place) {
    const same = this.order?.place === place;
    if (same && this.order.falling) this.setOrder(null);
    else this.setOrder({ place, falling: same });
  }

  setOrder(order) {
    this.order = order;
    this.heads.forEach((head, place) => {
      if (order?.place !== place) head.removeAttribute("aria-sort");
      else head.setAttribute("aria-sort", order.falling ? "descending" : "ascending");
    });
    this.select.value = order ? `${order.place} ${order.falling ? "falling" : ""}` : "";
    this.update();
  }

  update() {
    const words = this.search ? folded(this.search.value).split(/\s+/).filter(Boolean) : [];
    let rows = Array.from({ length: this.rows.total }, (_, row) => row);
    for (const word of words) rows = rows.filter((row) => this.data.texts[row].includes(word));
    for (const test of this.filters.tests.values()) rows = rows.filter(test);
    if (this.order) rows = this.data.ordered(rows, this.order);
    this.rows.show(rows);
    if (!this.tools) return;
    const all = `${said(this.rows.total)} rows`;
    this.count.textContent = rows.length === this.rows.total ? all : `${said(rows.length)} of ${all}`;
    this.section.classList.toggle("is-empty", !rows.length);
    this.tools.querySelector(".filters").dataset.set = this.filters.size || "";
    this.tools.querySelector(".columns").dataset.set = this.shown.size || "";
    this.resetButton.hidden = !(words.length || this.filters.size || this.order || this.shown.size);
  }

  reset() {
    this.search.value = "";
    this.filters.tests.clear();
    this.shown.hidden.clear();
    this.shown.apply();
    for (const panel of Object.values(this.panels)) {
      panel.querySelector("form")?.reset();
    }
    this.setOrder(null);
    this.search.focus();
  }

  unfold(name, button, panel) {
    if (!panel.firstChild) {
      const form = make("form", {});
      form.addEventListener("submit", (event) => event.preventDefault());
      form.append(...(name === "filters" ? this.filters : this.shown).fields());
      panel.append(form);
    }
    panel.hidden = !panel.hidden;
    button.setAttribute("aria-expanded", !panel.hidden);
    for (const [other, second] of Object.entries(this.panels)) {
      if (other === name) continue;
      second.hidden = true;
      this.tools.querySelector(`.${other}`).setAttribute("aria-expanded", false);
    }
  }

  // Show the row that an address within the page names.
  reveal(number) {
    if (this.rows.rows && !this.rows.rows.includes(number)) this.reset();
    const row = this.rows.at(this.rows.rows ? this.rows.rows.indexOf(number) : number);
    this.section.querySelector(".found")?.classList.remove("found");
    row.classList.add("found");
    row.scrollIntoView({ block: "center" });
    return row;
  }

  // What a reader would call a row.
  nameOf(number, place) {
    const { caption } = this.rows.table.dataset;
    return (caption && this.data.text(number, caption)) || this.data.text(number, place);
  }
}
