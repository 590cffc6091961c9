"use strict";
// Search across all pages of a folder. The texts of each page are in a script of its own, which
// is loaded when somebody searches: a page from a disk may read no other file. What they hold
// gets into this page as text only.

document.documentElement.classList.add("scripted");

const STEP = 50; // results that are shown at a time
const MOST = 5000; // found rows after which nobody wants more
const AT_ONCE = 6; // files that are on their way
const KEPT = 50_000_000; // characters that are kept for the next search
const NOTHING_COMMON = 35; // see searchtext.py

const said = (number) => number.toLocaleString("en");
const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// The rows of a page as they were before searchtext.py made them short.
function decoded(text) {
  let above = [];
  return text.split("\n").map((line) => {
    above = line.split("\t").map((cell, place) => {
      const common = cell.charCodeAt(0) - NOTHING_COMMON;
      return (above[place] ?? "").slice(0, common) + cell.slice(1);
    });
    return above;
  });
}

class Texts {
  constructor(inside, kept = KEPT) {
    this.inside = inside;
    this.kept = kept;
    this.waiting = new Map();
    this.known = new Map();
    this.sizes = new Map(); // of the pages that are there
    this.size = 0;
    globalThis.imgdisplayTexts = (name, sections) => this.waiting.get(name)?.(sections);
  }

  // The rows of a page: [{ anchor, cells, folded }], one promise for each page.
  of(name) {
    if (!this.known.has(name)) this.known.set(name, this.load(name));
    return this.known.get(name);
  }

  async load(name) {
    const script = make("script", { src: `${this.inside}search/${name}.js` });
    const sections = await new Promise((resolve, reject) => {
      this.waiting.set(name, resolve);
      script.addEventListener("error", () => reject(new Error(name)));
      document.head.append(script);
    }).finally(() => {
      this.waiting.delete(name);
      script.remove();
    });
    const rows = sections.flatMap(([anchor, text]) =>
      decoded(text).map((cells, place) => ({ anchor, place, cells, folded: folded(cells.join("\n")) })),
    );
    const size = rows.reduce((sum, row) => sum + 2 * row.folded.length, 0);
    this.sizes.set(name, size);
    this.size += size;
    return rows;
  }

  // Let go of what is more than a reader's machine should hold.
  tidy() {
    for (const [name, size] of this.sizes) {
      if (this.size <= this.kept) return;
      this.size -= size;
      this.sizes.delete(name);
      this.known.delete(name);
    }
  }
}

class Search {
  constructor(section, { inside, pages }) {
    const find = (name) => section.querySelector(name);
    [this.input, this.said, this.list, this.more] =
      ["input", ".said", ".results", ".more"].map(find);
    this.pages = pages;
    this.inside = inside;
    this.texts = new Texts(inside);
    this.run = 0;
    let asked = 0;
    this.input.addEventListener("input", () => {
      clearTimeout(asked);
      asked = setTimeout(() => this.search(), 120);
    });
    this.input.addEventListener("keydown", ({ key }) => {
      if (key === "Enter") this.list.querySelector("a")?.focus();
    });
    this.more.addEventListener("click", () => {
      const first = this.list.childElementCount;
      this.show();
      this.list.children[first]?.firstElementChild.focus();
    });
  }

  async search() {
    const run = (this.run += 1);
    const words = folded(this.input.value).split(/\s+/).filter(Boolean);
    const asked = this.input.value.trim();
    history.replaceState(null, "", asked ? `#q=${encodeURIComponent(asked)}` : location.pathname);
    this.found = [];
    this.words = words;
    this.list.replaceChildren();
    this.more.hidden = true;
    this.said.textContent = "";
    if (!words.length) return;
    let searched = 0;
    let lost = 0;
    const { pages } = this;
    for (const page of pages.slice(0, AT_ONCE)) this.texts.of(page.name).catch(() => null);
    for (const [number, page] of pages.entries()) {
      if (pages[number + AT_ONCE]) this.texts.of(pages[number + AT_ONCE].name).catch(() => null);
      let rows = [];
      try {
        rows = await this.texts.of(page.name);
      } catch {
        lost += 1;
      }
      if (run !== this.run) return;
      for (const row of rows) {
        if (words.every((word) => row.folded.includes(word))) this.found.push({ page, row });
      }
      searched += 1;
      if (this.list.childElementCount < STEP) this.show();
      this.tell(searched, lost);
      if (this.found.length >= MOST) break;
      this.texts.tidy();
    }
    this.tell(searched, lost, true);
    this.show(this.list.childElementCount || STEP);
  }

  tell(searched, lost, done = false) {
    const count = this.found.length;
    const rows = count === 1 ? "1 row" : `${said(count)} rows`;
    const all = this.pages.length;
    const more = count >= MOST && searched < all;
    const parts = [count || !done ? (more ? `${rows} or more` : rows) : "No row is like that"];
    if (!done) parts.push(`${said(searched)} of ${said(all)} pages searched`);
    if (lost === 1) parts.push("1 page could not be searched: its file is missing");
    if (lost > 1) parts.push(`${said(lost)} pages could not be searched: their files are missing`);
    this.said.textContent = parts.join(" · ");
  }

  // Show results up to a number.
  show(most = this.list.childElementCount + STEP) {
    const from = this.list.childElementCount;
    this.list.append(...this.found.slice(from, most).map((one) => this.result(one)));
    this.more.hidden = this.list.childElementCount >= this.found.length;
  }

  result({ page, row }) {
    const span = page.spans.find(({ anchor }) => anchor === row.anchor);
    const where = make("b", {}, [span.title, page.label].filter(Boolean).join(" · "));
    const href = `${this.inside}${page.name}.html#${row.anchor}-${row.place + 1}`;
    const text = make("span", {}, ...marked(row.cells.filter(Boolean).join(" · "), this.words));
    return make("li", {}, make("a", { href }, text, where));
  }
}

// A text with what was searched for marked in it, and not too much before the first of that.
function marked(text, words) {
  const lower = text.toLowerCase();
  const same = lower.length === text.length;
  const places = words
    .map((word) => [same ? lower.indexOf(word) : -1, word.length])
    .filter(([place]) => place >= 0)
    .sort(([a], [b]) => a - b);
  let from = 0;
  const parts = [];
  if (places.length && places[0][0] > 80) {
    from = places[0][0] - 40;
    parts.push("…");
  }
  for (const [place, length] of places) {
    if (place < from) continue;
    parts.push(text.slice(from, place), make("mark", {}, text.slice(place, place + length)));
    from = place + length;
  }
  parts.push(text.slice(from, from + 300));
  return parts;
}

addEventListener("DOMContentLoaded", () => {
  const data = document.getElementById("searched");
  if (!data) return;
  const known = JSON.parse(data.textContent);
  const search = new Search(document.querySelector("section.search"), known);

  // Where a page does not know its neighbour it leads here, and the index knows.
  const follow = () => {
    const [, which, name] = /^#(before|after)-([\w-]+)$/.exec(location.hash) ?? [];
    const place = known.pages.findIndex((page) => page.name === name);
    const there = place < 0 ? null : known.pages[place + (which === "after" ? 1 : -1)];
    if (there) return location.replace(`${known.inside}${there.name}.html`);
    const asked = new URLSearchParams(location.hash.slice(1)).get("q");
    if (asked !== null && asked !== search.input.value.trim()) {
      search.input.value = asked;
      search.search();
    }
    if (location.hash === "#search") search.input.focus();
    return null;
  };
  addEventListener("hashchange", follow);
  follow();
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, button");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    search.input.focus();
    search.input.select();
  });
});
