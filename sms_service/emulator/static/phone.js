// One phone: its bubbles, its notes, and the field to type in.

import { CallPanel } from "./call.js";
import { element, localTime, NOT_THERE, post, sizeWords, spaced, stateWord, WAITING, words } from "./words.js";

const template = document.getElementById("phone");
let made = 0;

export class Phone {
  constructor(number, lines, { onNumber, onRemove }) {
    this.number = number;
    this.items = new Map();
    this.root = template.content.firstElementChild.cloneNode(true);
    this.screen = this.find(".screen");
    this.bubbles = this.find(".bubbles");
    this.onNumber = onNumber;
    this.find(".remove").addEventListener("click", () => onRemove(this));
    this.find(".number").addEventListener("change", () => this.changeNumber());
    this.fillLines(lines);
    this.prepareField();
    this.watchEnd();
    this.calls = new CallPanel(this);
    this.nameIt();
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  fillLines(lines) {
    const options = lines.map((line) => {
      const option = element("option", "", spaced(line));
      option.value = line;
      return option;
    });
    this.find(".line").append(...options);
    this.find(".to").hidden = lines.length === 1;
    this.find(".line").addEventListener("change", () => this.showShutOut());
  }

  prepareField() {
    const field = this.find(".text");
    field.id = `text-${(made += 1)}`;
    this.find(".unseen").htmlFor = field.id;
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send([]);
    });
    this.find(".compose").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send([]);
    });
    this.find(".picture").addEventListener("click", () => this.send(["image/jpeg"]));
  }

  nameIt() {
    this.find(".number").value = this.number;
    this.root.setAttribute("aria-label", `Phone ${spaced(this.number)}`);
    this.screen.setAttribute("aria-label", `Messages on ${spaced(this.number)}`);
    this.find(".unseen").textContent = `Text from ${spaced(this.number)}`;
    this.find(".heard").setAttribute("aria-label", `Words of the call on ${spaced(this.number)}`);
    this.find(".call-panel").setAttribute("aria-label", `Call on ${spaced(this.number)}`);
  }

  changeNumber() {
    const number = this.find(".number").value.replace(/[\s().-]/g, "");
    const good = /^\+(1\d{10}|[2-9]\d{6,14})$/.test(number);
    const error = good ? "" : "Write the number with a plus and the country code, such as +17575550111.";
    this.find(".number-error").textContent = error;
    if (!good) return;
    this.number = number;
    this.nameIt();
    this.onNumber(this);
  }

  // What was typed comes back when it could not be sent, so that nothing is lost to a stopped emulator.
  async send(media) {
    const field = this.find(".text");
    const body = field.value;
    if (!body.trim() && !media.length) return;
    this.find(".send-error").textContent = "";
    field.value = "";
    try {
      await post("/emulator/texts", { from: this.number, to: this.find(".line").value, body, media });
    } catch (error) {
      field.value ||= body;
      this.find(".send-error").textContent = error.message;
    }
  }

  clear() {
    this.items.clear();
    this.calls.clear();
    this.bubbles.replaceChildren();
    this.find(".empty").hidden = false;
  }

  showMessage(message) {
    const item = this.place(message.sid, message.at, () => bubble(message));
    const inbound = message.direction === "inbound";
    item.classList.toggle("waiting", WAITING.has(message.status));
    item.classList.toggle("not-there", NOT_THERE.has(message.status));
    const line = spaced(inbound ? message.to : message.from);
    const where = this.find(".line").length > 1 ? `${inbound ? "to" : "from"} ${line}, ` : "";
    item.querySelector(".facts").textContent = `${where}${localTime(message.at)}, ${stateWord(message)}`;
    item.querySelector(".size").textContent = `, ${sizeWords(message)}`;
  }

  showCall(call) {
    this.calls.show(call);
    const item = this.place(call.sid, call.at, () => element("li", "note call"));
    const words = call.words.length ? `: “${call.words.join(" ")}”` : "";
    item.textContent = `${localTime(call.at)}, call ${call.status}${words}`;
  }

  showTrouble(trouble) {
    const text = `${localTime(trouble.at)}, error ${trouble.code}. ${trouble.message}.`;
    this.place(`trouble-${trouble.seq}`, trouble.at, () => element("li", "note", text));
  }

  showState(state) {
    this.optedOut = state.opted_out.filter((row) => row.phone === this.number).map((row) => row.number);
    this.showShutOut();
  }

  showShutOut() {
    const line = this.find(".line").value;
    this.find(".shut-out").textContent = this.optedOut?.includes(line)
      ? `This phone has opted out of ${spaced(line)}: Twilio sends it nothing until it texts START.`
      : "";
  }

  // The newest text is kept in view, unless somebody has scrolled up to read.
  followEnd() {
    if (this.atEnd) this.screen.scrollTop = this.screen.scrollHeight;
  }

  watchEnd() {
    this.atEnd = true;
    let before = 0;
    this.screen.addEventListener("scroll", () => {
      const { scrollTop, scrollHeight, clientHeight } = this.screen;
      const near = scrollHeight - scrollTop - clientHeight < 24;
      // Only scrolling up lets go of the end; growing content moves the end away by itself.
      this.atEnd = near || (this.atEnd && scrollTop >= before);
      before = scrollTop;
    });
    new ResizeObserver(() => this.followEnd()).observe(this.screen);
  }

  place(key, at, make) {
    const known = this.items.get(key);
    if (known) return known;
    const item = make();
    item.dataset.at = at;
    this.items.set(key, item);
    this.find(".empty").hidden = true;
    const after = [...this.bubbles.children].findLast((other) => other.dataset.at <= at);
    if (after) after.after(item);
    else this.bubbles.prepend(item);
    requestAnimationFrame(() => this.followEnd());
    return item;
  }
}

function bubble(message) {
  const item = element("li", `bubble ${message.direction === "inbound" ? "out" : "in"}`);
  const said = element("div", "said");
  message.media.forEach((kind) => said.append(element("span", "image", `Picture (${kind})`)));
  said.append(words(message.body));
  const meta = element("p", "meta");
  meta.append(element("span", "facts"), element("span", "size"));
  item.append(said, meta);
  return item;
}
