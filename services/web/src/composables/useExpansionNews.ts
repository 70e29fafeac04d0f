/** Says what came of an expansion that was asked for here, once it has ended: its bar is gone by then. */

import { type Ref, watch } from "vue";
import type { Ask, Lineage, RequestStatus } from "@/api/types";
import { expandedWords, isMarred, knownWords } from "@/lineage/expanded";
import { useToasts } from "./useToasts";

interface Asking {
  /** What the last ask was answered with. */
  readonly data: Readonly<Ref<Lineage | RequestStatus | undefined>>;
  readonly variables: Readonly<Ref<Ask | undefined>>;
}

export function useExpansionNews({ data, variables }: Asking, request: Readonly<Ref<RequestStatus | undefined>>): void {
  const { say } = useToasts();
  let told: Lineage | RequestStatus | undefined;

  watch([data, request], ([answer, now]) => {
    if (!answer || answer === told || variables.value?.pages === undefined) return; // whoever maps an account watches it grow
    if ("ancestors" in answer) say(knownWords(answer));
    else if (now?.request_id !== answer.request_id || !(now.completed || now.cancelled)) return;
    else if (!now.cancelled) say(expandedWords(now), isMarred(now));
    told = answer;
  });
}
