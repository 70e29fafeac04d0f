/** What of the Ops page is shown: it stands in the URL, so that a link shows the same. */

import { computed } from "vue";
import { useUrlQuery } from "./useUrlQuery";

export function useOpsView() {
  const { text, located, show } = useUrlQuery();

  const group = computed(() => text("group"));
  const topic = computed(() => text("topic"));
  const letter = computed(() => text("letter"));

  return { group, topic, letter, located, show };
}
