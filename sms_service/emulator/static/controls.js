// The controls around the phones: the clock, starting over, faults, and who answers STOP.

import { element, post, spaced } from "./words.js";

const byId = (id) => document.getElementById(id);
const form = byId("faults-form");
const QUIET = {
  callbacks: "normal", hold_seconds: 0, lose_answers: 0, refuse: null, fail_later: null, repeat_webhook: 0,
  calls: "normal",
};
// What the appointment that the clock has gone to brings, where it isn't plain.
const BRINGS = {
  "check-in": "the weekly check-in", snooze: "a check-in that was put off", expiry: "a check-in closes, and no text is sent",
  resume: "a pause ends",
};
const NAMES = {
  callbacks: "delivery reports", hold_seconds: "waiting texts", lose_answers: "lost answers",
  refuse: "refused sends", fail_later: "failing texts", repeat_webhook: "repeated texts", calls: "calls",
};

function tell(text, bad = false) {
  byId("news").classList.toggle("bad", bad);
  byId("news").textContent = text;
}

// Does something and says what came of it; errors are shown in the same place.
async function attempt(work, done) {
  try {
    const answer = await work();
    if (done) tell(done(answer));
  } catch (error) {
    tell(`${error.message[0].toUpperCase()}${error.message.slice(1).replace(/[.]?$/, ".")}`, true);
  }
}

// The clock says the time as it is where the person is, whatever zone this browser is in.
function clockNews({ local, zone, kind }) {
  if (typeof local !== "string") return "The clock has moved.";
  const where = zone ? ` (${zone})` : "";
  const what = kind?.startsWith("reminder") ? "a reminder" : BRINGS[kind] ?? kind;
  return `Clock moved to ${local}${where}${what ? `: ${what}` : ""}.`;
}

async function goOn(event) {
  const button = event.currentTarget;
  button.disabled = true;
  tell("Moving the clock to the next check-in.");
  await attempt(() => post("/emulator/next"), clockNews);
  button.disabled = false;
}

function wishes() {
  const fields = form.elements;
  const [code, status] = fields.refuse_code.value.split(" ").map(Number);
  const refused = Number(fields.refuse_count.value);
  const failing = Number(fields.fail_count.value);
  const late = fields.callbacks.value === "late" ? { seconds: Number(fields.seconds.value) } : {};
  return {
    ...late,
    callbacks: fields.callbacks.value,
    hold_seconds: Number(fields.hold_seconds.value),
    lose_answers: Number(fields.lose_answers.value),
    refuse: refused ? { code, status, count: refused } : null,
    fail_later: failing ? { code: Number(fields.fail_code.value), count: failing } : null,
    repeat_webhook: Number(fields.repeat_webhook.value),
    calls: fields.calls.value,
  };
}

function showFaults(faults) {
  const on = Object.keys(QUIET).filter((name) => JSON.stringify(faults[name]) !== JSON.stringify(QUIET[name]));
  byId("faults-now").textContent = on.length ? on.map((name) => NAMES[name]).join(", ") : "none is on";
  // A form that somebody is filling in is left alone.
  if (form.contains(document.activeElement) && document.activeElement.matches("input, select")) return;
  const fields = form.elements;
  for (const name of ["callbacks", "seconds", "hold_seconds", "lose_answers", "repeat_webhook", "calls"]) {
    fields[name].value = faults[name];
  }
  fields.refuse_count.value = faults.refuse?.count ?? 0;
  fields.fail_count.value = faults.fail_later?.count ?? 0;
}

function showModes(numbers) {
  const box = byId("modes");
  if (box.contains(document.activeElement)) return;
  box.replaceChildren(...numbers.map(modeChoice));
}

function modeChoice({ number, opt_out: now }) {
  const choice = element("fieldset", "");
  choice.append(element("legend", "", `For ${spaced(number)}`));
  const ways = {
    ours: "The service: Twilio passes every word on and blocks nobody",
    twilio: "Twilio: it answers by itself, and sends nothing to a phone that texted STOP (error 21610)",
  };
  for (const [mode, words] of Object.entries(ways)) {
    const radio = element("input", "");
    Object.assign(radio, { type: "radio", name: `mode-${number}`, value: mode, checked: mode === now });
    radio.addEventListener("change", () => attempt(() => post("/emulator/modes", { number, opt_out: mode })));
    const label = element("label", "");
    label.append(radio, ` ${words}`);
    choice.append(label);
  }
  return choice;
}

export function showState(state) {
  showFaults(state.faults);
  showModes(state.numbers);
}

export function prepareControls() {
  byId("next")?.addEventListener("click", goOn);
  byId("start-over").addEventListener("click", () =>
    attempt(() => post("/emulator/reset"), () => "The phones are empty; the service keeps what it has."));
  byId("release").addEventListener("click", () =>
    attempt(() => post("/emulator/release"), () => "Waiting texts are on their way."));
  byId("quiet").addEventListener("click", () =>
    attempt(() => post("/emulator/faults", QUIET), () => "Nothing goes wrong on purpose any more."));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => post("/emulator/faults", wishes()), () => "The faults are set.");
  });
}
