/** The network that the page is about: the one in its path, else the one chosen last, else the installation's first. */

import { computed, watchEffect } from "vue";
import { useRoute } from "vue-router";
import { placeOf } from "@/networks/epochs";
import { usePreferences } from "@/stores/preferences";
import { useNetworks } from "./useNetworks";

export function useShownNetwork() {
  const route = useRoute();
  const preferences = usePreferences();

  const named = computed(() => (typeof route.params["network"] === "string" ? route.params["network"] : null));
  const { networks, standard } = useNetworks(() => named.value ?? preferences.network);
  const chosen = computed(() => (placeOf(networks.value, preferences.network) ? preferences.network : standard.value));
  const place = computed(() => placeOf(networks.value, named.value ?? chosen.value));
  // The current epoch is the same place by its key as by its name.
  const network = computed(() => place.value?.epoch?.segment ?? named.value ?? chosen.value);

  watchEffect(() => {
    if (named.value && place.value) preferences.network = place.value.network.name;
  });

  return {
    networks,
    network,
    view: computed(() => place.value?.network ?? null),
    /** The epoch that is looked at, if it is over. */
    past: computed(() => (place.value?.epoch?.current === false ? place.value.epoch : null)),
  };
}
