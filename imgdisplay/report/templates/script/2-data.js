// The cells of a table as its JSON says them: text, [text, value], [name, reason, true], null.

const FEW = 20; // different values of a column that are offered as a list
const LONG = 60; // characters of a value in such a list

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

class Data {
  constructor(section, columns) {
    this.scripts = section.querySelectorAll('script[type="application/json"]');
    this.columns = columns;
  }

  get rows() {
    const rows = [...this.scripts].flatMap((script) => JSON.parse(script.textContent));
    Object.defineProperty(this, "rows", { value: rows });
    return rows;
  }

  text(row, place) {
    const cell = this.rows[row][place];
    return Array.isArray(cell) ? cell[0] : cell ?? "";
  }

  reason(row, place) {
    const cell = this.rows[row][place];
    return Array.isArray(cell) && cell[2] === true ? cell[1] : "";
  }

  value(row, place) {
    const cell = this.rows[row][place];
    if (Array.isArray(cell)) return typeof cell[1] === "number" ? cell[1] : NaN;
    return cell === null || cell.trim() === "" ? NaN : Number(cell);
  }

  // All that is read in each row, to be searched.
  get texts() {
    const cell = (one) => (Array.isArray(one) ? `${one[0]}\n${one[2] ? one[1] : ""}` : one ?? "");
    const texts = this.rows.map((row) => folded(row.map(cell).join("\n")));
    Object.defineProperty(this, "texts", { value: texts });
    return texts;
  }

  // The rows in the order of a column; what is missing comes last either way.
  ordered(rows, { place, falling }) {
    const sign = falling ? -1 : 1;
    const { kind } = this.columns[place];
    if (kind === "number" || kind === "date") {
      const keys = new Map(rows.map((row) => [row, this.value(row, place)]));
      return rows.slice().sort((a, b) => {
        const [x, y] = [keys.get(a), keys.get(b)];
        return isNaN(x) || isNaN(y) ? isNaN(x) - isNaN(y) : sign * (x < y ? -1 : x > y);
      });
    }
    const keys = new Map(rows.map((row) => [row, this.text(row, place)]));
    return rows.slice().sort((a, b) => {
      const [x, y] = [keys.get(a), keys.get(b)];
      return !x || !y ? !x - !y : sign * collator.compare(x, y);
    });
  }

  // The different texts of a column with their numbers, or null if there are many.
  values(place) {
    const values = new Map();
    for (let row = 0; row < this.rows.length; row += 1) {
      const text = this.text(row, place) || MISSING;
      values.set(text, (values.get(text) ?? 0) + 1);
      if (values.size > FEW || text.length > LONG) return null;
    }
    return new Map([...values].sort(([a], [b]) => collator.compare(a, b)));
  }
}
