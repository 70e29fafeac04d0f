/** Undo and redo of what changed the view of the tree: what is open, and what of it stands in the URL. */

import { computed, onMounted, onScopeDispose, type Ref, shallowRef, watch } from "vue";
import { beginning, redone, type Steps, stepKey, stepped, undone } from "@/tree/steps";
import { isTyping } from "./typing";
import { useAccountView } from "./useAccountView";

/** What of the URL belongs to the view of the tree. Selecting, and where one looks, are no steps. */
const PARTS = ["view", "colour", "root", "siblings", "assets", "issuers", "asset", "min", "max"] as const;

interface State {
  readonly expanded: readonly string[];
  readonly query: Readonly<Record<string, string | null>>;
}

export function useSteps(expanded: Ref<ReadonlySet<string>>) {
  const { query, show } = useAccountView();
  /** As text: two states are the same when they say the same. */
  const now = computed(() => {
    const parts = PARTS.map((name) => [name, query.value[name] === undefined ? null : String(query.value[name])]);
    return JSON.stringify({ expanded: [...expanded.value], query: Object.fromEntries(parts) } satisfies State);
  });
  const steps = shallowRef(beginning(now.value));
  watch(now, (state) => (steps.value = stepped(steps.value, state)));

  function go(to: Steps<string>): void {
    if (to === steps.value) return;
    steps.value = to;
    const state = JSON.parse(to.present) as State;
    expanded.value = new Set(state.expanded);
    void show(state.query);
  }

  const undo = (): void => go(undone(steps.value));
  const redo = (): void => go(redone(steps.value));

  function onKey(event: KeyboardEvent): void {
    const meant = stepKey(event);
    if (!meant || isTyping(event.target)) return;
    event.preventDefault();
    if (meant === "undo") undo();
    else redo();
  }

  onMounted(() => addEventListener("keydown", onKey));
  onScopeDispose(() => removeEventListener("keydown", onKey));
  const possible = computed(() => ({ undo: steps.value.past.length > 0, redo: steps.value.future.length > 0 }));
  return { possible, undo, redo };
}
