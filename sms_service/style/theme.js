// A switch between light and dark. Without this file the page follows the device, and nothing else is lost.
(function () {
  "use strict";
  var root = document.documentElement;
  var kept = null;
  try { kept = localStorage.getItem("theme"); } catch (refused) { /* a private window: follow the device */ }
  if (kept === "light" || kept === "dark") root.dataset.theme = kept;

  function dark() {
    if (root.dataset.theme) return root.dataset.theme === "dark";
    return matchMedia("(prefers-color-scheme: dark)").matches;
  }

  document.addEventListener("DOMContentLoaded", function () {
    var place = document.querySelector("[data-theme-switch]");
    if (!place) return;
    var button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    function label() { button.textContent = dark() ? place.dataset.light : place.dataset.dark; }
    button.addEventListener("click", function () {
      root.dataset.theme = dark() ? "light" : "dark";
      try { localStorage.setItem("theme", root.dataset.theme); } catch (refused) { /* it lasts for this page */ }
      label();
    });
    label();
    place.append(button);
  });
})();
