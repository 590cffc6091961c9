// A filter for each column: a list of few values, a range of numbers or dates, or a text.

class Filters {
  constructor(data, columns, changed) {
    Object.assign(this, { data, columns, changed });
    this.tests = new Map(); // by the place of the column
  }

  get size() {
    return this.tests.size;
  }

  fields() {
    const columns = this.columns.filter(({ isNamed }) => isNamed);
    return columns.map((column) => this.field(column)).filter(Boolean);
  }

  field({ place, name, kind }) {
    const set = (test) => {
      if (test) this.tests.set(place, test);
      else this.tests.delete(place);
      this.changed();
    };
    let field;
    if (kind === "picture") field = this.readable(place, set);
    else if (kind === "number" || kind === "date") field = this.range(place, kind, set);
    else field = this.values(place, set) ?? this.text(place, set);
    return field && make("fieldset", {}, make("legend", {}, name), field);
  }

  choices(choices, set, test) {
    const boxes = new Map();
    const changed = () => {
      const chosen = new Set([...boxes.keys()].filter((value) => boxes.get(value).checked));
      set(chosen.size ? (row) => test(row, chosen) : null);
    };
    const labels = [...choices].map(([value, count]) => {
      const box = make("input", { type: "checkbox" });
      box.addEventListener("change", changed);
      boxes.set(value, box);
      return make("label", {}, box, ` ${value} `, make("small", {}, said(count)));
    });
    return make("div", { class: "choices" }, ...labels);
  }

  readable(place, set) {
    const bad = this.data.rows.filter((_, row) => this.data.reason(row, place)).length;
    if (!bad) return null;
    const choices = [["readable", this.data.rows.length - bad], ["unreadable", bad]];
    const word = (row) => (this.data.reason(row, place) ? "unreadable" : "readable");
    return this.choices(choices, set, (row, chosen) => chosen.has(word(row)));
  }

  values(place, set) {
    const values = this.data.values(place);
    if (!values || values.size < 2) return null;
    const word = (row) => this.data.text(row, place) || MISSING;
    return this.choices(values, set, (row, chosen) => chosen.has(word(row)));
  }

  range(place, kind, set) {
    const type = kind === "date" ? "date" : "number";
    const least = make("input", { type, step: "any" });
    const most = make("input", { type, step: "any" });
    const read = (input, days) =>
      kind === "date" ? input.valueAsNumber / 1000 + days * 86400 : input.valueAsNumber;
    const changed = () => {
      const [low, high] = [read(least, 0), read(most, 1)];
      if (isNaN(low) && isNaN(high)) return set(null);
      const [from, to] = [isNaN(low) ? -Infinity : low, isNaN(high) ? Infinity : high];
      return set((row) => {
        const value = this.data.value(row, place);
        return value >= from && (kind === "date" && to < Infinity ? value < to : value <= to);
      });
    };
    for (const input of [least, most]) input.addEventListener("input", changed);
    const labels = [make("label", {}, "from ", least), make("label", {}, "to ", most)];
    return make("div", { class: "range" }, ...labels);
  }

  text(place, set) {
    const input = make("input", { type: "search", autocomplete: "off" });
    input.addEventListener("input", () => {
      const part = folded(input.value.trim());
      set(part ? (row) => folded(this.data.text(row, place)).includes(part) : null);
    });
    return make("div", { class: "range" }, make("label", {}, "contains ", input));
  }
}
