let viewer = null;

addEventListener("DOMContentLoaded", () => {
  const dialog = document.getElementById("viewer");
  if (dialog) viewer = new Viewer(dialog);
  const tables = new Map();
  for (const section of document.querySelectorAll("section.table, section.gallery")) {
    if (section.querySelector(".sheet > table")) tables.set(section.id, new Table(section));
  }
  const reveal = () => {
    const [, id, number] = /^#(s\d+)-(\d+)$/.exec(location.hash) ?? [];
    tables.get(id)?.reveal(Number(number) - 1);
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, select, textarea, dialog");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const inputs = [...document.querySelectorAll(".tools input")];
    const near = inputs.findLast((one) => one.getBoundingClientRect().top < innerHeight / 2);
    const input = near ?? inputs[0];
    if (!input) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
});
