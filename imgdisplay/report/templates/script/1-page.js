"use strict";
// What the page can do where scripts run: search, order, filters, galleries, larger pictures.
// Without it every table is complete. It adds nothing that it did not find in the page, and
// puts texts into the page as texts only.

document.documentElement.classList.add("scripted");

const GROUP = 100; // rows that the browser lays out together, as the page was written
const MISSING = "(missing)";

const said = (number) => number.toLocaleString("en");
const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}
