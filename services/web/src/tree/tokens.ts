/** Colours and fonts as the page has them at this moment: a change of theme is a new reading, nothing else. */

import type { Ink } from "./marks";
import type { Face } from "./measure";

export interface Tokens {
  readonly ink: Readonly<Record<Ink, string>>;
  readonly face: Readonly<Record<Face, string>>;
}

/** Every token a painter uses, by its custom property. */
export const INKS: readonly Ink[] = ["bg", "surface", "raised", "selected", "line", "text", "muted", "ancestry", "action"];
const FACES: readonly Face[] = ["sans", "mono"];

export function readTokens(element: Element): Tokens {
  const style = getComputedStyle(element);
  const valueOf = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const read = <Name extends string>(names: readonly Name[]) =>
    Object.fromEntries(names.map((name) => [name, valueOf(name)])) as Record<Name, string>;
  return { ink: read(INKS), face: read(FACES) };
}
