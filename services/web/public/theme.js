// Before the first paint, so that nobody who chose the dark theme is flashed at. The key and the words are those of
// src/stores/preferences.ts; a script of its own, because the content security policy allows none inline.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("stellarmap.theme");
  } catch {
    // Storage is switched off: the system decides.
  }
  const system = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
  document.documentElement.dataset.theme = chosen === "light" || chosen === "dark" ? chosen : system;
})();
