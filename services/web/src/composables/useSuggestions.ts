/** What may be meant, while somebody types: mapped accounts by the start of an address, a domain or a tag. */

import { useQuery } from "@tanstack/vue-query";
import { computed, type MaybeRefOrGetter, shallowRef, toValue, watch } from "vue";
import { isWorthAsking } from "@/address/suggest";
import { suggestionsQuery } from "@/api/queries";
import type { FoundAccount } from "@/api/types";
import { useSettled } from "./useSettled";

export function useSuggestions(network: MaybeRefOrGetter<string | null>, text: () => string) {
  const typed = computed(() => text().trim());
  const settled = useSettled(() => typed.value);
  const open = shallowRef(false); // the field has the focus, and nobody closed the list
  const active = shallowRef(-1); // of the rows, that which the keys are on
  const wanted = computed(() => open.value && toValue(network) !== null && isWorthAsking(typed.value));
  const asked = computed(() => wanted.value && isWorthAsking(settled.value));
  const answer = useQuery(() => ({
    ...suggestionsQuery(toValue(network) ?? "", settled.value),
    enabled: asked.value,
    // The rows stand until others take their place: of this network alone.
    placeholderData: (rows, before) => (before?.queryKey[1] === toValue(network) ? rows : undefined),
    retry: false,
  }));

  const found = computed<FoundAccount[]>(() => (asked.value ? (answer.data.value?.accounts ?? []) : []));
  const more = computed(() => answer.data.value?.next_cursor != null);
  const failed = computed(() => asked.value && answer.error.value !== null && !answer.isFetching.value);
  /** What is shown below the field; nothing before the first answer. */
  const shown = computed(() => {
    if (!asked.value) return null;
    if (failed.value) return "failed";
    if (found.value.length) return "rows";
    if (!answer.data.value || answer.isPlaceholderData.value) return null;
    return more.value ? "cut" : "none";
  });
  const chosen = computed(() => (shown.value === "rows" ? (found.value[active.value] ?? null) : null));

  watch([found, shown], () => (active.value = -1));
  watch(typed, () => (open.value = true));

  function move(by: 1 | -1): void {
    open.value = true;
    const rows = found.value.length;
    // One place more than there are rows: that of the field itself.
    if (rows) active.value = ((active.value + 1 + by + rows + 1) % (rows + 1)) - 1;
  }

  return { open, active, found, shown, chosen, more, move };
}
