/** How the tree is shown: as the address says, else as was chosen last in this browser, else as suits the account. */

import { computed, type Ref, watch } from "vue";
import { leaving } from "@/parts/leaving";
import { usePreferences } from "@/stores/preferences";
import { useAccountView, type View, VIEWS } from "./useAccountView";

export function useView(suiting: Readonly<Ref<View>>) {
  const { view: named, show } = useAccountView();
  const preferences = usePreferences();

  // Written into the address at once: whoever is sent it sees the same.
  const preferred = VIEWS.find((name) => name === preferences.view);
  if (!named.value && preferred && !leaving.value) void show({ view: preferred });
  // What a link says is chosen by whoever sent it; a change of it is a choice made here.
  watch(named, (now) => now && (preferences.view = now));

  return computed<View>(() => named.value ?? suiting.value);
}
