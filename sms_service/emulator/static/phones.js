// The page: which phones it shows (kept in the address, so that it can be shared), and what keeps them up to date.

import { canSpeak, speakAloud } from "./call.js";
import { prepareControls, showState } from "./controls.js";
import { Phone } from "./phone.js";
import { spaced } from "./words.js";

const facts = JSON.parse(document.body.dataset.facts);
const box = document.getElementById("phones");
const segments = document.getElementById("segments");
let phones = [];
let stream = null;

function remember() {
  const query = new URLSearchParams(phones.map((phone) => ["phone", phone.number]));
  if (segments.checked) query.set("segments", "1");
  history.replaceState(null, "", `?${query}`);
}

function add(number) {
  const phone = new Phone(number, facts.numbers, { onNumber: refresh, onRemove: remove });
  phones.push(phone);
  box.append(phone.root);
  return phone;
}

function remove(phone) {
  phones = phones.filter((other) => other !== phone);
  phone.root.remove();
  refresh();
  document.getElementById("add").focus();
}

// A new phone gets the number after the highest that is shown.
function nextNumber() {
  const highest = phones.map((phone) => phone.number).sort().at(-1);
  if (!highest) return facts.default_phones[0];
  return `+${BigInt(highest.slice(1)) + 1n}`;
}

function refresh() {
  remember();
  listen();
}

function concerned(row) {
  return phones.filter((phone) => [row.phone, row.from, row.to].includes(phone.number));
}

function listen() {
  stream?.close();
  if (!phones.length) return;
  const query = new URLSearchParams(phones.map((phone) => ["phone", phone.number]));
  stream = new EventSource(`/emulator/events?${query}`);
  const on = (name, act) => stream.addEventListener(name, (event) => act(JSON.parse(event.data)));
  on("start", begin);
  on("message", (row) => concerned(row).forEach((phone) => phone.showMessage(row)));
  on("call", (row) => concerned(row).forEach((phone) => phone.showCall(row)));
  on("trouble", (row) => concerned(row).forEach((phone) => phone.showTrouble(row)));
  on("state", (state) => {
    showState(state);
    phones.forEach((phone) => phone.showState(state));
  });
}

// What was there before is not read out; what comes afterwards is.
function begin() {
  for (const phone of phones) {
    phone.screen.setAttribute("aria-live", "off");
    phone.clear();
  }
  setTimeout(() => phones.forEach((phone) => phone.screen.setAttribute("aria-live", "polite")), 500);
}

function showSegments() {
  box.classList.toggle("show-segments", segments.checked);
}

const asked = new URLSearchParams(location.search);
for (const place of document.querySelectorAll("[data-number]")) place.textContent = spaced(place.textContent);
segments.checked = asked.get("segments") === "1";
segments.addEventListener("change", () => {
  showSegments();
  remember();
});
document.getElementById("add").addEventListener("click", () => {
  const phone = add(nextNumber());
  refresh();
  phone.find(".text").focus();
});
const numbers = asked.getAll("phone").map((number) => (/^ ?\d/.test(number) ? `+${number.trim()}` : number));
(numbers.length ? numbers : facts.default_phones).forEach(add);
const aloud = document.getElementById("aloud");
aloud.closest("label").hidden = !canSpeak;
aloud.addEventListener("change", () => speakAloud(aloud.checked));
prepareControls();
showSegments();
listen();
