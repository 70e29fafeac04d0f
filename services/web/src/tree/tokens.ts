/** Colours and fonts as the page has them at this moment: a change of theme is a new reading, nothing else. */

import type { Ink } from "./marks";
import type { Face } from "./measure";
import { TAG_CLASSES } from "./tags";

export interface Tokens {
  readonly ink: Readonly<Record<Ink, string>>;
  readonly face: Readonly<Record<Face, string>>;
  /** From the earliest or least to the latest or most; told apart with every deficiency of colour vision. */
  readonly ramp: readonly string[];
  /** Of what is not known. */
  readonly unknown: string;
  /** By class of tags from the first that is known; told apart in the same way. */
  readonly tags: readonly string[];
}

/** Every token a painter uses, by its custom property. */
export const INKS: readonly Ink[] = ["bg", "surface", "raised", "selected", "line", "text", "muted", "ancestry", "action"];
const RAMP = ["ramp-1", "ramp-2", "ramp-3", "ramp-4", "ramp-5"];
const TAGS = TAG_CLASSES.slice(1).map((name) => `tag-${name.replace(" ", "-")}`);
const FACES: readonly Face[] = ["sans", "mono"];

export function readTokens(element: Element): Tokens {
  const style = getComputedStyle(element);
  const valueOf = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const read = <Name extends string>(names: readonly Name[]) =>
    Object.fromEntries(names.map((name) => [name, valueOf(name)])) as Record<Name, string>;
  return { ink: read(INKS), face: read(FACES), ramp: RAMP.map(valueOf), unknown: valueOf("unknown"), tags: TAGS.map(valueOf) };
}
