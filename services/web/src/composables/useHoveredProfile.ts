/** What the account under the pointer is today, once the pointer has rested on it. */

import { useQuery } from "@tanstack/vue-query";
import { computed, shallowRef } from "vue";
import { isAccount } from "@/address/strkey";
import { profileQuery } from "@/api/queries";
import { useSettled } from "./useSettled";

export function useHoveredProfile(network: string) {
  const hovered = shallowRef<string | null>(null);
  const settled = useSettled(() => hovered.value ?? "");
  const rests = computed(() => settled.value === hovered.value && isAccount(settled.value));
  const query = useQuery(() => ({ ...profileQuery(network, settled.value), enabled: rests.value }));
  const profile = computed(() => (rests.value ? (query.data.value?.enrichment ?? null) : null));
  return { hovered, profile };
}
