// The larger picture with the data of its row.

class Viewer {
  constructor(dialog) {
    this.dialog = dialog;
    const find = (name) => dialog.querySelector(name);
    [this.title, this.place, this.mat, this.facts] = ["h2", ".place", ".mat", "dl"].map(find);
    [this.previous, this.next] = [".previous", ".next"].map(find);
    find(".close").addEventListener("click", () => dialog.close());
    this.previous.addEventListener("click", () => this.step(-1));
    this.next.addEventListener("click", () => this.step(1));
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
    dialog.addEventListener("close", () => this.closed());
    dialog.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      this.step(step);
    });
  }

  open(table, picture) {
    this.table = table;
    this.column = picture.closest("td, th").cellIndex;
    this.show(table.rows.position(picture.closest("tr")));
    this.dialog.showModal();
  }

  step(by) {
    const { rows } = this.table;
    for (let place = this.position + by; place >= 0 && place < rows.length; place += by) {
      if (pictures(rows.at(place).cells[this.column]).length) return this.show(place);
    }
    return null;
  }

  show(position) {
    const { rows, data, columns } = this.table;
    this.position = position;
    const row = rows.at(position);
    const cell = row.cells[this.column];
    this.title.textContent = this.table.nameOf(row.number, this.column);
    this.place.textContent = `${said(position + 1)} of ${said(rows.length)}`;
    this.mat.replaceChildren(enlarged(cell));
    const reason = data.reason(row.number, this.column);
    if (reason) this.mat.append(make("p", { class: "reason" }, reason));
    const link = cell.querySelector("a.original");
    if (link) {
      const address = { href: link.getAttribute("href"), rel: "noreferrer" };
      this.mat.append(make("a", address, "Open the original"));
    }
    this.facts.replaceChildren(
      ...columns
        .filter(({ place }) => place !== this.column)
        .map(({ name, place }) => {
          const text = data.text(row.number, place) || "–";
          return make("div", {}, make("dt", {}, name), make("dd", {}, text));
        }),
    );
    this.previous.disabled = position === 0;
    this.next.disabled = position === rows.length - 1;
    if (document.activeElement?.disabled) this.dialog.querySelector(".close").focus();
  }

  closed() {
    const cells = [...this.table.rows.at(this.position).cells].slice(0, this.column);
    this.table.focus(this.position, cells.reduce((sum, cell) => sum + pictures(cell).length, 0));
    this.mat.replaceChildren();
  }
}

// A copy of the largest picture in a cell, without what made it a button.
function enlarged(cell) {
  const [small, large] = cell.querySelectorAll("img");
  const copy = (large ?? small).cloneNode();
  for (const name of ["tabindex", "role", "loading", "aria-haspopup", "title"]) copy.removeAttribute(name);
  const [width, height] = ["width", "height"].map((name) => Number(copy.getAttribute(name)));
  copy.style.setProperty("--width", `${large ? width : 3 * width}px`);
  copy.style.setProperty("--ratio", `${width} / ${height}`);
  return copy;
}
