// Words and dates of the page, and the way to the emulator.

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const STATES = {
  received: "sent",
  accepted: "waiting",
  queued: "waiting",
  sent: "on its way",
  delivered: "delivered",
  undelivered: "not delivered",
  failed: "not sent",
};

export const WAITING = new Set(["accepted", "queued"]);
export const NOT_THERE = new Set(["undelivered", "failed"]);

export function stateWord(message) {
  const word = STATES[message.status] ?? message.status;
  return message.error_code ? `${word} (${message.error_code})` : word;
}

export function sizeWords(message) {
  return `${message.segments} ${message.segments === 1 ? "segment" : "segments"}, ${message.encoding}`;
}

const two = (number) => String(number).padStart(2, "0");

const dayAndTime = (weekday, day, month, hour, minute) =>
  `${WEEKDAYS[weekday]} ${day} ${MONTHS[month]}, ${two(hour)}:${two(minute)}`;

export function localTime(iso) {
  const at = new Date(iso);
  const today = at.toDateString() === new Date().toDateString();
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  return today ? time : dayAndTime(at.getDay(), at.getDate(), at.getMonth(), at.getHours(), at.getMinutes());
}

export function spaced(number) {
  return number.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, "+1 $1 $2 $3");
}

export function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// The text of a bubble. An address in it can be followed, as on a phone.
export function words(text) {
  const made = element("span", "words");
  for (const part of text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/)) {
    made.append(/^https?:/.test(part) ? link(part) : part);
  }
  return made;
}

function link(address) {
  const made = element("a", "", address);
  Object.assign(made, { href: address, target: "_blank", rel: "noopener noreferrer" });
  return made;
}

// Posts JSON; throws an Error whose message can be shown.
export async function post(path, body = {}) {
  let response;
  try {
    const headers = { "Content-Type": "application/json" };
    response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  } catch {
    throw new Error("The emulator cannot be reached. Is it still running?");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(detail(answer) ?? `The emulator answered ${response.status}.`);
  return answer;
}

function detail(answer) {
  const found = answer.detail ?? answer.error ?? answer.message;
  if (Array.isArray(found)) return found.map((one) => one.msg).join("; ");
  return typeof found === "string" ? found : undefined;
}
