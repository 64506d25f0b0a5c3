// A call on one phone: it rings, is answered, shows every word, and takes keys and typed speech.

import { element, post, spaced } from "./words.js";

const OVER = new Set(["completed", "busy", "failed", "no-answer", "canceled"]);
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const KEY_NAMES = { "*": "Star", "#": "Pound" };
const ENDS = { completed: "The call has ended.", busy: "Busy.", failed: "The call failed.", canceled: "The call was canceled." };
const PARTS = {
  say: (part) => part.text,
  play: (part) => `Plays ${part.text}`,
  pause: (part) => `Pause of ${part.seconds} s`,
  dial: (part) => `Would connect to ${part.text}`,
  press: (part) => `You pressed ${part.text}`,
  speech: (part) => `You said: ${part.text}`,
  silence: (part) => `You said nothing for ${part.seconds} s`,
};
const voice = window.speechSynthesis;

export const canSpeak = Boolean(voice);
let aloud = false;

export function speakAloud(on) {
  aloud = on;
  if (!on) voice?.cancel();
}

export class CallPanel {
  constructor(phone) {
    this.phone = phone;
    this.call = null;
    this.queue = Promise.resolve();
    this.panel = phone.find(".call-panel");
    this.transcript = phone.find(".transcript");
    this.prepare();
  }

  find(selector) {
    return this.phone.find(selector);
  }

  prepare() {
    const deeds = {
      ".take": ["answer", { by: "human" }], ".voicemail": ["answer", { by: "machine" }],
      ".ring-out": ["decline", { status: "no-answer" }], ".engaged": ["decline", { status: "busy" }],
      ".silent": ["wait"], ".hang-up": ["hangup"],
    };
    for (const [selector, [deed, body]] of Object.entries(deeds)) {
      this.find(selector).addEventListener("click", () => this.does(deed, body));
    }
    this.find(".ring").addEventListener("click", () => this.begin());
    this.find(".close").addEventListener("click", () => this.close());
    this.find(".keypad").append(...KEYS.map((key) => this.key(key)));
    this.find(".speak").addEventListener("submit", (event) => this.speak(event));
    this.panel.addEventListener("keydown", (event) => this.typed(event));
  }

  key(key) {
    const button = element("button", "key", key);
    button.type = "button";
    if (KEY_NAMES[key]) button.setAttribute("aria-label", KEY_NAMES[key]);
    button.addEventListener("click", () => this.does("press", { digits: key }));
    return button;
  }

  // The keys of the keyboard count anywhere in the call, except while words are typed.
  typed(event) {
    if (event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!KEYS.includes(event.key) || this.call?.status !== "in-progress") return;
    event.preventDefault();
    this.does("press", { digits: event.key });
  }

  speak(event) {
    event.preventDefault();
    const field = this.find(".speech");
    const speech = field.value.trim();
    if (!speech) return;
    field.value = "";
    this.does("say", { speech });
  }

  async begin() {
    const button = this.find(".ring");
    button.disabled = true;
    this.find(".send-error").textContent = "";
    this.open(`Calling ${spaced(this.find(".line").value)}.`);
    try {
      const row = await post("/emulator/calls", { from: this.phone.number, to: this.find(".line").value });
      this.show(row, true);
      this.find(".call-state").focus();
    } catch (error) {
      this.panel.hidden = true;
      this.find(".send-error").textContent = error.message;
    }
    button.disabled = false;
  }

  // The panel is there before its words are, so that they are read out.
  open(state) {
    this.transcript.replaceChildren();
    this.find(".close").hidden = true;
    this.find(".call-state").textContent = state;
    this.panel.hidden = false;
  }

  // One deed after the other, so that keys arrive in the order in which they were pressed.
  does(deed, body = {}) {
    const { sid } = this.call;
    voice?.cancel();
    this.queue = this.queue.then(async () => {
      this.find(".call-error").textContent = "";
      try {
        this.show(await post(`/emulator/calls/${sid}/${deed}`, body));
        // The button that was pressed may be gone.
        const at = document.activeElement;
        if (!this.panel.contains(at) || at.closest("[hidden]")) this.find(".call-state").focus();
      } catch (error) {
        this.find(".call-error").textContent = error.message;
      }
    });
  }

  // A call that was over before this page saw it, or comes while another lasts, is only a note among the texts.
  show(row, begun = false) {
    const same = this.call?.sid === row.sid;
    const engaged = this.call && !OVER.has(this.call.status);
    if (!same && !begun && (engaged || OVER.has(row.status))) return;
    if (same && row.version < this.call.version) return;
    if (row.direction !== "inbound" && ["queued", "initiated"].includes(row.status)) return;
    if (!same) this.transcript.replaceChildren();
    this.call = row;
    this.panel.hidden = false;
    row.spoken.slice(this.transcript.children.length).forEach((part) => this.hear(part));
    this.showState();
  }

  showState() {
    const { status, direction, from, to } = this.call;
    const rings = status === "ringing" && direction !== "inbound";
    const lasts = status === "in-progress";
    this.phone.root.classList.toggle("in-call", lasts || OVER.has(status));
    this.find(".ringing").hidden = !rings;
    this.find(".talking").hidden = !lasts;
    this.find(".close").hidden = !OVER.has(status);
    const other = spaced(direction === "inbound" ? to : from);
    const now = rings ? `${other} is calling.` : lasts ? `In a call with ${other}. ${this.waiting()}` : ENDS[status];
    const said = now ?? (OVER.has(status) ? "Nobody answered." : `Calling ${other}.`);
    if (this.find(".call-state").textContent !== said) this.find(".call-state").textContent = said;
  }

  waiting() {
    const { waits } = this.call;
    if (!waits) return "";
    const takes = { dtmf: "keys", speech: "words" };
    const kinds = waits.input.split(" ").map((kind) => takes[kind]).join(" or ");
    return `It waits ${waits.timeout} s for ${kinds}; no clock runs here.`;
  }

  hear(part) {
    const own = ["press", "speech", "silence"].includes(part.kind);
    const item = element("li", own ? "own" : part.kind, PARTS[part.kind](part));
    if (part.kind === "say" && part.language) item.lang = part.language;
    this.transcript.append(item);
    this.find(".heard").scrollTop = this.find(".heard").scrollHeight;
    if (aloud && part.kind === "say") voice?.speak(Object.assign(new SpeechSynthesisUtterance(part.text), { lang: part.language }));
  }

  close() {
    this.call = null;
    this.panel.hidden = true;
    this.phone.root.classList.remove("in-call");
    voice?.cancel();
    this.find(".ring").focus();
  }

  // The page begins with nothing.
  clear() {
    this.call = null;
    this.panel.hidden = true;
    this.transcript.replaceChildren();
    this.phone.root.classList.remove("in-call");
  }
}
