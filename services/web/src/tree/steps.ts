/** Steps one can take back and take again. */

export interface Steps<State> {
  /** The latest last. */
  readonly past: readonly State[];
  readonly present: State;
  /** What was taken back, the latest of it first. */
  readonly future: readonly State[];
}

/** So many can be taken back. */
export const MOST_STEPS = 100;

export function beginning<State>(present: State): Steps<State> {
  return { past: [], present, future: [] };
}

/** One step on: what was taken back before is forgotten. To where one stands already is no step. */
export function stepped<State>(steps: Steps<State>, next: State): Steps<State> {
  if (next === steps.present) return steps;
  return { past: [...steps.past, steps.present].slice(-MOST_STEPS), present: next, future: [] };
}

/** The same where there is nothing to take back. */
export function undone<State>(steps: Steps<State>): Steps<State> {
  const { past, present, future } = steps;
  return past.length === 0 ? steps : { past: past.slice(0, -1), present: past.at(-1)!, future: [present, ...future] };
}

/** The same where nothing was taken back. */
export function redone<State>(steps: Steps<State>): Steps<State> {
  const { past, present, future } = steps;
  return future.length === 0 ? steps : { past: [...past, present], present: future[0]!, future: future.slice(1) };
}

/** What a key with its modifiers means; null: neither. */
export function stepKey({ key, ctrlKey, metaKey, shiftKey, altKey }: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">): "undo" | "redo" | null {
  if (altKey || !(ctrlKey || metaKey)) return null;
  const letter = key.toLowerCase();
  if (letter === "z") return shiftKey ? "redo" : "undo";
  return letter === "y" && !shiftKey ? "redo" : null;
}
