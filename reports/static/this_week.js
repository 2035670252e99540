"use strict";
// Filters, order and download of the play list. Without this script the page still shows every deal.
(function () {
  const root = document.documentElement;
  const form = document.getElementById("filters");
  if (!form) { root.dataset.ready = "1"; return; }
  const get = (id) => document.getElementById(id);
  const data = JSON.parse(get("data").textContent);
  const seller = get("f-seller"), play = get("f-play"), segment = get("f-segment");
  const order = get("f-order"), find = get("f-text"), table = document.querySelector("#list table");
  const bodies = [...table.querySelectorAll("tbody")];
  const tiles = [...document.querySelectorAll("[data-tile]")];
  const text = (row, selector) => { const el = row.querySelector(selector); return el ? el.textContent.trim() : ""; };
  const rows = [...table.querySelectorAll("tr[data-play]")].map((el, i) => ({
    el, figures: data.rows[i], home: el.parentNode, owner: el.parentNode.dataset.owner,
    low: el.classList.contains("low"), words: el.textContent.toLowerCase(),
  }));
  // Drivers and figures of a deal are put into its row when it is opened; the words are searchable before that.
  const said = (i, part) => data.details[i][part].map((n) => data.texts[n]);
  const add = (parent, name, words, kind) => {
    const el = document.createElement(name);
    if (words) el.textContent = words;
    if (kind) el.className = kind;
    parent.append(el);
    return el;
  };
  const column = (row, name) => row.figures[data.columns.indexOf(name)];
  rows.forEach((row, i) => {
    row.words += " " + [...said(i, 0), ...said(i, 1)].join(" ").toLowerCase();
    const why = row.el.querySelector(".y");
    const change = column(row, "change_reason"), kind = column(row, "change_since_last_week");
    if (change && kind && kind !== "same") add(why, "span", (kind === "new" ? "New: " : "Since last week: ") + change, "since");
    if (!row.low) {
      const drivers = [...said(i, 0).slice(0, 1).map((words) => "+ " + words), ...said(i, 1).slice(0, 1).map((words) => "\u2212 " + words)];
      if (drivers.length) why.insertBefore(add(why, "span", drivers.join(" \u00b7 "), "drivers"), why.querySelector(".flip"));
    }
    const more = add(why, "details");
    add(more, "summary", "Drivers and numbers");
    more.addEventListener("toggle", () => {
      if (more.childElementCount > 1) return;
      const list = add(more, "ul");
      said(i, 0).forEach((words) => add(list, "li", words, "up"));
      said(i, 1).forEach((words) => add(list, "li", words, "dn"));
      const figures = add(more, "dl");
      said(i, 2).forEach((words, j) => { if (words) { add(figures, "dt", data.labels[j]); add(figures, "dd", words); } });
      add(figures, "dt", "Id"); add(figures, "dd", row.figures[0]);
    });
  });
  const perHour = (row) => { const v = column(row, "value_per_hour"); return v === null ? -Infinity : Number(v); };
  const byValue = [...rows].sort((a, b) => a.low - b.low || (perHour(b) > perHour(a)) - (perHour(b) < perHour(a)));
  const flat = document.createElement("tbody");
  const allTiles = tiles.map((t) => [text(t, ".big b"), text(t, ".big b + b"), text(t, ".money b"), text(t, ".money small"), text(t, ".big small")]);
  const allVerdict = get("verdict").textContent;
  let isFlat = false;

  function arrange(wanted) {
    if (wanted === isFlat) return;
    isFlat = wanted;
    if (isFlat) {
      for (const row of byValue) {
        const who = document.createElement("span");
        who.className = "who";
        who.textContent = seller.options[Number(row.owner) + 1].textContent;
        row.el.querySelector("th").append(who);
        flat.append(row.el);
      }
      table.append(flat);
    } else {
      for (const row of rows) {
        row.el.querySelector(".who").remove();
        row.home.insertBefore(row.el, row.low ? null : row.home.querySelector(".cap"));
      }
      flat.remove();
    }
    table.classList.toggle("flat", isFlat);
  }

  // A text that starts like a formula would be run by a spreadsheet; an apostrophe keeps it a text.
  const cell = (value, isText) => {
    let s = value === null ? "" : String(value);
    if (isText && /^[=+\-@\t\r]/.test(s)) s = "'" + s;
    return /[",\r\n]/.test(s) ? '"' + s.replace(/"/g, '""') + '"' : s;
  };
  function csv(shown) {
    const words = [["seller", null], ["play", null], ["opportunity_name", "th b"], ["account_name", "th span"], ["stage_name", "th i"],
      ["segment_name", "th u"], ["next_action", ".a b"], ["why", ".y b"], ["what_would_change_it", ".y > span.flip"]];
    const lines = [["decision_week_on", ...data.columns, ...words.map((w) => w[0])].join(",")];
    for (const row of shown) {
      const texts = words.map(([name, where]) =>
        name === "seller" ? seller.options[Number(row.owner) + 1].textContent : name === "play" ? row.el.dataset.play : text(row.el, where));
      lines.push([data.week, ...row.figures.map((v) => cell(v, false)), ...texts.map((v) => cell(v, true))].join(","));
    }
    return "data:text/csv;charset=utf-8," + encodeURIComponent("\ufeff" + lines.join("\r\n") + "\r\n");
  }

  function apply() {
    arrange(order.value === "value");
    const needle = find.value.trim().toLowerCase();
    const shown = (isFlat ? byValue : rows).filter((row) => {
      const is = (seller.value === "" || row.owner === seller.value) && (play.value === "" || row.el.dataset.play === play.value)
        && (segment.value === "" || row.el.dataset.segment === segment.value) && (needle === "" || row.words.includes(needle));
      row.el.hidden = !is;
      return is;
    });
    for (const body of bodies) body.hidden = isFlat || !body.querySelector("tr[data-play]:not([hidden])");
    table.hidden = shown.length === 0;
    get("none").hidden = shown.length > 0;
    get("shown").textContent = shown.length === rows.length ? rows.length + " deals" : shown.length + " of " + rows.length + " deals";
    const own = seller.value === "" ? allTiles : data.tiles[Number(seller.value)];
    tiles.forEach((tile, i) => {
      const targets = [".big b", ".big b + b", ".money b", ".money small", ".big small"];
      targets.forEach((where, j) => { tile.querySelector(where).textContent = own[i][j]; });
    });
    const name = seller.options[seller.selectedIndex].textContent;
    get("verdict").textContent = seller.value === "" ? allVerdict : name + ": " + data.verdicts[Number(seller.value)];
    root.classList.toggle("one", seller.value !== "");
    get("csv").href = csv(shown);
  }

  // The address keeps the choice (#seller=ID&play=Protect), so that a seller can bookmark their own list.
  function remember() {
    const state = new URLSearchParams();
    if (seller.value !== "") state.set("seller", seller.options[seller.selectedIndex].dataset.key);
    for (const [key, el] of [["play", play], ["segment", segment], ["order", order], ["find", find]]) if (el.value) state.set(key, el.value);
    history.replaceState(null, "", "#" + state);
  }
  function recall() {
    const state = new URLSearchParams(location.hash.slice(1));
    const mine = [...seller.options].find((o) => o.dataset.key !== undefined && o.dataset.key === state.get("seller"));
    seller.value = mine ? mine.value : "";
    for (const [key, el] of [["play", play], ["segment", segment], ["order", order]]) {
      el.value = state.get(key) || "";
      if (el.selectedIndex < 0) el.value = "";
    }
    find.value = state.get("find") || "";
    apply();
  }
  const changed = () => { apply(); remember(); };
  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  get("reset").addEventListener("click", () => { form.reset(); changed(); seller.focus(); });
  addEventListener("hashchange", () => { if (location.hash !== "#list") recall(); });
  form.hidden = false;
  recall();
  root.dataset.ready = "1";
})();
