/** What a person chose and finds again: theme, network, how a tree is drawn, the form of a file, the columns of the board they put away, how far apart a tree stands. Kept in this browser alone. */

import { defineStore } from "pinia";
import { computed, ref, watchEffect } from "vue";
import { type Spread, spreadOf, spreadText } from "@/tree/spacing";

export type Theme = "system" | "light" | "dark";

const THEME_KEY = "stellarmap.theme"; // read by public/theme.js, too
const NETWORK_KEY = "stellarmap.network";
const VIEW_KEY = "stellarmap.tree.view";
const EXPORT_KEY = "stellarmap.export";
const SPREAD_KEY = "stellarmap.tree.spread";
const HIDDEN_KEY = "stellarmap.board.hidden";

export const usePreferences = defineStore("preferences", () => {
  const stored = read(THEME_KEY);
  const theme = ref<Theme>(stored === "light" || stored === "dark" ? stored : "system");
  const network = ref(read(NETWORK_KEY));
  const view = ref(read(VIEW_KEY));
  const exportForm = ref(read(EXPORT_KEY));
  const hiddenColumns = ref<readonly string[]>(read(HIDDEN_KEY)?.split(",") ?? []);
  const spread = ref<Spread>(spreadOf(read(SPREAD_KEY)));
  const system = followSystemTheme();
  const shown = computed(() => (theme.value === "system" ? system.value : theme.value));

  watchEffect(() => {
    document.documentElement.dataset["theme"] = shown.value;
    write(THEME_KEY, theme.value === "system" ? null : theme.value);
  });
  watchEffect(() => write(NETWORK_KEY, network.value));
  watchEffect(() => write(VIEW_KEY, view.value));
  watchEffect(() => write(EXPORT_KEY, exportForm.value));
  watchEffect(() => write(HIDDEN_KEY, hiddenColumns.value.length > 0 ? hiddenColumns.value.join(",") : null));
  watchEffect(() => write(SPREAD_KEY, spreadText(spread.value)));

  return { theme, shown, network, view, exportForm, hiddenColumns, spread };
});

function followSystemTheme() {
  const query = matchMedia("(prefers-color-scheme: light)");
  const system = ref<"light" | "dark">(query.matches ? "light" : "dark");
  query.addEventListener("change", ({ matches }) => (system.value = matches ? "light" : "dark"));
  return system;
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage is switched off: preferences last as long as the page
  }
}

function write(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // as above
  }
}
