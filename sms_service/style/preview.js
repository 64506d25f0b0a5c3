// Shows what a change of the schedule leads to as it is typed. Without this file the button "Preview the dates" does it.
(function () {
  "use strict";
  var form = document.getElementById("schedule");
  if (!form || !window.fetch || !window.DOMParser) return;
  // What a change touches is told beside the form: above it, every letter typed would push the fields down.
  var parts = { touches: "beside", preview: "preview" };
  var waiting = null;
  var asked = 0;

  function refresh() {
    var mine = ++asked;
    var address = form.getAttribute("action") + "?" + new URLSearchParams(new FormData(form));
    fetch(address, { credentials: "same-origin", redirect: "error" })
      .then(function (answer) { return answer.ok || answer.status === 422 ? answer.text() : Promise.reject(); })
      .then(function (body) {
        if (mine !== asked) return;
        var page = new DOMParser().parseFromString(body, "text/html");
        Object.keys(parts).forEach(function (name) {
          var here = document.getElementById(parts[name]), there = page.getElementById(name);
          if (here && there && here.innerHTML !== there.innerHTML) here.replaceChildren.apply(here, there.childNodes);
        });
        document.getElementById("touches").replaceChildren();
      })
      .catch(function () { /* the button still works */ });
  }

  function soon() {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, 400);
  }

  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
})();
