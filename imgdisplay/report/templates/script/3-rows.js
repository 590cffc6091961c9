// What can be opened in a row or a cell: pictures, or the links or summaries that hold them.
const PICTURES = ":is(a.original, img):not(details *, a *), details.zoom > summary";
const pictures = (element) => [...element.querySelectorAll(PICTURES)];

// The rows of a table as elements, in groups, whichever of them are shown and in which order.

const NEAR = "1500px"; // what is so close to the window is made ready

class Rows {
  constructor(section) {
    this.section = section;
    this.table = section.querySelector(".sheet > table");
    this.kept = [...this.table.tBodies].flatMap((body) => [...body.rows]);
    this.kept.forEach((row, number) => (row.number = number));
    this.putOff = [...section.querySelectorAll(".sheet > noscript")];
    this.total = Number(this.table.dataset.rows);
    this.made = new Map(); // rows that were put off and are in the page now
    this.lines = new Map(); // texts of groups that were read lately
    this.height = this.guess();
    const margin = { rootMargin: `${NEAR} 0px`, scrollMargin: NEAR };
    this.observer = new IntersectionObserver((entries) => this.seen(entries), margin);
    if (this.putOff.length) this.show(Array.from({ length: this.total }, (_, row) => row));
    else for (const body of this.table.tBodies) this.observer.observe(body);
  }

  get isGallery() {
    return this.section.classList.contains("as-gallery");
  }

  guess() {
    const body = this.table.tBodies[0];
    if (!body?.rows.length) return 100;
    const known = parseFloat(body.style.getPropertyValue("--height"));
    return (known || body.offsetHeight) / body.rows.length;
  }

  // How many cards stand side by side; 1 if there are no cards.
  get perLine() {
    if (!this.isGallery) return 1;
    const body = this.table.tBodies[0];
    const card = body?.rows[0]?.offsetWidth;
    if (!card) return 1;
    const gap = parseFloat(getComputedStyle(body).columnGap) || 0;
    return Math.max(1, Math.floor((body.clientWidth + gap + 1) / (card + gap)));
  }

  // Show these rows, by their numbers, in this order.
  show(rows) {
    const perLine = this.perLine;
    const size = perLine * Math.max(1, Math.floor(GROUP / perLine));
    if (size === this.size && rows.length === this.rows?.length) {
      if (rows.every((row, place) => row === this.rows[place])) return;
    }
    [this.rows, this.size] = [rows, size];
    const height = (this.isGallery && this.table.tBodies[0]?.rows[0]?.offsetHeight) || this.height;
    this.observer.disconnect();
    this.made.clear();
    const bodies = [];
    for (let start = 0; start < rows.length; start += size) {
      const body = make("tbody");
      body.numbers = rows.slice(start, start + size);
      const lines = Math.ceil(body.numbers.length / perLine);
      body.style.setProperty("--height", `${Math.round(lines * height)}px`);
      if (this.putOff.length) body.className = "waiting";
      else body.append(...body.numbers.map((number) => this.kept[number]));
      bodies.push(body);
    }
    for (const body of [...this.table.tBodies]) body.remove();
    this.table.append(...bodies);
    for (const body of bodies) this.observer.observe(body);
    if (this.putOff.length && bodies[0]) this.fill(bodies[0]);
  }

  seen(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.fill(target);
      else if (this.putOff.length && !target.contains(document.activeElement)) this.empty(target);
    }
  }

  fill(body) {
    if (body.classList.contains("waiting")) {
      body.append(...body.numbers.map((number) => this.element(number)));
      body.classList.remove("waiting");
    }
    if (!body.isReady) this.prepare(body);
  }

  empty(body) {
    if (!body.numbers || body.classList.contains("waiting")) return;
    body.style.setProperty("--height", `${body.offsetHeight}px`);
    body.classList.add("waiting");
    body.replaceChildren();
    body.isReady = false;
    for (const number of body.numbers) this.made.delete(number);
  }

  // Pictures can be opened from now on. One of them at a time is a stop of the tab key.
  prepare(body) {
    body.isReady = true;
    for (const row of body.rows) {
      for (const picture of pictures(row)) {
        picture.tabIndex = -1;
        if (picture.matches("a, summary")) continue;
        picture.setAttribute("role", "button");
        picture.setAttribute("aria-haspopup", "dialog");
      }
    }
    if (!this.stop?.isConnected) this.setStop(pictures(body)[0]);
  }

  setStop(picture) {
    if (!picture) return;
    if (this.stop) this.stop.tabIndex = -1;
    this.stop = picture;
    picture.tabIndex = 0;
  }

  element(number) {
    if (number < this.kept.length) return this.kept[number];
    let row = this.made.get(number);
    if (!row) {
      const template = make("template");
      template.innerHTML = this.line(number); // as it was written into this page
      row = template.content.firstElementChild;
      row.number = number;
      this.made.set(number, row);
    }
    return row;
  }

  line(number) {
    const place = Math.floor((number - this.kept.length) / GROUP);
    let lines = this.lines.get(place);
    if (!lines) {
      const text = this.putOff[place].textContent;
      lines = text.slice(text.indexOf("<tbody")).split("\n").filter((one) => one.startsWith("<tr"));
      this.lines.set(place, lines);
      if (this.lines.size > 8) this.lines.delete(this.lines.keys().next().value);
    }
    return lines[(number - this.kept.length) % GROUP];
  }

  // The element of the row at a place among those shown, which may have to be made.
  at(position) {
    const number = this.rows ? this.rows[position] : position;
    for (const body of this.table.tBodies) {
      if (body.classList.contains("waiting") && body.numbers.includes(number)) this.fill(body);
    }
    return this.element(number);
  }

  position(row) {
    return this.rows ? this.rows.indexOf(row.number) : row.number;
  }

  get length() {
    return this.rows ? this.rows.length : this.total;
  }
}
