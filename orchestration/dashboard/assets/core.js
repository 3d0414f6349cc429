// What every script of a page uses: what is chosen, elements, and words.
// Text of the data goes through textContent alone; nothing here makes HTML of it.
"use strict";

revloop.kinds = {};
revloop.page = JSON.parse(document.getElementById("page").textContent);

// ---- what is chosen, in the address -------------------------------------------------------------------------------
revloop.languages = { en: "English", ko: "한국어", ja: "日本語" };

revloop.chosen = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

// What the address says from now on.
revloop.keep = (changes) => {
  const asked = new URLSearchParams(location.hash.slice(1));
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined) asked.delete(name);
    else asked.set(name, value);
  }
  history.replaceState(null, "", "#" + asked.toString());
};

revloop.choose = (changes) => {
  revloop.keep(changes);
  revloop.draw();
};

revloop.language = () => {
  const asked = revloop.chosen().lang || (navigator.language || "en").slice(0, 2);
  return asked in revloop.languages ? asked : "en";
};

// ---- making elements ----------------------------------------------------------------------------------------------
revloop.make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined) element.append(child);
  }
  return element;
};

revloop.svg = (tag, attributes, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(name, value);
  element.append(...children.flat().filter(Boolean));
  return element;
};

// ---- words ---------------------------------------------------------------------------------------------------------
// What a column is called and counted in, by words/columns.yml: `mart.column` first, then the column alone.
revloop.word = (set, column) => {
  const columns = revloop.words.columns;
  const found = columns[`${revloop.sets[set].mart}.${column}`] || columns[column];
  return found || { unit: "text", en: column, ko: column, ja: column };
};

revloop.say = (words) => (words ? words[revloop.language()] || words.en : "");

revloop.ui = (name) => revloop.say(revloop.words.ui[name]) || name;

revloop.fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
