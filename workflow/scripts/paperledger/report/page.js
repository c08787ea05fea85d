"use strict";
(() => {
  const sections = [...document.querySelectorAll("main > section")];
  const links = [...document.querySelectorAll("nav a")];
  const search = document.getElementById("search");
  const rows = [...document.querySelectorAll("#ledger tbody tr")];

  // ---- search -----------------------------------------------------------------------------

  const plain = (text) => text.toLowerCase().replaceAll("\u2212", "-").replace(/\s+/g, " ").trim();
  const cells = (row) => [...row.cells].map((cell) => plain(cell.textContent)).join(" ");
  const texts = rows.map((row) => ` ${cells(row)} `);

  function filter() {
    const parts = plain(search.value).match(/"[^"]+"|[^\s"]+/g) ?? [];
    const words = parts.map((part) => part.replaceAll('"', part.startsWith('"') ? " " : ""));
    let n = 0;
    rows.forEach((row, i) => {
      row.hidden = !words.every((word) => texts[i].includes(word));
      n += !row.hidden;
    });
    const all = rows.length.toLocaleString("en");
    document.getElementById("found").value = words.length ? `${n} of ${all} claims` : `${all} claims`;
    document.getElementById("none").hidden = n > 0;
  }

  search.addEventListener("input", filter);
  search.form.addEventListener("submit", (event) => event.preventDefault());
  search.addEventListener("keydown", (event) => {
    const first = rows.find((row) => !row.hidden);
    if (event.key === "ArrowDown" && first) {
      event.preventDefault();
      first.querySelector("a").focus();
    } else if (event.key === "Escape") {
      search.value = "";
      filter();
    }
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey) return;
    if (event.target.matches("input, select")) return; // it is typed there
    event.preventDefault();
    if (!search.checkVisibility()) {
      history.pushState(null, "", "#claims");
      show();
    }
    search.focus();
  });

  // ---- the paper, opened when it is wanted --------------------------------------------------

  let paper;
  function openPaper(page) {
    const frame = document.getElementById("pages");
    if (paper && !page) return;
    const bytes = () => atob(document.getElementById("pdf").href.split(",")[1]);
    paper ??= URL.createObjectURL(
      new Blob([Uint8Array.from(bytes(), (c) => c.charCodeAt(0))], { type: "application/pdf" }),
    );
    // A new frame: PDF viewers do not turn to another page of a file that is open.
    const fresh = frame.cloneNode();
    fresh.src = page ? `${paper}#page=${page}` : paper;
    frame.replaceWith(fresh);
  }

  // ---- one part at a time, named by the address: #claims, #figure-grid, #page-3, ... ---------

  let reveal;
  function show() {
    const [name, words] = decodeURIComponent(location.hash.slice(1)).split("?");
    const page = /^page-(\d+)$/.exec(name)?.[1];
    const target = document.getElementById(page ? "paper" : name) ?? sections[0];
    const section = target.closest("main > section") ?? sections[0];
    for (const each of sections) each.classList.toggle("shown", each === section);
    for (const link of links) {
      if (link.hash === `#${section.id}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if ((section.id === "claims" && words !== undefined) || target.hidden) {
      search.value = words ?? "";
      filter();
    }
    if (section.id === "paper") openPaper(page);
    reveal = () => {
      if (target === section) scrollTo(0, 0);
      else target.scrollIntoView({ block: target.matches("tr") ? "center" : "start" });
    };
    reveal();
    target.tabIndex = -1;
    target.focus({ preventScroll: true });
  }

  addEventListener("hashchange", show);
  show();
  addEventListener("load", () => reveal()); // the browser has moved there once more by itself
})();
