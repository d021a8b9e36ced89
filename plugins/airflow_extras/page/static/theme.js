// Runs before the first paint: takes Airflow's own theme, kept by it in this origin's storage.
(function () {
  "use strict";
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  function apply() {
    let chosen = null;
    try {
      chosen = localStorage.getItem("theme");
    } catch {
      // storage may be switched off
    }
    const dark = chosen === "dark" || (chosen !== "light" && system.matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    window.dispatchEvent(new Event("themechange"));
  }
  apply();
  system.addEventListener("change", apply);
  window.addEventListener("storage", (event) => event.key === "theme" && apply());
})();
